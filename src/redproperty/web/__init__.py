"""SHOW: HTTP in, HTML or a file out; decides nothing, writes nothing."""

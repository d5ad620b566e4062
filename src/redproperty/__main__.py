"""`python -m redproperty`: the command line."""

from redproperty.cli import main

if __name__ == "__main__":
    raise SystemExit(main())

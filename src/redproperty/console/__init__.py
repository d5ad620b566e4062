"""What the commands do, one module per question; `cli.py` reads the words typed and calls them."""

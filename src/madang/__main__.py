"""`python -m madang` is the command line."""

from madang.cli import main

main()

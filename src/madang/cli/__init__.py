"""The command line: every room of the house from a shell.

output.py    how it speaks (tables, JSON, progress, errors and exit codes)
files.py     opening city files, and writing through a server that holds one
app.py       the frame; main()
entities.py branches.py analysis.py decisions.py serving.py    the commands, by what they are about
"""

from madang.cli import analysis, branches, decisions, entities, serving
from madang.cli.app import app, main, run, run_in_server

__all__ = ["analysis", "app", "branches", "decisions", "entities", "main", "run", "run_in_server", "serving"]

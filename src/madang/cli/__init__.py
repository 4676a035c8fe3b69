"""The command line: every room of the house from a shell.

output.py    how it speaks (tables, JSON, progress, errors and exit codes)
files.py     opening city files, and writing through a server that holds one
app.py       the frame; main(); group() for commands under one word
explaining.py   help in Korean; one file a room in `korean/`
the others   the commands, by what they are about
"""

from madang.cli import (
    alliances,
    analysis,
    branches,
    bundles,
    cluster_page,
    clusters,
    committees,
    decisions,
    drawing,
    ensembles,
    entities,
    feeds,
    fetching,
    history,
    investment,
    lab,
    papers,
    plans,
    practice,
    procedure,
    promises,
    registrations,
    rules,
    serving,
    studies,
    subscriptions,
    tiles,
    twin,
)
from madang.cli.app import app, main, run, run_in_server

ROOMS = (
    alliances,
    analysis,
    branches,
    bundles,
    cluster_page,
    clusters,
    committees,
    decisions,
    drawing,
    ensembles,
    entities,
    feeds,
    fetching,
    history,
    investment,
    lab,
    papers,
    plans,
    practice,
    procedure,
    promises,
    registrations,
    rules,
    serving,
    studies,
    subscriptions,
    tiles,
    twin,
)

__all__ = ["ROOMS", "app", "main", "run", "run_in_server"]

"""Runs by the thousand: designs over levers and uncertainties, and the experiments made from them.

design.py        which points: columns (levers, uncertainties) by members
answering.py     one job as tasks, and the answer to one task; the same for every executor
experiments.py   `evaluate`: a design answered, failures named, nothing computed twice
supervisor.py    worker processes of our own supervision; worker.py is the child's side
distributed.py   the same tasks on a Ray cluster
journal.py       what is finished already, so that an interrupted ensemble goes on where it was
sensitivity.py   which column moves an outcome
recorded.py      an ensemble as a record of the city
checking.py      recorded ensembles computed again
door.py          `city.experiments`

The words are those of EMA Workbench: levers, uncertainties, outcomes, experiments.
"""

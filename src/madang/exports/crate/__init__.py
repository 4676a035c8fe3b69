"""A study as one reproducible bundle: an RO-Crate that another machine computes again to the same figures.

contents.py   what belongs to a study or a branch: changes, runs, ensembles, evaluations, pinned bytes, licences
layout.py     where everything stands in the bundle, and its names
metadata.py   ro-crate-metadata.json, in the words of RO-Crate 1.1 and Process Run Crate
readme.py     the page for people, in Korean and English
writing.py    the bundle as one file: whole or not at all, the same bytes for the same city
reading.py    a bundle opened with suspicion: every name, size and checksum looked at before anything is used
again.py      everything computed again in a temporary city, and how every figure stands
door.py       `city.bundles`
"""

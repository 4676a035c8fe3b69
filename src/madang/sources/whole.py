"""Files kept whole: a reference table that models read by themselves, as a `Dataset` record with one blob.

    madang load city.gpkg io-table-2020.bok.xlsx --as Dataset --map terms.yaml

An input-output table, employment coefficients or a table of detailed industries is no set of entities: its bytes go
into the file as they are, under the file's name, and a model finds them by that name. A mapping may say the terms
(`authority`, `dataset`); without one, publisher and licence stay unknown, which blocks an open export.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from madang.entities.entity import json_property
from madang.sources.base import Loaded, Tally
from madang.sources.mapping import MappingFile, read_mapping
from madang.sources.records import dataset_of

TYPE = "Dataset"


class WholeFileSource:
    """Keeps any file whole; only asked where the caller says `Dataset`."""

    name = "whole"

    def can_read(self, path: Path) -> bool:
        """Never by itself: that a file is a reference table is for the caller to say."""
        return False

    def read(
        self, path: Path, *, type: str | None = None, mapping: Path | None = None, skip_bad: bool = False
    ) -> Loaded:
        """The Dataset record of the file, and its bytes."""
        given = read_mapping(mapping) if mapping else MappingFile(path.name, TYPE, "file", (), ())
        data = path.read_bytes()
        sha = hashlib.sha256(data).hexdigest()
        dataset = dataset_of(replace(given, type=TYPE), path.name)
        dataset["blobs"] = json_property({path.name: sha})
        tally = Tally("files", read=1, kept=1)
        if "licence" not in dataset:
            tally.note("note-terms-unknown")
        return Loaded([], [dataset], {sha: data}, tally.report(path.name))

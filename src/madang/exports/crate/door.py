"""The door to bundles: `city.bundles`. A study or a branch as one file that another machine computes again."""

from __future__ import annotations

from pathlib import Path

from madang.exports.crate.contents import Contents, contents
from madang.exports.crate.writing import Written, bundle_bytes, write_bundle
from madang.store import Seat


class Bundles:
    """Bundles of a city; reading them needs no city (`madang.city.rerun_bundle`)."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat

    def contents(self, subject: str, *, only_open: bool = True) -> Contents:
        """What the bundle of a study or a branch would hold."""
        return contents(self._seat.store, subject, only_open=only_open)

    def write(self, subject: str, path: str | Path, *, only_open: bool = True) -> Written:
        """Write the bundle of a study or a branch.

        Refused where a licence forbids passing the data on to anybody, unless `only_open` is False; then the bundle
        says which data these are, and it is for those who may have them.
        """
        return write_bundle(self.contents(subject, only_open=only_open), Path(path))

    def make(self, subject: str, name: str, *, only_open: bool = True) -> bytes:
        """The same in memory."""
        return bundle_bytes(self.contents(subject, only_open=only_open), name)

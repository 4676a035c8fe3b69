"""What every reader of a register does alike: where entities come from, what is dropped, what is found twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from madang.entities.entity import Document, geo_property, property_, relationship, urn
from madang.errors import DataError, MadangError, both
from madang.sources.base import Problems, Tally
from madang.sources.records import PHONE
from madang.sources.registers import cells
from madang.sources.registers.sheets import Row, Sheet

CONTACT = re.compile(PHONE.pattern + r"|(?<!\d)0\d{1,2}[-). ]\s?\d{3,4}[-. ]\d{4}(?!\d)|[\w.+-]+@[\w-]+\.[\w.]+")


@dataclass
class Making:
    """Entities of one file while they are made: its terms, its counts, and those that stand already."""

    sheet: Sheet
    authority: str
    dataset: str
    status: str | None
    period: str | None
    tally: Tally
    problems: Problems
    made: dict[str, tuple[str, Document]] = field(default_factory=dict)

    def each(self, act: Callable[[Row], None]) -> None:
        """Do something with every row; a bad one goes to the problems."""
        for row in self.sheet.rows:
            self.tally.read += 1
            try:
                act(row)
            except MadangError as problem:
                self.problems.add(problem, example=row.where)

    def begun(self, type: str, code: str) -> Document:
        """A new entity with where it comes from."""
        made: Document = {
            "id": urn(type, self.authority, slug(code)),
            "type": type,
            "source": relationship(self.dataset),
        }
        if self.status is not None:
            made["status"] = property_(self.status)
        return made

    def keep(self, row: Row, *documents: Document) -> None:
        """Keep what a row says; equal to what stands already it is a double, another one of the same id is refused."""
        fresh = [one for one in documents if one["id"] not in self.made]
        for one in documents:
            where, seen = self.made.get(one["id"], ("", one))
            if seen != one:
                raise DataError("sources.duplicate-key", place=row.where, id=one["id"], first=where)
        self.made |= {one["id"]: (row.where, one) for one in fresh}
        if fresh:
            self.tally.kept += 1
        else:
            self.tally.leave_out("duplicate" if documents else "no-figure", example=row.where)

    def count(self, fact: str, more: int = 1) -> None:
        """Count something worth telling."""
        if more:
            self.tally.facts[fact] = self.tally.facts.get(fact, 0) + more

    def heading(self, column: str) -> str:
        """The heading of a column as the file writes it."""
        return self.sheet.heading.name(column)

    def words(self, row: Row, column: str) -> str:
        """The text of a cell without telephone numbers and e-mail addresses; '' where it says nothing."""
        said = cells.text(row[column])
        if said in cells.NOT_STATED:
            return ""
        plain, found = CONTACT.subn("", said)
        self.count("contacts_dropped", found)
        return plain.strip(" ,;/()") if found else said

    def counted(self, row: Row, column: str) -> int | None:
        """A count of a row; what is withheld or not stated is None, and counted as such."""
        cell = row[column]
        found = cells.count(cell, place=row.where, column=self.heading(column))
        if found is None:
            self.count("withheld_cells" if cells.is_withheld(cell) else "unstated_cells")
        return found

    def located(self, row: Row) -> dict[str, Any] | None:
        """The point of a row that has one in longitude and latitude."""
        lon, lat = (
            cells.amount(row[name], place=row.where, column=self.heading(name)) if name in row.cells else None
            for name in ("lon", "lat")
        )
        if lon is None or lat is None:
            return None
        if not (124 <= lon <= 132 and 33 <= lat <= 39):
            raise DataError("registers.point-outside", place=row.where, lon=lon, lat=lat)
        return geo_property({"type": "Point", "coordinates": [round(lon, 7), round(lat, 7)]})

    def say_unread(self) -> None:
        """Note the columns that were not read, contact data among them."""
        heading = self.sheet.heading
        unread = [cell for n, cell in enumerate(heading.all) if cell and n not in heading.at.values()]
        if unread:
            self.tally.notes.append(both("registers.note-unread", columns=", ".join(unread)[:200]))
        dropped = self.tally.facts.get("contacts_dropped")
        if dropped:
            self.tally.notes.append(both("registers.note-contacts", count=dropped))


def slug(text: str) -> str:
    """A text as part of an id."""
    return re.sub(r"[^\w.-]+", "-", text).strip("-") or "unnamed"


def joined(parts: Iterable[str | int | None]) -> str:
    """Parts of a key that say something, in one text."""
    return "-".join(str(part) for part in parts if part not in (None, ""))

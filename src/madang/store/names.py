"""Numbers for names: a type or an attribute stands in index rows as a small number.

An entity of several types has one number for the whole set, written as the sorted names with a blank between.
"""

from __future__ import annotations

from collections.abc import Sequence

import apsw

from madang.entities.entity import Document


def type_key(doc: Document) -> str:
    """The name under which an entity's type, or set of types, is numbered."""
    found = doc["type"]
    return found if type(found) is str else " ".join(sorted(found))


def types_in(key: str) -> list[str]:
    """The types that a numbered name stands for."""
    return key.split(" ")


KEPT = 200_000  # names in a connection's memory


class Names:
    """A connection's memory of the numbered names; rows are only ever added."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._name: dict[int, str] = {}

    def find(self, db: apsw.Connection, name: str) -> int | None:
        """The number of a name, or None if no entity has used it."""
        number = self._number.get(name)
        if number is None:
            number = db.execute("SELECT nid FROM md_name WHERE name = ?", (name,)).get
            if number is not None:
                self._learn(number, name)
        return number

    def name(self, db: apsw.Connection, number: int) -> str:
        """The name behind a number."""
        name = self._name.get(number)
        if name is None:
            name = str(db.execute("SELECT name FROM md_name WHERE nid = ?", (number,)).get)
            self._learn(number, name)
        return name

    def take(self, db: apsw.Connection, name: str) -> int:
        """The number of a name, given out now if it is new."""
        number = self.find(db, name)
        if number is None:
            db.execute("INSERT INTO md_name(name) VALUES(?)", (name,))
            number = db.last_insert_rowid()
            self._learn(number, name)
        return number

    def find_all(self, db: apsw.Connection, names: Sequence[str]) -> list[int]:
        """The numbers of those names that have one."""
        return [number for name in names if (number := self.find(db, name)) is not None]

    def _learn(self, number: int, name: str) -> None:
        if len(self._name) >= KEPT:  # a city whose devices invent names; the table knows them all
            self._number, self._name = {}, {}
        self._number[name] = number
        self._name[number] = name

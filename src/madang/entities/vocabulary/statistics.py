"""Statistics of a place: one table and year a `Statistic`, one attribute an item of the table.

Items are named by the camel case of their name in the source table (`item_name`). First version: the common ones.
"""

from __future__ import annotations

import re

from madang.entities.vocabulary import common as c
from madang.entities.vocabulary.terms import attribute, entity_type


def item_name(text: str) -> str:
    """The attribute name of a table's item: 'information and communication' -> 'informationAndCommunication'."""
    first, *rest = [word for word in re.split(r"[^A-Za-z0-9]+", text.replace("+", " and over ")) if word] or ["item"]
    name = first[0].lower() + first[1:] + "".join(word[0].upper() + word[1:] for word in rest)
    return name if name[0].isalpha() else "age" + name


TYPES = [
    entity_type(
        "Statistic",
        "통계",
        "Statistic",
        [
            c.REF_PLACE,
            attribute("table", "통계표", "Table"),
            c.YEAR,
            *c.PROVENANCE,
            attribute("withheld", "비공개 항목(소수)", "Items withheld (small numbers)", kind="ListProperty"),
            attribute("absent", "자료에 없는 항목", "Items absent from the source", kind="ListProperty"),
        ],
    )
]

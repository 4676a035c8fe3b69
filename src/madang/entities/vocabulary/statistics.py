"""Statistics of a place: one `Statistic` a place, table and year; one attribute an item of the table.

Items are named by the camel case of what the source table calls them (`item_name`), so that an importer and this
vocabulary agree without a list between them. `data/items.tsv` gives them Korean names. The unit stands on each value,
because one item ("total") is counted in persons in one table and in won in another.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.terms import AttributeInfo, attribute, entity_type


@cache
def item_name(text: str) -> str:
    """The attribute name of a table's item.

    'information and communication' -> 'informationAndCommunication'; '20-24' -> 'age20To24';
    'male_80+' -> 'male80AndOver'.
    """
    plain = re.sub(r"(\d+)-(\d+)", r"\1 to \2", text).replace("+", " and over ")
    words = [word for word in re.split(r"[^A-Za-z0-9]+", plain) if word] or ["item"]
    if words[0][0].isdigit():
        words.insert(0, "age")
    first, *rest = words
    return first[0].lower() + first[1:] + "".join(word[0].upper() + word[1:] for word in rest)


def _items() -> list[AttributeInfo]:
    table = resources.files("madang.entities.data").joinpath("items.tsv").read_text("utf-8")
    found: dict[str, AttributeInfo] = {}
    for line in table.splitlines()[1:]:
        text, ko = line.split("\t")
        name = item_name(text)
        found.setdefault(name, attribute(name, ko, text[0].upper() + text[1:].replace("_", " ")))
    return list(found.values())


ITEMS = _items()

TYPES = [
    entity_type(
        "Statistic",
        "통계",
        "Statistic",
        [
            a.NAME,
            a.CODE,
            a.REF_PLACE,
            a.REF_CITY,
            attribute("table", "통계표", "Table"),
            a.YEAR,
            *a.PROVENANCE,
            attribute("withheld", "비공개 항목(소수)", "Items withheld (small numbers)", kind="ListProperty"),
            attribute("absent", "자료에 없는 항목", "Items absent from the source", kind="ListProperty"),
            *ITEMS,
        ],
    )
]

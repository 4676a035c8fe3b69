"""The order of entities (NGSI-LD 4.23): by what attributes say, by distance, in a language's order of text.

    population;desc,name              the largest first, those alike by name
    location;dist-asc                 the nearest first; needs a geometry to measure from
    name  with collation=und          á beside a, not behind z

Values of different kinds stand in the order of 4.23.2. Without a collation, text is in the order of its code points,
which is right for Korean (가나다) and costs nothing. With one, it is in a root order of our own: what is no letter
before digits before letters, letters by script, accents and case only where all else is equal. The tags of languages
that keep to the root order are taken, and `ko`, which puts Hangul first; a tag that asks for another order is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from madang.entities.entity import Document, geometry_of, types_of
from madang.entities.georelations import distances_from
from madang.entities.qlanguage import Path, moment_of, parse_path
from madang.errors import CallerError

NO_VALUE = 9
_DIRECTIONS = {"": (False, False), ";asc": (False, False), ";desc": (True, False),
               ";dist-asc": (False, True), ";dist-desc": (True, True)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """One key of an order: the path, whether the largest comes first, whether it is the distance that counts."""

    path: Path
    descending: bool = False
    by_distance: bool = False


Order = tuple[OrderTerm, ...]


@lru_cache(maxsize=512)
def parse_order(text: str) -> Order:
    """`population;desc,name` as terms (4.23.3); the default direction is ascending."""
    found = []
    for part in text.split(","):
        try:
            path, direction = parse_path(part.strip())
        except CallerError:
            raise CallerError("entities.order-syntax", text=text, found=part.strip()) from None
        if direction not in _DIRECTIONS:
            raise CallerError("entities.order-syntax", text=text, found=direction)
        found.append(OrderTerm(path, *_DIRECTIONS[direction]))
    return tuple(found)


Keys = tuple[Any, ...]  # of one document, one a term


@dataclass(frozen=True, slots=True)
class Sorter:
    """Sorts documents by keys that are taken one document at a time, so that the documents need not be kept."""

    order: Order
    values: Callable[[Document, Path], Any]  # what a path leads to in a document
    origin: dict[str, Any] | None = None
    collation: str | None = None

    def keys(self, doc: Document) -> Keys:
        """What the order needs to know of a document."""
        text_key = collated(self.collation) if self.collation is not None else None
        return tuple(self._of(doc, term, text_key) for term in self.order)

    def _of(self, doc: Document, term: OrderTerm, text_key: Callable[[str], Any] | None) -> Any:
        if term.by_distance and self.origin is not None:
            geometry = geometry_of(doc, term.path.names[0])
            if geometry is not None:
                return geometry
        return _key(doc, term, self.values, text_key)

    def places(self, keys: Sequence[Keys]) -> list[int]:
        """The places of the documents in the asked order; ties keep theirs."""
        found = list(range(len(keys)))
        for number in range(len(self.order) - 1, -1, -1):
            term = self.order[number]
            column = self._measured([one[number] for one in keys], term)
            found.sort(key=column.__getitem__, reverse=term.descending)
            if term.descending:  # equals keep their order, and what has no value stands last in both directions
                found.sort(key=[key[0] == NO_VALUE for key in column].__getitem__)
        return found

    def _measured(self, column: list[Any], term: OrderTerm) -> list[tuple[int, Any]]:
        """The keys with geometries as their distances; they stand before all else, whichever way (4.23.2)."""
        if not term.by_distance or self.origin is None:
            return column
        places = [n for n, key in enumerate(column) if type(key) is dict]
        rank = 8 if term.descending else -1
        for n, metres in zip(places, distances_from(self.origin, [column[n] for n in places]), strict=True):
            column[n] = (rank, metres)
        return column


def _key(
    doc: Document, term: OrderTerm, values: Callable[[Document, Path], Any], text_key: Callable[[str], Any] | None
) -> tuple[int, Any]:
    name = term.path.names[0]
    if name in ("id", "type") and len(term.path.names) == 1:
        text = doc["id"] if name == "id" else types_of(doc)[0]
        return 1, text if text_key is None else text_key(text)
    found = values(doc, term.path)
    return (NO_VALUE, 0) if not found else ranked(found, text_key)


def ranked(values: tuple[Any, ...], text_key: Callable[[str], Any] | None) -> tuple[int, Any]:
    """A key that sorts mixed values: numbers, text, objects, lists, booleans, times, dates, moments."""
    value = values[0]
    if type(value) is bool:
        return 4, value
    if type(value) in (int, float):
        return 0, value
    if type(value) is str:
        moment = moment_of(value)
        if moment is not None:
            return {"Time": 5, "Date": 6, "DateTime": 7}[moment.kind], moment.key
        return 1, value if text_key is None else text_key(value)
    return (3, str(value)) if type(value) is list else (2, str(value))


# --- text in a language's order --------------------------------------------------------------------------------------

_TAG = re.compile(r"([a-z]{2,3}|root)((?:-(?:[a-z]{4}|[a-z]{2}|\d{3}))*)(?:-u((?:-[a-z0-9]{2,8})+))?", re.IGNORECASE)
_ROOT_LIKE = frozenset({"und", "root", "en", "de", "fr", "it", "nl", "pt", "id", "ko"})
_STRENGTHS = {"level1": 1, "level2": 2, "level3": 3, "level4": 3, "identic": 4}
_WORDS = {"co": {"standard", "search"}, "kn": {"true", "false", ""}, "kf": {"upper", "lower", "false"},
          "ks": set(_STRENGTHS), "ka": {"noignore"}, "kb": {"false"}, "kk": {"true", "false"}}  # fmt: skip


@lru_cache(maxsize=64)
def collated(tag: str) -> Callable[[str], Any]:
    """The key of text under a collation (RFC 6067); CallerError for a tag that is none, or that is not known here."""
    language, settings = _read_tag(tag)
    strength = _STRENGTHS[settings.get("ks", "level3")]
    numeric = "kn" in settings and settings["kn"] != "false"
    upper_first = settings.get("kf") == "upper"
    hangul_first = language == "ko"

    def key(text: str) -> Any:
        return _text_key(text, strength, numeric=numeric, upper_first=upper_first, hangul_first=hangul_first)

    return key


def _read_tag(tag: str) -> tuple[str, dict[str, str]]:
    found = _TAG.fullmatch(tag)
    language = found[1].lower() if found is not None else ""
    settings: dict[str, str] = {}
    if found is not None and found[3]:
        key = ""
        for word in found[3].lower().strip("-").split("-"):
            if len(word) == 2:
                key = word
                settings[key] = ""
            else:
                settings[key] = word
    known = all(value in _WORDS.get(key, ()) for key, value in settings.items())
    if found is None or language not in _ROOT_LIKE or not known:
        raise CallerError("entities.collation-unknown", collation=tag, known=", ".join(sorted(_ROOT_LIKE)))
    return language, settings


_DIGITS = re.compile(r"\d+|\D+")


def _text_key(text: str, strength: int, *, numeric: bool, upper_first: bool, hangul_first: bool) -> Any:
    """(letters, accents, cases, text), as far as the strength goes."""
    letters: list[tuple[int, int]] = []
    accents: list[str] = []
    cases: list[int] = []
    for part in _DIGITS.findall(text) if numeric else [text]:
        if numeric and part.isdecimal():
            letters.append((1, int(part)))
            accents.append("")
            cases.append(0)
            continue
        for mark in part if part.isascii() else _taken_apart(part):
            found, is_capital = _letters(mark, hangul_first)
            if not found:
                if accents:
                    accents[-1] += mark
                continue
            letters += found
            accents += [""] * len(found)
            cases += [int(is_capital != upper_first)] * len(found)
    key = (letters, accents, cases, text)
    return key[:strength]


def _taken_apart(text: str) -> str:
    """Letters without their accents, which stand behind them; Hangul syllables stay whole."""
    return "".join(map(_apart, unicodedata.normalize("NFC", text)))


@lru_cache(maxsize=16384)
def _apart(mark: str) -> str:
    return mark if "\uac00" <= mark <= "\ud7a3" else unicodedata.normalize("NFD", mark)


@lru_cache(maxsize=16384)
def _letters(mark: str, hangul_first: bool) -> tuple[tuple[tuple[int, int], ...], bool]:
    """The letters that a character counts as, and whether it is a capital; an accent is no letter."""
    if unicodedata.combining(mark):
        return (), False
    bare = mark.casefold()
    return tuple(_primary(one, hangul_first) for one in bare), mark != bare


_SCRIPTS = (  # letters by the first code point of their block, in the root order of scripts
    (0x0000, 0x036F, 2), (0x0370, 0x03FF, 3), (0x0400, 0x052F, 4), (0x0530, 0x058F, 6), (0x0590, 0x05FF, 7),
    (0x0600, 0x06FF, 8), (0x1100, 0x11FF, 20), (0x1E00, 0x1EFF, 2), (0x1F00, 0x1FFF, 3), (0x3040, 0x30FF, 21),
    (0x3130, 0x318F, 20), (0xAC00, 0xD7A3, 20),
)  # fmt: skip


_HANGUL, _HANGUL_BEFORE_LATIN = 20, 15


def _primary(mark: str, hangul_first: bool) -> tuple[int, int]:
    """Class and place of one letter, digit or sign."""
    code = ord(mark)
    kind = unicodedata.category(mark)
    if kind[0] == "N":
        return 10, int(unicodedata.digit(mark, code))
    if kind[0] not in "LM":
        return 0, (0 if mark.isspace() else code)
    script = next((rank for first, last, rank in _SCRIPTS if first <= code <= last), 30)
    return (_HANGUL_BEFORE_LATIN if hangul_first and script == _HANGUL else 10 * script), code

"""The Korean Standard Industrial Classification (KSIC): codes checked, kept in one form, and called by name. Pure.

Held are the sections and divisions, all of them, and the finer codes that cities' strategies speak of; names of the
latter are those of rev. 11. A longer code that is not held is checked by its division only: whether such a group or
class exists is not known here, and nothing here says that it does.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from madang.errors import DataError, Pair

DATA = "madang.sources.registers.data"
LEVELS = {1: "section", 2: "division", 3: "group", 4: "class", 5: "subclass"}  # by length of 'C' and of '26', '261', …


@dataclass(frozen=True, slots=True)
class KsicCode:
    """One code: its digits (none for a bare section), its section and what it is called, as finely as is held."""

    digits: str
    section: str
    label: Pair

    @property
    def text(self) -> str:
        """The code as it is kept: section letter and digits, 'C2611'."""
        return self.section + self.digits


@cache
def _sections() -> dict[str, Any]:
    return tomllib.loads(resources.files(DATA).joinpath("ksic.toml").read_text("utf-8"))


@cache
def names() -> Mapping[str, Pair]:
    """Divisions and finer codes by name, as far as they are held."""
    lines = resources.files(DATA).joinpath("ksic_names.tsv").read_text("utf-8").splitlines()[1:]
    return {code: {"ko": ko, "en": en} for code, ko, en in (line.split("\t") for line in lines)}


def source() -> Mapping[str, str]:
    """Where the list comes from, its revision, and how sure it is."""
    return {name: str(_sections()[name]) for name in ("revision", "source", "certainty")}


def sections() -> Mapping[str, Pair]:
    """The sections A to U and their names."""
    return {letter: {"ko": one["ko"], "en": one["en"]} for letter, one in _sections()["sections"].items()}


def ksic(text: str) -> KsicCode:
    """A code as 'C', '26', 'C26' or 'C2611'; an unknown section or division, or two that disagree, is refused."""
    wanted = str(text).strip().upper()
    letter, digits = (wanted[:1], wanted[1:]) if wanted[:1].isalpha() else ("", wanted)
    well_formed = (letter or digits) and (not digits or (digits.isascii() and digits.isdecimal() and len(digits) <= 5))
    if not well_formed or (letter and letter not in sections()):
        raise DataError("clusters.ksic-unknown", code=text, known=", ".join(sections()))
    if not digits:
        return KsicCode("", letter, sections()[letter])
    if len(digits) < 2:
        raise DataError("clusters.ksic-unknown", code=text, known=", ".join(sections()))
    own = next((one for one, held in _sections()["sections"].items() if int(digits[:2]) in held["divisions"]), None)
    if own is None:
        raise DataError("clusters.ksic-division-unknown", code=text, division=digits[:2])
    if letter and letter != own:
        raise DataError("clusters.ksic-disagrees", code=text, division=digits[:2], section=own)
    return KsicCode(digits, own, label(own + digits))


def label(code: str) -> Pair:
    """What a kept code is called: its own name, else that of the nearest code above it that is held."""
    shorter = (code[:length] for length in range(len(code), 1, -1))
    named = next((names()[one] for one in shorter if one in names()), None)
    return dict(named) if named else dict(sections()[code[0]])


def is_held(code: str) -> bool:
    """Whether a kept code is known by its own name, not only by one above it."""
    return code in names() or code in sections()


def code_of_name(name: str) -> str | None:
    """The code of an industry by its name as the classification writes it; None where it is not held."""
    return _by_name().get(_plain(name))


@cache
def _by_name() -> Mapping[str, str]:
    """Names to codes; one name that stands on several levels is the finest of them."""
    every = {**sections(), **names()}
    return {_plain(pair["ko"]): code for code, pair in sorted(every.items(), key=lambda one: len(one[0]))}


def _plain(name: str) -> str:
    """A name without spaces and with one kind of middle dot, for lists write them in many ways."""
    return re.sub(r"[\s·ㆍ•∙.,;]+", "", name)


def codes_of(texts: Iterable[str]) -> list[str]:
    """Codes as they are kept, each once, at least one."""
    found = list(dict.fromkeys(ksic(text).text for text in texts))
    if not found:
        raise DataError("clusters.ksic-missing")
    return found


def known_codes(texts: Iterable[Any]) -> list[str]:
    """Those of the codes that the classification knows; one it does not know is as good as none."""
    found = []
    for text in texts:
        try:
            found.append(ksic(str(text)).text)
        except DataError:
            continue
    return found


def falls_under(code: str, wanted: Iterable[str]) -> bool:
    """Whether a kept code is one of those wanted or a finer one: 'C2611' falls under 'C26' and 'C'."""
    return any(code.startswith(one) for one in wanted)

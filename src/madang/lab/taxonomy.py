"""What industry a firm belongs to: KSIC codes checked by section and division, stages of a supply chain. Pure.

Held are the sections and the divisions (`data/ksic.toml`, with source). Longer codes are checked by their division;
whether a group or class exists is not known here, and nothing here says that it does.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from madang.errors import DataError, Pair


@dataclass(frozen=True, slots=True)
class KsicCode:
    """One code: its digits (none for a bare section), its section and what the section is called."""

    digits: str
    section: str
    label: Pair

    @property
    def text(self) -> str:
        """The code as it is kept: section letter and digits, 'C2611'."""
        return self.section + self.digits


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resources.files("madang.lab.data").joinpath("ksic.toml").read_text("utf-8"))


def source() -> Mapping[str, str]:
    """Where the list comes from, its revision, and how sure it is."""
    return {name: str(_data()[name]) for name in ("revision", "source", "certainty")}


def sections() -> Mapping[str, Pair]:
    """The sections A to U and their names."""
    return {letter: {"ko": one["ko"], "en": one["en"]} for letter, one in _data()["sections"].items()}


def stages() -> Mapping[str, Pair]:
    """The stages of a supply chain, from what goes in to what goes out."""
    return {id: dict(one) for id, one in _data()["stages"].items()}


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
    own = next((one for one, held in _data()["sections"].items() if int(digits[:2]) in held["divisions"]), None)
    if own is None:
        raise DataError("clusters.ksic-division-unknown", code=text, division=digits[:2])
    if letter and letter != own:
        raise DataError("clusters.ksic-disagrees", code=text, division=digits[:2], section=own)
    return KsicCode(digits, own, sections()[own])


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


def stage(id: str) -> str:
    """A stage of the supply chain that is known."""
    if id not in stages():
        raise DataError("clusters.stage-unknown", stage=id, known=", ".join(stages()))
    return id


def hs_code(text: str) -> str:
    """A six-digit HS code, '2811.11' or '281111'; chapters go from 01 to 97 without 77, which is reserved."""
    digits = str(text).replace(".", "").replace(" ", "")
    is_six = digits.isascii() and digits.isdecimal() and len(digits) == 6
    if not is_six or not 1 <= int(digits[:2]) <= 97 or digits[:2] == "77":
        raise DataError("clusters.hs-malformed", code=text)
    return digits

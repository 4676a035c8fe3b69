"""What industry a firm belongs to: KSIC and HS codes, stages of a supply chain, strategic industries. Pure.

KSIC itself stands in `sources.registers.ksic`; here are HS chapters, our working list of stages, and the table that
links KSIC and HS codes to strategic industries (`data/strategic.toml`: dated, each row with how sure it is). A city's
own entity `StrategicIndustry` goes before the row set of the same tag.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from madang.entities.entity import Document, value_of
from madang.errors import DataError, Pair
from madang.sources.registers.ksic import KsicCode as KsicCode
from madang.sources.registers.ksic import code_of_name as code_of_name
from madang.sources.registers.ksic import codes_of as codes_of
from madang.sources.registers.ksic import falls_under as falls_under
from madang.sources.registers.ksic import is_held as is_held
from madang.sources.registers.ksic import known_codes as known_codes
from madang.sources.registers.ksic import ksic as ksic
from madang.sources.registers.ksic import label as label
from madang.sources.registers.ksic import names as names
from madang.sources.registers.ksic import sections as sections
from madang.sources.registers.ksic import source as source

SURE = ("K", "P")  # the code names the thing itself; it holds it together with other things


@dataclass(frozen=True)
class Link:
    """One link of a strategic industry's supply chain: the codes of what is made and of what is traded."""

    stage: str
    ksic: tuple[str, ...]
    hs: tuple[str, ...]
    certainty: str

    def as_json(self) -> dict[str, Any]:
        """The link as plain JSON values."""
        return {
            "stage": self.stage,
            "stageLabel": stages()[self.stage],
            "ksic": [{"code": code, "label": label(code)} for code in self.ksic],
            "hs": [{"code": code, "label": hs_label(code)} for code in self.hs],
            "certainty": self.certainty,
        }


@dataclass(frozen=True)
class Strategic:
    """A strategic industry: its links, and since when and from where that is said; `own` where the city says it."""

    tag: str
    label: Pair
    words: tuple[str, ...]
    links: tuple[Link, ...]
    as_of: str
    source: str
    own: bool = False

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages its supply chain has, in their order."""
        return tuple(one for one in stages() if any(link.stage == one for link in self.links))

    def stages_of(self, codes: Iterable[str]) -> list[str]:
        """The stages that some KSIC codes may stand for."""
        held = list(codes)
        return [link.stage for link in self.links if any(falls_under(code, link.ksic) for code in held)]

    def hs_codes(self) -> tuple[str, ...]:
        """Every HS code of its links, each once."""
        return tuple(dict.fromkeys(code for link in self.links for code in link.hs))

    def as_json(self) -> dict[str, Any]:
        """The table as plain JSON values."""
        return {
            "tag": self.tag,
            "label": self.label,
            "asOf": self.as_of,
            "source": self.source,
            "own": self.own,
            "links": [one.as_json() for one in self.links],
        }


@cache
def _data(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("madang.lab.data").joinpath(name).read_text("utf-8"))


def stages() -> Mapping[str, Pair]:
    """The stages of a supply chain, from what goes in to what goes out."""
    return {id: dict(one) for id, one in _data("stages.toml")["stages"].items()}


def stage(id: str) -> str:
    """A stage of the supply chain that is known."""
    if id not in stages():
        raise DataError("clusters.stage-unknown", stage=id, known=", ".join(stages()))
    return id


# --- strategic industries --------------------------------------------------------------------------------------------


def strategic(own: Sequence[Document] = ()) -> dict[str, Strategic]:
    """Strategic industries by tag: those that ship, a city's own in the place of them or beside them."""
    found = _data("strategic.toml")
    shipped = {
        tag: Strategic(
            tag, dict(one["label"]), tuple(one["words"]), tuple(_link(tag, row) for row in one["rows"]),
            found["as_of"], found["source"],
        )
        for tag, one in found["tags"].items()
    }  # fmt: skip
    return shipped | {made.tag: made for made in map(_from_entity, own)}


def tag_of(said: Any, known: Mapping[str, Strategic]) -> Strategic | None:
    """The strategic industry that a cluster or a firm names, by its tag or by one of its words."""
    wanted = str(said or "").strip().lower()
    return next((one for one in known.values() if wanted in {one.tag, *(word.lower() for word in one.words)}), None)


def _from_entity(document: Document) -> Strategic:
    tag = str(value_of(document, "strategicIndustry") or document["id"].rpartition(":")[2])
    name = value_of(document, "name") or tag
    texts = dict(name) if isinstance(name, dict) else {"ko": str(name)}
    called = {"ko": texts.get("ko") or tag, "en": texts.get("en") or texts.get("ko") or tag}
    rows = value_of(document, "industryLinks") or ()
    return Strategic(
        tag, called, (tag, *called.values()), tuple(_link(tag, row) for row in rows),
        str(value_of(document, "validFrom") or ""), str(value_of(document, "source") or ""), own=True,
    )  # fmt: skip


def _link(tag: str, row: Mapping[str, Any]) -> Link:
    certainty = str(row.get("certainty", "P"))
    if certainty not in SURE:
        raise DataError("clusters.link-certainty", tag=tag, found=certainty)
    codes = tuple(ksic(str(one)).text for one in row.get("ksic", ()))
    return Link(stage(str(row.get("stage"))), codes, tuple(hs_code(str(one)) for one in row.get("hs", ())), certainty)


# --- HS --------------------------------------------------------------------------------------------------------------


@cache
def chapters() -> Mapping[str, Pair]:
    """The 96 chapters of the Harmonized System; 77 is reserved."""
    lines = resources.files("madang.lab.data").joinpath("hs_chapters.tsv").read_text("utf-8").splitlines()[1:]
    return {chapter: {"ko": ko, "en": en} for chapter, ko, en in (line.split("\t") for line in lines)}


def hs_code(text: str) -> str:
    """A six-digit HS code, '2811.11' or '281111'; chapters go from 01 to 97 without 77, which is reserved."""
    digits = str(text).replace(".", "").replace(" ", "").replace("-", "")
    is_six = digits.isascii() and digits.isdecimal() and len(digits) == 6
    if not is_six or digits[:2] not in chapters():
        raise DataError("clusters.hs-malformed", code=text)
    return digits


def hs_label(code: str) -> Pair | None:
    """What the chapter of an HS code is called; headings and items below it are not held."""
    return chapters().get(code[:2])

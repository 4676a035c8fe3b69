"""What the three studies share: a city built whole or not at all, words in two languages, tables in Markdown."""

from __future__ import annotations

import argparse
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from madang.city import City, new_city, open_city
from madang.errors import Language
from madang.indicators.provenance import STATUS_LABELS
from madang.indicators.quantity import NO_DATA, Quantity, format_quantity, format_value
from madang.lab.board import Board
from madang.models.runner import Run

LANGUAGES: tuple[Language, Language] = ("ko", "en")
AUTHOR = "연구자"
Words = Callable[..., str]


def folder_asked_for(about: str, *more: tuple[str, str, str]) -> argparse.Namespace:
    """The command line: a folder for what is written, and options as (name, default, help)."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("study"), help="where to write; made if needed")
    for name, default, text in more:
        parser.add_argument(f"--{name}", default=default, help=text)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    return asked


def words_of(file: str) -> Callable[[Language], Words]:
    """The prose of a study, from the TOML file beside its program: `say = words(language); say("title", city=…)`."""
    found = tomllib.loads(Path(file).with_suffix(".toml").read_text("utf-8"))

    def of(language: Language) -> Words:
        return lambda what, **facts: str(found[what][language]).format(**facts)

    return of


def city_file(path: Path, source: str | None, build: Callable[[City], None]) -> City:
    """The city of a study, open for writing: as it stands there, else built beside its place and then named."""
    if not path.exists():
        unfinished = path.with_name(f".{path.stem}.building.gpkg")
        unfinished.unlink(missing_ok=True)
        with new_city(unfinished, source=source, by=AUTHOR) as city:
            build(city)
        os.replace(unfinished, path)
        unfinished.with_name(f"{unfinished.name}.lock").unlink(missing_ok=True)
    return open_city(path, write=True)


def pair(words: Callable[[Language], Words], what: str, **facts: Any) -> dict[str, str]:
    """A sentence in both languages."""
    return {language: words(language)(what, **facts) for language in LANGUAGES}


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table in Markdown; a bar within a cell would end it."""
    lines = [heads, ["---"] * len(heads), *rows]
    return ["", *("| " + " | ".join(str(cell).replace("|", "/") for cell in line) + " |" for line in lines), ""]


def shown(quantity: Quantity | None, language: Language) -> str:
    """A figure with its band; what nobody knows says so."""
    return NO_DATA[language] if quantity is None else format_quantity(quantity, language, band=True)


def difference(board: Board, indicator: str, alternative: str, language: Language) -> str:
    """What an alternative changes, with the band of the difference member by member."""
    by = board.row(indicator).cell(alternative).difference
    unit = board.row(indicator).entry.indicator.unit
    return NO_DATA[language] if by is None else shown(Quantity(by.value, unit, by.p05, by.p50, by.p95), language)


def status(one: str | None, language: Language) -> str:
    """실측, 추정, 가상 in the language of the page."""
    return STATUS_LABELS[one][language] if one in STATUS_LABELS else NO_DATA[language]


def inputs(runs: Iterable[Run], language: Language) -> list[list[str]]:
    """Every input of these runs: what it is, its status, its terms, and how many of its values were chosen."""
    rows: dict[str, list[str]] = {}
    for run in runs:
        for port, one in run.inputs.items():
            if one["kind"] == "records" and not one["rows"]:
                continue
            title = one["title"].get(language) or port
            said = ", ".join(dict.fromkeys(status(each, language) for each in one["statuses"] if each))
            row = [title, said or "-", "; ".join(one["licences"]) or "-", str(len(one["assumptions"]) or "-")]
            rows.setdefault(f"{port} {row}", row)
    return list(rows.values())


def address(run: Run, indicator: str) -> str:
    """The address of a figure without the city's uuid: the run, and the figure in it."""
    return f"`{run.figure(indicator).address.partition('/')[2].partition('#')[0]}`"


def value(number: float | None, unit: str, language: Language) -> str:
    """A bare number with its unit."""
    return format_value(number, unit, language)


def write_pages(folder: Path, pages: Mapping[Language, Sequence[str]]) -> None:
    """`study.ko.md` and `study.en.md`."""
    for language, lines in pages.items():
        (folder / f"study.{language}.md").write_text("\n".join(lines).replace("\n\n\n", "\n\n") + "\n", "utf-8")

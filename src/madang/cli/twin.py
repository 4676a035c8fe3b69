"""Commands: `madang search` and `madang live`, what a person looks for on the map without a browser."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from madang.cli import output
from madang.cli.app import AsJson, CityFile, OnBranch, app
from madang.cli.files import on_branch, reading
from madang.errors import CallerError, sentence
from madang.twin.live import Reading, live
from madang.twin.naming import label_of_attribute, label_of_type
from madang.twin.search import MOST_HITS, search

Types = Annotated[
    list[str] | None, typer.Option("--type", metavar="T", help="An observed type, such as WeatherObserved; repeat.")
]


@app.command("search")
def search_(
    file: CityFile,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="A name, address, code or id, or a part; ㅅㅍㄷ too.")],
    branch: OnBranch = "main",
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="At most this many, up to 100.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Find entities by name, address, code or id, the likeliest first.

    Example: madang search seongnam.gpkg 삼평동
    """
    if not 1 <= limit <= MOST_HITS:
        raise CallerError("twinreading.limit", found=limit, most=MOST_HITS)
    with reading(file) as city:
        found = search(city.store, on_branch(city, branch).branch_name, text, limit=limit)
    if as_json:
        output.say_json([hit.as_json() for hit in found])
    elif not found:
        output.say_text(_word("said-nothing-found", text=text))
    else:
        rows = [
            (output.in_language(hit.name), output.in_language(label_of_type(hit.type)), hit.address, hit.id)
            for hit in found
        ]
        output.say_table(
            [_word(name) for name in ("word-name", "word-type", "word-address", "word-id")], rows, named=True
        )


@app.command("live")
def live_(file: CityFile, branch: OnBranch = "main", types: Types = None, as_json: AsJson = False) -> None:
    """Show what sensors with a place read last, and which readings are stale.

    Example: madang live seongnam.gpkg --type WeatherObserved
    """
    with reading(file) as city:
        found = live(city.store, on_branch(city, branch).branch_name, types=types or None)
    if as_json:
        output.say_json(found.as_json())
    elif not found.sensors:
        output.say_text(_word("said-no-sensors"))
    else:
        rows = [_row(output.in_language(s.name) or s.id, reading) for s in found.sensors for reading in s.readings]
        names = ("word-sensor", "word-quantity", "word-value", "word-at", "word-state")
        output.say_table([_word(name) for name in names], rows, named=True)
        if found.more:
            output.say_text(_word("said-more-sensors", more=found.more))


def _row(name: str, reading: Reading) -> tuple[Any, ...]:
    value = " ".join(str(part) for part in (reading.value, reading.unit) if part is not None)
    state = _word("word-stale" if reading.is_stale else "word-fresh")
    return (
        name,
        output.in_language(label_of_attribute(reading.attribute)),
        value,
        f"{reading.at:%Y-%m-%d %H:%MZ}",
        state,
    )


def _word(name: str, **facts: Any) -> str:
    return sentence(f"twinreading.{name}", output.language(), **facts)

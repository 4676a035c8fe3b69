"""Command: `madang practice`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from madang.cli import output
from madang.cli.app import AsJson, app
from madang.cli.files import resolve
from madang.errors import CallerError, FileError, sentence
from madang.practice.demo import practice_city


@app.command()
def practice(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The new city file, such as practice.gpkg.")],
    as_json: AsJson = False,
) -> None:
    """Build the practice city: one made-up policy from plan to scored promise.

    Example: madang practice practice.gpkg
    """
    path = resolve(file)
    if path.suffix != ".gpkg":
        raise CallerError("practice.not-a-city-file", path=file)
    if path.exists():
        raise FileError("practice.file-there", path=file)
    with output.progress("practice") as progress:
        built = practice_city(path, progress=progress)
    if as_json:
        told = {"id": built.id, "title": built.title, "path": str(built.path), "entities": built.entities}
        output.say_json(told | {"seconds": round(built.seconds, 2)})
        return
    language = output.language()
    output.say_text(
        sentence("practice.built", language, path=file, title=built.title[language], entities=built.entities)
    )

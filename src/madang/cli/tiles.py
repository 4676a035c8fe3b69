"""Command: `madang tiles`: the city as files for any 3D Tiles viewer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from madang.cli import output
from madang.cli.app import AsJson, CityFile, OnBranch, app
from madang.cli.files import on_branch, reading, resolve
from madang.errors import sentence


@app.command()
def tiles(
    file: CityFile,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to write.")],
    branch: OnBranch = "main",
    layer: Annotated[
        list[str] | None, typer.Option("--layer", metavar="LAYER", help="Only this layer; repeat for more.")
    ] = None,
    meshopt: Annotated[
        bool, typer.Option("--meshopt", help="Compress geometry; the viewer must know EXT_meshopt_compression.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write the city as 3D Tiles: a folder for any viewer or web server.

    Example: madang tiles seongnam.gpkg --out seongnam-tiles
    """
    from madang.twin.export import write_city  # geometry is loaded only to draw

    folder = resolve(out)
    with reading(file) as city, output.progress("exporting"):
        seen = on_branch(city, branch)
        made = write_city(seen.store, seen.branch_name, folder, only=layer or (), compressed=meshopt)
    if as_json:
        output.say_json({"tileset": str(folder / "tileset.json"), "layers": [one.as_json() for one in made]})
        return
    headings = [sentence(f"tiles.head-{name}", output.language()) for name in ("layer", "features", "tiles", "bytes")]
    rows = [(one.id, f"{one.features:,}", f"{one.tiles:,}", f"{one.bytes:,}") for one in made]
    output.say_table(headings, rows, named=True)
    output.say_text(sentence("tiles.written", output.language(), path=folder / "tileset.json"))

"""Commands: `madang brief` and `madang paper …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from madang.cli import output
from madang.cli.app import AsJson, CityFile, app, group
from madang.cli.files import reading, resolve, writing
from madang.documents.files import WrittenPaper
from madang.documents.verify import FAULTS, Verification
from madang.errors import Language, sentence

commands = group("paper", "Papers: briefs, minutes, dossiers, lists.")

Lang = Annotated[Literal["ko", "en"], typer.Option("--lang", help="Language of the paper.")]
Template = Annotated[
    Path | None, typer.Option("--template", metavar="FORM.hwpx", help="The agency's own form, to be filled.")
]
OUT = typer.Argument(metavar="OUT", help="Where to: .hwpx, .pdf, .docx, .html or .xlsx")


@app.command()
def brief(
    file: CityFile,
    what: Annotated[
        str, typer.Argument(metavar="WHAT", help="A branch, the id of a proposal, a claim or a promise, or investment.")
    ],
    out: Annotated[Path, OUT],
    lang: Lang = "ko",
    template: Template = None,
    date: Annotated[str | None, typer.Option("--date", metavar="TEXT", help="Else today.")] = None,
    department: Annotated[str | None, typer.Option("--department", metavar="NAME", help="Else the city.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write one page about a branch, a proposal, a claim or a promise, as it is handed in.

    Example: madang brief gwangyang.gpkg battery-hydrogen brief.hwpx
    """
    language: Language = lang
    with writing(file) as city, output.progress("comparing"):
        paper = city.papers.brief(what, language=language, day=date, department=department)
        form = resolve(template) if template is not None else None
        written = city.papers.write(paper, resolve(out), template=form)
    _say_written(written, out, as_json)


@commands.command("kinds")
def kinds(file: CityFile, as_json: AsJson = False) -> None:
    """List the kinds of papers and what each is about.

    Example: madang paper kinds gwangyang.gpkg
    """
    with reading(file) as city:
        found = city.papers.kinds()
    if as_json:
        output.say_json(found)
        return
    heads = [_words(f"head-{name}") for name in ("kind", "paper", "of")]
    rows = [(kind.id, output.in_language(kind.label), output.in_language(kind.of)) for kind in found]
    output.say_table(heads, rows, named=True)


@commands.command("write")
def write(
    file: CityFile,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="See: madang paper kinds")],
    out: Annotated[Path, OUT],
    id: Annotated[str | None, typer.Option("--id", metavar="ID", help="What it is about.")] = None,
    lang: Lang = "ko",
    template: Template = None,
    as_json: AsJson = False,
) -> None:
    """Write a paper of a kind to a file.

    Example: madang paper write gwangyang.gpkg brief brief.pdf --id battery-hydrogen
    """
    with reading(file) as city, output.progress("running"):
        paper = city.papers.compose(kind, id, language=lang)
        form = resolve(template) if template is not None else None
        written = city.papers.write(paper, resolve(out), template=form)
    _say_written(written, out, as_json)


def verify_document(document: Path, city_file: Path, as_json: bool) -> None:
    """Say how each figure of a document stands; leave with 1 when one is not as it was printed."""
    with reading(city_file) as city, output.progress("verifying"):
        found = city.papers.verify(resolve(document))
    if as_json:
        output.say_json(found.as_json())
    else:
        _say_verification(found)
    if not found.ok:
        raise typer.Exit(1)


def _say_verification(found: Verification) -> None:
    counts = found.counts()
    faults = sum(counts.get(state, 0) for state in FAULTS)
    if found.manifest != "sound":
        output.say_text(_words(f"verified-list-{found.manifest}", file=found.file))
    if faults:
        output.say_text(_words("verified-faults", file=found.file, count=faults))
    elif found.ok:
        stale, cannot = counts.get("stale", 0), counts.get("cannot", 0)
        said = "verified-sound-but" if stale or cannot else "verified-sound"
        output.say_text(_words(said, file=found.file, count=len(found.figures), stale=stale, cannot=cannot))
    telling = [one for one in found.figures if one.state not in ("same", "no-address")]
    if telling:
        heads = [_words("head-number"), _words("head-said")]
        output.say_table(heads, [(one.number, output.in_language(one.said)) for one in telling], named=True)


def _say_written(written: WrittenPaper, out: Path, as_json: bool) -> None:
    if as_json:
        output.say_json(written)
        return
    pages = _words("pages", count=written.pages) if written.pages else ""
    output.say_text(_words("written", path=out, figures=written.figures, pages=pages))
    for warning in written.warnings:
        output.say_text(f"! {output.in_language(warning)}")


def _words(what: str, **facts: object) -> str:
    return sentence(f"documents.{what}", output.language(), **facts)

"""The brief of a comparison: what a branch changes, on one page in official outline style (개조식).

Rows come as a comparison's JSON, because a decision keeps the comparison it was taken on in that form. A figure of the
difference names both values it was taken of, so it can be computed again from the paper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from madang.documents.outline import in_outline_style
from madang.documents.paper import Block, Figure, Inline, Inlines, Line, Paper, Table
from madang.documents.sheet import status_word
from madang.entities.units import is_unit, unit
from madang.entities.vocabulary import label_of
from madang.errors import Language, MadangError, sentence
from madang.indicators.quantity import format_value
from madang.lab.origin import explain
from madang.store import EntityChange, Store

Row = Mapping[str, Any]
NAMED_TYPES = 4
UNSAID_UNITS = ("KRW", "P1", "IE", "1", "C62", "person")


@dataclass(frozen=True, slots=True)
class Results:
    """What a comparison gives to a paper: the key message, its blocks, its notes in the order of citation."""

    message: Inlines
    blocks: Sequence[Block]
    limits: Sequence[Block]
    sources: Sequence[str]
    synthetic: bool


def comparison_paper(
    store: Store,
    comparison: Mapping[str, Any],
    *,
    language: Language = "ko",
    date: str | None = None,
    department: str | None = None,
) -> Paper:
    """The one-page brief of a comparison."""
    branch, against = str(comparison["branch"]), str(comparison["against"])
    found = results(store, comparison, language=language)
    names = {"branch": branch_name(store, branch, language), "against": branch_name(store, against, language)}
    changes = store.diff(branch, against=against)
    blocks: list[Block] = [
        Line([_say("overview", language)], 0),
        Line([_say("compared", language, **names)], 1),
        Line([_say("changed", language, count=len(changes), kinds=_kinds(changes, language))], 1),
        *found.blocks,
        *found.limits,
    ]
    return Paper(
        kind="brief",
        title=_say("comparison-title", language, **names),
        language=language,
        blocks=blocks,
        date=date,
        issuer=department,
        subtitle=_say("comparison-subtitle", language, **names),
        sources=found.sources,
        city=str(store.city.uuid),
        synthetic=found.synthetic,
        message=found.message,
        one_page=True,
    )


def results(store: Store, comparison: Mapping[str, Any], *, language: Language = "ko") -> Results:
    """Message, table, what is unknown, assumptions and sources of a comparison."""
    rows: Sequence[Row] = comparison["indicators"]
    known = [row for row in rows if row["main"] is not None or row["branch"] is not None]
    shown = [row for row in known if row["main"] or row["branch"]]  # what is 0 and stays 0 would only fill the page
    models = list(dict.fromkeys(str(row["model"]) for row in rows))
    numbers = {model: n for n, model in enumerate(models, 1)}
    origins = {model: _origin(store, next(row for row in rows if row["model"] == model)) for model in models}
    heads = [
        _say("indicator", language),
        branch_name(store, str(comparison["against"]), language),
        branch_name(store, str(comparison["branch"]), language),
        *(_say(name, language) for name in ("difference", "band", "status", "source")),
    ]
    table = Table(heads, [_cells(row, numbers[str(row["model"])], language) for row in shown])
    blocks: list[Block] = [Line([_say("results", language)], 0)]
    blocks += [
        Line([_say("model", language, title=_model_title(origins[model], model, language), number=numbers[model])], 1)
        for model in models
    ]
    blocks += [table] if shown else [] if known else [Line([_say("nothing-known", language)], 1)]
    if len(shown) < len(known):
        blocks.append(Line([sentence("documents.zero-rows", language, count=len(known) - len(shown))], 2))
    blocks += [
        Line(
            [
                _say(
                    "unknown",
                    language,
                    label=row["label"][language],
                    why=in_outline_style((row["note"] or {}).get(language, "-")),
                )
            ],
            2,
        )
        for row in rows
        if row not in known
    ]
    limits = [*comparison.get("warnings", ()), *comparison.get("notes", ())]
    return Results(
        message=_message(rows, language),
        blocks=blocks,
        limits=[Line([_say("limits", language)], 0), *(Line([in_outline_style(note[language])], 2) for note in limits)]
        if limits
        else [],
        sources=[_source(origins[model], model, language) for model in models],
        synthetic=any(row["status"] == "synthetic" for row in rows),
    )


def branch_name(store: Store, branch: str, language: Language) -> str:
    """What a branch is called on paper; main is what is in force."""
    if branch == "main":
        return sentence("lab.word-main", language)
    try:
        title = store.branch(branch).title
    except MadangError:
        return branch
    return title.get(language) or title.get("en") or branch


def _message(rows: Sequence[Row], language: Language) -> list[Inline]:
    """The first two differences; that nothing differs, where nothing does."""
    moved = [row for row in rows if row["difference"]][:2]
    if not moved:
        return [in_outline_style(_say("no-difference", language))]
    said: list[Inline] = [_say("message-opens", language)]
    for n, row in enumerate(moved):
        said += [", " if n else "", f"{row['label'][language]} ", _difference(row, language)]
        said.append(f"({status_word(row['status'], language)})" if row["status"] else "")
    return said


def _cells(row: Row, number: int, language: Language) -> list[Inlines]:
    name = str(row["label"][language])
    if row["unit"] not in UNSAID_UNITS:
        name += f"({unit(row['unit']).label[language] if is_unit(row['unit']) else row['unit']})"
    band: list[Inline] = []
    if row["p05"] is not None and row["p95"] is not None:
        band = [_edge(row, "p05", language), " ~ ", _edge(row, "p95", language)]
    return [
        [name],
        [_value(row, "main", row["main_address"], language)],
        [_value(row, "branch", row["address"], language)],
        [_difference(row, language)] if row["difference"] is not None else ["-"],
        band or ["-"],
        [status_word(row["status"], language)],
        [f"[{number}]"],
    ]


def _value(row: Row, side: str, address: str, language: Language) -> Inline:
    text = format_value(row[side], row["unit"], language)
    return Figure(text, row[side], row["unit"], address, row["status"]) if row[side] is not None else text


def _difference(row: Row, language: Language) -> Figure:
    value = row["difference"]
    text = format_value(value, row["unit"], language)
    return Figure(
        f"+{text}" if value > 0 else text, value, row["unit"], row["address"], row["status"], row["main_address"]
    )


def _edge(row: Row, part: Any, language: Language) -> Figure:
    text = format_value(row[part], row["unit"], language)
    return Figure(text, row[part], row["unit"], row["address"], row["status"], row["main_address"], part)


def _kinds(changes: Sequence[EntityChange], language: Language) -> str:
    counted: dict[str, int] = {}
    for change in changes:
        counted[change.type] = counted.get(change.type, 0) + 1
    named = [f"{label_of(type, language)} {count}" for type, count in list(counted.items())[:NAMED_TYPES]]
    return ", ".join(named) + (" …" if len(counted) > NAMED_TYPES else "") if named else "-"


def _origin(store: Store, row: Row) -> Mapping[str, Any]:
    try:
        return explain(store, str(row["address"]))
    except MadangError:  # a comparison that a decision kept, of runs that the file has no more
        return {"model": None, "run": None, "source": ()}


def _model_title(origin: Mapping[str, Any], model: str, language: Language) -> str:
    return str(origin["model"]["title"][language]) if origin["model"] else model


def _source(origin: Mapping[str, Any], model: str, language: Language) -> str:
    run = origin["run"]
    if run is None:
        return _say("source-gone", language, model=model)
    data = "; ".join(dict.fromkeys(_dataset(one, language) for one in origin["source"]))
    short = str(run["id"]).rpartition(":")[2][:12]
    return _say(
        "source-run",
        language,
        model=_model_title(origin, model, language),
        version=run["version"],
        run=short,
        seed=run["seed"],
        data=data or "-",
    )


def _dataset(one: Mapping[str, Any], language: Language) -> str:
    title, publisher = (
        value.get(language) or value.get("en") if isinstance(value, Mapping) else value
        for value in (one["title"], one["publisher"])
    )
    licence = f", {one['licence']}" if one["licence"] else ""
    return f"{title or one['id']} ({publisher or '-'}{licence})"


def _say(what: str, language: Language, **facts: Any) -> str:
    return sentence(f"documents.brief-{what}", language, **facts)

"""The ledger sheet (약속 이행장부) on paper: promises, what is missing, misses with their causes, calibration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from madang.documents.paper import Block, Figure, Heading, Inlines, Line, Paper, Paragraph, Table
from madang.errors import Language, sentence
from madang.indicators.quantity import format_value
from madang.plan.calibration import Calibration
from madang.plan.promise_brief import promised
from madang.plan.promise_wall import Entry, Wall, wall
from madang.plan.track_record import track_record
from madang.store import Store

Json = dict[str, Any]


def promise_paper(store: Store, *, today: date, language: Language) -> Paper:
    """The promises of a city on a day, as a sheet."""
    found = wall(store, today)
    return Paper(
        kind="promise-ledger",
        title=_word("sheet-title", language),
        language=language,
        subtitle=store.city.title.get(language),
        date=today.isoformat(),
        blocks=list(_blocks(store, found, language)),
        city=str(store.city.uuid),
        synthetic=any((one.promised or {}).get("status") == "synthetic" for one in found.entries),
    )


def _blocks(store: Store, found: Wall, language: Language) -> Iterator[Block]:
    if not found.entries:
        yield Line([_word("sheet-none", language)])
        return
    yield Line([sentence("plan.sheet-counts", language, **found.counts())])
    yield Heading(_word("sheet-list", language))
    yield _promises(found, language)
    lacking = [one for one in found.entries if one.missing is not None and one.standing == "overdue"]
    if lacking:
        yield Heading(_word("sheet-missing", language))
        for one in lacking:
            yield Line([one.state.title[language]], 2)
            yield Line([(one.missing or {})[language]], 3)
    scored = [one for one in found.entries if one.score is not None]
    if scored:
        yield Heading(_word("sheet-scores", language))
        yield from _scores(scored, language)
    rows = track_record(store)
    if not any(row.n for row in rows):
        return
    yield Heading(_word("sheet-calibration", language))
    yield _calibration(rows, language)
    notes = dict.fromkeys(row.note[language] for row in rows if row.note is not None)
    yield from (Line([note], 3) for note in notes)


def _promises(found: Wall, language: Language) -> Table:
    heads = [_word(f"head-{one}", language) for one in ("promise", "owner", "due", "promised", "actual", "state")]
    return Table(heads, [_row(one, language) for one in found.entries])


def _row(one: Entry, language: Language) -> list[Inlines]:
    state = one.standing if one.timeliness is None or one.standing == "overdue" else one.timeliness
    words = [sentence(f"plan.state-{one.standing}", language)]
    if state != one.standing:
        words.append(sentence(f"plan.{state}", language))
    if one.verdict:
        words.append(sentence(f"plan.verdict-{one.verdict}", language))
    return [
        [one.state.title[language]],
        [(one.state.owner or {}).get(language, "")],
        [one.state.due or ""],
        [promised(one.promised, language)] if one.promised is not None else [],
        _figure(one.outcome, language),
        [" · ".join(words)],
    ]


def _scores(scored: list[Entry], language: Language) -> Iterator[Block]:
    yield Paragraph([_word("sheet-shapley", language)])
    for one in scored:
        score = one.score or {}
        yield Line([one.state.title[language]], 2)
        yield Line([_word("head-miss", language), " ", *_figure(score["miss"], language)], 3)
        for part in score["parts"]:
            yield Line([part["label"][language], " ", *_figure(part, language, entry=part["group"])], 3)
        if score["not_split"]:
            yield Line([score["not_split"][language]], 3)


def _calibration(found: Sequence[Calibration], language: Language) -> Table:
    heads = [_word(f"head-{one}", language) for one in ("by", "number", "bias", "mape", "coverage")]
    rows: list[list[Inlines]] = []
    for row in found:
        rates = [[_share(rate)] for rate in (row.bias, row.mape, row.coverage)]
        rows.append([[row.label[language]], [str(row.n)], *rates])
    return Table(heads, rows)


def _share(rate: float | None) -> str:
    return "" if rate is None else format_value(100 * rate, "P1")


def _figure(found: Json | None, language: Language, *, entry: str | None = None) -> Inlines:
    if found is None or found["value"] is None:
        return [""]
    said = found["text"][language], found["value"], found["unit"], found["address"], found["status"]
    return [Figure(*said, part=entry)]


def _word(name: str, language: Language) -> str:
    return sentence(f"plan.{name}", language)

"""Papers of research: one study, and the yearly disclosure list (연구과제 및 활용 결과 공시)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from madang import clock
from madang.civic.deciding.changed import is_marked
from madang.civic.studies.disclosure import COLUMNS, Disclosure, Entry, disclosure
from madang.civic.studies.records import StudyView, study_view
from madang.documents.paper import Block, Figure, Heading, Inlines, Line, Paper, Paragraph, Table
from madang.errors import Language, sentence
from madang.indicators.quantity import format_value
from madang.indicators.stored import Figure as StoredFigure
from madang.store import Store


def disclosure_paper(store: Store, year: int, language: Language) -> Paper:
    """The list of a year: every study with its period, cost, date, use and report."""
    found = disclosure(store, year)
    heads = [_said(f"column-{name}", language) for name in COLUMNS]
    rows: list[Sequence[Inlines]] = [_row(one, language) for one in found.entries]
    return Paper(
        kind="disclosure",
        title=_said("paper-disclosure", language, year=year),
        language=language,
        blocks=[Line([_counted(found, language)]), Table(heads, rows)],
        date=clock.today(store.city.zone).isoformat(),
        issuer=store.city.title.get(language),
        sources=[_said("paper-disclosure-note", language)],
        city=str(store.city.uuid),
    )


def study_paper(store: Store, study: str, language: Language) -> Paper:
    """One study: question, alternatives, evidence, recommendation, use."""
    found = study_view(store, study)
    blocks: list[Block] = [
        Heading(_said("paper-question", language), 2),
        Paragraph([(found.question or {}).get(language, "")]),
    ]
    if found.cost is not None:
        blocks.append(Line([_said("paper-cost", language), _money(found.cost, language)]))
    blocks += [Heading(_said("paper-alternatives", language), 2), _alternatives(store, found, language)]
    blocks.append(Heading(_said("paper-evidence", language), 2))
    blocks += [Line([f"{one.type[language]}: {one.title[language]}"], 2) for one in found.evidence]
    blocks.append(Heading(_said("paper-recommendation", language), 2))
    said = found.recommendation
    if said is None:
        blocks.append(Line([_said("paper-none-yet", language)]))
    else:
        blocks.append(Paragraph([said.text[language], f" ({said.date})"]))
        blocks += [Heading(_said("paper-use", language), 2), Line([found.use_label[language]])]
        blocks += [Line([f"{use.date} {use.label[language]}: {use.reason or ''}"], 2) for use in said.uses]
    return Paper(
        kind="study",
        title=_said("paper-study", language, title=found.title[language]),
        language=language,
        blocks=blocks,
        date=clock.today(store.city.zone).isoformat(),
        issuer=store.city.title.get(language),
        city=str(store.city.uuid),
        synthetic=is_marked(store, "main", found.id, *(one.entity for one in found.evidence)),
    )


def _alternatives(store: Store, found: StudyView, language: Language) -> Table:
    heads = [
        _said("paper-alternatives", language),
        *(_said(f"word-{n}", language) for n in ("state", "reason", "branch")),
    ]
    rows: list[Sequence[Inlines]] = [
        [[one.title[language]], [one.label[language]], [one.reason or ""], [_branch(store, one.branch, language)]]
        for one in found.alternatives
    ]
    return Table(heads, rows)


def _branch(store: Store, name: str | None, language: Language) -> str:
    """What a branch is called; its short name where it has no title in this language."""
    known = next((one for one in store.branches() if one.name == name), None)
    return (dict(known.title).get(language) if known is not None else None) or name or ""


def _row(one: Entry, language: Language) -> Sequence[Inlines]:
    cost: Inlines = [] if one.cost is None else [_figure(one.cost)]
    return [
        [one.title[language]], [one.period[language]], cost, [one.recommended_on or ""], [one.use_label[language]],
        [one.decision or ""], [one.task or ""], [one.link or ""],
    ]  # fmt: skip


def _counted(found: Disclosure, language: Language) -> str:
    if found.usability is None:
        rate = _said("rate-unknown", language)
    else:
        rate = _said("rate", language, percent=found.usability, n=found.complete)
    return _said(
        "said-disclosure", language, year=found.year, studies=len(found.entries), complete=found.complete,
        used=found.used, rate=rate,
    )  # fmt: skip


def _money(figure: StoredFigure, language: Language) -> Figure:
    text = format_value(figure["value"], figure["unit"] or "1", language)
    return Figure(text, figure["value"], figure["unit"], figure["address"], figure["status"])


def _figure(figure: StoredFigure) -> Figure:
    return Figure(f"{figure['value']:,}", figure["value"], figure["unit"], figure["address"], figure["status"])


def _said(what: str, language: Language, **facts: Any) -> str:
    return sentence(f"studies.{what}", language, **facts)

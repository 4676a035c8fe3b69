"""Papers of allied cities: the state of an alliance, and the adoption of a joint ordinance (공동조례 채택 현황)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from madang.civic.alliances import ordinances
from madang.civic.alliances.forms import FormStanding, label_of
from madang.civic.alliances.ordinances import Matrix, Row
from madang.civic.alliances.page import AllianceView, alliance_view
from madang.civic.alliances.records import name_of_city
from madang.civic.announced.claims import ClaimState
from madang.civic.deciding.changed import is_marked
from madang.documents.paper import Block, Figure, Heading, Inlines, Line, Paper, Table
from madang.errors import Language, both, sentence
from madang.indicators.quantity import NO_DATA, format_value
from madang.rules.book import Rulebook
from madang.store import Store


def alliance_paper(
    store: Store,
    alliance: str,
    *,
    language: Language,
    rules: Rulebook,
    as_of: date | None = None,
    branch: str = "main",
) -> Paper:
    """The state of an alliance: members, form and what is missing, charter, ordinances, agreed shares, claims."""
    found = alliance_view(store, rules, alliance, as_of=as_of, branch=branch)
    blocks: list[Block] = [*_members(found, language), *_forms(found, language)]
    for matrix in found.ordinances:
        blocks += [
            Heading(matrix.title[language], 2),
            Line([_counts(matrix, language)]),
            _matrix_table(matrix, language),
        ]
    for project in found.projects:
        blocks += _shares(store, project, language, branch)
    if found.claims:
        blocks += [Heading(_said("paper-claims", language), 2), _claims_table(found.claims, language)]
    return Paper(
        kind="alliance",
        title=_said("paper-alliance", language, name=found.name[language]),
        language=language,
        blocks=blocks,
        date=found.as_of.isoformat(),
        issuer=found.name[language],
        sources=_sources(found),
        city=str(store.city.uuid),
        synthetic=is_marked(
            store, branch, found.id, *(one.id for one in found.ordinances), *(one["id"] for one in found.projects)
        ),
    )


def ordinance_paper(
    store: Store, ordinance: str, *, language: Language, as_of: date | None = None, branch: str = "main"
) -> Paper:
    """The matrix of a joint ordinance, and every article in which a city's text differs."""
    matrix = ordinances.matrix(store, ordinance, as_of=as_of, branch=branch)
    blocks: list[Block] = [Line([_counts(matrix, language)]), _matrix_table(matrix, language)]
    differing = [row for row in matrix.rows if row.differs]
    blocks.append(Heading(_said("paper-differences", language), 2))
    if not differing:
        blocks.append(Line([_said("paper-no-difference", language)]))
    for row in differing:
        blocks += [Heading(row.name[language], 3), _difference_table(row, language)]
    changed = [row for row in matrix.rows if row.text_changed_since]
    blocks += [Line([_said("paper-changed-since", language, city=row.name[language])], 3) for row in changed]
    return Paper(
        kind="ordinance-matrix",
        title=_said("paper-ordinance", language, title=matrix.title[language]),
        language=language,
        blocks=blocks,
        date=matrix.as_of.isoformat(),
        city=str(store.city.uuid),
    )


def _members(found: AllianceView, language: Language) -> list[Block]:
    heads = [_said(f"word-{one}", language) for one in ("city", "joined", "left")]
    rows: list[Sequence[Inlines]] = [
        [[one.name[language]], [one.joined or ""], [one.left or ""]] for one in found.periods
    ]
    count = _said("paper-members", language, day=found.as_of.isoformat(), count=len(found.members))
    return [Line([count]), Table(heads, rows)]


def _forms(found: AllianceView, language: Language) -> list[Block]:
    blocks: list[Block] = [Line([_said("paper-form", language, form=label_of(found.form)[language])])]
    begun = {one["form"] for one in found.steps}
    for standing in found.forms:
        if standing.form in begun or standing.form == found.form:
            blocks += _standing(standing, language)
    return blocks


def _standing(one: FormStanding, language: Language) -> list[Block]:
    label = one.label[language]
    if one.needed:
        said = _said("paper-needed", language, form=label, needed=len(one.needed))
    else:
        said = _said("paper-reached", language, form=label)
    heads = [_said(f"word-{name}", language) for name in ("step", "state", "clause", "waiting")]
    rows: list[Sequence[Inlines]] = [
        [
            [step.verdict.title[language]],
            [step.verdict.detail[language]],
            [step.verdict.clause[language]],
            [", ".join(name[language] for name in step.waiting_for)],
        ]
        for step in one.steps
    ]
    charter = [item for item in one.charter if item.applies]
    held = _said("paper-charter", language, held=sum(item.held for item in charter), of=len(charter))
    missing: list[Block] = [
        Line([f"{item.label[language]} ({item.clause[language]})"], 3) for item in charter if not item.held
    ]
    return [Heading(said, 2), Table(heads, rows), Line([held], 2), *missing]


def _matrix_table(matrix: Matrix, language: Language) -> Table:
    heads = [_said("word-city", language), *(ordinances.label_of(state)[language] for state in ordinances.STATES)]
    rows: list[Sequence[Inlines]] = []
    for row in matrix.rows:
        dates = {step.state: step.date for step in row.steps}
        rows.append([[row.name[language]], *([dates.get(state, "")] for state in ordinances.STATES)])
    return Table(heads, rows)


def _difference_table(row: Row, language: Language) -> Table:
    heads = [_said(f"word-{name}", language) for name in ("place", "kind", "common", "variant")]
    rows: list[Sequence[Inlines]] = [
        [[one.ref], [both(f"alliances.difference-{one.kind}")[language]], [one.common or ""], [one.variant or ""]]
        for one in row.differs
    ]
    return Table(heads, rows)


def _counts(matrix: Matrix, language: Language) -> str:
    day = matrix.as_of.isoformat()
    return _said("paper-counts", language, day=day, members=len(matrix.rows), **matrix.counts())


def _shares(store: Store, project: dict[str, Any], language: Language, branch: str) -> list[Block]:
    if not project["agreed"]:
        return []
    view = store.view(branch)
    heads = [_said("word-city", language), _said("word-share", language)]
    rows: list[Sequence[Inlines]] = [
        [[name_of_city(view, one["city"])[language]], [_figure(one["share"], language)]] for one in project["agreed"]
    ]
    caption = _said("paper-shares", language, title=project["title"][language])
    return [Heading(caption, 2), Table(heads, rows)]


def _claims_table(found: Sequence[ClaimState], language: Language) -> Table:
    heads = [_said(f"word-{name}", language) for name in ("item", "value", "state", "note")]
    rows: list[Sequence[Inlines]] = []
    for one in found:
        label = (one["computedLabel"] or {}).get(language, "")
        remark: Inlines = [label]
        if one["computed"] is not None:
            shown = format_value(one["computed"], one["computedUnit"] or "", language)
            remark = [
                f"{label}: ", Figure(shown, one["computed"], one["computedUnit"], one["address"], one["status"])
            ]  # fmt: skip
        rows.append(
            [
                [one["text"][language]],
                [_stated(one, language)],
                [_said(f"claim-check-{one['check']}", language)],
                remark,
            ]
        )
    return Table(heads, rows)


def _stated(claim: ClaimState, language: Language) -> str:
    value = claim["value"]
    return format_value(value, claim["unit"] or "", language) if isinstance(value, int | float) else str(value)


def _figure(figure: dict[str, Any] | None, language: Language) -> Figure | str:
    if figure is None:
        return NO_DATA[language]
    return Figure(f"{figure['value']:,}", figure["value"], figure["unit"], figure["address"], figure["status"])


def _sources(found: AllianceView) -> list[str]:
    return list(dict.fromkeys(one["source"] for one in found.claims if one["source"]))


def _said(what: str, language: Language, **facts: Any) -> str:
    return sentence(f"alliances.{what}", language, **facts)

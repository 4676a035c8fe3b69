"""The papers of an agenda item (안건 서류): what is put up, what it changes, what was compared, done, said and voted.

One record gives the paper: the proposal, its diff, the comparison that lay on the table or was kept with the decision,
the procedure with its clauses, each opinion with what became of it, the votes with dissent, conditions. Every number of
the comparison and of the diff is a figure with its address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from madang.civic.proposal_page import Comparing, proposal_view
from madang.civic.questions import money
from madang.documents.paper import Block, Figure, Heading, Inlines, Line, Paper, Table
from madang.entities.vocabulary import label_of
from madang.errors import Language, sentence
from madang.indicators.stored import address_of
from madang.store import Store

_DIFF_ROWS = 200


def proposal_dossier(
    store: Store, proposal_id: str, language: Language = "ko", *, comparing: Comparing | None = None
) -> Paper:
    """The dossier of a proposal in one language, as it stands now."""
    page = proposal_view(store, proposal_id, comparing=comparing)
    procedure = page["procedure"]
    told = _Words(language)
    proposal = page["proposal"]
    blocks: list[Block] = [
        Heading(told("dossier-matter")),
        Line([told("dossier-state", state=proposal["stateLabel"][language], round=procedure["round"])], 1),
        Line([told("dossier-branch", branch=_in(page["branch"]["title"], language), name=page["branch"]["name"])], 1),
        Line([told("dossier-by", by=proposal["submittedBy"], on=str(proposal["submittedAt"])[:10])], 1),
        Heading(told("dossier-reason")),
        Line([str(proposal["reason"])], 1),
        *_comparison(page["comparison"], told),
        *_changes(store, page["diff"], page["branch"]["name"], told),
        *_steps(procedure["procedure"], told),
        *_opinions(procedure["opinions"], procedure["dispositions"], told),
        *_votes(procedure["votes"], told),
        *_conditions(procedure["conditions"], told),
        *_decisions(page["decisions"], told),
    ]
    return Paper(
        kind="proposal-dossier",
        title=_in(proposal["title"], language),
        language=language,
        blocks=blocks,
        subtitle=told("dossier"),
        date=str(proposal["submittedAt"])[:10],
        issuer=_in(store.city.title, language),
        city=store.city.uuid,
        synthetic=any(figure.status == "synthetic" for figure in _figures(blocks)),
    )


def _figures(blocks: Sequence[Block]) -> list[Figure]:
    return list(Paper("proposal-dossier", "-", "en", blocks).figures())


class _Words:
    """Sentences of the dossier in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, what: str, /, **facts: Any) -> str:
        return sentence(f"procedure.{what}", self.language, **facts)


def _comparison(comparison: Mapping[str, Any] | None, told: _Words) -> list[Block]:
    """The figures compared: today, with the proposal, the difference, each at its address."""
    rows: list[list[Inlines]] = []
    for row in (comparison or {}).get("indicators", []):
        status, unit = row["status"], row["unit"]
        today = _figure(row["main"], unit, row["main_address"], status, told)
        proposed = _figure(row["branch"], unit, row["address"], status, told)
        difference = _figure(row["difference"], unit, row["address"], status, told, less=row["main_address"])
        rows.append([[_in(row["label"], told.language)], today, proposed, difference])
    if not rows:
        return [Heading(told("dossier-comparison")), Line([told("dossier-no-comparison")], 1)]
    heads = [told(f"dossier-head-{name}") for name in ("indicator", "today", "proposed", "difference")]
    return [Heading(told("dossier-comparison")), Table(heads, rows)]


def _figure(
    value: Any, unit: str | None, address: str | None, status: str | None, told: _Words, *, less: str | None = None
) -> Inlines:
    if value is None:
        return [told("unknown")]
    return [Figure(_written(value, unit, told.language), value, unit, address, status, less)]


def _written(value: float | int, unit: str | None, language: Language) -> str:
    """A number as people write it, with its unit where that is one they read."""
    if unit == "KRW":
        return ("-" if value < 0 else "") + money(abs(value), language)
    return _number(value if isinstance(value, int) else round(value, 2))


def _changes(store: Store, diff: Sequence[Mapping[str, Any]], branch: str, told: _Words) -> list[Block]:
    rows: list[list[Inlines]] = []
    for entity in diff:
        name = f"{_in(entity['label'], told.language)} {_in(entity['name'], told.language)}"
        for one in entity["attributes"]:
            after = one["after"]
            cell: Inlines = [_text(after, told.language)]
            if _is_number(after):
                address = address_of(store, entity["id"], one["attribute"], dataset_id=one["dataset_id"], branch=branch)
                status = "estimated" if one["assumption"] else None
                cell = [Figure(_written(after, one["unit"], told.language), after, one["unit"], address, status)]
            label = _in(one["label"], told.language) if one["label"] else label_of(one["attribute"], told.language)
            rows.append([[name], [label], [_text(one["before"], told.language)], cell])
            name = ""
    heads = [told(f"dossier-head-{word}") for word in ("entity", "attribute", "before", "after")]
    left = len(rows) - _DIFF_ROWS
    more: list[Block] = [Line([told("dossier-more-changes", count=left)], 3)] if left > 0 else []
    return [Heading(told("dossier-changes")), Table(heads, rows[:_DIFF_ROWS]), *more]


def _steps(procedure: Mapping[str, Any], told: _Words) -> list[Block]:
    if procedure["inForce"] is not None:
        kept = procedure["inForce"]
        line = told("dossier-in-force", number=kept["documentNumber"], on=kept["endsOn"])
        return [Heading(told("dossier-procedure")), Line([line], 1)]
    if not procedure["steps"]:
        return [Heading(told("dossier-procedure")), Line([told("dossier-no-procedure")], 1)]
    rows: list[list[Inlines]] = []
    for step in procedure["steps"]:
        record = step["record"] or {}
        days = " – ".join(day for day in (record.get("startsOn"), record.get("endsOn")) if day)
        doubt = "" if step["certainty"] == "S" else f" ({told('unverified')})" if step["certainty"] == "?" else ""
        rows.append(
            [
                [_in(step["title"], told.language)],
                [told(f"force-{step['force'].replace('/', '')}")],
                [_state(step["state"], told)],
                [step["clause"][told.language] + doubt],
                [" ".join(part for part in (days, record.get("documentNumber") or "") if part) or "-"],
            ]
        )
    heads = [told(f"dossier-head-{word}") for word in ("step", "force", "standing", "clause", "record")]
    return [Heading(told("dossier-procedure")), Table(heads, rows)]


def _state(state: str, told: _Words) -> str:
    return told("step-running-word" if state == "running" else f"step-{state}")


def _opinions(opinions: Sequence[Mapping[str, Any]], counts: Mapping[str, int], told: _Words) -> list[Block]:
    mine = [one for one in opinions if one["current"]]
    if not mine:
        return [Heading(told("dossier-opinions")), Line([told("dossier-no-opinions")], 1)]
    rows: list[list[Inlines]] = [
        [
            [f"{one['by']} ({one['roleLabel'][told.language]})"],
            [one["pinnedTo"][told.language]],
            [_in(one["text"], told.language)],
            [_in(one["dispositionLabel"] or one["stateLabel"], told.language)],
            [one["dispositionReason"] or one["withdrawnReason"] or "-"],
        ]
        for one in mine
    ]
    heads = [told(f"dossier-head-{word}") for word in ("by", "anchor", "opinion", "disposition", "why")]
    return [
        Heading(told("dossier-opinions")),
        Line([told("check-opinions-disposed", **counts)], 1),
        Table(heads, rows),
    ]


def _votes(votes: Sequence[Mapping[str, Any]], told: _Words) -> list[Block]:
    blocks: list[Block] = []
    for vote in (one for one in votes if one["current"]):
        counts = vote["counts"] or {}
        said = told(
            "dossier-vote",
            on=str(vote["heldAt"] or "-")[:10],
            result=told(f"result-{vote['result']}"),
            for_=counts.get("for", 0),
            against=counts.get("against", 0),
            abstain=counts.get("abstain", 0),
        )
        blocks.append(Line([said], 1))
        for dissent in vote["dissent"] or []:
            words = _in(dissent.get("text"), told.language)
            blocks.append(Line([told("dossier-dissent", member=dissent.get("member", "-"), text=words)], 2))
    return [Heading(told("dossier-votes")), *blocks] if blocks else []


def _conditions(conditions: Sequence[Mapping[str, Any]], told: _Words) -> list[Block]:
    if not conditions:
        return []
    rows: list[list[Inlines]] = [
        [
            [one["text"]],
            [one["owner"]],
            [one["due"]],
            [_met(one, told)],
            [one.get("document") or "-"],
        ]
        for one in conditions
    ]
    heads = [told(f"dossier-head-{word}") for word in ("condition", "owner", "due", "standing", "record")]
    return [Heading(told("dossier-conditions")), Table(heads, rows)]


def _met(condition: Mapping[str, Any], told: _Words) -> str:
    return told(f"condition-state-{condition['state']}")


def _decisions(decisions: Sequence[Mapping[str, Any]], told: _Words) -> list[Block]:
    if not decisions:
        return []
    lines = [
        Line(
            [
                told(
                    "dossier-decision",
                    on=str(one["decidedAt"])[:10],
                    by=one["decidedBy"],
                    state=told(f"state-{one['state']}"),
                    why=one["decisionReason"],
                )
            ],
            1,
        )
        for one in decisions
    ]
    return [Heading(told("dossier-decisions")), *lines]


def _in(said: Any, language: Language) -> str:
    if isinstance(said, Mapping):
        return str(said.get(language) or said.get("ko") or next(iter(said.values()), "-"))
    return "-" if said is None else str(said)


def _text(said: Any, language: Language) -> str:
    """A value of the diff in words; structure that a table can't show is named as such."""
    if isinstance(said, Mapping):
        if set(said) <= {"ko", "en"} and said:
            return _in(said, language)
        return str(said.get("type") or "…")
    if isinstance(said, (list, tuple)):
        return ", ".join(_text(one, language) for one in said)
    return _number(said) if _is_number(said) else "-" if said is None else str(said)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(value: Any) -> str:
    return f"{value:,}"

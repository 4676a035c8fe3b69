"""The papers of an agenda item (안건 서류): what is put up, what it changes, what was compared, done, said and voted.

One record gives the paper: the proposal, its diff, the comparison that lay on the table or was kept with the decision,
the procedure with its clauses, each opinion with what became of it, the votes with dissent, conditions. Every number of
the comparison and of the diff is a figure with its address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from madang import clock
from madang.civic.deciding.changed import is_made_up, name_on_paper
from madang.civic.deciding.page import Comparing, proposal_view
from madang.documents.paper import Block, Figure, Heading, Inlines, Line, Paper, Table
from madang.entities.entity import value_of
from madang.entities.vocabulary import label_of
from madang.errors import Language, sentence
from madang.indicators.quantity import format_value
from madang.indicators.stored import address_of
from madang.store import Store, View

_DIFF_ROWS = 200


def proposal_dossier(
    store: Store, proposal_id: str, language: Language = "ko", *, comparing: Comparing | None = None
) -> Paper:
    """The dossier of a proposal in one language, as it stands now."""
    page = proposal_view(store, proposal_id, comparing=comparing)
    procedure = page["procedure"]
    told = _Words(language, store.city.zone)
    proposal = page["proposal"]
    blocks: list[Block] = [
        Heading(told("dossier-matter")),
        Line([told("dossier-state", state=proposal["stateLabel"][language], round=procedure["round"])], 1),
        Line([told("dossier-branch", branch=_in(page["branch"]["title"], language), name=page["branch"]["name"])], 1),
        Line([told("dossier-by", by=proposal["submittedBy"], on=told.day(proposal["submittedAt"]))], 1),
        Heading(told("dossier-reason")),
        Line([str(proposal["reason"])], 1),
        *_comparison(page["comparison"], told),
        *_changes(store, page["diff"], page["branch"]["name"], told),
        *_steps(procedure["procedure"], told),
        *_opinions(procedure["opinions"], procedure["dispositions"], told),
        *_votes(store, procedure["votes"], told),
        *_conditions(procedure["conditions"], told),
        *_decisions(page["decisions"], told),
    ]
    return Paper(
        kind="proposal-dossier",
        title=_in(proposal["title"], language),
        language=language,
        blocks=blocks,
        subtitle=told("dossier"),
        date=told.day(proposal["submittedAt"]),
        issuer=_in(store.city.title, language),
        city=str(store.city.uuid),
        synthetic=any(figure.status == "synthetic" for figure in _figures(blocks))
        or is_made_up(store, page["branch"]["name"]),
    )


def _figures(blocks: Sequence[Block]) -> list[Figure]:
    return list(Paper("proposal-dossier", "-", "en", blocks).figures())


class _Words:
    """Sentences of the dossier in one language."""

    def __init__(self, language: Language, zone: str) -> None:
        self.language, self.zone = language, zone

    def day(self, moment: Any) -> str:
        """The civil date of a moment, where the city is."""
        return clock.day_said(moment, self.zone)

    def __call__(self, what: str, /, **facts: Any) -> str:
        return sentence(f"procedure.{what}", self.language, **facts)


def _comparison(comparison: Mapping[str, Any] | None, told: _Words) -> list[Block]:
    """The figures compared: today, with the proposal, the difference, each at its address."""
    rows: list[list[Inlines]] = []
    found = (comparison or {}).get("indicators", [])
    for row in (one for one in found if one["main"] or one["branch"] or one["main"] is one["branch"] is None):
        status, unit = row["status"], row["unit"]
        today = _figure(row["main"], unit, row["main_address"], status, told)
        proposed = _figure(row["branch"], unit, row["address"], status, told)
        difference = _figure(row["difference"], unit, row["address"], status, told, less=row["main_address"])
        rows.append([[_in(row["label"], told.language)], today, proposed, difference])
    if not rows:
        return [Heading(told("dossier-comparison")), Line([told("dossier-no-comparison")], 1)]
    heads = [told(f"dossier-head-{name}") for name in ("indicator", "today", "proposed", "difference")]
    left = len(found) - len(rows)
    more: list[Block] = [Line([sentence("documents.zero-rows", told.language, count=left)], 3)] if left else []
    return [Heading(told("dossier-comparison")), Table(heads, rows), *more]


def _figure(
    value: Any, unit: str | None, address: str | None, status: str | None, told: _Words, *, less: str | None = None
) -> Inlines:
    if value is None:
        return [told("unknown")]
    return [Figure(format_value(value, unit or "1", told.language), value, unit, address, status, less)]


def _changes(store: Store, diff: Sequence[Mapping[str, Any]], branch: str, told: _Words) -> list[Block]:
    rows: list[list[Inlines]] = []
    views = (store.view(branch), store.view())
    for entity in diff:
        name = _called(entity, name_on_paper(entity["id"], *views)[told.language], told.language)
        for one in (one for one in entity["attributes"] if one["attribute"] != "type"):
            after = one["after"]
            cell: Inlines = [_said(after, one, views, told.language)]
            if _is_number(after):
                address = address_of(store, entity["id"], one["attribute"], dataset_id=one["dataset_id"], branch=branch)
                status = "estimated" if one["assumption"] else None
                text = format_value(after, one["unit"] or "1", told.language)
                cell = [Figure(text, after, one["unit"], address, status)]
            label = _in(one["label"], told.language) if one["label"] else label_of(one["attribute"], told.language)
            rows.append([[name], [label], [_said(one["before"], one, views, told.language)], cell])
            name = told("dossier-same")
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


def _votes(store: Store, votes: Sequence[Mapping[str, Any]], told: _Words) -> list[Block]:
    blocks: list[Block] = []
    for vote in (one for one in votes if one["current"]):
        counts = vote["counts"] or {}
        said = told(
            "dossier-vote",
            on=told.day(vote["heldAt"]),
            result=told(f"result-{vote['result']}"),
            for_=counts.get("for", 0),
            against=counts.get("against", 0),
            abstain=counts.get("abstain", 0),
        )
        blocks.append(Line([said], 1))
        for dissent in vote["dissent"] or []:
            words = _in(dissent.get("text"), told.language)
            blocks.append(Line([told("dossier-dissent", member=_member(store, dissent, told.language), text=words)], 2))
    return [Heading(told("dossier-votes")), *blocks] if blocks else []


def _member(store: Store, dissent: Mapping[str, Any], language: Language) -> str:
    """Who dissented, by name; the record names the membership."""
    if dissent.get("name"):
        return _in(dissent["name"], language)
    view = store.view()
    membership = view.document(str(dissent.get("member")))
    person = value_of(membership, "refPerson") if membership is not None else None
    return name_on_paper(str(person), view)[language] if person else _in(dissent.get("member"), language)


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
                    on=told.day(one["decidedAt"]),
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


def _called(entity: Mapping[str, Any], name: str, language: Language) -> str:
    label = _in(entity["label"], language)
    return name if label in name else f"{label} {name}"


def _said(said: Any, row: Mapping[str, Any], views: Sequence[View], language: Language) -> str:
    """A value of the diff in words: entities by their names, a split by its sectors, a place as a place."""
    if isinstance(said, Mapping):
        if set(said) <= {"ko", "en"} and said:
            return _in(said, language)
        if "coordinates" in said:
            return sentence("procedure.dossier-place", language)
        parts = (
            f"{_in(row['names'].get(key, key), language)} {_said(one, row, views, language)}"
            for key, one in said.items()
        )
        return ", ".join(parts)
    if isinstance(said, (list, tuple)):
        return ", ".join(_said(one, row, views, language) for one in said)
    if isinstance(said, str) and said.startswith("urn:"):
        return name_on_paper(said, *views)[language]
    if isinstance(said, bool):
        return sentence(f"procedure.dossier-{'yes' if said else 'no'}", language)
    return format_value(said, row["unit"] or "1", language) if _is_number(said) else "-" if said is None else str(said)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)

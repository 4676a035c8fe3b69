"""Papers of this room: the investment sheet on one page, an agreement with its commitments, a bid for a call.

A number that stands in one record carries its address, and so does a sum, which is summed again when the paper is
verified.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from madang.civic.deciding.changed import is_marked
from madang.civic.investment import facts as f
from madang.civic.investment.agreements import AgreementState, agreement
from madang.civic.investment.calls import CallState, Match
from madang.civic.investment.pipeline import Investor, Pipeline, pipeline
from madang.documents.paper import Block, Figure, Heading, Inline, Line, Paper, Table
from madang.errors import Language, sentence
from madang.indicators.quantity import format_money, format_value
from madang.store import Store

RISKS = 5
LISTED = 8


class _Words:
    """Sentences and figures of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def say(self, what: str, /, **facts: Any) -> str:
        return sentence(f"investment.{what}", self.language, **facts)

    def of(self, pair: Mapping[str, str] | None) -> str:
        return pair[self.language] if pair else "-"

    def won(self, value: int, *, address: str | None = None, status: str | None = None) -> Figure:
        return Figure(format_money(value, self.language), value, "KRW", address, status)

    def figure(self, figure: f.Figure | None) -> Inline:
        """A stored figure as it is written; what nobody recorded is unknown."""
        if figure is None:
            return self.say("paper-unknown")
        text = format_value(figure["value"], figure["unit"] or "", self.language)
        return Figure(text, figure["value"], figure["unit"], figure.get("address"), figure.get("status"))

    def count(self, value: int, *, address: str | None = None) -> Figure:
        return Figure(f"{value:,}", value, address=address)


def investment_paper(store: Store, language: Language, *, as_of: date, full: bool = False) -> Paper:
    """The investment sheet: three amounts, by stage, the largest memoranda at risk; `full` lists every company."""
    words, found = _Words(language), pipeline(store, as_of=as_of)
    blocks: list[Block] = [
        Heading(words.say("paper-three")),
        *_three(words, found),
        Heading(words.say("paper-by-stage")),
        _stages(words, found),
        Heading(words.say("paper-risks")),
        *_risks(words, found),
    ]
    listed = found.companies if full else found.companies[:LISTED]
    if listed:
        heading = words.say("paper-companies") if full else words.say("paper-largest", count=len(listed))
        blocks += [Heading(heading), _companies(words, listed)]
    return Paper(
        kind="investment",
        title=words.say("paper-title", city=words.of(dict(store.city.title))),
        language=language,
        blocks=blocks,
        date=as_of.isoformat(),
        sources=[_weights_note(words, found), *(_announced_notes(words, found))],
        city=str(store.city.uuid),
        synthetic=any(one.pledged["status"] == "synthetic" for one in found.companies),
        message=[
            words.say("paper-message"),
            " ",
            words.figure(found.realised),
            " / ",
            words.figure(found.pledged),
        ],
        one_page=not full,
    )


def _three(words: _Words, found: Pipeline) -> list[Block]:
    pledged, weighted, realised = found.pledged, found.weighted, found.realised
    low, high = (
        words.won(weighted[case], address=found.address(f"weighted.{case}"), status=weighted["status"])
        for case in ("low", "high")
    )
    companies = words.count(len(found.companies), address=found.address("count"))
    rows: list[Block] = [
        Line([words.say("pledged") + " ", words.figure(pledged), " (", companies, words.say("paper-memoranda") + ")"]),
        Line([words.say("weighted") + " ", words.figure(weighted), " (", low, " ~ ", high, ")"]),
        Line([words.say("realised") + " ", words.figure(realised)]),
    ]
    if realised["unknown"]:
        rows.append(Line([words.say("paper-unrecorded", count=realised["unknown"])], level=2))
    if found.standing != pledged["value"]:
        standing = words.won(found.standing, address=found.address("standing"), status=pledged["status"])
        rows.append(Line([words.say("standing") + " ", standing], level=2))
    return rows


def _stages(words: _Words, found: Pipeline) -> Table:
    heads = ("paper-stage", "paper-count", "pledged", "weighted", "realised")
    rows: list[list[list[Inline]]] = []
    for one in found.by_stage():
        unknown, at = words.say("paper-unknown"), one.addresses
        realised = (
            unknown if one.realised is None else words.won(one.realised, address=at["realised"], status=one.status)
        )
        rows.append(
            [[words.of(one.label)], [words.count(one.count, address=at["count"])],
             [words.won(one.pledged, address=at["pledged"], status=one.status)],
             [words.won(one.weighted, address=at["weighted"], status=one.status)], [realised]]
        )  # fmt: skip
    return Table(heads=[words.say(name) for name in heads], rows=rows)


def at_risk(found: Pipeline) -> list[Investor]:
    """Memoranda whose pledge is least covered: cancelled ones, then those longest at the stage of pledge; by size."""
    open_yet = [one for one in found.companies if one.stage in ("pledged", "cancelled") or one.is_reduced]
    return sorted(open_yet, key=lambda one: (one.weighted["central"] - one.standing.pledged, one.company))[:RISKS]


def _risks(words: _Words, found: Pipeline) -> list[Block]:
    worst = at_risk(found)
    if not worst:
        return [Line([words.say("paper-no-risk")])]
    return [
        Line(
            [f"{one.company}: {words.of(f.label(f'stage-{one.stage}'))} ({one.since or '-'}), ",
             words.say("pledged") + " ", words.figure(one.pledged)],
            level=2,
        )
        for one in worst
    ]  # fmt: skip


def _companies(words: _Words, companies: Sequence[Investor]) -> Table:
    return Table(
        heads=[words.say(name) for name in ("paper-company", "paper-stage", "pledged", "contracted", "realised")],
        rows=[
            [[one.company], [words.of(f.label(f"stage-{one.stage}"))], [words.figure(one.pledged)],
             [words.figure(one.contracted)], [words.figure(one.realised)]]
            for one in companies
        ],
    )  # fmt: skip


def _weights_note(words: _Words, found: Pipeline) -> str:
    said = found.weights
    told = words.of(said.basis) if said.assumption else words.of(said.source)
    return f"{words.of(said.title)} ({said.id}): {told}"


def _announced_notes(words: _Words, found: Pipeline) -> list[str]:
    """What was announced beside what the register holds of it, in money as people read it."""
    return [
        words.say(
            "paper-announced" if one["registered_companies"] else "paper-announced-none",
            title=words.of(one["title"]),
            announced=format_money(one["amount"]["value"], words.language),
            registered=format_money(one["registered"], words.language),
            difference=format_money(one["difference"], words.language),
            companies=one["registered_companies"],
        )
        for one in found.announced
    ]


def agreement_paper(store: Store, language: Language, *, agreement_id: str, as_of: date, branch: str = "main") -> Paper:
    """An agreement with its commitments: owner, due date, output, state, and what is missing to check it."""
    words = _Words(language)
    found = agreement(store, agreement_id, as_of=as_of, branch=branch)
    blocks: list[Block] = [Heading(words.say("paper-agreement")), *_agreed(words, found)]
    blocks.append(Heading(words.say("paper-commitments")))
    if found.commitments:
        blocks.append(_commitments(words, found))
    else:
        blocks.append(Line([words.say("paper-not-split")]))
    if found.amendments:
        blocks.append(Heading(words.say("paper-amendments")))
        blocks += [Line([f"{one.on}: {one.reason}"], level=2) for one in found.amendments]
    return Paper(
        kind="agreement",
        title=words.of(found.title),
        language=language,
        blocks=blocks,
        date=as_of.isoformat(),
        city=str(store.city.uuid),
        synthetic=is_marked(store, branch, found.id, *(one.id for one in found.commitments)),
    )


def _agreed(words: _Words, found: AgreementState) -> list[Block]:
    parties = " · ".join(words.of(one) for one in (found.party, found.other_parties) if one)
    lines: list[Block] = [
        Line([words.say("paper-parties", parties=parties)]),
        Line(
            [
                words.say(
                    "paper-signed", date=found.signed_on or "-", state=words.of(f.label(f"agreement-{found.state}"))
                )
            ]
        ),
    ]
    if found.signed_assumed and found.signed_basis:
        lines.append(Line([words.of(found.signed_basis)], level=3))
    if found.amount is not None:
        lines.append(Line([words.say("pledged") + " ", words.figure(found.amount)]))
    return lines


def _commitments(words: _Words, found: AgreementState) -> Table:
    heads = ("paper-commitment", "paper-owner", "paper-due", "paper-output", "paper-state", "paper-missing")
    rows = []
    for one in found.commitments:
        missing = ", ".join(words.of(f.label(f"needs-{what}")) for what in one.missing)
        state = words.of(f.label(f"commitment-{one.state}"))
        cells = (words.of(one.title), words.of(one.owner), one.due or "-", words.of(one.output), state, missing or "-")
        rows.append([[cell] for cell in cells])
    return Table(heads=[words.say(name) for name in heads], rows=rows)


def call_paper(store: Store, language: Language, *, call: CallState, match: Match) -> Paper:
    """A bid for a call on one sheet: conditions, score sheet, and the money by year."""
    words = _Words(language)
    names = ("paper-year", "paper-grant", "paper-share", "paper-planned", "paper-short")
    money = Table(
        heads=[words.say(name) for name in names],
        rows=[
            [[str(one["year"])], *([words.won(one[name])] for name in ("grant", "share", "planned", "short"))]
            for one in match.matching
        ],
    )
    sheet = Table(
        heads=[words.say(name) for name in ("paper-criterion", "paper-points", "paper-given")],
        rows=[
            [[words.of(one["label"])], [words.count(one["points"])],
             [words.say("paper-unknown") if one["given"] is None else words.count(one["given"])]]
            for one in match.criteria
        ],
    )  # fmt: skip
    open_yet: list[Block] = [
        Line([f"{words.of(one['label'])}: {words.of(one['state_label'])}"], level=2) for one in match.missing
    ]
    return Paper(
        kind="bid",
        title=words.say("paper-bid", call=words.of(call.title)),
        subtitle=words.of(match.title),
        language=language,
        blocks=[
            Line([words.say("paper-window", opens=call.opens, closes=call.closes, authority=words.of(call.authority))]),
            Heading(words.say("paper-conditions")),
            *(open_yet or [Line([words.say("paper-all-met")])]),
            Heading(words.say("paper-funds")),
            money,
            Heading(words.say("paper-scores")),
            sheet,
        ],
        city=str(store.city.uuid),
        synthetic=call.status == "synthetic",
    )

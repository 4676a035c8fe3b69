"""The brief of one promise (약속), on one page (개조식): what was promised, what came, why it differs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from madang.documents.paper import Block, Figure, Inline, Inlines, Line, Paper, Table
from madang.documents.sheet import status_word, written_date
from madang.errors import Language, sentence
from madang.indicators.quantity import format_value
from madang.plan.outcomes import promise_of
from madang.plan.promise_wall import Entry, entry
from madang.store import Store

Json = dict[str, Any]


def promise_brief(
    store: Store,
    promise: str,
    *,
    today: date,
    language: Language = "ko",
    date: str | None = None,
    department: str | None = None,
) -> Paper:
    """The one-page brief of a promise, by its id or the last part of it."""
    found = entry(store, promise_of(store, promise), today)
    told = _Told(found, language)
    return Paper(
        kind="brief",
        title=told.say("promise-title", title=found.state.title[language]),
        language=language,
        blocks=list(told.blocks()),
        date=date,
        issuer=department,
        sources=list(told.sources()),
        city=str(store.city.uuid),
        synthetic=any(figure is not None and figure["status"] == "synthetic" for figure in told.figures()),
        message=told.message(),
        one_page=True,
    )


class _Told:
    """A promise in the words and figures of one language."""

    def __init__(self, found: Entry, language: Language) -> None:
        self.found, self.language = found, language

    def say(self, what: str, /, **facts: Any) -> str:
        return sentence(f"documents.brief-{what}", self.language, **facts)

    def word(self, what: str) -> str:
        return sentence(f"plan.{what}", self.language)

    def figures(self) -> Iterator[Json | None]:
        """What was promised and what came."""
        yield self.found.promised
        yield self.found.outcome

    def message(self) -> list[Inline]:
        """The promised number, what came of it, and how that stands."""
        found = self.found
        said: list[Inline] = []
        if found.promised is not None:
            said += [self.word("head-promised") + " ", promised(found.promised, self.language)]
        if found.outcome is not None:
            said += [", " if said else "", self.word("head-actual") + " ", _figure(found.outcome, self.language)]
        return [*said, " → " if said else "", self.state()]

    def state(self) -> str:
        """How the promise stands, in words: done, on time, kept."""
        found = self.found
        words = [f"state-{found.standing}"]
        if found.timeliness is not None and found.standing != "overdue":
            words.append(found.timeliness)
        if found.verdict:
            words.append(f"verdict-{found.verdict}")
        return " · ".join(self.word(one) for one in words)

    def blocks(self) -> Iterator[Block]:
        """Overview, the number, the miss with its causes, what is missing."""
        state = self.found.state
        yield Line([self.say("overview")], 0)
        owner = (state.owner or {}).get(self.language) or self.say("promise-nobody")
        yield Line([f"{self.word('head-owner')}: {owner}"], 1)
        due = written_date(state.due, self.language) if state.due else (state.due_stated or {}).get(self.language, "-")
        yield Line([f"{self.word('head-due')}: {due}"], 1)
        yield Line([f"{self.word('head-state')}: {self.state()}"], 1)
        for what, one in (("plan", self.found.plan), ("goal", self.found.goal), ("task", self.found.task)):
            if one is not None:
                yield Line([self.say(f"promise-{what}", title=one["title"][self.language])], 2)
        yield Line([self.say("results")], 0)
        yield from self._numbers()
        yield from self._score()
        if self.found.missing is not None:
            yield Line([self.say("promise-missing")], 0)
            yield Line([self.found.missing[self.language]], 1)

    def _numbers(self) -> Iterator[Block]:
        rows: list[list[Inlines]] = []
        for what, one in (("head-promised", self.found.promised), ("head-actual", self.found.outcome)):
            if one is None:
                continue
            own = what == "head-promised"
            figure = promised(one, self.language) if own else _figure(one, self.language)
            period = self.found.state.due if own else one["period"]
            source = "[1]" if own or not self.found.promised else "[2]"
            cells: list[Inlines] = [
                [self.word(what)],
                [figure],
                self._band(one) if own else ["-"],
                [period or "-"],
            ]
            rows.append([*cells, [status_word(one["status"], self.language) or "-"], [source]])
        if not rows:
            yield Line([self.say("promise-no-number")], 1)
            return
        heads = ("claim-which", "claim-value", "promise-band", "claim-period", "status", "source")
        yield Table([self.say(head) for head in heads], rows)

    def _band(self, one: Json) -> list[Inline]:
        band = one["band"] or {}
        if band.get("p05") is None or band.get("p95") is None:
            return ["-"]
        low, high = (promised(one, self.language, edge=edge) for edge in ("p05", "p95"))
        return [low, " ~ ", high]

    def _score(self) -> Iterator[Block]:
        score = self.found.score
        if score is None:
            return
        yield Line([self.say("promise-miss")], 0)
        yield Line([self.word("head-miss") + " ", _figure(score["miss"], self.language)], 1)
        for part in score["parts"]:
            yield Line([part["label"][self.language] + " ", _figure(part, self.language, part=part["group"])], 2)
        if score["not_split"]:
            yield Line([score["not_split"][self.language]], 2)

    def sources(self) -> Iterator[str]:
        """Where the promised number and what came were taken from."""
        if self.found.promised is not None:
            run = self.found.promised["run"]
            short = str(run).rpartition(":")[2][:12]
            yield self.say("promise-run", run=short) if run else self.word("no-run")
        if self.found.outcome is not None:
            one = self.found.outcome
            shown = [*one["evidence"], one["evidence_link"], one["evidence_address"]]
            places = ", ".join(
                str(place).rpartition(":")[2] if "urn:" in str(place) else place for place in shown if place
            )
            yield self.say("promise-evidence", places=places or "-")


def promised(one: Json, language: Language, *, edge: str | None = None) -> Figure:
    """A promised number, or an edge of its band; one that is a difference names what it was taken from."""
    value = one["band"][edge] if edge else one["value"]
    less = one["against_address"] if one["forecast_kind"] == "difference" else None
    text = format_value(value, one["unit"] or "1", language)
    return Figure(text, value, one["unit"], one["address"], one["status"], less, edge)


def _figure(one: Json, language: Language, *, part: str | None = None) -> Figure:
    return Figure(one["text"][language], one["value"], one["unit"], one["address"], one["status"], part=part)

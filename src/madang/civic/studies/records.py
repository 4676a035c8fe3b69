"""Research studies as they stand in a city: a study with its question, alternatives, evidence, recommendation and use.

All of it are records: seen from every branch, never forked. An alternative may name a branch (an 안) and model runs; a
study's *baseline* is the alternative of doing nothing. Reads only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from madang.civic.alliances.records import entity_named, ids_of, pair, records_of
from madang.entities.entity import Document, types_of, value_of
from madang.entities.vocabulary import label_of as name_of_type
from madang.errors import Pair, both
from madang.indicators.stored import Figure, address_of, figure
from madang.store import Store, View

ALTERNATIVES_NEEDED = 2  # beside the baseline
USE_STATES = ("used", "partly-used", "under-review", "not-used")
USED = frozenset({"used", "partly-used"})


@dataclass(frozen=True)
class Evidence:
    """Something in this file that a study stands on: a run, a dataset, a claim …"""

    id: str
    entity: str
    type: Pair
    title: Pair
    text: str | None
    alternative: str | None

    def as_json(self) -> dict[str, Any]:
        """The evidence as plain JSON values."""
        return dict(vars_of(self))


@dataclass(frozen=True)
class Alternative:
    """One of the choices; `kind` is "baseline" or "alternative", `state` "open", "rejected" or "recommended"."""

    id: str
    title: Pair
    text: Pair | None
    kind: str
    state: str
    label: Pair
    reason: str | None
    branch: str | None
    runs: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The alternative as plain JSON values."""
        return {**vars_of(self), "runs": list(self.runs)}


@dataclass(frozen=True)
class Use:
    """What became of a recommendation: the decision and the task it led to, or why it led to none."""

    id: str
    state: str
    label: Pair
    date: str
    decision: str | None
    task: str | None
    reason: str | None
    address: str | None

    def as_json(self) -> dict[str, Any]:
        """The use as plain JSON values."""
        return dict(vars_of(self))


@dataclass(frozen=True)
class Recommendation:
    """What a study advises, for which alternative, and since when."""

    id: str
    alternative: str
    text: Pair
    date: str
    uses: tuple[Use, ...]

    def as_json(self) -> dict[str, Any]:
        """The recommendation with its uses as plain JSON values."""
        return {**vars_of(self), "uses": [one.as_json() for one in self.uses]}


@dataclass(frozen=True)
class Need:
    """One thing a study needs before it can recommend."""

    id: str
    label: Pair
    met: bool


@dataclass(frozen=True)
class StudyView:
    """A study as its page shows it."""

    id: str
    title: Pair
    text: Pair | None
    question: Pair | None
    state: str
    label: Pair
    owner: str | None
    starts_on: str | None
    ends_on: str | None
    cost: Figure | None
    link: str | None
    alternatives: tuple[Alternative, ...]
    evidence: tuple[Evidence, ...]
    recommendation: Recommendation | None
    needs: tuple[Need, ...]
    use: str | None
    use_label: Pair

    def as_json(self) -> dict[str, Any]:
        """The study as plain JSON values, enough for a page."""
        return {
            "id": self.id,
            "title": self.title,
            "text": self.text,
            "question": self.question,
            "state": self.state,
            "label": self.label,
            "owner": self.owner,
            "period": {"startsOn": self.starts_on, "endsOn": self.ends_on},
            "cost": self.cost,
            "link": self.link,
            "alternatives": [one.as_json() for one in self.alternatives],
            "evidence": [one.as_json() for one in self.evidence],
            "recommendation": None if self.recommendation is None else self.recommendation.as_json(),
            "needs": [{"id": one.id, "label": one.label, "met": one.met} for one in self.needs],
            "use": {"state": self.use, "label": self.use_label},
        }


def study_named(view: View, name: str) -> Document:
    """One study by id or short name."""
    return entity_named(view, "Study", name, unknown="studies.unknown")


def all_studies(store: Store) -> list[Document]:
    """The studies of a city, the latest begun first."""
    found = records_of(store.view(), "Study")
    return sorted(found, key=lambda one: (value_of(one, "startsOn") or "", one["id"]), reverse=True)


def study_view(store: Store, name: str) -> StudyView:
    """A study with all that hangs on it."""
    view = store.view()
    study = study_named(view, name)
    alternatives = tuple(alternatives_of(view, study["id"]))
    evidence = tuple(evidence_of(view, study["id"]))
    recommendation = recommendation_of(store, study["id"])
    use = latest_use(recommendation)
    state = value_of(study, "state")
    return StudyView(
        id=study["id"],
        title=pair(value_of(study, "title")),
        text=_pair_or_none(study, "text"),
        question=_pair_or_none(study, "question"),
        state=state,
        label=both(f"studies.state-{state}"),
        owner=value_of(study, "owner"),
        starts_on=value_of(study, "startsOn"),
        ends_on=value_of(study, "endsOn"),
        cost=figure(store, study, "amount"),
        link=value_of(study, "url"),
        alternatives=alternatives,
        evidence=evidence,
        recommendation=recommendation,
        needs=needs_of(study, alternatives, evidence),
        use=use,
        use_label=both(f"studies.use-{use or 'none'}"),
    )


def needs_of(study: Document, alternatives: Sequence[Alternative], evidence: Sequence[Evidence]) -> tuple[Need, ...]:
    """What must be there before a study can recommend, in the order in which it is asked for."""
    choices = [one for one in alternatives if one.kind != "baseline"]
    met = {
        "question": bool((_pair_or_none(study, "question") or {}).get("ko", "").strip()),
        "baseline": any(one.kind == "baseline" for one in alternatives),
        "alternatives": len(choices) >= ALTERNATIVES_NEEDED,
        "evidence": bool(evidence),
        "rejected": any(one.state == "rejected" and one.reason for one in alternatives),
    }
    return tuple(Need(id, both(f"studies.need-{id}"), done) for id, done in met.items())


def alternatives_of(view: View, study: str) -> list[Alternative]:
    """The alternatives of a study in the order in which they were put up, the baseline first."""
    found = [_alternative(one) for one in records_of(view, "StudyAlternative", refStudy=study)]
    return sorted(found, key=lambda one: (one.kind != "baseline", one.id))


def evidence_of(view: View, study: str) -> list[Evidence]:
    """What a study stands on."""
    found = []
    for one in records_of(view, "StudyEvidence", refStudy=study):
        for entity in ids_of(value_of(one, "evidence")):
            known = view.document(entity)
            type = "" if known is None else types_of(known)[0]
            said = {} if known is None else known
            title = value_of(said, "title") or value_of(said, "name") or value_of(said, "text") or entity
            label = {"ko": name_of_type(type, "ko"), "en": name_of_type(type, "en")}
            found.append(
                Evidence(one["id"], entity, label, pair(title), value_of(one, "text"), value_of(one, "refAlternative"))
            )
    return found


def recommendation_of(store: Store, study: str) -> Recommendation | None:
    """What a study recommends, with what became of it; None where it has not come so far."""
    view = store.view()
    found = records_of(view, "Recommendation", refStudy=study)
    if not found:
        return None
    one = found[-1]
    return Recommendation(
        one["id"], value_of(one, "refAlternative"), pair(value_of(one, "text")), value_of(one, "date"),
        tuple(_use(store, use) for use in uses_of(view, one["id"])),
    )  # fmt: skip


def uses_of(view: View, recommendation: str) -> list[Document]:
    """What became of a recommendation, the oldest first."""
    found = records_of(view, "StudyUse", refRecommendation=recommendation)
    return sorted(found, key=lambda one: (value_of(one, "date"), int(one["id"].rpartition("-")[2])))


def latest_use(recommendation: Recommendation | None) -> str | None:
    """How a recommendation is used as of now; None where nobody said yet."""
    return recommendation.uses[-1].state if recommendation is not None and recommendation.uses else None


def _use(store: Store, use: Document) -> Use:
    state = value_of(use, "state")
    return Use(
        use["id"], state, both(f"studies.use-{state}"), value_of(use, "date"), value_of(use, "refDecision"),
        value_of(use, "refTask"), value_of(use, "reason"), address_of(store, use["id"], "date"),
    )  # fmt: skip


def _alternative(one: Document) -> Alternative:
    state = value_of(one, "state")
    return Alternative(
        one["id"], pair(value_of(one, "title")), _pair_or_none(one, "text"), value_of(one, "kind"), state,
        both(f"studies.alternative-{state}"), value_of(one, "reason"), value_of(one, "branch"),
        tuple(ids_of(value_of(one, "runs"))),
    )  # fmt: skip


def _pair_or_none(document: Document, name: str) -> Pair | None:
    said = value_of(document, name)
    return None if said is None else pair(said)


def vars_of(one: Any) -> dict[str, Any]:
    """The fields of a dataclass by name."""
    return {name: getattr(one, name) for name in one.__dataclass_fields__}

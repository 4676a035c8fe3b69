"""The talent model: what a branch states in, people by year and skill against who is wanted out.

What is stated is read in `stated`, turned into arrays and held against demand in `balance`, followed through the years
in `cohorts`, and told in `answer`. The central answer takes central values; members differ in the assumption cards and,
entity by entity, in what is stated as low, central and high.

Bands of figures come with every run. Bands of tables are reckoned within the answer, from the same streams: a parameter
that was given counts as it is, an assumption of the city with its own range.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from madang.entities.vocabulary import label_of
from madang.errors import ModelError, Pair, both
from madang.indicators.catalogue import indicator
from madang.indicators.quantity import Quantity
from madang.models.assumptions import Card
from madang.models.base import Context, Floats, Inputs, Label, Records, Result, Spec
from madang.models.ensemble import spread_over
from madang.models.talent import answer
from madang.models.talent.balance import Balance, Draws, accounted, balance, target_of, usual_split
from madang.models.talent.card import SPEC
from madang.models.talent.stated import AtWork, Stated, Wanted, read

CONSERVATION_TOLERANCE = 1e-9  # of those who entered; double precision leaves about 1e-15 a step


class Talent:
    """The model: it keeps nothing between answers but a memory of what it drew."""

    spec: Spec = SPEC

    def run(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Result:
        """The central answer, with tables whose bands come from as many members as a run has."""
        stated = read(inputs)
        middle = {p.name: np.array([float(params[p.name])]) for p in SPEC.params}
        central = balance(stated, middle, Draws(1))
        ctx.check_cancelled()
        draws = Draws(SPEC.members, ctx)
        spread = dict(_spread(inputs, params, ctx))
        drawn = balance(stated, spread, draws)
        places = accounted(stated, middle, Draws(1))
        missing = _checked(places.entered, places.missing)
        found, of_members = answer.columns(stated, central), answer.columns(stated, drawn)
        figures = {id: _quantity(id, found[id], of_members[id], stated, central) for id in SPEC.outputs}
        columns = {**spread, **{"#".join(k): v for k, v in draws.drawn.items()}}
        leanings = answer.leanings(_outcome(of_members), columns)
        tables: dict[str, Any] = dict(answer.tables(stated, central, drawn, places))
        tables["leans-on"] = [
            {"input": name, "label": _called(name, stated), "share": round(100 * share, 1)} for name, share in leanings
        ]
        tables["promises"] = [
            {"promise": one.id, "label": one.name, "jobs": one.jobs, "since": one.since, "due": one.due,
             "mix": "assumed" if one.mix is None else "stated"}
            for one in stated.promises
        ]  # fmt: skip
        return Result(
            indicators=figures,
            tables=tables,
            warnings=(*stated.warnings, *_warnings(stated, central)),
            diagnostics={"people_unaccounted": missing, "target_year": float(target_of(stated, middle))},
            notes=(*_leans(leanings, stated), *SPEC.assumptions),
        )

    def run_batch(self, inputs: Inputs, params: Mapping[str, Floats], ctx: Context) -> Mapping[str, Floats]:
        """Every indicator for every member: `params` are vectors, one entry a member."""
        stated = read(inputs)
        members = len(params["target_year"])
        return answer.columns(stated, balance(stated, params, Draws(members, ctx)))


def _spread(inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Iterator[tuple[str, Floats]]:
    """Parameters for every member, drawn as the runner draws them, where their value is not one that was given."""
    cards = _cards(inputs)
    for p in SPEC.params:
        value, card = float(params[p.name]), cards.get(p.name)
        if p.role == "uncertainty" and value == (card.central if card else p.default):
            yield p.name, spread_over(p, card, ctx.stratified(f"param:{p.name}", SPEC.members))
        else:
            yield p.name, np.full(SPEC.members, value)


def _cards(inputs: Inputs) -> dict[str, Card]:
    """The city's own assumption cards; the runner has refused those that are wrong."""
    given = inputs.get("cards")
    rows = zip(given.ids, given.rows, strict=True) if isinstance(given, Records) else ()
    found = {}
    for id, row in rows:
        said = row.get("assumedValue") or {}
        low, central, high = (float(said[name]) for name in ("low", "central", "high"))
        found[str(row.get("parameter"))] = Card(low, central, high, "", id)
    return found


def _checked(entered: Floats, missing: Floats) -> float:
    """The most people who entered and are nowhere; refused if that is more than the last digits of a float."""
    known = missing[~np.isnan(missing)]
    most = float(np.abs(known).max()) if known.size else 0.0
    if most > CONSERVATION_TOLERANCE * max(1.0, float(np.nan_to_num(entered).max(initial=0.0))):
        raise ModelError("models.not-conserved", model="talent", missing=f"{most:g}")
    return most


def _quantity(id: str, value: Floats, members: Floats, stated: Stated, central: Balance) -> Quantity:
    entry, found = indicator(id), float(value[0])
    note = None if np.isfinite(found) else _why_unknown(id, members, stated, central)
    return Quantity(None if note else found, entry.unit, method=entry.method["en"], note=note)


def _why_unknown(id: str, members: Floats, stated: Stated, central: Balance) -> Pair:
    year = int(central.years[-1])
    if not stated.skills:
        return both("talent.nothing-stated")
    if id == "talent.cost-per-stayer":
        return both("talent.cost-unknown")
    of_demand = id in ("talent.shortage", "talent.gap", "talent.coverage", "talent.demand")
    of_demand |= id in ("talent.gap-closed-from", "talent.shortage-person-years")
    if of_demand and not answer.last_known(central):
        return both("talent.demand-unknown", year=year)
    unknown = [one for one in stated.programmes if None in one.spans.values()]
    if unknown:
        names = {language: ", ".join(one.name[language] for one in unknown) for language in ("ko", "en")}
        return both("talent.supply-unknown", names=names)
    share = 100 * float(np.mean(~np.isnan(members)))
    if id == "talent.gap-closed-from":
        return both("talent.never-closed", year=year, share=f"{share:.0f}")
    return both("talent.demand-unknown", year=year)


def _warnings(stated: Stated, central: Balance) -> Iterator[Label]:
    """What keeps this answer from being as good as it looks."""
    is_known = answer.known(central)
    trained = {one.skill for one in stated.programmes}
    counted = {one.skill for one in stated.at_work}
    silent = [skill for s, skill in enumerate(stated.skills) if not is_known[s].any()]
    untaught = [skill for s, skill in enumerate(stated.skills) if is_known[s].any() and skill not in trained]
    whole = [skill for s, skill in enumerate(stated.skills) if central.standing[s].any() and skill not in counted]
    for code, skills in (
        ("skill-without-demand", silent),
        ("skill-without-programme", untaught),
        ("stock-missing", whole),
    ):
        if skills:
            yield both(f"talent.{code}", skills=", ".join(skills))
    loose = [one for one in stated.promises if one.mix is None]
    if loose and usual_split(stated):
        share = next(p for p in SPEC.params if p.name == "skilled_share").default
        jobs = f"{sum(one.jobs for one in loose):,.0f}"
        yield both("talent.mix-assumed", count=len(loose), jobs=jobs, share=f"{100 * share:g}")
    for one in loose if not usual_split(stated) else ():
        yield both("talent.promise-without-skills", name=one.name, jobs=f"{one.jobs:,.0f}")


# --- what the answer leans on ----------------------------------------------------------------------------------------


def _outcome(of_members: Mapping[str, Floats]) -> Floats:
    """What is explained: the net gap where demand is known, else those who stay."""
    gap = of_members["talent.gap"]
    return of_members["talent.stayers"] if np.isnan(gap).any() else gap


def _leans(leanings: list[tuple[str, float]], stated: Stated) -> Iterator[Label]:
    if leanings:
        parts = [
            both("talent.leans-on-one", name=_called(name, stated), share=f"{100 * share:.0f}")
            for name, share in leanings
        ]
        inputs = {language: ", ".join(part[language] for part in parts) for language in ("ko", "en")}
        yield both("talent.leans-on", inputs=inputs)


def _called(name: str, stated: Stated) -> Pair:
    """What people call a parameter, or an attribute of an entity."""
    param = next((p for p in SPEC.params if p.name == name), None)
    if param is not None:
        unnamed = both("talent.not-named") if not param.source else {"ko": "", "en": ""}
        return {one: str(param.label[one]) + (f" [{unnamed[one]}]" if unnamed[one] else "") for one in ("ko", "en")}
    entity, _, attribute = name.partition("#")
    called = next((one.name for one in stated.programmes if one.id == entity), None)
    if called is None:
        others: tuple[Wanted | AtWork, ...] = (*stated.wanted, *stated.at_work)
        other = next(one for one in others if one.id == entity)
        called = dict.fromkeys(("ko", "en"), f"{other.skill} {other.year}")
    return {
        "ko": f"{called['ko']} · {label_of(attribute, 'ko')}",
        "en": f"{called['en']}: {label_of(attribute, 'en').lower()}",
    }

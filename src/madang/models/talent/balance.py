"""Supply against demand by skill and year, for every member: what is stated becomes arrays, drawn or central.

Arrays are members x skills x years. Demand is NaN where nobody says how many are wanted. Where a skill has a stated
demand, promised jobs add to the years that state one, as far as they are not counted in it already; a skill that only
promises speak of is wanted as they say, all promised posts that exist by a year (a standing demand).

Draws are keyed by entity and attribute, so branches with the same programme see the same draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from madang.errors import CallerError
from madang.models.base import Context, Floats
from madang.models.talent.card import FIRST_YEAR, LAST_YEAR, SPEC
from madang.models.talent.cohorts import Courses, Frictions, Ints, Rates, Whereabouts, flows, whereabouts
from madang.models.talent.stated import OPEN_END, RATES, Programme, Promise, Span, Stated

AHEAD_YEARS = 10  # after the first graduates, where nobody says a year until which people are wanted


@dataclass(eq=False)
class Draws:
    """Stated values for every member: the central one, or drawn from the triangle of low, central and high."""

    members: int
    ctx: Context | None = None  # None: central values
    drawn: dict[tuple[str, str], Floats] = field(default_factory=dict)  # by entity and attribute, if there is doubt

    def of(self, entity: str, attribute: str, given: Span | None) -> Floats:
        """One value for every member; NaN where it is not stated."""
        if given is None:
            return np.full(self.members, np.nan)
        if self.ctx is None or given.low == given.high:
            return np.full(self.members, given.central)
        shares = _shares(self.ctx.seed, f"{entity}#{attribute}", self.members)
        self.drawn[entity, attribute] = triangular(given, shares)
        return self.drawn[entity, attribute]


@lru_cache(maxsize=2048)  # drawn once for all moves of a slider: a third of the time of an answer; at most 16 MB
def _shares_of_a_run(seed: int, name: str, members: int) -> Floats:
    found = Context(seed).stratified(name, members)
    found.setflags(write=False)
    return found


def _shares(seed: int, name: str, members: int) -> Floats:
    return (_shares_of_a_run if members <= SPEC.members else _shares_of_a_run.__wrapped__)(seed, name, members)


def triangular(given: Span, shares: Floats) -> Floats:
    """Values at shares in (0, 1) of the triangular distribution over a span (inverse of the cumulative one)."""
    width, at_peak = given.high - given.low, (given.central - given.low) / (given.high - given.low)
    rising = given.low + np.sqrt(shares * width * (given.central - given.low))
    falling = given.high - np.sqrt((1 - shares) * width * (given.high - given.central))
    return np.asarray(np.where(shares < at_peak, rising, falling), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Balance:
    """Members x programmes x years of graduates and hired, and members x skills x years of the rest."""

    skills: tuple[str, ...]
    years: Ints
    graduates: Floats
    hired: Floats
    staying: Floats  # members x programmes x years
    experienced: Floats  # experienced people who come, for each local hire: one a member
    at_work: Floats  # of those at work already, still there; NaN in the years before they were counted
    demand: Floats
    standing: Floats  # skills x years: 1 where all who are wanted at work are meant, 0 where new people are
    programme_skill: Ints

    @cached_property
    def supply(self) -> Floats:
        """What stands against demand: new people, or all at work, as the demand of the skill and year means it."""
        more = 1 + self.experienced[:, None, None]
        new, all_ = self.by_skill(self.hired) * more, self.by_skill(self.staying) * more + self.at_work
        return np.asarray(np.where(self.standing[None] > 0, all_, new), dtype=np.float64)

    def by_skill(self, of_programmes: Floats) -> Floats:
        """Programmes summed into skills."""
        found = np.zeros((len(of_programmes), len(self.skills), len(self.years)))
        for p, s in enumerate(self.programme_skill):
            found[:, s] += of_programmes[:, p]
        return found


def target_of(stated: Stated, params: Mapping[str, Floats]) -> int:
    """The year asked for, or the last for which people are wanted, or ten years after the first graduates."""
    given = np.atleast_1d(np.asarray(params["target_year"], dtype=np.float64))
    if (given != given[0]).any():
        raise CallerError("talent.target-varies")
    asked = int(given[0])
    if asked and not FIRST_YEAR <= asked <= LAST_YEAR:
        raise CallerError("talent.target-year", found=asked, low=FIRST_YEAR, high=LAST_YEAR)
    wanted = [one.year for one in stated.wanted] + [one.due for one in stated.promises if one.due is not None]
    trained = [one.start + one.study + AHEAD_YEARS for one in stated.programmes]
    others = [one.since + AHEAD_YEARS for one in stated.promises if one.since is not None]
    others += [one.year for one in stated.at_work]
    return asked or max(wanted, default=0) or max([*trained, *others], default=LAST_YEAR)


def balance(stated: Stated, params: Mapping[str, Floats], draws: Draws) -> Balance:
    """Supply and demand of every skill and year until the target year."""
    years = _years(stated, target_of(stated, params))
    at = {skill: s for s, skill in enumerate(stated.skills)}
    through = flows(courses_of(stated), rates_of(stated, draws), frictions_of(params), years)
    demand, standing = _demand(stated, params, draws, years, at)
    return Balance(
        stated.skills,
        years,
        through.graduates,
        through.hired,
        through.staying,
        params["experienced"],
        _at_work(stated, params, draws, years, at),
        demand,
        standing,
        np.array([at[one.skill] for one in stated.programmes], dtype=np.int64),
    )


def accounted(stated: Stated, params: Mapping[str, Floats], draws: Draws) -> Whereabouts:
    """Where everybody is who ever entered a programme, year by year."""
    years = _years(stated, target_of(stated, params))
    return whereabouts(courses_of(stated), rates_of(stated, draws), frictions_of(params), years)


def courses_of(stated: Stated) -> Courses:
    """The programmes' years as arrays."""
    columns = zip(*((one.start, one.end, one.study) for one in stated.programmes), strict=True)
    start, end, study = [np.array(column, dtype=np.int64) for column in columns] or [np.zeros(0, np.int64)] * 3
    return Courses(start, end, study)


def rates_of(stated: Stated, draws: Draws) -> Rates:
    """What the programmes state as members x programmes."""
    shape = (draws.members, len(stated.programmes))
    seats, *rates = (
        np.array([draws.of(one.id, name, one.spans[name]) for one in stated.programmes]).T.reshape(shape)
        for name in ("seats", *RATES)
    )
    return Rates(seats, *rates)


def frictions_of(params: Mapping[str, Floats]) -> Frictions:
    """The parameters that hold for all programmes."""
    return Frictions(**{name: params[name] for name in Frictions.__slots__})


def _years(stated: Stated, target: int) -> Ints:
    first = [one.start for one in stated.programmes] + [one.year for one in stated.at_work]
    first += [one.year for one in stated.wanted]
    first += [year for one in stated.promises for year in (one.since, one.due) if year is not None]
    return np.arange(min([*first, target]), target + 1)


def _at_work(stated: Stated, params: Mapping[str, Floats], draws: Draws, years: Ints, at: Mapping[str, int]) -> Floats:
    """Those at work in the year they were counted, as far as they are still there."""
    found = np.zeros((draws.members, len(at), len(years)))
    for one in stated.at_work:
        persons = draws.of(one.id, "personsAtWork", one.persons)
        kept = draws.of(one.id, "retentionRate", one.retention) * (1 - params["retirement"])
        since = (years - one.year).astype(np.float64)
        there = persons[:, None] * kept[:, None] ** np.maximum(since, 0.0)
        found[:, at[one.skill]] += np.where(since >= 0, there, np.nan)
    return found


# --- demand ----------------------------------------------------------------------------------------------------------


def _demand(
    stated: Stated, params: Mapping[str, Floats], draws: Draws, years: Ints, at: Mapping[str, int]
) -> tuple[Floats, Floats]:
    demand = np.full((draws.members, len(at), len(years)), np.nan)
    standing = np.zeros((len(at), len(years)))
    posts, promised_from = _promised(stated, params, years, at)
    new = np.diff(posts, axis=2, prepend=0.0)
    said = {one.skill for one in stated.wanted}
    for skill, s in at.items():
        if skill not in said and promised_from[s] < len(years):
            standing[s] = 1
            demand[:, s, promised_from[s] :] = posts[:, s, promised_from[s] :]
    fresh = 1 - params["already_counted"]
    for one in stated.wanted:
        t = one.year - int(years[0])
        if t < len(years):
            s = at[one.skill]
            standing[s, t] = one.kind == "standing"
            more = (posts if one.kind == "standing" else new)[:, s, t]
            demand[:, s, t] = draws.of(one.id, "persons", one.persons) + fresh * more
    return demand, standing


def _promised(
    stated: Stated, params: Mapping[str, Floats], years: Ints, at: Mapping[str, int]
) -> tuple[Floats, list[int]]:
    """Promised posts that exist by a year, by skill, and the first year of a promise, as its place among the years."""
    posts = np.zeros((len(params["realisation"]), len(at), len(years)))
    first = [len(years)] * len(at)
    split = usual_split(stated)
    for one in stated.promises:
        there = one.jobs * params["realisation"][:, None] * _share_there(one, params["promise_years"], years)
        mix = {k: np.full(len(there), v) for k, v in one.mix.items()} if one.mix is not None else {}
        if one.mix is None:
            mix = {skill: params["skilled_share"] * part for skill, part in split.items()}
        begins = (one.since if one.since is not None else one.due or 0) - int(years[0])
        for skill, share in mix.items():
            posts[:, at[skill]] += share[:, None] * there
            first[at[skill]] = min(first[at[skill]], max(0, begins))
    return posts, first


def _share_there(promise: Promise, usual_years: Floats, years: Ints) -> Floats:
    """Members x years: the share of promised posts that should exist, evenly from signing to the due year."""
    if promise.due is not None and (promise.since is None or promise.due <= promise.since):
        return np.broadcast_to((years >= promise.due) * 1.0, (len(usual_years), len(years)))
    assert promise.since is not None  # one of the two places it in time
    takes = usual_years if promise.due is None else np.full(len(usual_years), promise.due - promise.since)
    return np.asarray(np.clip((years[None, :] - promise.since) / takes[:, None], 0.0, 1.0))


def usual_split(stated: Stated) -> dict[str, float]:
    """How jobs whose skills nobody states are split: as central seats are, else as stated demand is, else not."""
    weights: dict[str, float] = {}
    for one in stated.programmes:
        seats = one.spans["seats"]
        weights[one.skill] = weights.get(one.skill, 0.0) + (seats.central if seats else 0.0)
    if not sum(weights.values()):
        weights = {}
        for wanted in stated.wanted:
            weights[wanted.skill] = max(weights.get(wanted.skill, 0.0), wanted.persons.central)
    total = sum(weights.values())
    return {skill: weight / total for skill, weight in weights.items() if weight} if total else {}


def entries_until(programme: Programme, year: int) -> float | None:
    """The share of a programme's entries until a year; None where it has no last one."""
    if programme.end == OPEN_END:
        return None
    return max(0.0, min(programme.end, year) - programme.start + 1) / (programme.end - programme.start + 1)

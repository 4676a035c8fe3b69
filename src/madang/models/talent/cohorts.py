"""People through programmes, year by year: seats, study, leave, graduation, local hire, stay. Pure NumPy.

A cohort enters at the beginning of a year and is counted at its end; n years of study end n years after entry, just
as in the register's quick answer (`lab.pipeline`), which this kernel equals where the `Frictions` are neutral.

    entering(t)  = seats x fill                                     from the first year of entry to the last
    graduates(t) = graduation x entering(t - n - delay)             delay: none, military service, other leave
    hired(t)     = local hire x graduates(t)
    staying(t)   = hired(t) + retention x (1 - retirement) x staying(t - 1)

Leave begins after the first year of study, so programmes of less than two years have none; a delay between whole years
is spread over the two. Who does not come back from leave is lost to the programme. Those who fail to graduate drop out
at an even yearly rate, so that the stated share is left at the end.

Arrays are members x programmes, or members x programmes x years. Unknown is NaN and spreads only to what needs it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from madang.models.base import Floats

Ints = NDArray[np.int64]
LEAVE_AFTER = 1  # years of study before leave is taken
SHORTEST_WITH_LEAVE = 2  # years of study


@dataclass(frozen=True, slots=True, eq=False)
class Courses:
    """What is the same for every member: first and last year of entry, years of study; one entry a programme."""

    start: Ints
    end: Ints
    study: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """What programmes state, members x programmes."""

    seats: Floats
    graduation: Floats
    local_hire: Floats
    retention: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Frictions:
    """What holds for all programmes, one entry a member."""

    fill_rate: Floats
    military_share: Floats
    military_years: Floats
    leave_share: Floats
    leave_years: Floats
    return_rate: Floats
    retirement: Floats

    @property
    def returns(self) -> Floats:
        """Members x delay in whole years: the share of entrants that is delayed so long and comes back."""
        shares = self.delays
        back = np.repeat(self.return_rate[:, None], shares.shape[1], axis=1)
        back[:, 0] = 1.0
        return shares * back

    @property
    def delays(self) -> Floats:
        """Members x delay in whole years: the share of entrants that is delayed so long, returning or not."""
        members, longest = len(self.fill_rate), float(max(self.military_years.max(), self.leave_years.max()))
        shares = np.zeros((members, int(np.floor(longest)) + 2))
        shares[:, 0] = 1 - self.military_share - self.leave_share
        at = np.arange(members)
        for share, years in ((self.military_share, self.military_years), (self.leave_share, self.leave_years)):
            whole = np.floor(years).astype(np.int64)
            np.add.at(shares, (at, whole), share * (1 - (years - whole)))
            np.add.at(shares, (at, whole + 1), share * (years - whole))
        return shares


def neutral(members: int = 1) -> Frictions:
    """Every seat taken, nobody on leave, nobody retiring: the register's quick answer."""
    one, none = np.ones(members), np.zeros(members)
    return Frictions(one, none, none, none, none, one, none)


@dataclass(frozen=True, slots=True, eq=False)
class Flows:
    """Members x programmes x years: those who graduate, are hired here, and are at work here at the year's end."""

    graduates: Floats
    hired: Floats
    staying: Floats


def flows(courses: Courses, rates: Rates, frictions: Frictions, years: Ints) -> Flows:
    """Graduates, local hires and stayers of every programme in consecutive years, of which the first sees no stock."""
    arriving = _arriving(courses, frictions, years)
    yearly = (rates.seats * frictions.fill_rate[:, None] * rates.graduation)[:, :, None]
    graduates = _times(arriving, yearly)
    hired = _times(graduates, rates.local_hire[:, :, None])
    staying = hired.copy()
    kept = rates.retention * (1 - frictions.retirement[:, None])
    for t in range(1, len(years)):
        staying[:, :, t] += _times(staying[:, :, t - 1], kept)
    return Flows(graduates, hired, staying)


def _arriving(courses: Courses, frictions: Frictions, years: Ints) -> Floats:
    """Members x programmes x years: how many shares of one entering cohort reach the end of study in a year."""
    returns = frictions.returns
    entered = years[None, None, :] - courses.study[None, :, None] - np.arange(returns.shape[1])[:, None, None]
    open_ = (courses.start[None, :, None] <= entered) & (entered <= courses.end[None, :, None])
    late = (open_ & (courses.study >= SHORTEST_WITH_LEAVE)[None, :, None]).reshape(returns.shape[1], -1)
    at_once = (open_[0] & (courses.study < SHORTEST_WITH_LEAVE)[:, None]).reshape(-1)
    found = returns @ late.astype(np.float64)
    if at_once.any():
        found += at_once
    return np.asarray(found.reshape(len(returns), len(courses.study), len(years)))


def _times(count: Floats, rate: Floats) -> Floats:
    """A count times a rate; none is none, however little is known of the rate."""
    found = np.asarray(count * rate, dtype=np.float64)
    return np.where(count == 0, 0.0, found) if np.isnan(rate).any() else found


@dataclass(frozen=True, slots=True, eq=False)
class Whereabouts:
    """Members x programmes x years: where everybody is who entered until a year. All but `entered` sum to it."""

    entered: Floats
    studying: Floats
    on_leave: Floats
    dropped_out: Floats
    elsewhere: Floats
    staying: Floats
    moved_away: Floats
    retired: Floats

    @property
    def missing(self) -> Floats:
        """Those who entered and are nowhere: zero but for the last digits of a float."""
        places = (self.studying, self.on_leave, self.dropped_out, self.elsewhere)
        return np.asarray(self.entered - sum(places) - self.staying - self.moved_away - self.retired, dtype=np.float64)


def whereabouts(courses: Courses, rates: Rates, frictions: Frictions, years: Ints) -> Whereabouts:
    """The same people followed place by place, each place by its own flows (none is what the others leave)."""
    through = flows(courses, rates, frictions, years)
    taken = rates.seats * frictions.fill_rate[:, None]
    shape = (*taken.shape, len(years))
    studying, on_leave, dropped = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for p, study in enumerate(courses.study):
        ages = _ages(rates.graduation[:, p], int(study), frictions, len(years))
        for entry in range(int(courses.start[p]), int(min(courses.end[p], years[-1])) + 1):
            for place, by_age in zip((studying, on_leave, dropped), ages, strict=True):
                place[:, p, entry - years[0] :] += taken[:, p, None] * by_age[:, : years[-1] - entry + 1]
    first, last = courses.start[:, None], np.minimum(courses.end[:, None], years[None, :])
    entered = _times(np.maximum(0.0, last - first + 1)[None], taken[:, :, None])
    before = np.concatenate([np.zeros((*taken.shape, 1)), through.staying[:, :, :-1]], axis=2)
    stay, out = rates.retention[:, :, None], frictions.retirement[:, None, None]
    return Whereabouts(
        entered,
        studying,
        on_leave,
        dropped,
        np.cumsum(_times(through.graduates, 1 - rates.local_hire[:, :, None]), axis=2),
        through.staying,
        np.cumsum(_times(before, 1 - stay), axis=2),
        np.cumsum(_times(before, stay * out), axis=2),
    )


def _ages(graduation: Floats, study: int, frictions: Frictions, ages: int) -> tuple[Floats, Floats, Floats]:
    """Of one entrant by years since entry: the part that studies, that is on leave, that has dropped out so far."""
    delays = frictions.delays if study >= SHORTEST_WITH_LEAVE else np.ones((len(graduation), 1))
    size = max(ages, study + delays.shape[1] + LEAVE_AFTER)
    studying, on_leave, lost = (np.zeros((len(graduation), size)) for _ in range(3))
    if study == 0:
        lost[:, 0] = 1 - graduation
    yearly = graduation ** (1 / max(1, study))
    for delay in range(delays.shape[1]):
        part = delays[:, delay]
        for done in range(study):
            age = done + (delay if done >= LEAVE_AFTER else 0)
            if delay and done == LEAVE_AFTER:
                on_leave[:, LEAVE_AFTER:age] += part[:, None]
                lost[:, age] += part * (1 - frictions.return_rate)
                part = part * frictions.return_rate
            studying[:, age] += part
            lost[:, age + 1] += part * (1 - yearly)
            part = part * yearly
    return studying[:, :ages], on_leave[:, :ages], np.cumsum(lost, axis=1)[:, :ages]

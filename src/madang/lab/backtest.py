"""How good is a model: what it would have expected from 2015 for 2020 in every district, against naive guesses.

What is predicted is value added by industry and in total. Every guess uses figures of 2015 and before, except that the
two marked *given national growth* also know how the country grew from 2015 to 2020, the one in total, the other by
industry. Between these two the only difference is the district's industrial structure, which is what shift-share claims
to matter; between the first pair, trends carried on from 2010, it is the same without any knowledge of the future.

    no change          2020 is 2015
    national trend     every district grows as the country did from 2010 to 2015
    structural trend   every industry grows as it did in the country from 2010 to 2015
    national rate      every district grows as the country did from 2015 to 2020       (given national growth)
    structural rate    every industry grows as it did in the country from 2015 to 2020 (given national growth)

Rates come from districts that stand in both years. A district is judged on the industries it publishes in both years;
money that the source merges into another industry is not imputed. Errors are relative: expected / actual - 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from madang.errors import CallerError, sentence
from madang.indicators.quantity import format_money, rounded
from madang.models import registry
from madang.models.base import Floats
from madang.models.clusters.districts import IDS, Period, Year, period, years_of
from madang.models.clusters.measures import known_sums
from madang.models.industries import INDUSTRIES

WORST = 10
BASIS, TARGET, EARLIER = 2015, 2020, 2010
GUESSES = ("no-change", "national-trend", "structural-trend", "national-rate", "structural-rate")
NAIVE_OF = {"structural-trend": "national-trend", "structural-rate": "national-rate"}
KNOWS_GROWTH = ("national-rate", "structural-rate")


class Tables(Protocol):
    """The national tables, as `sources.korea` gives them."""

    @property
    def grdp(self) -> Mapping[tuple[int, str], Mapping[str, int]]: ...
    @property
    def names(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Miss:
    """One district a guess missed: what was expected, what came, and the relative error."""

    code: str
    name: str
    expected: float
    actual: float
    error: float


@dataclass(frozen=True, slots=True)
class Score:
    """One guess over all districts: median and high quantile of absolute errors, bias, how often it beats its rival."""

    guess: str
    median: float
    p90: float
    worst: float
    bias: float
    within_ten_percent: float
    beats_naive: float | None
    misses: tuple[Miss, ...]


@dataclass(frozen=True, slots=True)
class IndustryScore:
    """Median absolute error in one industry, by guess; `districts` publish it in both years."""

    industry: str
    label: dict[str, str]
    districts: int
    median: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class BacktestReport:
    """How well a model's expectation met what came."""

    model: str
    basis: int
    target: int
    districts: int
    left_out: tuple[str, ...]
    trend_left_out: tuple[str, ...]
    scores: tuple[Score, ...]
    industries: tuple[IndustryScore, ...]

    def as_json(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        return {
            "model": self.model,
            "basis": self.basis,
            "target": self.target,
            "districts": self.districts,
            "left_out": list(self.left_out),
            "trend_left_out": list(self.trend_left_out),
            "scores": [_score_json(score) for score in self.scores],
            "industries": [
                {
                    "industry": one.industry,
                    "label": one.label,
                    "districts": one.districts,
                    "median": {guess: _digits(value) for guess, value in one.median.items()},
                }
                for one in self.industries
            ],
        }

    def as_markdown(self) -> str:
        """The report as a page: scores, industries, named misses."""
        return "\n".join([*_head(self), *_scores(self), *_by_industry(self), *_misses(self)]) + "\n"


def backtest(model_id: str, tables: Tables) -> BacktestReport:
    """The backtest of a model on the national tables; raises CallerError for a model that forecasts nothing."""
    registry.model(model_id)
    if model_id != "clusters":
        raise CallerError("lab.no-backtest", model=model_id, able="clusters")
    years = years_of(tables.grdp)
    for year in (BASIS, TARGET):
        if year not in years:
            raise CallerError("lab.backtest-needs-year", year=year)
    now = period(years[BASIS], years[TARGET])
    known = ~(np.isnan(now.before) | np.isnan(now.after))
    before, actual = np.where(known, now.before, 0.0), np.where(known, now.after, 0.0)
    guesses = _guesses(now, years.get(EARLIER), years[BASIS], before)
    totals = {guess: expected.sum(axis=1) for guess, expected in guesses.items()}
    came = actual.sum(axis=1)
    return BacktestReport(
        model=model_id,
        basis=BASIS,
        target=TARGET,
        districts=len(now.codes),
        left_out=now.left_out,
        trend_left_out=period(years[EARLIER], years[BASIS]).left_out if EARLIER in years else (),
        scores=tuple(_score(guess, totals, came, now.codes, tables.names) for guess in totals),
        industries=tuple(_industry(n, guesses, before, actual, known) for n in range(len(IDS))),
    )


def _guesses(now: Period, earlier: Year | None, basis: Year, before: Floats) -> dict[str, Floats]:
    guesses = {"no-change": before}
    if earlier is not None:
        then = period(earlier, basis)
        guesses["national-trend"], guesses["structural-trend"] = _grown(before, *known_sums(then.before, then.after))
    guesses["national-rate"], guesses["structural-rate"] = _grown(before, *known_sums(now.before, now.after))
    return guesses


def _grown(before: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """A table grown at the rate of the whole, and each industry at its own rate."""
    own = np.divide(second, first, out=np.ones_like(first), where=first > 0)
    return before * (second.sum() / first.sum()), before * own


def _score(
    guess: str, totals: Mapping[str, Floats], came: Floats, codes: tuple[str, ...], names: Mapping[str, str]
) -> Score:
    errors = totals[guess] / came - 1
    sizes = np.abs(errors)
    rival = NAIVE_OF.get(guess)
    beats = float((sizes < np.abs(totals[rival] / came - 1)).mean()) if rival else None
    order = np.argsort(-sizes, kind="stable")[:WORST]
    return Score(
        guess,
        float(np.median(sizes)),
        float(np.quantile(sizes, 0.9)),
        float(sizes.max()),
        float(np.median(errors)),
        float((sizes <= 0.1).mean()),
        beats,
        tuple(
            Miss(codes[n], names.get(codes[n], codes[n]), float(totals[guess][n]), float(came[n]), float(errors[n]))
            for n in order
        ),
    )


def _industry(n: int, guesses: Mapping[str, Floats], before: Floats, actual: Floats, known: Any) -> IndustryScore:
    judged = known[:, n] & (before[:, n] > 0) & (actual[:, n] > 0)  # four cells in the source are negative
    median = {
        guess: float(np.median(np.abs(expected[judged, n] / actual[judged, n] - 1)))
        for guess, expected in guesses.items()
    }
    return IndustryScore(IDS[n], INDUSTRIES[n].label, int(judged.sum()), median)


# --- writing ---------------------------------------------------------------------------------------------------------


def _head(report: BacktestReport) -> list[str]:
    missing, no_trend = (", ".join(codes) or "none" for codes in (report.left_out, report.trend_left_out))
    return [
        f"# How good: {report.model}, {report.basis} -> {report.target}",
        "",
        sentence("lab.backtest-intro", "en", districts=report.districts, basis=report.basis, target=report.target),
        "",
        sentence("lab.backtest-intro", "ko", districts=report.districts, basis=report.basis, target=report.target),
        "",
        *(f"- {sentence(f'lab.backtest-{said}', lang)}" for said in _verdicts(report) for lang in ("en", "ko")),
        "",
        f"Districts left out (not in both years): {missing}.",
        f"Left out of the trend {EARLIER}-{report.basis} (not in both years): {no_trend}.",
        "",
    ]


def _verdicts(report: BacktestReport) -> list[str]:
    """Which sentences the figures bear out: does structure help, with and without knowing how the country grew?"""
    median = {score.guess: score.median for score in report.scores}
    said = []
    for guess, what in (("structural-trend", "trend"), ("structural-rate", "rate")):
        if guess in median:
            said.append(f"{what}-{'helps' if median[guess] < median[NAIVE_OF[guess]] else 'does-not-help'}")
    return said


def _scores(report: BacktestReport) -> list[str]:
    rows = [
        f"| {_guess(s.guess)} | {_percent(s.median)} | {_percent(s.p90)} | {_percent(s.worst)} | {_signed(s.bias)} "
        f"| {_percent(s.within_ten_percent)} | {_percent(s.beats_naive) if s.beats_naive is not None else ''} |"
        for s in report.scores
    ]
    return [
        "## Total value added",
        "",
        "| guess | median error | 90th percentile | worst | bias (median) | within 10 % | beats its naive rival in |",
        "|---|---|---|---|---|---|---|",
        *rows,
        "",
    ]


def _by_industry(report: BacktestReport) -> list[str]:
    guesses = [score.guess for score in report.scores]
    rows = [
        f"| {one.label['en']} ({one.label['ko']}) | {one.districts} | "
        + " | ".join(_percent(one.median[guess]) for guess in guesses)
        + " |"
        for one in report.industries
    ]
    return [
        "## By industry: median error",
        "",
        "| industry | districts | " + " | ".join(_guess(guess) for guess in guesses) + " |",
        "|---|---|" + "---|" * len(guesses),
        *rows,
        "",
    ]


def _misses(report: BacktestReport) -> list[str]:
    lines = ["## Worst misses of the model's expectation", ""]
    for score in report.scores:
        if score.guess in NAIVE_OF:
            lines += [f"### {_guess(score.guess)}", "", "| district | expected | came | error |", "|---|---|---|---|"]
            lines += [
                f"| {m.name} ({m.code}) | {format_money(m.expected, 'en')} | {format_money(m.actual, 'en')} "
                f"| {_signed(m.error)} |"
                for m in score.misses
            ]
            lines.append("")
    return lines[:-1]


def _guess(id: str) -> str:
    return sentence(f"lab.guess-{id}", "en")


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _signed(value: float) -> str:
    return f"{100 * value:+.1f} %"


def _digits(value: float | None) -> float | None:
    return rounded(value, "1")


def _score_json(score: Score) -> dict[str, Any]:
    return {
        "guess": score.guess,
        "given_national_growth": score.guess in KNOWS_GROWTH,
        "median": _digits(score.median),
        "p90": _digits(score.p90),
        "worst": _digits(score.worst),
        "bias": _digits(score.bias),
        "within_ten_percent": _digits(score.within_ten_percent),
        "beats_naive": _digits(score.beats_naive),
        "misses": [
            {
                "code": m.code,
                "name": m.name,
                "expected_krw": rounded(m.expected, "KRW"),
                "actual_krw": rounded(m.actual, "KRW"),
                "error": _digits(m.error),
            }
            for m in score.misses
        ],
    }

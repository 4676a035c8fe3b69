"""Which of three programmes for Pangyo? The programmes are made up (가상); the city's economy is that of the data.

    python examples/studies/pangyo.py [FOLDER]

Writes a city file, a page in Korean and English, a one-page brief and a bundle that can be computed again: alternatives
beside each other, weights from judgements with their consistency, ranks over all weights, what moves the answer, what
would turn it, the Pareto front, and the best set under yearly budgets. Run twice, it writes the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from page import (
    AUTHOR,
    LANGUAGES,
    address,
    city_file,
    folder_asked_for,
    inputs,
    pair,
    shown,
    table,
    value,
    words_of,
    write_pages,
)

from madang.city import City
from madang.civic.demo.entities import assumed
from madang.entities.entity import json_property, language_property, property_
from madang.errors import Language
from madang.lab.ahp import Judged
from madang.lab.board import Board
from madang.lab.ranks import Ranks
from madang.models.runner import Run

CITY, SKILL, YEAR = "seongnam", "설계", 2032
STAYS, ABROAD = "economy.value-added-city-realised", "economy.imports"
PEOPLE, COST = "talent.shortage", "economy.shock"
CRITERIA: tuple[Any, ...] = (STAYS, ABROAD, PEOPLE, {"id": COST, "better": "lower"})
NAMES = {STAYS: "stays", ABROAD: "abroad", PEOPLE: "people", COST: "cost"}
MODELS = ("economy", "talent")
DEMAND = {"low": 250, "central": 400, "high": 600}  # new designers wanted in YEAR; made up


@dataclass(frozen=True)
class Programme:
    """A made-up programme: money by sector, the share bought locally, and seats a year of its courses."""

    amount: int
    sectors: Mapping[str, float]
    local: float
    seats: int
    spending: Mapping[int, int]


PROGRAMMES = {
    "hub": Programme(
        120_000_000_000,
        {"research-professional": 0.45, "it-services": 0.35, "construction": 0.20},
        0.40, 80, {2027: 60_000_000_000, 2028: 60_000_000_000},
    ),
    "campus": Programme(
        70_000_000_000,
        {"education-health": 0.35, "construction": 0.40, "it-services": 0.25},
        0.50, 320, {2027: 30_000_000_000, 2028: 40_000_000_000},
    ),
    "line": Programme(
        210_000_000_000,
        {"electronics": 0.35, "machinery": 0.40, "construction": 0.25},
        0.25, 60, {2027: 110_000_000_000, 2028: 100_000_000_000},
    ),
}  # fmt: skip
BUDGETS: dict[int | str, int] = {2027: 100_000_000_000, 2028: 110_000_000_000}
# Three made-up judges; the third contradicts themselves and is not counted.
JUDGES: dict[str, list[tuple[str, str, float]]] = {
    "경제": [
        (STAYS, ABROAD, 3), (STAYS, PEOPLE, 2), (STAYS, COST, 3),
        (ABROAD, PEOPLE, 1 / 2), (ABROAD, COST, 1), (PEOPLE, COST, 2),
    ],
    "교육": [
        (STAYS, ABROAD, 2), (STAYS, PEOPLE, 1 / 3), (STAYS, COST, 1),
        (ABROAD, PEOPLE, 1 / 5), (ABROAD, COST, 1 / 2), (PEOPLE, COST, 4),
    ],
    "예산": [
        (STAYS, ABROAD, 5), (STAYS, PEOPLE, 1 / 5), (STAYS, COST, 1 / 3),
        (ABROAD, PEOPLE, 4), (ABROAD, COST, 1 / 7), (PEOPLE, COST, 1 / 2),
    ],
}  # fmt: skip
DAY, RECORDED = "2026. 11. 22.", "2026-11-22"
words = words_of(__file__)


# --- building --------------------------------------------------------------------------------------------------------


def build(city: City) -> None:
    """Demand for people on main, a branch for each programme and one for all, runs, and the study's record."""
    reason = words("ko")("reason")
    city.clusters.talent.add_demand(skill=SKILL, year=YEAR, persons=DEMAND, reason=reason, by=AUTHOR)
    for name in (*PROGRAMMES, "all"):
        branch = city.fork(name, title=pair(words, name), reason=reason, by=AUTHOR)
        for one in PROGRAMMES if name == "all" else (name,):
            add(branch, one)
    plan(city.branch("all"))
    record(city, runs_of(city))


def add(branch: City, name: str) -> None:
    """One programme on a branch: its money and its courses."""
    one, title, reason = PROGRAMMES[name], pair(words, name), words("ko")("reason")
    basis = pair(words, "amount-basis")
    branch.put(
        {
            "id": programme_id(name),
            "type": "Programme",
            "title": language_property(title),
            "amount": assumed(property_(one.amount, unit="KRW"), basis, status="synthetic"),
            "sectorShares": assumed(json_property(dict(one.sectors)), basis, status="synthetic"),
            "localShare": assumed(property_(one.local, unit="C62"), basis, status="synthetic"),
        },
        reason=reason, by=AUTHOR,
    )  # fmt: skip
    branch.clusters.talent.add_programme(
        name=pair(words, "talent", programme=title["ko"]), skill=SKILL, seats=one.seats, start_year=2028, end_year=YEAR,
        study_years=2, graduation_rate={"low": 0.7, "central": 0.8, "high": 0.9},
        local_hire_rate={"low": 0.3, "central": 0.5, "high": 0.7},
        retention_rate={"low": 0.8, "central": 0.9, "high": 0.95}, reason=reason, by=AUTHOR,
    )  # fmt: skip


def programme_id(name: str) -> str:
    return f"urn:ngsi-ld:Programme:study:pangyo-{name}"


def plan(branch: City) -> None:
    """The three programmes as tasks with yearly budgets, so that a set can be chosen."""
    reason = words("ko")("reason")
    made = branch.plans.new(
        "pangyo", title=pair(words, "plan"), start_year=2027, end_year=2030, reason=reason, by=AUTHOR
    )  # fmt: skip
    for name, one in PROGRAMMES.items():
        task = branch.plans.add(
            "Task", code=name, title=pair(words, name), refPlan=made["id"], refProgramme=programme_id(name),
            startYear=2027, endYear=2028, reason=reason, by=AUTHOR,
        )["id"]  # fmt: skip
        for year, amount in one.spending.items():
            branch.plans.add(
                "BudgetLine", code=f"{name}-{year}", year=year, fund="city", amount=amount, refTask=task,
                reason=reason, by=AUTHOR,
            )  # fmt: skip


def runs_of(city: City) -> dict[str, dict[str, Run]]:
    """The runs of both models on main and on each programme's branch, from their records."""
    return {
        name: {model: city.branch(name).run(model, by=AUTHOR) for model in MODELS} for name in ("main", *PROGRAMMES)
    }


def record(city: City, runs: Mapping[str, Mapping[str, Run]]) -> None:
    """The study as the institute keeps it, with the ranking and the weights as evaluations."""
    title, reason = pair(words, "title"), words("ko")("reason")
    question: dict[str, str] = {lang: words(lang)("question", city=city.title[lang]) for lang in LANGUAGES}
    study = city.studies.begin(title=title, question=question, starts_on=RECORDED, reason=reason, by=AUTHOR)["id"]
    for name, of in runs.items():
        kind, said = ("baseline", "baseline") if name == "main" else ("alternative", name)
        city.studies.add_alternative(
            study, title=pair(words, said), kind=kind, branch=None if name == "main" else name,
            runs=[one.id for one in of.values()], reason=reason, by=AUTHOR,
        )  # fmt: skip
    found = answers(city)
    given = {"criteria": list(NAMES), "given": {name: [list(one) for one in said] for name, said in JUDGES.items()}}
    kept = [found.board.as_json(), found.ranks.as_json(), found.judged.as_json() | given]
    evidence = [city.weighing.keep(title=title, result=one, reason=reason, by=AUTHOR)["id"] for one in kept]
    city.studies.add_evidence(study, evidence=evidence, reason=reason, by=AUTHOR)
    best, *_, worst = order(found)
    last = next(one for one in found.ranks.ranking.standings if one.alternative == worst)
    facts = {"score": f"{last.score:.2f}", "share": f"{100 * last.acceptability[0]:.0f} %"}
    city.studies.reject(study, alternative=worst, reason=words("ko")("rejected", **facts), by=AUTHOR)
    advice: dict[str, str] = {lang: words(lang)("recommendation-record", best=words(lang)(best)) for lang in LANGUAGES}
    city.studies.recommend(study, alternative=best, text=advice, on=RECORDED, reason=advice["ko"], by=AUTHOR)


# --- answers ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answers:
    """What the page is written from."""

    city: City
    board: Board
    judged: Judged
    ranks: Ranks


def answers(city: City) -> Answers:
    """Board, weights and ranks of the three programmes and of doing nothing."""
    board = city.lab.board(list(PROGRAMMES), models=MODELS)
    judged = city.lab.judge(criteria=list(NAMES), judges=JUDGES)
    return Answers(city, board, judged, city.lab.ranks(board, CRITERIA, weights=judged.weights, draws=2000))


def order(found: Answers) -> list[str]:
    """The programmes by the judges' weights, the best first; doing nothing is not among them."""
    return [one.alternative for one in found.ranks.ranking.standings if one.alternative in PROGRAMMES]


# --- the page --------------------------------------------------------------------------------------------------------


def page(found: Answers, language: Language) -> list[str]:
    """The study as a page."""
    say, city = words(language), found.city
    standings = found.ranks.ranking.standings
    best, second, *_ = order(found)
    first = ", ".join(
        f"{title(one.alternative, language)} {100 * one.acceptability[0]:.0f} %" for one in standings
    )  # fmt: skip
    facts = {"ratio": f"{found.judged.together.ratio:.3f}", "best": say(best), "first": first}
    lines = [f"# {say('title')}", "", say("question", city=city.title[language]), "", say("answer", **facts), ""]
    for left in found.ranks.left_out:
        lines += [say("cannot", names=title(left.alternative, language), why=left.why[language]), ""]
    lines += [*_board(found, language), *_weights(found, language), *_ranks(found, language)]
    lines += [*_tornado(found, language, best), *_turning(found, language, best, second)]
    lines += [*_sets(found, language), *_inputs(found, language)]
    ahead = next(one for one in standings if one.alternative == best)
    share = f"{100 * ahead.acceptability[0]:.0f} %"
    lines += [say("recommend", best=say(best), second=say(second), share=share)]
    lines += ["", say("unclear")] if ahead.acceptability[0] < 0.9 else []
    runs = ", ".join(address(of["economy"], STAYS) for of in runs_of(city).values())
    return [*lines, "", say("limits"), "", say("again", runs=runs, file=city.path.name)]


def title(name: str, language: Language) -> str:
    return words(language)("baseline" if name == "main" else name)


def _board(found: Answers, language: Language) -> list[str]:
    say = words(language)
    rows = [
        [
            say(f"criterion-{NAMES[id]}"),
            *(shown(found.board.row(id).cell(name).quantity, language) for name in PROGRAMMES),
        ]
        for id in NAMES
    ]
    return [say("board"), *table(["", *(say(name) for name in PROGRAMMES)], rows)]


def _weights(found: Answers, language: Language) -> list[str]:
    say = words(language)
    heads = [*say("judge-heads").split("|"), *(say(f"criterion-{name}") for name in NAMES.values())]
    rows = [
        [one.name, f"{one.ratio:.3f}", say("counted" if one.counts else "not-counted"), *_shares(one.weights)]
        for one in found.judged.judges
    ]
    rows.append([say("together"), f"{found.judged.together.ratio:.3f}", "", *_shares(found.judged.weights)])
    return [say("weights"), *table(heads, rows)]


def _shares(weights: Mapping[str, float]) -> list[str]:
    return [f"{100 * weights[id]:.0f} %" for id in NAMES]


def _ranks(found: Answers, language: Language) -> list[str]:
    say = words(language)
    rows = []
    for one in found.ranks.ranking.standings:
        places = [f"{100 * share:.0f} %" for share in (*one.acceptability, *([0.0] * 4))][:4]
        sure = "-" if one.confidence is None else f"{100 * one.confidence:.0f} %"
        rows.append([title(one.alternative, language), f"{one.score or 0:.2f}", *places, sure, f"{one.regret.max:.2f}"])
    return [say("ranks", draws=f"{found.ranks.draws:,}"), *table(say("rank-heads").split("|"), rows)]


def _tornado(found: Answers, language: Language, best: str) -> list[str]:
    say, made = words(language), found.city.branch(best).lab.tornado(STAYS)
    rows = []
    for bar in made.bars[:6]:
        ends = [value(end, bar.turned.unit, language) for end in (bar.low, bar.high)]
        came = [value(end, "KRW", language) for end in (bar.at_low, bar.at_high)]
        rows.append([bar.turned.label[language], *ends, *came, bar.turned.source or say("to-be-named")])
    told = say("moves-said", first=rows[0][0], demand=DEMAND["central"])
    return [say("tornado", best=say(best)), *table(say("tornado-heads").split("|"), rows), told, ""]


def _turning(found: Answers, language: Language, best: str, second: str) -> list[str]:
    say = words(language)
    made = found.city.lab.what_must_hold(
        best, second, criteria=CRITERIA, weights=found.judged.weights, alternatives=["main", *PROGRAMMES],
        over=["economy.realisation"],
    )  # fmt: skip
    return [say("holds", other=say(second)), "", *(f"- {one[language]}" for one in made.sentences()), ""]


def _sets(found: Answers, language: Language) -> list[str]:
    """What no other beats in everything, and the best set under the budgets, by what the model says each adds."""
    say, branch = words(language), found.city.branch("all")
    front = ", ".join(title(name, language) for name in found.city.lab.pareto(found.board, CRITERIA).front)
    chosen = branch.plans.choose(BUDGETS, benefits=branch.lab.task_benefits(STAYS), gap=0.0)
    budgets = ", ".join(f"{year} {value(amount, 'KRW', language)}" for year, amount in BUDGETS.items())
    named = [
        ", ".join(say(id.rpartition(":")[2]) for id in ids) or say("none") for ids in (chosen.chosen, chosen.left_out)
    ]
    facts = {"budgets": budgets, "chosen": named[0], "left": named[1], "gap": f"{100 * chosen.gap:.2g} %"}
    return [say("pareto", front=front), "", say("portfolio", **facts), ""]


def _inputs(found: Answers, language: Language) -> list[str]:
    say = words(language)
    runs = [run for of in runs_of(found.city).values() for run in of.values()]
    own = [say("made-up").split("|"), say("computed").split("|")]
    return [say("inputs"), *table(say("input-heads").split("|"), [*inputs(runs, language), *own])]


def study(folder: Path) -> None:
    """The whole study, written into a folder."""
    with city_file(folder / f"{CITY}.gpkg", f"korea:{CITY}", build) as city:
        found = answers(city)
        write_pages(folder, {language: page(found, language) for language in LANGUAGES})
        city.papers.write(city.papers.brief(order(found)[0], language="ko", day=DAY), folder / "brief.html")
        city.bundles.write(city.studies.all()[0].id, folder / "bundle.zip", only_open=False)


if __name__ == "__main__":
    study(folder_asked_for(__doc__ or "").folder)

"""What do Gwangyang's pledges leave in the region?

    python examples/studies/gwangyang.py [FOLDER]

Writes a city file, a page in Korean and English, a one-page brief and a bundle that can be computed again. The pledges
are those that the committee announced (34 companies, KRW 1.3742 tn); the city's economy is that of the data package.
Run twice, it writes the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

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
from madang.civic.announced.entities import load_announcements
from madang.civic.demo.entities import assumed, branch_entities
from madang.civic.demo.plan import demo_plan
from madang.entities.entity import Document, property_, value_of
from madang.errors import Language
from madang.indicators.quantity import NO_DATA
from madang.lab.board import Board
from madang.models.runner import Run
from madang.sources import base as sources

CITY = "gwangyang"
PLEDGED, LOCAL, KEPT = "pledged", "local", "aftercare"
BRANCHES = (PLEDGED, LOCAL, KEPT)
LOCAL_SHARE = 0.5  # both chosen for the comparison: nobody has decided either
KEPT_LOW, KEPT_SHARE, KEPT_HIGH = 0.8, 0.9, 1.0
STAYS, REST, ABROAD = "economy.value-added-city", "economy.value-added-rest", "economy.imports"
REALISED = "economy.value-added-city-realised"
SHOWN = (STAYS, REALISED, REST, ABROAD, "economy.taxes", "economy.employment")
CLEAR = 0.9  # of the members in which one is ahead
DAY = {"ko": "2026. 11. 22.", "en": "22 November 2026"}
words = words_of(__file__)


def build(city: City) -> None:
    """The announcement, three branches with the pledged programme, their runs, and the study's record."""
    sources.write(city.for_writing(), [load_announcements()[CITY]], actor=AUTHOR, reason=words("ko")("title", city=""))
    plan = demo_plan().branches_of(CITY)[0]
    for name in BRANCHES:
        branch = city.fork(name, title=pair(words, name), reason=plan.reason, by=AUTHOR)
        branch.put(programmes(name), reason=plan.reason, by=AUTHOR)
        if name == KEPT:
            branch.lab.assume(
                "economy", "realisation", low=KEPT_LOW, central=KEPT_SHARE, high=KEPT_HIGH,
                reason=words("ko")("kept-basis"), by=AUTHOR,
            )  # fmt: skip
    runs = {name: city.branch(name).run("economy", by=AUTHOR) for name in ("main", *BRANCHES)}
    record(city, runs, city.lab.board(BRANCHES, models=["economy"]))


def programmes(name: str) -> list[Document]:
    """The announced programme as a branch has it: as pledged, or with a stated share bought locally."""
    plan = demo_plan().branches_of(CITY)[0]
    made = [one for one in branch_entities(replace(plan, facilities=())) if one["type"] == "Programme"]
    for one in made:
        if name == LOCAL:
            basis = pair(words, "local-basis", share=_percent(LOCAL_SHARE))
            one["localShare"] = assumed(property_(LOCAL_SHARE, unit="C62"), basis, status="synthetic")
    return made


def record(city: City, runs: dict[str, Run], board: Board) -> None:
    """The study as the institute keeps it: question, alternatives with their runs, evidence, recommendation."""
    title, name = pair(words, "title", city=city.title["ko"]), city.title["ko"]
    say = words("ko")
    study = city.studies.begin(
        title=title, question=pair(words, "question"), starts_on="2026-11-22", reason=title["ko"], by=AUTHOR
    )["id"]
    for branch, run in runs.items():
        told = {"ko": "현행", "en": "The city as it is"} if branch == "main" else pair(words, branch)
        city.studies.add_alternative(
            study, title=told, kind="baseline" if branch == "main" else "alternative",
            branch=None if branch == "main" else branch, runs=[run.id], reason=title["ko"], by=AUTHOR,
        )  # fmt: skip
    kept = city.weighing.keep(title=title, result=board, reason=title["ko"], by=AUTHOR)
    evidence = [*(run.id for run in runs.values()), kept["id"]]
    city.studies.add_evidence(study, evidence=evidence, text=name, reason=title["ko"], by=AUTHOR)
    best, other = order(board)
    facts = {"value": told_value(board, other, "ko"), "best": told_value(board, best, "ko")}
    city.studies.reject(study, alternative=other, reason=say("rejected", **facts), by=AUTHOR)
    advice: dict[str, str] = {lang: words(lang)("recommendation-record", best=words(lang)(best)) for lang in LANGUAGES}
    city.studies.recommend(study, alternative=best, text=advice, on="2026-11-22", reason=advice["ko"], by=AUTHOR)


def order(board: Board) -> tuple[str, str]:
    """Of the two ways to leave more: which leaves more in the city if only part is carried out, and which less."""
    values = {name: board.row(REALISED).cell(name).quantity for name in (LOCAL, KEPT)}
    worth = {name: -1.0 if one is None or one.value is None else one.value for name, one in values.items()}
    best = max(worth, key=lambda name: worth[name])
    return best, next(name for name in worth if name != best)


def told_value(board: Board, name: str, language: Language) -> str:
    quantity = board.row(REALISED).cell(name).quantity
    return value(None if quantity is None else quantity.value, "KRW", language)


@dataclass(frozen=True)
class Answers:
    """What the page is written from."""

    city: City
    runs: dict[str, Run]
    board: Board

    @property
    def is_known(self) -> bool:
        """Whether the city's part is known at all."""
        return self.runs[PLEDGED].figure(REALISED).quantity.value is not None


def answers(city: City) -> Answers:
    """Every run of the study, from its record where it has one."""
    runs = {name: city.branch(name).run("economy", by=AUTHOR) for name in ("main", *BRANCHES)}
    return Answers(city, runs, city.lab.board(BRANCHES, models=["economy"]))


def page(found: Answers, language: Language) -> list[str]:
    """The study as a page."""
    say, pledged = words(language), found.runs[PLEDGED]
    name = found.city.title[language]
    facts = {
        key: shown(pledged.figure(id).quantity, language)
        for key, id in (("stays", STAYS), ("rest", REST), ("abroad", ABROAD), ("realised", REALISED))
    }
    rows = [
        [pledged.figure(id).label[language], *(shown(found.runs[b].figure(id).quantity, language) for b in BRANCHES)]
        for id in SHOWN
    ]
    lines = [f"# {say('title', city=name)}", "", say("question"), "", say("answer", city=name, **facts)]
    lines += table(say("heads").split("|"), rows)
    lines += [say("unknown"), "", *_regions(found, language), *_leakage(found, language)]
    chosen = {"share": _percent(LOCAL_SHARE), "kept": _percent(KEPT_SHARE)}
    made_up = [say("made-up", **chosen), say("computed", model=f"economy {pledged.model_version}")]
    lines += [say("inputs")]
    lines += table(
        say("input-heads").split("|"), [*inputs(found.runs.values(), language), *(m.split("|") for m in made_up)]
    )
    lines += _moves(found, language) + _turning(found, language) + _advice(found, language)
    runs = ", ".join(address(found.runs[b], STAYS) for b in BRANCHES)
    return [*lines, say("limits"), "", say("again", runs=runs, file=found.city.path.name)]


def _regions(found: Answers, language: Language) -> list[str]:
    say, rows = words(language), found.runs[PLEDGED].tables.get("by-region:economy.value-added-korea") or []
    known = sorted((row for row in rows if row["value"] is not None), key=lambda row: -row["value"])
    whole = sum(row["value"] for row in known)
    told = [
        [row["label"][language], value(row["value"], "KRW", language), f"{100 * row['value'] / whole:.1f} %"]
        for row in known[:6]
    ]
    return [say("regions"), *(table(say("region-heads").split("|"), told) if told else ["", NO_DATA[language], ""])]


def _leakage(found: Answers, language: Language) -> list[str]:
    say, run = words(language), found.runs[PLEDGED]
    shares = value_of(programmes(PLEDGED)[0], "sectorShares")
    told = [
        [
            row["label"][language],
            f"{100 * shares[row['sector']]:.0f} %",
            *(f"{100 * row[n]:.1f} %" for n in ("direct", "total")),
        ]
        for row in run.tables["import-dependency"]
        if row["sector"] in shares
    ]
    return [say("leak"), *table(say("leak-heads").split("|"), told)]


def _moves(found: Answers, language: Language) -> list[str]:
    say = words(language)
    if not found.is_known:
        return [say("moves"), "", NO_DATA[language], ""]
    lab = found.city.branch(PLEDGED).lab
    bars = {bar.turned.id: bar for bar in lab.tornado(REALISED).bars}
    factors = lab.importance(REALISED).factors
    rows = []
    for one in factors[:4]:
        bar = bars.get(one.id)
        ends = ("-", "-") if bar is None else (value(bar.at_low, "KRW", language), value(bar.at_high, "KRW", language))
        rows.append([one.label[language], f"{one.rank:+.2f}", f"{100 * one.share:.0f} %", *ends])
    return [
        say("moves"),
        *table(say("move-heads").split("|"), rows),
        say("moves-said", first=factors[0].label[language]),
        "",
    ]


def _turning(found: Answers, language: Language) -> list[str]:
    if not found.is_known:
        return []
    best, other = order(found.board)
    turning = found.city.lab.what_must_hold(best, other, indicator=REALISED, over=["economy.realisation"])
    return [words(language)("holds"), "", *(f"- {one[language]}" for one in turning.sentences()), ""]


def _advice(found: Answers, language: Language) -> list[str]:
    say = words(language)
    if not found.is_known:
        return [say("cannot"), ""]
    best, other = order(found.board)
    ahead = found.runs[best].draws[REALISED] > found.runs[other].draws[REALISED]
    facts = {
        "best_value": told_value(found.board, best, language),
        "other_value": told_value(found.board, other, language),
    }
    names = {
        "best": say(best),
        "other": say(other),
        "share": f"{100 * ahead.mean():.0f} %",
        "local": _percent(LOCAL_SHARE),
        "kept": _percent(KEPT_SHARE),
    }
    clear = [] if ahead.mean() >= CLEAR else ["", say("unclear")]
    return [say("recommend", **facts, **names), *clear, ""]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.3g} %"


def study(folder: Path) -> None:
    """The whole study, written into a folder."""
    with city_file(folder / f"{CITY}.gpkg", f"korea:{CITY}", build) as city:
        found = answers(city)
        write_pages(folder, {language: page(found, language) for language in LANGUAGES})
        brief = city.papers.brief(order(found.board)[0], language="ko", day=DAY["ko"])
        city.papers.write(brief, folder / "brief.html")
        city.bundles.write(city.studies.all()[0].id, folder / "bundle.zip", only_open=False)


if __name__ == "__main__":
    study(folder_asked_for(__doc__ or "").folder)

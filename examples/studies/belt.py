"""The seven-city belt under an export restriction like that of 2019.

    python examples/studies/belt.py [FOLDER] [--cities suwon,icheon]

Writes one city file a city, the alliance's own file, a page in Korean and English and a bundle. Value added of the
cities is that of the data package; stocks, criticality, the restriction and the options are made up and marked 가상.
Run twice, it writes the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from page import AUTHOR, LANGUAGES, city_file, folder_asked_for, pair, table, value, words_of, write_pages

from madang.city import City
from madang.civic.announced.entities import load_announcements
from madang.entities.entity import value_of
from madang.errors import Language
from madang.indicators.quantity import NO_DATA
from madang.models.economy import shipped
from madang.models.economy.model import read_table
from madang.models.industries import section_of
from madang.models.many.recorded import Ensemble, Summary, short
from madang.sources import base as sources
from madang.sources.korea import national_tables

BELT = ("suwon", "yongin", "seongnam", "hwaseong", "pyeongtaek", "icheon", "anseong")
LARGEST = "hwaseong"
# item: HS code, share that came from Japan (low, central, high)
ITEMS = {
    "photoresist": ("3707.90", (0.85, 0.92, 0.95)),
    "hydrogen-fluoride": ("2811.11", (0.35, 0.44, 0.55)),
    "polyimide": ("3920.99", (0.88, 0.94, 0.97)),
}
STOCK, CRITICAL = {"low": 30, "central": 60, "high": 90}, {"low": 0.5, "central": 0.8, "high": 1.0}
STARTS, DAYS, DELIVERED = "2019-07-04", 180, 0.2
# what is prepared: kind, how much (low, central, high), cost of each item in each city in won; all made up
OPTIONS: dict[str, tuple[str, Any, int]] = {
    "stock": ("stock", 60, 3_000_000_000),
    "source": ("second-source", {"low": 0.4, "central": 0.5, "high": 0.6}, 6_000_000_000),
    "substitute": ("substitute", {"low": 60, "central": 90, "high": 180}, 9_000_000_000),
}
BRANCHES = ("none", *OPTIONS)
MODEL, MEMBERS = "supply-shock", 64
LOSS, LEFT, KOREA = "supply-shock.loss-buyers", "supply-shock.left-buyers", "supply-shock.left-korea"
FIRST, SHARE, SPARED = "supply-shock.first-shortage-left", "supply-shock.left-share", "supply-shock.spared-buyers"
DAY = "2026-11-22"
words = words_of(__file__)


# --- the facts of a city ---------------------------------------------------------------------------------------------


def manufacturing(city: City) -> int | None:
    """The city's value added of manufacturing in the latest year; None where its statistics do not say it."""
    rows = city.query("Statistic", 'table=="economy/grdp"')
    own = [one for one in rows if str(value_of(one, "refPlace")).startswith("urn:ngsi-ld:City:")]
    latest = max(own, key=lambda one: int(value_of(one, "year")), default=None)
    return None if latest is None else value_of(latest, "manufacturing")


@cache
def electronics_per_manufacturing() -> float:
    """Output of electronics per won of value added of manufacturing, in the country's table."""
    found = read_table(shipped.default_blob())
    worth = found.output * found.value_added
    parts = {sector.code: sector.oecd for sector in shipped.sectors()}
    inside = np.array([section_of(parts[code][0]) == "C" for code in found.codes])
    at = found.codes.index("electronics")
    return float(worth[at] / worth[inside].sum() / found.value_added[at])


def electronics(city: City) -> int | None:
    """The yearly output of the city's electronics, estimated by the country's mix of manufacturing."""
    found = manufacturing(city)
    return None if found is None else round(found * electronics_per_manufacturing())


def restrict(branch: City, of: City, options: str | None = None) -> None:
    """The three items, restricted at once, for the electronics of a city; with one kind of option where it is named."""
    register, city = branch.clusters.dependencies, dict(of.title)
    reason = words("ko")("reason")
    for item, (hs, share) in ITEMS.items():
        named = pair(words, item)
        added = register.add(
            item={lang: f"{named[lang]} · {city[lang]}" for lang in LANGUAGES}, hs=hs, origin="JP",
            buyer=words("ko")("buyer", city=city["ko"]), industry="electronics", yearly_output_krw=electronics(of),
            origin_share=dict(zip(("low", "central", "high"), share, strict=True)),
            stock_days=STOCK, criticality=CRITICAL, reason=reason, by=AUTHOR,
        )["id"]  # fmt: skip
        facts = {lang: {"item": named[lang], "city": city[lang]} for lang in LANGUAGES}
        register.restrict(
            added, starts_on=STARTS, days=DAYS, delivered=DELIVERED, reason=reason, by=AUTHOR,
            name={lang: words(lang)("restriction", **facts[lang]) for lang in LANGUAGES},
        )  # fmt: skip
        if options is not None:
            kind, much, cost = OPTIONS[options]
            name: dict[str, str] = {
                lang: words(lang)("option", option=words(lang)(options), **facts[lang]) for lang in LANGUAGES
            }
            register.add_option(added, name=name, kind=kind, value=much, cost_krw=cost, reason=reason, by=AUTHOR)


# --- building --------------------------------------------------------------------------------------------------------


def build_city(city: City) -> None:
    """One member: its own restriction on a branch, answered by an ensemble."""
    branch = city.fork("restriction", title=pair(words, "none"), reason=words("ko")("reason"), by=AUTHOR)
    restrict(branch, city)
    own_ensemble(city)


def own_ensemble(city: City) -> Ensemble:
    """What a member loses by itself, from its own record."""
    return city.branch("restriction").experiments.run(MODEL, n=MEMBERS, executor="in-process", by=AUTHOR)


def build_belt(members: Sequence[City]) -> Any:
    """The alliance's file: what was announced, the country's tables, one branch for each way to prepare."""

    def build(belt: City) -> None:
        national, reason = national_tables(), words("ko")("reason")
        announced = load_announcements()[BELT[0]]
        tables = sources.Loaded([], [national.dataset], national.blobs, announced.report)
        sources.write(belt.for_writing(), [announced, tables], actor=AUTHOR, reason=reason)
        for name in BRANCHES:
            branch = belt.fork(name, title=pair(words, name), reason=reason, by=AUTHOR)
            for one in members:
                restrict(branch, one, None if name == "none" else name)
            branch.experiments.run(MODEL, n=MEMBERS, executor="in-process", by=AUTHOR)
        record(belt)

    return build


def record(belt: City) -> None:
    """The study as the alliance keeps it."""
    title, reason = pair(words, "title"), words("ko")("reason")
    study = belt.studies.begin(
        title=title, question=pair(words, "question"), starts_on=DAY, reason=reason, by=AUTHOR
    )["id"]  # fmt: skip
    found = ensembles(belt)
    for name in BRANCHES:
        kind = "baseline" if name == "none" else "alternative"
        belt.studies.add_alternative(
            study, title=pair(words, name), kind=kind, branch=name, reason=reason, by=AUTHOR
        )  # fmt: skip
    table_ = {name: {"left": figure(one, LEFT).p50, "cost": cost_of(found, name)} for name, one in found.items()}
    evidence = [one.id for one in found.values()]
    if all(row["left"] is not None for row in table_.values()):
        ranked = belt.weighing.rank(alternatives=table_, criteria={"left": "less", "cost": "less"}, draws=2000)
        evidence.append(belt.weighing.keep(title=title, result=ranked, reason=reason, by=AUTHOR)["id"])
    belt.studies.add_evidence(study, evidence=evidence, reason=reason, by=AUTHOR)
    if None in [row["left"] for row in table_.values()]:
        return
    best, *_, worst = order(found)
    facts = {"value": money(found, worst, "ko"), "best": money(found, best, "ko")}
    belt.studies.reject(study, alternative=worst, reason=words("ko")("rejected", **facts), by=AUTHOR)
    advice: dict[str, str] = {lang: words(lang)("recommendation-record", best=words(lang)(best)) for lang in LANGUAGES}
    belt.studies.recommend(study, alternative=best, text=advice, on=DAY, reason=advice["ko"], by=AUTHOR)


# --- answers ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answers:
    """What the page is written from: the alliance's ensembles by way to prepare, and the members' own."""

    belt: City
    members: Mapping[str, City]
    found: Mapping[str, Ensemble]

    @property
    def missing(self) -> list[City]:
        """The members whose output nobody knows."""
        return [city for city in self.members.values() if electronics(city) is None]


def ensembles(belt: City) -> dict[str, Ensemble]:
    """The ensemble of every way to prepare, from its record."""
    return {
        name: belt.branch(name).experiments.run(MODEL, n=MEMBERS, executor="in-process", by=AUTHOR) for name in BRANCHES
    }


def figure(found: Ensemble, id: str) -> Summary:
    """One outcome of an ensemble."""
    return next(one for one in found.indicators if one.id == id)


def order(found: Mapping[str, Ensemble]) -> list[str]:
    """The ways to prepare, from the one that leaves the least loss on."""
    return sorted(OPTIONS, key=lambda name: (figure(found[name], LEFT).p50 or 0.0, name))


def cost_of(found: Mapping[str, Ensemble], name: str) -> float | None:
    return 0.0 if name == "none" else figure(found[name], "supply-shock.options-cost").p50


def banded(one: Summary, language: Language) -> str:
    """A median with its band; unknown stays unknown."""
    if one.p50 is None:
        return NO_DATA[language]
    low, middle, high = (value(number, one.unit, language) for number in (one.p05, one.p50, one.p95))
    return f"{middle} ({low} ~ {high})"


def money(found: Mapping[str, Ensemble], name: str, language: Language) -> str:
    return banded(figure(found[name], LEFT), language)


# --- the page --------------------------------------------------------------------------------------------------------


def page(found: Answers, language: Language) -> list[str]:
    """The study as a page."""
    say, none = words(language), found.found["none"]
    facts = {
        key: banded(figure(none, id), language) for key, id in (("loss", LEFT), ("korea", KOREA), ("share", SHARE))
    }
    lines = [f"# {say('title')}", "", say("question"), ""]
    lines += [say("answer", day=banded(figure(none, FIRST), language), **facts), ""]
    passed_on = figure(none, KOREA).p50 != figure(none, LEFT).p50
    lines += [*([] if passed_on else [say("no-cascade"), ""]), say("cities")]
    lines += table(say("city-heads").split("|"), [_city(city, language) for city in found.members.values()])
    lines += [say("options")]
    lines += table(say("option-heads").split("|"), [_option(found.found, name, language) for name in BRANCHES])
    shares = ", ".join(f"{say(item)} {100 * share[1]:.0f} %" for item, (_, share) in ITEMS.items())
    kinds = ("manufacturing", "table", "output", "share", "stock", "critical", "scenario", "cost")
    told = [say(f"input-{kind}", **({"shares": shares} if kind == "share" else {})).split("|") for kind in kinds]
    lines += [say("inputs"), *table(say("input-heads").split("|"), told)]
    return [*lines, *_moves(found, language), *_advice(found, language), say("limits"), "", say("again")]


def _city(city: City, language: Language) -> list[str]:
    branch, own = city.branch("restriction"), own_ensemble(city)
    first = [one.loss.first_shortage["central"] for one in branch.clusters.dependencies.restrictions()]
    return [
        city.title[language],
        value(manufacturing(city), "KRW", language),
        value(electronics(city), "KRW", language),
        min((str(day) for day in first if day is not None), default="-"),
        banded(figure(own, LOSS), language),
        f"`{city.id}: ensemble {short(own)}`",
    ]


def _option(found: Mapping[str, Ensemble], name: str, language: Language) -> list[str]:
    spared, cost = figure(found[name], SPARED), cost_of(found, name)
    pays = "-" if not cost or not spared.p50 else f"{100 * cost / spared.p50:.2g} %"
    return [
        words(language)(name),
        *(banded(figure(found[name], id), language) for id in (FIRST, LEFT, KOREA)),
        "-" if name == "none" else banded(spared, language),
        value(cost, "KRW", language),
        pays,
    ]


def _moves(found: Answers, language: Language) -> list[str]:
    """What moves the loss of Korea through the largest member: its own stocks and shares, and the cascade's cards."""
    say = words(language)
    city = found.members.get(LARGEST) or next(iter(found.members.values()))
    if electronics(city) is None:
        return [say("moves", city=city.title[language], n=0), "", NO_DATA[language], ""]
    branch = city.branch("restriction")
    held = branch.query("Dependency")
    ranges = {f"{one['id']}#stockDays": (float(STOCK["low"]), float(STOCK["high"])) for one in held}
    cards = ["cascade_criticality", "cascade_stock_days", "firms_first"]
    made = branch.experiments.run(
        MODEL, n=MEMBERS, over=[*ranges, *cards], ranges=ranges, executor="in-process", by=AUTHOR
    )
    names = {f"{one['id']}#stockDays": f"{value_of(one, 'item')[language]} · {_stock(language)}" for one in held}
    factors = branch.lab.importance_in(made.id, "supply-shock.loss-korea").factors
    rows = [[names.get(one.id, one.label[language]), f"{one.rank:+.2f}", f"{100 * one.share:.0f} %"] for one in factors]
    told = table(say("move-heads").split("|"), rows)
    first = rows[0][0] if rows else NO_DATA[language]
    return [say("moves", city=city.title[language], n=MEMBERS), *told, say("moves-said", first=first), ""]


def _stock(language: Language) -> str:
    return words(language)("input-stock").partition("|")[0]


def _advice(found: Answers, language: Language) -> list[str]:
    say = words(language)
    if found.missing:
        return [say("cannot", missing=", ".join(city.title[language] for city in found.missing)), ""]
    best, second, *_ = order(found.found)
    outcomes = [found.found[name].experiments.outcomes[LEFT] for name in (best, second)]
    share = f"{100 * float((outcomes[0] < outcomes[1]).mean()):.0f} %"
    names = {"best": say(best), "other": say(second), "left": money(found.found, best, language)}
    return [say("recommend", share=share, **names), ""]


def study(folder: Path, cities: Sequence[str] = BELT) -> None:
    """The whole study, written into a folder."""
    (folder / "cities").mkdir(exist_ok=True)
    members = {one: city_file(folder / "cities" / f"{one}.gpkg", f"korea:{one}", build_city) for one in cities}
    with city_file(folder / "belt.gpkg", None, build_belt(list(members.values()))) as belt:
        found = Answers(belt, members, ensembles(belt))
        write_pages(folder, {language: page(found, language) for language in LANGUAGES})
        belt.bundles.write(belt.studies.all()[0].id, folder / "bundle.zip", only_open=False)
    for city in members.values():
        city.close()


if __name__ == "__main__":
    asked = folder_asked_for(__doc__ or "", ("cities", ",".join(BELT), "members of the belt, with commas"))
    study(asked.folder, asked.cities.split(","))

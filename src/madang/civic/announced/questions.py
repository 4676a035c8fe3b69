"""The question with which a city's page opens: a policy in figures, and what of it stays.

The words stand in `data/questions.yaml`, the figures in the city file: programmes on the branch, or value added by
industry where there is no branch. An amount that is an assumption is called one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from madang.entities.entity import Document, instance_of, value_of
from madang.entities.query import Query, parse_q, parse_types
from madang.models.industries import INDUSTRIES, TOTAL
from madang.store import Store, View

Pair = dict[str, str]
LANGUAGES = ("ko", "en")
ASSUMED = {"ko": "(가정)", "en": " (assumed)"}
_SUFFIX = re.compile(r"(특별자치|특별|광역)?시$")


def question(store: Store, branch: str = "main") -> Pair:
    """The question of a branch, or of the city as it is, in both languages."""
    view = store.view(branch)
    city = {"ko": short_name(store.city.title["ko"]), "en": store.city.title["en"]}
    if branch != "main":
        return _of_branch(view, city, {language: store.branch(branch).title[language] for language in LANGUAGES})
    return _of_city(view, city)


def short_name(title: str) -> str:
    """A Korean city's name as people say it: 광양시 -> 광양, 세종특별자치시 -> 세종."""
    return _SUFFIX.sub("", title) or title


def _of_branch(view: View, city: Pair, branch: Pair) -> Pair:
    programmes = [p for p in view.documents(Query(types=parse_types("Programme"))) if value_of(p, "amount") is not None]
    amount = sum(value_of(p, "amount") for p in programmes)
    if not programmes or not amount:
        return _filled("branch", city=city, branch=branch)
    assumed = any(value_of(instance_of(p, "amount") or {}, "assumption") for p in programmes)
    said = {language: money(amount, language) + (ASSUMED[language] if assumed else "") for language in LANGUAGES}
    pledged = [value_of(p, "pledgedBy") for p in programmes]
    if all(count is not None for count in pledged):
        companies = {language: f"{sum(pledged):,}" for language in LANGUAGES}
        return _filled("pledges", city=city, companies=companies, amount=said)
    return _filled("programme", city=city, branch=branch, amount=said)


def _of_city(view: View, city: Pair) -> Pair:
    grdp = _latest_grdp(view)
    if grdp is None or not value_of(grdp, TOTAL):
        return _filled("city", city=city)
    parts = [(value_of(grdp, industry.id), industry) for industry in INDUSTRIES]
    value, largest = max(((v, i) for v, i in parts if v is not None), key=lambda found: found[0])
    total = value_of(grdp, TOTAL)
    share = dict.fromkeys(LANGUAGES, f"{100 * value / total:.0f}")
    year = dict.fromkeys(LANGUAGES, str(value_of(grdp, "year")))
    amount = {language: money(total, language) for language in LANGUAGES}
    return _filled("industry", city=city, total=amount, share=share, year=year, industry=largest.label)


def _latest_grdp(view: View) -> Document | None:
    places = set(view.ids(Query(types=parse_types("City"))))
    found = view.documents(Query(types=parse_types("Statistic"), q=parse_q('table=="economy/grdp"')))
    of_city = [statistic for statistic in found if value_of(statistic, "refPlace") in places]
    return max(of_city, key=lambda statistic: int(value_of(statistic, "year")), default=None)


def money(krw: float | int, language: str) -> str:
    """A sum of won as people write it: 1조 3,742억 원, KRW 1.3742 tn."""
    if language == "ko":
        hundred_millions = round(krw / 100_000_000)
        trillions, rest = divmod(hundred_millions, 10_000)
        words = [f"{trillions:,}조" if trillions else "", f"{rest:,}억" if rest else ""]
        return " ".join(word for word in words if word) + " 원" if hundred_millions else f"{krw:,.0f}원"
    for size, word in ((1e12, "tn"), (1e9, "bn"), (1e6, "mn")):
        if abs(krw) >= size:
            return f"KRW {krw / size:,.4f}".rstrip("0").rstrip(".") + f" {word}"
    return f"KRW {krw:,.0f}"


@cache
def _templates() -> Mapping[str, Pair]:
    text = resources.files("madang.civic.data").joinpath("questions.yaml").read_text("utf-8")
    return dict(yaml.safe_load(text))


def _filled(template: str, **figures: Mapping[str, Any]) -> Pair:
    words = _templates()[template]
    return {
        language: words[language].format(**{name: said[language] for name, said in figures.items()})
        for language in LANGUAGES
    }

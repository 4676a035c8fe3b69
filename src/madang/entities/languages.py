"""The language filter (NGSI-LD 4.15): a LanguageProperty as a Property in the best language there is.

Wishes are ranked as in Accept-Language: by weight, then by place; a tag fits a longer one and a shorter one (en fits
en-GB, fr-CH fits fr), whatever its case; weight 0 says "not this". Where nothing fits, any language will do.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from madang.entities.entity import NOT_SUB_ATTRIBUTES, Instance
from madang.errors import DataError

_WISH = re.compile(
    r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*|@none)\s*(?:;\s*q=\s*(0(?:\.\d*)?|1(?:\.0*)?|\.\d+)\s*)?"
)


@lru_cache(maxsize=512)
def parse_languages(text: str) -> tuple[tuple[str, float], ...]:
    """The wishes, best first, with their weights."""
    found = []
    for part in text.strip('"').split(","):
        wish = _WISH.fullmatch(part)
        if wish is None:
            expected = "languages with commas between, such as ko,en;q=0.5,*;q=0.1"
            raise DataError("web.parameter-value", parameter="lang", value=text, expected=expected)
        found.append((wish[1].lower(), 1.0 if wish[2] is None else float(wish[2])))
    return tuple(sorted(found, key=lambda one: -one[1]))


def best_language(texts: dict[str, Any], wishes: tuple[tuple[str, float], ...]) -> str:
    """The tag among those there that fits the wishes best."""
    tags = {tag.lower(): tag for tag in texts}
    refused = {wish for wish, weight in wishes if weight == 0}
    for wish, weight in wishes:
        if weight == 0:
            continue
        if wish == "*":
            found = next((tag for low, tag in tags.items() if low not in refused), None)
        else:
            found = _fitting(wish, tags)
        if found is not None:
            return found
    return next((tag for tag in ("@none", "en", "ko") if tag in texts), next(iter(texts)))


def _fitting(wish: str, tags: dict[str, str]) -> str | None:
    shorter = wish
    while True:
        if shorter in tags:
            return tags[shorter]
        near = next((tag for low, tag in tags.items() if low.startswith(shorter + "-")), None)
        if near is not None:
            return near
        if "-" not in shorter:
            return None
        shorter = shorter.rpartition("-")[0]


def in_language(part: Any, wishes: tuple[tuple[str, float], ...]) -> Any:
    """An attribute in the best language; what is no LanguageProperty stays, apart from what is said about it."""
    if type(part) is list:
        return [in_language(one, wishes) for one in part]
    if type(part) is not dict or "type" not in part:
        return part
    told: Instance = {key: in_language(value, wishes) if key not in NOT_SUB_ATTRIBUTES else value
                      for key, value in part.items() if key != "languageMap"}  # fmt: skip
    if part["type"] != "LanguageProperty":
        return told if "languageMap" not in part else part
    chosen = best_language(part["languageMap"], wishes)
    return {**told, "type": "Property", "value": part["languageMap"][chosen], "lang": chosen}

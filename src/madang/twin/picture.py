"""A picture that a viewer took, as a page that says what it is of: branch, date of the data, sources, licences.

What the page says about the data comes from the city file, by the layers that the caller names; the caller's own are
the title, the text, the legend's words and the picture.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from madang import clock
from madang.documents.picture_page import PicturePage, image_of, to_pdf
from madang.errors import CallerError, Language, sentence
from madang.store import Store
from madang.twin.layers import LayerInfo, layers
from madang.twin.stories import MOST_TEXT, MOST_TITLE, checked_query, checked_title, pair_of

MOST_LEGEND, MOST_SOURCES, MOST_WORDS = 40, 24, 120
TEXT_LETTERS = 1_200  # more would leave the picture no room
MAIN = "main"
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def picture_pdf(store: Store, branch: str, asked: Mapping[str, Any], *, language: Language) -> bytes:
    """The page as PDF."""
    return to_pdf(picture_page(store, branch, asked, language=language))


def picture_page(store: Store, branch: str, asked: Mapping[str, Any], *, language: Language) -> PicturePage:
    """The page, checked and filled in."""
    image = image_of(asked.get("picture"))
    title = checked_title(asked.get("title"))[language]
    text = pair_of(asked.get("text"), most=MOST_TEXT)
    if text is None or len(text[language]) > TEXT_LETTERS:
        raise CallerError("stories.text-wrong", view=1, field="text", most=TEXT_LETTERS)
    shown = _shown(store, branch, asked.get("sources"))
    view = checked_query(asked.get("view") or "")
    synthetic = branch != MAIN or any(layer.status == "synthetic" for layer in shown)
    return PicturePage(
        language=language,
        title=title[:MOST_TITLE],
        image=image,
        text=text[language],
        legend=_legend(asked.get("legend"), language),
        legend_title=sentence("stories.page-legend", language),
        sources=[_source(layer, language) for layer in shown],
        sources_title=sentence("stories.page-sources", language),
        marks=_marks(store, branch, language),
        warning=sentence("stories.page-synthetic-warning", language) if synthetic else "",
        address=_address(store, branch, view, language),
    )


def _legend(given: Any, language: Language) -> list[tuple[str, str]]:
    if given is None:
        return []
    if not isinstance(given, list) or len(given) > MOST_LEGEND:
        found = len(given) if isinstance(given, list) else type(given).__name__
        raise CallerError("stories.legend-wrong", most=MOST_LEGEND, found=found)
    made = []
    for one in given:
        words = pair_of(one.get("text"), most=MOST_WORDS) if isinstance(one, Mapping) else None
        colour = one.get("colour") if isinstance(one, Mapping) else None
        if words is None or not isinstance(colour, str) or not _COLOUR.fullmatch(colour):
            raise CallerError("stories.legend-wrong", most=MOST_LEGEND, found=repr(one)[:60])
        made.append((colour, words[language]))
    return made


def _shown(store: Store, branch: str, given: Any) -> Sequence[LayerInfo]:
    """The layers in the picture."""
    if not given:
        return []
    known = {layer.id: layer for layer in layers(store, branch)}
    few = isinstance(given, list) and len(given) <= MOST_SOURCES
    if not few or not all(isinstance(id, str) and id in known for id in given):
        raise CallerError("stories.sources-wrong", most=MOST_SOURCES, found=repr(given)[:80])
    return [known[id] for id in dict.fromkeys(given)]


def _source(layer: LayerInfo, language: Language) -> str:
    """One line of a layer: title, how real, source, licence, attribution."""
    status = sentence(f"stories.page-{layer.status or 'unstated'}", language)
    source = layer.source[language] if layer.source else sentence("stories.page-no-source", language)
    licence = layer.licence or sentence("stories.page-no-licence", language)
    attribution = f" · {layer.attribution[language]}" if layer.attribution else ""
    return f"{layer.title[language]} [{status}]: {source} · {licence}{attribution}"


def _marks(store: Store, branch: str, language: Language) -> list[str]:
    zone = ZoneInfo(store.city.zone)
    last = store.transaction(store.data_version())
    at = last.at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    which = sentence("stories.page-main", language)
    if branch != MAIN:
        title = store.branch(branch).title
        which = sentence("stories.page-branch", language, title=title.get(language) or branch)
    made = clock.now().astimezone(zone).strftime("%Y-%m-%d")
    return [
        store.city.title.get(language) or store.city.id,
        which,
        sentence("stories.page-data", language, at=at, number=last.number),
        sentence("stories.page-made", language, at=made),
    ]


def _address(store: Store, branch: str, view: str, language: Language) -> str:
    path = f"/city/{store.city.id}/{branch}/-/twin"
    return f"{sentence('stories.page-address', language)}: {path}{'?' + view if view else ''}"

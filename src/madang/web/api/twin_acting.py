"""What the twin's viewer does besides reading: drawing on a branch, sunlight hours, stories, a picture as PDF.

All paths stand under /api/cities/{tenant}; bodies and answers are JSON; metres, degrees, (lon, lat); a text for people
is {"ko": …, "en": …}. Errors are problem details (RFC 9457) with a `code` and a sentence.

Drawing (role propose; on main 409 `drawing.on-main`: make an 안 first, POST branches)

    POST draw   {act, id?, geometry?, by?, values?, reason?}
             -> {transaction, act, ids: [id …], warnings: [{code, text, ids: [id …]}], note}
      act         id     geometry                    by                             values
      place       -      Polygon, or Point for a     -                              {type?, name?, height?,
                         thing without extent                                        floorsAboveGround?, use?, …}
      move        yes    Point: its new middle, or   {eastM, northM}                -
      turn        yes    -                           {degrees} clockwise from above -
      raise       yes    -                           {metres} or {floors}; < 0 lowers, or values:
                                                                                    {height?, floorsAboveGround?}
      change      yes    Polygon: its new outline    -                              {attribute: value …}
      remove      yes    -                           -                              -
      close-road  yes    -                           -                              -     (state: "closed")
      open-road   yes    -                           -                              -     (state: "open")
      add-road    -      LineString                  -                              {name?, lanes?, width?,
                                                                                     maximumAllowedSpeed?, category?}
      zone        -      Polygon                     -                              {use, name?, type?: "Zone"
                                                                                     (default, planned) | "LandUse"}
      `name` is a text or {ko, en}. `type` of place: Building (default), Facility, SolitaryVegetationObject, BusStop …
      Given one of height and floorsAboveGround, the other is estimated at 4 m a storey, 3 m in homes, and says so.
      `ids`: the entity an act is about first. `warnings` never stop an act: drawing.overlaps names the buildings that
      the outline runs into; drawing.solid-dropped says that a solid gave way to the raised outline.
      `note` says that what is drawn is a plan, marked 가상 (synthetic), not built.
    POST draw/undo {}  -> {transaction, act, ids, undoes: transaction undone, warnings, note}
    POST draw/redo {}  -> {transaction, act, ids, redoes: transaction done again, warnings, note}
      409 `drawing.nothing-to-undo`, `drawing.nothing-to-redo`, `drawing.undo-meanwhile`, `drawing.redo-meanwhile`,
      `drawing.built-upon` (facts: who, when, which)
    GET draw (role read; on main empty)
             -> {acts: [{transaction, act, ids, at, actor, reason, undone: bool}], newest first,
                 canUndo: bool, canRedo: bool, note}

Sunlight (role read; on any branch, main too; changes nothing)

    POST sunlight {ids?: [building id …] | plot?: Polygon, side?: "facade"|"roof"|"plot", date: "2026-12-21",
                   from?: "09:00", to?: "15:00", stepMinutes?: 1…60 (10), spacingM?: 0.5…100 (3)}
      `side` is facade for ids, plot for a plot, unless given. Without from and to: the whole day.
             -> {date, zone, solstice: that year's 동지, from, to, stepMinutes, spacingM, reachM,
                 sunrise: "07:43" | null, sunset,
                 samples: [{id: building id | null, lon, lat, height: m above the ground's zero,
                            azimuth: degrees clockwise from north that a façade faces | null,
                            minutes, longest, continuous?, total?}],
                 summary: {samples, least, mean, most,
                           byId: {id: {samples, least, mean, most}},
                           meets: null | {continuous: MEASURE, total: MEASURE, either: {samples, share}}},
                 method: {ko, en}, assumptions: [{ko, en} …], status: "estimated" | "synthetic",
                 obstacles: {counted, estimatedHeight, unknownHeight, synthetic}}
      MEASURE = {label, window: ["09:00", "15:00"], atLeast: 120, samples, share: 0…1, basis: {ko, en}, certainty}
      `meets`, and each sample's `continuous` and `total` minutes, stand on the day of the winter solstice (동지) only.
      They are figures, no verdict.

Stories (read to see, propose to write; records of the city, the same on every branch)

    GET stories              -> [STORY …], newest first
    GET stories/{id}         -> STORY
    POST stories             {title, views: [{title?, text?, view}]} -> STORY (201)
    POST stories/{id}        the same body -> STORY (replaced)
    POST stories/{id}/remove {} -> {removed: id, transaction}
      STORY = {id, kind: "story" | "bookmark" (one view), title: {ko, en}, views: [{title: {ko, en}, text: {ko, en},
               view}], author, created, changed, transaction}
      A text or {ko, en} is taken; one language stands for both. `view` is the query of the twin page's address, kept as
      it is, without "?", at most 2,000 characters of a query; at most 100 views.

Picture (role read)

    POST picture.pdf {title, text?, picture: "data:image/png;base64,…" | "data:image/jpeg;base64,…",
                      legend?: [{colour: "#rrggbb", text}], sources?: [layer id …], view?, lang?: "ko" | "en"}
             -> application/pdf, one A4 page, landscape
      `title`, `text` and a legend's `text`: a text or {ko, en}. `sources` are the ids of the layers in the picture: the
      page prints their title, 실측/추정/가상, source, licence and attribution from the city file, not from the caller.
      At most 12 MB and 40 million pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from madang.errors import CallerError, Language
from madang.twin import drawing, stories, undoing
from madang.twin.drawing import Drawing
from madang.twin.picture import picture_pdf
from madang.twin.sunlight import sunlight
from madang.twin.sunlight_asked import read_asked
from madang.web.api.door import Asked, Door, Table
from madang.web.api.fields import text_field
from madang.web.exchange import Reply

BASE = "/api/cities/{tenant}"


def routes(door: Door) -> Table:
    """The paths of drawing, sunlight, stories and pictures."""
    return [
        ("GET", f"{BASE}/draw", door.reads(_drawn)),
        ("POST", f"{BASE}/draw", door.writes(_draw)),
        ("POST", f"{BASE}/draw/undo", door.writes(_undo)),
        ("POST", f"{BASE}/draw/redo", door.writes(_redo)),
        ("POST", f"{BASE}/sunlight", door.writes(_sunlight, role="read")),
        ("GET", f"{BASE}/stories", door.reads(_stories)),
        ("POST", f"{BASE}/stories", door.writes(_add_story, status=201)),
        ("GET", f"{BASE}/stories/{{id}}", door.reads(_story)),
        ("POST", f"{BASE}/stories/{{id}}", door.writes(_replace_story)),
        ("POST", f"{BASE}/stories/{{id}}/remove", door.writes(_remove_story)),
        ("POST", f"{BASE}/picture.pdf", door.writes(_picture, role="read")),
    ]


# --- drawing --------------------------------------------------------------------------------------------------------


def _draw(asked: Asked) -> dict[str, Any]:
    drawing.check_branch(asked.city.branch_name)
    body = asked.body
    made = Drawing(
        act=text_field(body, "act"),
        id=text_field(body, "id", default="") or None,
        geometry=body.get("geometry"),
        by=_members(body, "by"),
        values=_members(body, "values"),
        reason=text_field(body, "reason", default=""),
    )
    store, branch = asked.city.for_writing(), asked.city.branch_name
    return drawing.draw(store, branch, made, actor=asked.actor, language=asked.language).as_json()


def _undo(asked: Asked) -> dict[str, Any]:
    store, branch = asked.city.for_writing(), asked.city.branch_name
    made, number = undoing.undo(store, branch, actor=asked.actor, language=asked.language)
    return {**made.as_json(), "undoes": number}


def _redo(asked: Asked) -> dict[str, Any]:
    store, branch = asked.city.for_writing(), asked.city.branch_name
    made, number = undoing.redo(store, branch, actor=asked.actor, language=asked.language)
    return {**made.as_json(), "redoes": number}


def _drawn(asked: Asked) -> dict[str, Any]:
    return undoing.history(asked.city.store, asked.city.branch_name).as_json()


def _members(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = body.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise CallerError("web.field-missing", field=name, expected="an object")
    return found


# --- sunlight -------------------------------------------------------------------------------------------------------


def _sunlight(asked: Asked) -> dict[str, Any]:
    return sunlight(asked.city.store, asked.city.branch_name, read_asked(asked.body))


# --- stories --------------------------------------------------------------------------------------------------------


def _stories(asked: Asked) -> list[dict[str, Any]]:
    return stories.stories(asked.city.store)


def _story(asked: Asked) -> dict[str, Any]:
    return stories.story(asked.city.store, asked.parts["id"])


def _add_story(asked: Asked) -> dict[str, Any]:
    title, views = asked.body.get("title"), asked.body.get("views")
    return stories.add(asked.city.for_writing(), title, views, actor=asked.actor, language=asked.language)


def _replace_story(asked: Asked) -> dict[str, Any]:
    store, id = asked.city.for_writing(), asked.parts["id"]
    title, views = asked.body.get("title"), asked.body.get("views")
    return stories.replace(store, id, title, views, actor=asked.actor, language=asked.language)


def _remove_story(asked: Asked) -> dict[str, Any]:
    id = asked.parts["id"]
    number = stories.remove(asked.city.for_writing(), id, actor=asked.actor, language=asked.language)
    return {"removed": id, "transaction": number}


# --- picture --------------------------------------------------------------------------------------------------------


def _picture(asked: Asked) -> Reply:
    language = _language(asked.body.get("lang"), asked.language)
    title = stories.checked_title(asked.body.get("title"))[language]
    data = picture_pdf(asked.city.store, asked.city.branch_name, asked.body, language=language)
    name = "".join(letter for letter in title if letter not in '\\/:*?"<>|' and letter.isprintable())[:80].strip()
    told = f"attachment; filename=\"picture.pdf\"; filename*=UTF-8''{quote((name or 'picture') + '.pdf', safe='')}"
    headers = [
        (b"content-disposition", told.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
    ]
    return Reply(200, data, b"application/pdf", headers)


def _language(told: Any, usual: Language) -> Language:
    languages: dict[Any, Language] = {"ko": "ko", "en": "en"}
    if told is None:
        return usual
    if told not in ("ko", "en"):
        raise CallerError("documents.language-unknown", found=str(told)[:20], known=", ".join(languages))
    return languages[told]

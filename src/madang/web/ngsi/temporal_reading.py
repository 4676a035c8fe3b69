"""Operations that read evolutions: retrieve one, query many, by GET or by POST (5.7.3, 5.7.4; 6.18, 6.19, 6.24).

An answer holds so many instances of an attribute at most (`Settings.most_instances`). What has more is told in parts,
cut at one moment for all attributes and entities, so that whoever goes on from there misses nothing (206, 6.3.10). An
attribute whose instances all lie beyond the cut stands there without any.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from urllib.parse import urlencode

import orjson

from madang.entities.entity import Document
from madang.entities.evolution import (
    SCOPE,
    Evolution,
    Told,
    boundary,
    cut,
    document_of,
    intervals_of,
    last_of,
    text_of,
    within,
)
from madang.entities.georelations import holds
from madang.entities.qlanguage import paths_of
from madang.entities.query import GeoQuery, Query, Selector, may_satisfy, satisfies
from madang.entities.scopes import scope_matches
from madang.errors import DataError, NotFoundError
from madang.store import View
from madang.store.evolution import Wish
from madang.web.exchange import Header, Reply
from madang.web.inthreads import in_thread
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.forms import FORM_PARAMETERS
from madang.web.ngsi.negotiation import Wanted
from madang.web.ngsi.parameters import MAP_PARAMETERS, QUERY_PARAMETERS, flag, parse_query
from madang.web.ngsi.querying import parameters_of, parse_ids
from madang.web.ngsi.temporal_form import OPTIONS, TemporalForm, entity_of, parse_temporal_form, reduced
from madang.web.ngsi.temporal_ranges import (
    AGGREGATION_PARAMETERS,
    RANGE_PARAMETERS,
    Range,
    parameters_of_temporal,
    parse_range,
)

OF_ONE = FORM_PARAMETERS | RANGE_PARAMETERS | AGGREGATION_PARAMETERS | MAP_PARAMETERS | {"type", "local"}
OF_MANY = QUERY_PARAMETERS | RANGE_PARAMETERS | AGGREGATION_PARAMETERS
IN_URL_OF_POST = frozenset({"limit", "offset", "count", "options", "format", "local"}) | MAP_PARAMETERS
IN_ALL = 100  # times as many instances as of one attribute an answer holds of all together

_IN_LINKS = "/:*,;()|=!~'$@[]."


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked for of evolutions."""

    view: View
    range: Range
    form: TemporalForm
    most: int
    query: Query | None = None

    @property
    def is_aggregated(self) -> bool:
        """Whether values are aggregated, and so all of them read."""
        return self.form.aggregation is not None

    def wish(self) -> Wish:
        """What of an evolution has to be read."""
        last = self.range.last
        if self.is_aggregated:
            return Wish(
                self._names(), self.range.period, last, None, False, columns=last is None and not self._filters()
            )
        if self._filters() or self.form.members.datasets is not None or self.form.audit:
            return Wish(self._names(), self.range.period, audit=self.form.audit)
        if last is not None:
            return Wish(self._names(), self.range.period, last=min(last, self.most + 1))
        return Wish(self._names(), self.range.period, first=self.most + 1)

    def narrows(self) -> bool:
        """Whether more than types and ids decides which entities are told."""
        return self._filters() or self.form.names() is not None

    def _filters(self) -> bool:
        query = self.query
        return query is not None and (query.q is not None or query.geo is not None or query.scopes is not None)

    def _names(self) -> frozenset[str] | None:
        names = self.form.names()
        if names is None or self.query is None:
            return names
        named: set[str] = set(names)
        if self.query.q is not None:
            named |= {path.names[0] for path in paths_of(self.query.q)}
        if self.query.geo is not None:
            named.add(self.query.geo.property)
        if self.query.scopes is not None:
            named.add(SCOPE)
        return frozenset(named)


# -- one --------------------------------------------------------------------------------------------------------------


async def retrieve_evolution(asked: Asked, entity_id: str) -> Reply:
    """GET temporal/entities/{id} (5.7.3)."""
    parameters = _without_empty(asked, OF_ONE)
    parse_ids(entity_id)
    for word in ("local", "entityMap", "splitEntities"):
        flag(parameters, word)
    range = parse_range(parameters, required=False)
    form = _form(asked)
    wanted = asked.wanted()
    question = _Question(asked.city.view(), range, form, asked.around.settings.most_instances)
    return await in_thread(_answer_one, asked, question, entity_id, wanted)


def _answer_one(asked: Asked, question: _Question, entity_id: str, wanted: Wanted) -> Reply:
    found = question.view.evolution(entity_id, question.wish())
    if found is None or (_is_bare(found) and not _may_be_bare(question)):
        raise NotFoundError("temporal.evolution-unknown", id=entity_id)
    evolution = _narrowed(reduced(found, question.form), question)
    status, headers, shown = _part([evolution], question)
    body = entity_of(shown[0], question.form, question.range, wanted)
    if not body.keys() - {"@context"}:
        raise NotFoundError("temporal.evolution-unknown", id=entity_id)
    return Reply(status, orjson.dumps(body), wanted.media_type.encode(), [*wanted.headers(), *headers])


def _is_bare(evolution: Evolution) -> bool:
    return not evolution.lines and not evolution.columns


def _may_be_bare(question: _Question) -> bool:
    """Whether an entity without instances is an answer: nothing was asked of them."""
    range = question.range
    return range.relation is None and not range.period.is_asked and question.form.names() is None


# -- many -------------------------------------------------------------------------------------------------------------


async def query_evolutions(asked: Asked) -> Reply:
    """GET temporal/entities/ (5.7.4)."""
    _without_empty(asked, OF_MANY)
    return await _query(asked, pages=True)


async def query_evolutions_by_post(asked: Asked) -> Reply:
    """POST temporal/entityOperations/query: the same as a document (5.2.23, 6.24)."""
    in_url = _without_empty(asked, IN_URL_OF_POST)
    body = await asked.object_body()
    temporal = parameters_of_temporal(body)
    parameters, selectors = parameters_of(body)
    asked.parameters = {**parameters, **temporal, **in_url}
    return await _query(asked, pages=False, selectors=selectors)


async def _query(asked: Asked, *, pages: bool, selectors: tuple[Selector, ...] = ()) -> Reply:
    parameters = asked.parameters
    range = parse_range(parameters, required=True)
    if "orderBy" in parameters and any(
        part.partition(";")[0].strip() != "id" for part in parameters["orderBy"].split(",")
    ):
        raise DataError("temporal.order", value=parameters["orderBy"])
    form = _form(asked, aggregated=not pages and "aggrMethods" in parameters)
    wanted = asked.wanted()
    query = parse_query(parameters, name=asked.stored_name, expand=asked.context().expand, selectors=selectors)
    counting = flag(parameters, "count") is True
    question = _Question(asked.city.view(), range, form, asked.around.settings.most_instances, query)
    return await in_thread(_answer_many, asked, question, wanted, counting, pages)


def _answer_many(asked: Asked, question: _Question, wanted: Wanted, counting: bool, pages: bool) -> Reply:
    query = question.query
    assert query is not None
    assert query.limit is not None
    page: list[Evolution] = []
    count, more = 0, False
    for evolution in _matching(question):
        count += 1
        if query.offset < count <= query.offset + query.limit:
            page.append(evolution)
        elif count > query.offset + query.limit:
            more = True
            if not counting:
                break
    status, headers, shown = _part(page, question)
    written = (entity_of(one, question.form, question.range, wanted) for one in shown)
    body = orjson.dumps([one for one in written if one.keys() - {"@context"}])
    headers += [*wanted.headers(), *(_page_links(asked, query, wanted, more=more) if pages else [])]
    if counting:
        headers.append((b"ngsild-results-count", b"%d" % count))
    return Reply(status, body, wanted.media_type.encode(), headers)


def _matching(question: _Question) -> Iterator[Evolution]:
    """The evolutions a query asks for, one after another."""
    query, view = question.query, question.view
    assert query is not None
    wish = question.wish()
    selecting = replace(query, q=None, geo=None, scopes=None, attrs=(), limit=None, offset=0, order_by=())
    ids = view.each_id(selecting, partial(_may_fit, query, question.form.names()) if question.narrows() else None)
    if query.order_by:
        ids = iter(sorted(ids, reverse=query.order_by[0].descending))
    for found in view.evolutions(ids, wish):
        kept = _kept(found, question, query)
        if kept is not None:
            yield kept


def _may_fit(query: Query, names: frozenset[str] | None, said: Sequence[Document]) -> bool:
    """Whether an evolution out of these documents may match a query, whatever its period (5.7.4.4)."""
    if names is not None and all(names.isdisjoint(doc) for doc in said):
        return False
    if query.q is not None and not may_satisfy(query.q, said):
        return False
    if query.geo is not None and not any(_is_there(query.geo, doc) for doc in said):
        return False
    return query.scopes is None or any(scope_matches(query.scopes, doc.get("scope")) for doc in said)


def _is_there(geo: GeoQuery, doc: Document) -> bool:
    found = doc.get(geo.property)
    return any(
        one.get("type") == "GeoProperty" and holds(geo, one["value"])
        for one in (found if isinstance(found, list) else [found])
        if isinstance(one, dict)
    )


def _kept(found: Evolution, question: _Question, query: Query) -> Evolution | None:
    """What of an evolution a query keeps; None: it does not match (5.7.4.4)."""
    form = question.form
    concerned = form.names() or None
    names = found.lines.keys() | {name for name, _ in found.columns}
    if not (names & concerned if concerned is not None else names):
        return None
    if query.q is not None and not satisfies(query.q, document_of(found)):
        return None
    if query.geo is not None:
        told = found.lines.get(query.geo.property, [])
        if not any(one.instance.get("type") == "GeoProperty" and holds(query.geo, one.instance["value"])
                   for one in told if one.deleted is None):  # fmt: skip
            return None
    if query.scopes is not None:
        scoped = _in_scope(found, question, query)
        if scoped is None:
            return None
        found = scoped
    kept = _narrowed(reduced(found, form), question)
    return None if _is_bare(kept) and form.members.omit is None and form.members.pick is None else kept


def _in_scope(found: Evolution, question: _Question, query: Query) -> Evolution | None:
    """The instances told while a scope that was asked for was valid (4.18, 4.19); None: it never was."""
    whole = question.view.evolution(found.id, Wish(names=frozenset({SCOPE})))
    scopes: list[Told] = whole.lines.get(SCOPE, []) if whole is not None else []
    period = question.range.period
    assert query.scopes is not None
    valid = [
        (start, end)
        for start, end in intervals_of(scopes, lambda value: scope_matches(query.scopes, value))
        if (period.until is None or start < period.until)
        and (end is None or period.since is None or end > period.since)
    ]
    if not valid:
        return None
    lines = {}
    for name, line in found.lines.items():
        if name != SCOPE:
            line = [
                told
                for told in line
                if any(start <= told.order and (end is None or told.order < end) for start, end in valid)
            ]
        if line:
            lines[name] = line
    standing = [told for told in scopes if period.since is not None and told.order < period.since][-1:]
    if standing and standing[0].deleted is None:
        lines[SCOPE] = [*standing, *lines.get(SCOPE, [])]
    return replace(found, lines=lines)


# -- parts ------------------------------------------------------------------------------------------------------------


def _narrowed(evolution: Evolution, question: _Question) -> Evolution:
    """The last instances of each attribute, where that could not be left to the reading."""
    last = question.range.last
    if last is None or question.is_aggregated:
        return evolution
    ordered = {
        name: within(line, replace(question.range.period, is_asked=False)) for name, line in evolution.lines.items()
    }
    return replace(evolution, lines={name: last_of(line, last) for name, line in ordered.items()})


def _part(found: list[Evolution], question: _Question) -> tuple[int, list[Header], list[Evolution]]:
    """What of these evolutions an answer holds: status, headers, and the evolutions, cut where they have to be."""
    if question.is_aggregated:
        return 200, [], found
    range, most = question.range, question.most
    backwards = range.last is not None
    property = range.property
    edge = boundary(found, property, most=most, in_all=most * IN_ALL, backwards=backwards)
    if edge is None:
        return 200, [], found
    shown = [
        replace(one, lines={name: cut(line, property, edge, backwards=backwards) for name, line in one.lines.items()})
        for one in found
    ]
    moments = [told.moment_or_order(property) for one in shown for told in chain.from_iterable(one.lines.values())]
    period = range.period
    if backwards:
        start = period.until if period.until is not None else max(moments)
        end, size = min(moments), str(range.last)
    else:
        start = period.since if period.since is not None else min(moments)
        end, size = max(moments), "*"
    content = f"date-time {text_of(start)}-{text_of(end)}/{size}"
    return 206, [(b"content-range", content.encode())], shown


# -- what both share --------------------------------------------------------------------------------------------------


def _without_empty(asked: Asked, known: frozenset[str]) -> dict[str, str]:
    """The parameters, unknown ones refused; one without a value says nothing."""
    asked.parameters = {name: value for name, value in asked.take_parameters(known).items() if value}
    return asked.parameters


def _form(asked: Asked, *, aggregated: bool = False) -> TemporalForm:
    options = asked.options(OPTIONS)
    form = parse_temporal_form(asked.parameters, options, name=asked.stored_name, aggregated=aggregated)
    for parameter, projection in (("pick", form.members.pick), ("omit", form.members.omit)):
        if projection and any(inner is not None for inner in projection.values()):
            raise DataError("temporal.linked", parameter=parameter)
    return form


def _page_links(asked: Asked, query: Query, wanted: Wanted, *, more: bool) -> list[Header]:
    """Links to the neighbouring pages of entities (6.3.10)."""
    assert query.limit is not None
    pages = []
    if query.offset > 0 and query.limit > 0:
        pages.append(("prev", max(0, query.offset - query.limit)))
    if more and query.limit > 0:
        pages.append(("next", query.offset + query.limit))
    path = asked.request.mount + asked.request.path.rstrip("/")
    found = []
    for relation, offset in pages:
        parameters = sorted({**asked.parameters, "limit": query.limit, "offset": offset}.items())
        target = urlencode(parameters, safe=_IN_LINKS)
        found.append((b"link", f'<{path}?{target}>; rel="{relation}";type="{wanted.media_type}"'.encode()))
    return found

"""SensorThings over HTTP: `/sta/{tenant}/v1.1/…`, GET alone (OGC 18-088, 9.2: paths; 9.3: options).

    Things('urn:…')/Datastreams('urn:…|pm10')/Observations?$orderby=phenomenonTime desc&$top=1
    Datastreams?$filter=ObservedProperty/name eq 'PM10'&$expand=Observations($top=1),Thing/Locations

A path leads from node to node. Where a page of readings is asked for by time or from the newest, only those are read;
any other filter looks at each node, up to a limit that is told. All of it runs off the event loop.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any
from urllib.parse import quote, unquote

from madang import clock
from madang.city import City
from madang.errors import CallerError, NotFoundError
from madang.web.exchange import Reply, Request, json_reply
from madang.web.inthreads import in_thread
from madang.web.sta.expressions import Call, Literal, Path
from madang.web.sta.expressions import Node as Filter
from madang.web.sta.nodes import SETS, Node, Nodes, Span
from madang.web.sta.options import Options, parse_query
from madang.web.tenants import Tenants

VERSION = "v1.1"
MOST_LOOKED_AT = 200_000
CONFORMANCE = (
    "http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel",
    "http://www.opengis.net/spec/iot_sensing/1.1/req/resource-path/resource-path-to-entities",
    "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data",
    "http://www.opengis.net/spec/iot_sensing/1.1/req/data-array/data-array",
)
_STEP = re.compile(r"(\$?\w+)(?:\((.*)\))?", re.DOTALL)
_INSTANT = timedelta(microseconds=1)


class Sta:
    """SensorThings for every city of the server."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    async def answer(self, request: Request) -> Reply:
        """Answer one request under /sta/."""
        if request.method not in ("GET", "HEAD"):
            raise CallerError("web.method-not-allowed", method=request.method, allowed="GET, HEAD")
        _, _, tenant, *rest = request.path.split("/", 4)
        city = self._tenants.city(unquote(tenant))
        if not rest or rest[0] != VERSION:
            raise NotFoundError("sta.no-version", path=unquote(request.path), root=f"/sta/{city.tenant}/{VERSION}/")
        steps = list(_steps(rest[1] if len(rest) > 1 else ""))
        root = f"{request.base_url()}/sta/{quote(unquote(tenant), safe='~')}/{VERSION}"
        return await in_thread(_answer, city, steps, request.query_string, root)


def _steps(path: str) -> Iterator[str]:
    """The steps of a path: slashes within quotes belong to an id."""
    begin, quoted, text = 0, False, unquote(path)
    for at, letter in enumerate(text):
        if letter == "'":
            quoted = not quoted
        elif letter == "/" and not quoted:
            yield text[begin:at]
            begin = at + 1
    if text[begin:]:
        yield text[begin:]


def _answer(city: City, steps: list[str], query_string: str, root: str) -> Reply:
    options = parse_query(query_string)
    if not steps:
        sets = [{"name": name, "url": f"{root}/{name}"} for name in SETS]
        return json_reply({"value": sets, "serverSettings": {"conformance": CONFORMANCE}})
    return _Walk(Nodes(city.view()), root, query_string).answer(steps, options)


class _Walk:
    """One request's way through the nodes."""

    def __init__(self, nodes: Nodes, root: str, query_string: str) -> None:
        self._nodes = nodes
        self._root = root
        self._query_string = query_string

    def answer(self, steps: list[str], options: Options) -> Reply:
        """The node, collection or property at the end of a path."""
        node: Node | None = None
        for at, step in enumerate(steps):
            found = _STEP.fullmatch(step)
            if found is None:
                raise NotFoundError("web.path-unknown", path="/".join(steps))
            name, key = found[1], found[2]
            rest = steps[at + 1 :]
            if node is None:
                if name not in SETS:
                    raise NotFoundError("sta.no-set", set=name, known=", ".join(SETS))
                if key is None:
                    return self._collection(None, name, self._nodes.every(name), options, rest, name)
                node = self._nodes.get(name, _key(key))
            elif name in node.one:
                node = self._there(node.one[name](), name)
            elif name in node.many and key is None:
                path = "/".join(steps[: at + 1])
                return self._collection(node, name, node.many[name](), options, rest, path)
            elif name in node.many:
                wanted = _key(key)
                node = self._there(next((one for one in node.many[name]() if one.id == wanted), None), step)
            elif name in node.fields and key is None:
                return self._property(node, name, rest)
            else:
                raise NotFoundError("sta.no-way", step=step, known=", ".join([*node.links(), *node.fields]))
        assert node is not None
        return json_reply(self.shown(node, options))

    def _there(self, node: Node | None, step: str) -> Node:
        if node is None:
            raise NotFoundError("sta.nothing", step=step)
        return node

    def _property(self, node: Node, name: str, rest: list[str]) -> Reply:
        value = node.fields[name]
        for step in rest:
            if step == "$value":
                text = value if isinstance(value, str) else None
                return (
                    Reply(200, text.encode(), b"text/plain; charset=utf-8") if text is not None else json_reply(value)
                )
            if not isinstance(value, dict) or step not in value:
                raise NotFoundError(
                    "sta.no-way", step=step, known=", ".join(value) if isinstance(value, dict) else "$value"
                )
            value = value[step]
        return Reply(204) if value is None else json_reply({(rest or [name])[-1]: value})

    # --- collections ---------------------------------------------------------------------------------------------

    def _collection(
        self, parent: Node | None, link: str, nodes: Iterable[Node], options: Options, rest: list[str], path: str
    ) -> Reply:
        if rest == ["$ref"]:
            page, _, _ = self._page(parent, link, nodes, options)
            return json_reply({"value": [{"@iot.selfLink": self._self_link(node)} for node in page]})
        if rest:
            raise NotFoundError("web.path-unknown", path="/".join([path, *rest]))
        page, count, more = self._page(parent, link, nodes, options)
        body: dict[str, Any] = {} if count is None else {"@iot.count": count}
        if more:
            body["@iot.nextLink"] = self._next_link(path, options)
        if options.data_array and link == "Observations":
            body["value"] = self._data_array(page)
        else:
            body["value"] = [self.shown(node, options) for node in page]
        return json_reply(body)

    def _page(
        self, parent: Node | None, link: str, nodes: Iterable[Node], options: Options
    ) -> tuple[list[Node], int | None, bool]:
        """The nodes of a page, how many there are when that is asked, and whether there is a next page."""
        narrow = self._narrowed(parent, link, options)
        if narrow is not None:
            nodes, options = narrow
        if options.filter is not None:
            nodes = self._fitting(nodes, options.filter)
        if options.order:
            nodes = self._ordered(list(_limited(nodes)), options)
        if options.count:
            nodes = list(_limited(nodes))
        count = len(nodes) if isinstance(nodes, list) and options.count else None
        found = list(islice(nodes, options.skip, options.skip + options.top + 1))
        return found[: options.top], count, len(found) > options.top

    def _fitting(self, nodes: Iterable[Node], wanted: Filter) -> Iterator[Node]:
        for node in _limited(nodes):
            if wanted.of(partial(self._look, node)) is True:
                yield node

    def _narrowed(self, parent: Node | None, link: str, options: Options) -> tuple[Iterable[Node], Options] | None:
        """Readings of one stream, read by their time or from the newest, as far as the options say that suffices."""
        if link != "Observations" or parent is None or parent.set != "Datastreams":
            return None
        stream = self._nodes.stream_of(parent)
        if stream is None:
            return None
        span, left = _span_of(options.filter)
        newest_first = len(options.order) == 1 and options.order[0] == (Path(("phenomenonTime",)), True)
        if newest_first and left is None and span == (None, None) and not options.count:
            newest = list(self._nodes.readings(*stream, last=options.skip + options.top + 1))
            return newest[::-1], replace(options, order=())
        return self._nodes.readings(*stream, span=span), replace(options, filter=left)

    def _ordered(self, nodes: list[Node], options: Options) -> list[Node]:
        for expression, down in reversed(options.order):
            nodes.sort(key=partial(self._key, expression), reverse=down)
        return nodes

    def _key(self, expression: Filter, node: Node) -> tuple[int, Any]:
        return _sort_key(expression.of(partial(self._look, node)))

    def _look(self, node: Node, path: tuple[str, ...]) -> Any:
        """What stands at the end of a path from a node; of many, the first."""
        for at, step in enumerate(path):
            if step in ("id", "@iot.id"):
                return node.id
            if step in node.one or step in node.many:
                way = node.one[step]() if step in node.one else next(iter(node.many[step]()), None)
                if way is None:
                    return None
                node = way
                continue
            value: Any = node.fields.get(step)
            for inner in path[at + 1 :]:
                value = value.get(inner) if isinstance(value, dict) else None
            return value
        return node.id

    # --- as JSON -------------------------------------------------------------------------------------------------

    def shown(self, node: Node, options: Options) -> dict[str, Any]:
        """A node as the options ask for it."""
        wanted = options.select
        for name in wanted:
            if name not in node.fields and name not in node.links() and name not in ("id", "@iot.id"):
                raise CallerError("sta.no-property", name=name, known=", ".join([*node.fields, *node.links()]))
        link = self._self_link(node)
        body: dict[str, Any] = {}
        if not wanted or {"id", "@iot.id"} & set(wanted):
            body |= {"@iot.id": node.id, "@iot.selfLink": link}
        body |= {name: value for name, value in node.fields.items() if not wanted or name in wanted}
        for name, inner in options.expand.items():
            if name in node.one:
                found = node.one[name]()
                body[name] = None if found is None else self.shown(found, inner)
            elif name in node.many:
                page, count, more = self._page(node, name, node.many[name](), inner)
                body[name] = [self.shown(one, inner) for one in page]
                if count is not None:
                    body[f"{name}@iot.count"] = count
                if more:
                    body[f"{name}@iot.nextLink"] = f"{link}/{name}?$top={inner.top}&$skip={inner.skip + inner.top}"
            else:
                raise CallerError("sta.no-property", name=name, known=", ".join(node.links()))
        for name in node.links():
            if name not in options.expand and (not wanted or name in wanted):
                body[f"{name}@iot.navigationLink"] = f"{link}/{name}"
        return body

    def _data_array(self, page: list[Node]) -> list[dict[str, Any]]:
        """Readings in rows, a block a stream (OGC 18-088, 13)."""
        parts = ["id", "phenomenonTime", "resultTime", "result"]
        blocks: dict[str, list[list[Any]]] = {}
        for node in page:
            stream = node.id.rpartition("@")[0]
            blocks.setdefault(stream, []).append([node.id, *(node.fields[name] for name in parts[1:])])
        return [
            {
                "Datastream@iot.navigationLink": f"{self._root}/Datastreams({_quoted(stream)})",
                "components": parts,
                "dataArray@iot.count": len(rows),
                "dataArray": rows,
            }
            for stream, rows in blocks.items()
        ]

    def _self_link(self, node: Node) -> str:
        return f"{self._root}/{node.set}({_quoted(node.id)})"

    def _next_link(self, path: str, options: Options) -> str:
        kept = [
            one
            for one in self._query_string.split("&")
            if one and unquote(one).partition("=")[0] not in ("$skip", "$top")
        ]
        more = [f"$top={options.top}", f"$skip={options.skip + options.top}"]
        return f"{self._root}/{quote(path, safe='/()')}?{'&'.join([*kept, *more])}"


def _quoted(id: str) -> str:
    return "'" + quote(id.replace("'", "''"), safe=":~") + "'"


def _key(text: str) -> str:
    return text[1:-1].replace("''", "'") if len(text) > 1 and text[0] == text[-1] == "'" else text


def _limited(nodes: Iterable[Node]) -> Iterator[Node]:
    for count, node in enumerate(nodes):
        if count >= MOST_LOOKED_AT:
            raise CallerError("sta.too-many", limit=MOST_LOOKED_AT)
        yield node


def _sort_key(value: Any) -> tuple[int, Any]:
    """Numbers before texts before nothing; a moment sorts as the text it is."""
    if value is None:
        return 2, ""
    return (0, value) if isinstance(value, (int, float)) else (1, str(value))


def _span_of(tree: Filter | None) -> tuple[Span, Filter | None]:
    """The span of time that a filter asks for where that is all or a part of it, and what is left to be asked."""
    parts = (
        list(tree.arguments) if isinstance(tree, Call) and tree.name == "and" else [tree] if tree is not None else []
    )
    since: datetime | None = None
    until: datetime | None = None
    left: list[Filter] = []
    for part in parts:
        bound = _bound(part)
        if bound is None:
            left.append(part)
        elif bound[0] in ("ge", "gt"):
            moment = bound[1] + (_INSTANT if bound[0] == "gt" else timedelta())
            since = moment if since is None else max(since, moment)
        else:
            moment = bound[1] + (_INSTANT if bound[0] == "le" else timedelta())
            until = moment if until is None else min(until, moment)
    return (since, until), None if not left else left[0] if len(left) == 1 else Call("and", tuple(left))


def _bound(part: Filter) -> tuple[str, datetime] | None:
    if not (isinstance(part, Call) and part.name in ("ge", "gt", "le", "lt")):
        return None
    path, value = part.arguments
    if not (
        isinstance(path, Path) and path.steps in (("phenomenonTime",), ("resultTime",)) and isinstance(value, Literal)
    ):
        return None
    if isinstance(value.value, datetime):
        return part.name, value.value.astimezone(UTC)
    try:
        return part.name, clock.from_text(str(value.value))
    except ValueError:
        return None

"""Entities as they are: a JSON list of NGSI-LD entities, normalized, concise or simplified, or one entity a line.

Names are those of the city's @context; a file whose entities carry an @context of their own is read by that, as long as
it is written out or is the core context (nothing is fetched). Each entity passes the same check as one sent over HTTP.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from madang.entities.context import compile_context
from madang.entities.entity import Document, check_entity
from madang.entities.representation import from_simplified, normalize, read_entity
from madang.errors import DataError, MadangError
from madang.sources.base import Loaded, Problems, Tally
from madang.sources.marks import json_kind


class EntitiesSource:
    """Reads NGSI-LD entities from JSON."""

    name = "entities"

    def can_read(self, path: Path) -> bool:
        """JSON whose content is entities."""
        return json_kind(path) == "entities"

    def read(
        self, path: Path, *, type: str | None = None, mapping: Path | None = None, skip_bad: bool = False
    ) -> Loaded:
        """The file's entities, each checked; `type` and `mapping` have no use here, for entities say what they are."""
        tally = Tally("entities")
        problems = Problems(tally, skip_bad)
        made: list[Document] = []
        seen: dict[str, str] = {}
        for number, given in enumerate(_given(path), 1):
            where = f"{path.name}, entity {number}"
            tally.read += 1
            try:
                document = _entity(given, where)
                if document["id"] in seen:
                    raise DataError("sources.duplicate-key", place=where, id=document["id"], first=seen[document["id"]])
            except MadangError as problem:
                problems.add(problem, example=where)
                continue
            seen[document["id"]] = where
            tally.kept += 1
            made.append(document)
        problems.raise_any()
        return Loaded(made, [], {}, tally.report(path.name))


def _given(path: Path) -> list[Any]:
    """The entities as they stand in the file: a list, one entity, a @graph, or one a line."""
    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        parsed = orjson.loads(data)
    except orjson.JSONDecodeError as wrong:
        if path.suffix.lower() == ".jsonl":
            return [_line(path, number, line) for number, line in enumerate(data.splitlines(), 1) if line.strip()]
        raise DataError("sources.bad-json", file=path.name, line=wrong.lineno, why=wrong.msg) from None
    if isinstance(parsed, list):
        return parsed
    if isinstance(parsed, dict) and isinstance(parsed.get("@graph"), list):
        context = parsed.get("@context")
        return [{"@context": context, **one} if context and isinstance(one, dict) else one for one in parsed["@graph"]]
    return [parsed]


def _line(path: Path, number: int, line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as wrong:
        raise DataError("sources.bad-json", file=path.name, line=number, why=wrong.msg) from None


def _entity(given: Any, where: str) -> Document:
    if not isinstance(given, dict):
        raise DataError("entities.not-an-object", place=where, found=type(given).__name__)
    context = given.get("@context")
    if context is None:
        return check_entity(read_entity(given), where=where)
    rest = {name: value for name, value in given.items() if name != "@context"}
    rich = any(
        isinstance(v, dict) and ("type" in v or "value" in v or "object" in v) for n, v in rest.items() if n != "id"
    )
    document = normalize(rest) if rich else from_simplified(rest)
    return check_entity(compile_context(context).to_stored(document), where=where)

"""A CityJSON file: its head, and its stretches of objects over vertices.

A whole document is parsed at once, a sequence line by line. What a file says of itself is checked here: version,
coordinate system, transform, and that neither the file nor a line of it is larger than memory should hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from pyproj import CRS
from pyproj.exceptions import CRSError

from madang.errors import DataError
from madang.sources.cityjson.geometry import Template, templates_of
from madang.sources.solids import Floats
from madang.store.applying import without_collecting

VERSIONS = ("1.1", "2.0")
LARGEST_DOCUMENT = 512 << 20  # bytes; a larger model comes as a sequence
COUNTED_FROM = 200 << 20  # bytes: the vertices of such a document are counted before it is parsed
MOST_VERTICES = 8_000_000  # of a document; some 200 bytes of memory each
LONGEST_LINE = 64 << 20
LISTS = ("materials", "textures", "vertices-texture")


@dataclass(frozen=True)
class Head:
    """What a file says once; `members` are all its root members but the objects and vertices."""

    crs: str
    scale: Floats
    translate: Floats
    members: dict[str, Any]
    templates: tuple[Template, ...]
    stated: str | None = None  # the system that the file names; a mapping may know better

    @property
    def title(self) -> str | None:
        """The title its metadata give."""
        found = (self.members.get("metadata") or {}).get("title")
        return found if isinstance(found, str) else None


@dataclass(frozen=True)
class Part:
    """A stretch of a file: objects over one list of vertices, and the appearance they name."""

    objects: dict[str, Any]
    vertices: list[Any]
    appearance: dict[str, list[Any]]
    where: str


@dataclass(frozen=True)
class Model:
    """A file opened: its head and its parts, which are read when they are asked for."""

    path: Path
    head: Head
    first: Part | None
    is_sequence: bool = False
    count: int | None = field(default=None)

    def parts(self) -> Iterator[Part]:
        """The file's parts, from the beginning each time."""
        if self.first is not None:
            yield self.first
        if self.is_sequence:
            yield from _features(self.path, self.head)


def open_model(path: Path, *, crs: str | None, is_sequence: bool) -> Model:
    """The file's head, checked; `crs`, from a mapping, goes before what the file names."""
    if is_sequence:
        with path.open("rb") as file:
            root = _parsed(_line(path, 1, file.readline(LONGEST_LINE + 1)), path.name, 1)
    else:
        if path.stat().st_size > LARGEST_DOCUMENT:
            raise DataError(
                "citymodels.too-large", file=path.name,
                found=path.stat().st_size >> 20, most=LARGEST_DOCUMENT >> 20,
            )  # fmt: skip
        if path.stat().st_size > COUNTED_FROM and (count := _count_vertices(path)) > MOST_VERTICES:
            raise DataError(
                "citymodels.too-many-vertices", file=path.name, found=f"{count:,}", most=f"{MOST_VERTICES:,}"
            )
        root = _parsed(path.read_bytes(), path.name, None)
    if root.get("type") != "CityJSON":
        raise DataError("citymodels.no-head", file=path.name, found=str(root.get("type"))[:40])
    head = _head(path.name, root, crs)
    where = f"{path.name}, line 1" if is_sequence else path.name
    objects = root.get("CityObjects")
    first = _part(root, where) if objects or not is_sequence else None
    return Model(path, head, first, is_sequence, None if is_sequence else len(first.objects) if first else 0)


def _count_vertices(path: Path) -> int:
    """How many vertices a document lists, no further than too many; read in pieces, nothing is parsed."""
    mark, found, rest = b'"vertices":[[', b"", b""
    count = 0
    with path.open("rb") as file:
        while piece := file.read(8 << 20):
            text = rest + piece.translate(None, b" \t\r\n")
            if not found:
                _, found, after = text.partition(mark)
                if not found:
                    rest = text[-len(mark) :]
                    continue
                text = b"[" + after
            own, end, _ = text.partition(b"]]")
            count += own[: None if end else -1].count(b"[")
            if end or count > MOST_VERTICES:
                break
            rest = text[-1:]  # may be the first half of the end
    return count


def _features(path: Path, head: Head) -> Iterator[Part]:
    with path.open("rb") as file:
        file.readline(LONGEST_LINE + 1)
        number = 1
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            if not line.strip():
                continue
            where = f"{path.name}, line {number}"
            feature = _parsed(_line(path, number, line), path.name, number)
            _check_agrees(feature, head, where)
            if feature.get("type") == "CityJSONFeature":
                part = _part(feature, where)
                if feature.get("id") not in part.objects:
                    raise DataError("citymodels.feature-id", place=where, found=str(feature.get("id"))[:60])
                yield part
            elif feature.get("type") != "CityJSON":
                raise DataError("citymodels.no-feature", place=where, found=str(feature.get("type"))[:40])
            elif feature.get("CityObjects"):
                yield _part(feature, where)


def _check_agrees(feature: dict[str, Any], head: Head, where: str) -> None:
    """A later line may repeat the head, but not say another coordinate system or transform."""
    stated = _metadata(feature, where).get("referenceSystem")
    if stated and crs_name(stated, where) != (head.stated or head.crs):
        raise DataError("citymodels.mixed-crs", place=where, found=str(stated), first=head.stated or head.crs)
    if "transform" in feature:
        scale, translate = _transform(feature, where)
        if not (np.array_equal(scale, head.scale) and np.array_equal(translate, head.translate)):
            raise DataError("citymodels.mixed-transform", place=where)


def _line(path: Path, number: int, line: bytes) -> bytes:
    if len(line) > LONGEST_LINE:
        raise DataError("citymodels.line-too-long", file=path.name, line=number, most=LONGEST_LINE >> 20)
    return line


def _parsed(text: bytes, file: str, line: int | None) -> dict[str, Any]:
    try:
        with without_collecting():
            found = orjson.loads(text.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as wrong:
        raise DataError("sources.bad-json", file=file, line=line or wrong.lineno, why=wrong.msg) from None
    if type(found) is not dict:
        raise DataError("sources.bad-json", file=file, line=line or 1, why="no object")
    return found


def _head(file: str, root: dict[str, Any], crs: str | None) -> Head:
    version = str(root.get("version"))
    if version not in VERSIONS:
        raise DataError("sources.cityjson-version", file=file, found=version[:20], known=", ".join(VERSIONS))
    stated = _metadata(root, file).get("referenceSystem")
    named = crs_name(stated, file) if stated else None
    system = crs_name(crs, file) if crs else named
    if system is None:
        raise DataError("sources.no-crs", file=file, layer=Path(file).stem)
    scale, translate = _transform(root, file) if "transform" in root else (np.ones(3), np.zeros(3))
    members = {name: value for name, value in root.items() if name not in ("type", "CityObjects", "vertices")}
    appearance = _appearance(root, file)
    templates = templates_of(root.get("geometry-templates"), appearance, file)
    if appearance and not any("texture" in template.geometry for template in templates):
        members["appearance"] = {k: v for k, v in root["appearance"].items() if k != "vertices-texture"}
    return Head(system, scale, translate, members, templates, named)


def _metadata(root: dict[str, Any], where: str) -> dict[str, Any]:
    found = root.get("metadata") or {}
    if type(found) is not dict:
        raise DataError("citymodels.wrong-member", place=where, member="metadata")
    return found


def _transform(root: dict[str, Any], where: str) -> tuple[Floats, Floats]:
    found = root["transform"]
    try:
        scale, translate = (np.asarray(found[name], dtype=np.float64) for name in ("scale", "translate"))
    except (TypeError, KeyError, ValueError):
        raise DataError("citymodels.bad-transform", place=where) from None
    fits = scale.shape == translate.shape == (3,) and np.isfinite(scale).all() and np.isfinite(translate).all()
    if not fits or not scale.all():
        raise DataError("citymodels.bad-transform", place=where)
    return scale, translate


def _part(root: dict[str, Any], where: str) -> Part:
    objects, vertices = root.get("CityObjects", {}), root.get("vertices", [])
    if type(objects) is not dict:
        raise DataError("citymodels.wrong-member", place=where, member="CityObjects")
    if type(vertices) is not list:
        raise DataError("sources.bad-vertices", file=where)
    return Part(objects, vertices, _appearance(root, where), where)


def _appearance(root: dict[str, Any], where: str) -> dict[str, list[Any]]:
    found = root.get("appearance") or {}
    if type(found) is not dict or any(type(found.get(name, [])) is not list for name in LISTS):
        raise DataError("citymodels.wrong-member", place=where, member="appearance")
    return {name: found[name] for name in LISTS if name in found}


def crs_name(stated: Any, file: str) -> str:
    """The coordinate system as 'EPSG:7415' from the URL or URN that CityJSON writes."""
    if type(stated) is not str:
        raise DataError("sources.unknown-crs", file=file, found=str(stated)[:80])
    found = re.search(r"EPSG[/:]+[\d.]*[/:]+(\d+)$|EPSG:(\d+)$", stated)
    name = f"EPSG:{found.group(1) or found.group(2)}" if found else stated
    try:
        CRS.from_user_input(name)
    except CRSError:
        raise DataError("sources.unknown-crs", file=file, found=stated[:80]) from None
    return name

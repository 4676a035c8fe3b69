"""The city file as a GeoPackage: each entity type is a layer that QGIS, ogrinfo and pyogrio open.

On main a layer is a view, always up to date: number, geometry, id, name, and the plain attributes of the type. Types
without geometry are attribute views, which also keeps our own tables out of other programs' lists. A layer of a branch
is a table, written when it is asked for and as the branch was then; it is called `Type~branch`.

What GDAL needs, found by trying: the key is called OGC_FID; every computed column has a CAST; the bounds in
gpkg_contents stay NULL, so that they are computed and never wrong. JSON text is taken apart with `->>`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import apsw

from madang import clock
from madang.entities.entity import Document, value_of
from madang.store.indexing import (
    LANGUAGE,
    LINE,
    LINK,
    NUMBER,
    POINT,
    SHAPES,
    SURFACE,
    TEXT,
    TRUTH,
    geometry_blobs,
)
from madang.store.names import Names
from madang.store.rows import every

_PLAIN = {NUMBER: "REAL", TEXT: "TEXT", TRUTH: "INTEGER", LINK: "TEXT", LANGUAGE: "TEXT"}
_GEOMETRY = {POINT: "POINT", LINE: "LINESTRING", SURFACE: "POLYGON", SHAPES: "GEOMETRY"}
_RESERVED = ("gpkg_", "rtree_", "sqlite_", "md_")
_OWN_COLUMNS = {"ogc_fid", "geom", "id"}


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the file, as other programs list it; no geometry type: a table without geometry."""

    name: str
    type: str
    branch: str
    geometry_type: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Column:
    """One attribute as a column."""

    attribute: str
    kind: int
    name: str


def refresh_layers(db: apsw.Connection, names: Names, types: Iterable[int]) -> None:
    """Make main's views of these types anew, with the attributes and geometries the file has by now."""
    for kind in sorted(types):
        found, geometry = _columns(db, names, kind)
        key = names.name(db, kind)
        name = _layer_name(db, kind, key)
        geom = ", g.geom AS geom" if geometry else ""
        columns = "".join(f", {_expression(column)} AS {_quoted(column.name)}" for column in found)
        joined = " JOIN md_geom g ON g.eid = e.eid" if geometry else ""
        db.execute(
            f"DROP VIEW IF EXISTS {_quoted(name)};"
            f"CREATE VIEW {_quoted(name)} AS SELECT e.eid AS OGC_FID{geom}, e.id AS id{columns}"
            f" FROM md_ent e{joined} WHERE e.type = {int(kind)}"
        )
        _register(db, name, key, geometry, kind=kind, branch=0)


def publish_branch(
    db: apsw.Connection, names: Names, *, branch: int, title: str, docs: Mapping[int, Sequence[Document]]
) -> None:
    """Write one table for each type of a branch, and take away those it no longer has."""
    for (name,) in every(db, "SELECT name FROM md_layer WHERE branch = ?", (branch,)):
        _withdraw(db, name)
    for kind in sorted(docs):
        key = names.name(db, kind)
        found, geometry = _columns(db, names, kind)
        name = f"{_layer_name(db, kind, key)}~{title}"
        geom = ", geom BLOB" if geometry else ""
        columns = "".join(f", {_quoted(column.name)} {_PLAIN[column.kind]}" for column in found)
        db.execute(f"CREATE TABLE {_quoted(name)}(OGC_FID INTEGER PRIMARY KEY{geom}, id TEXT{columns})")
        blobs = geometry_blobs(docs[kind])
        rows = []
        for doc, blob in zip(docs[kind], blobs, strict=True):
            if geometry and blob is None:
                continue
            shape = [blob[1]] if geometry and blob is not None else []
            rows.append([None, *shape, doc["id"], *(_value(doc, column) for column in found)])
        width = 2 + bool(geometry) + len(found)
        db.executemany(f"INSERT INTO {_quoted(name)} VALUES({','.join('?' * width)})", rows)
        _register(db, name, key, geometry, kind=kind, branch=branch)


def layers(db: apsw.Connection, names: Names, known: dict[int, str]) -> list[Layer]:
    """Every layer of the file."""
    found = every(db, "SELECT name, type, branch, geometry FROM md_layer ORDER BY branch, name")
    made = []
    for name, kind, branch, geometry in found:
        count = db.execute(f"SELECT count(*) FROM {_quoted(name)}").get
        made.append(Layer(name, names.name(db, kind), known[branch], geometry, count))
    return made


def _columns(db: apsw.Connection, names: Names, kind: int) -> tuple[list[Column], str | None]:
    """A type's plain attributes, name first, and its geometry type."""
    seen: dict[str, set[int]] = {}
    for attr, of in db.execute("SELECT attr, kind FROM md_shape WHERE type = ? AND attr > 0", (kind,)):
        seen.setdefault(names.name(db, attr), set()).add(of)
    shapes = sorted(of for of in seen.pop("location", set()) if of in _GEOMETRY)
    geometry = None if not shapes else _GEOMETRY[shapes[0]] if len(shapes) == 1 else "GEOMETRY"
    plain: list[tuple[str, int]] = []
    for attribute, kinds in seen.items():
        of = [one for one in kinds if one in _PLAIN]
        if of and len(kinds) == 1:
            plain.append((attribute, of[0]))
        elif of:
            plain.append((attribute, TEXT))
    plain.sort(key=lambda column: (column[0] != "name", column[0]))
    taken, made = Counter(_OWN_COLUMNS), []
    for attribute, one in plain:
        name = attribute if not taken[attribute.lower()] else f"{attribute}_{taken[attribute.lower()] + 1}"
        taken[attribute.lower()] += 1
        made.append(Column(attribute, one, name))
    return made, geometry


def _expression(column: Column) -> str:
    """SQL that takes one attribute out of the stored document."""
    inner = f'$."{column.attribute}".'
    if column.kind == LINK:
        return f"CAST(e.doc ->> {_text(inner + 'object')} AS TEXT)"
    if column.kind == LANGUAGE:
        ko, en = (_text(inner + f"languageMap.{tag}") for tag in ("ko", "en"))
        return f"CAST(coalesce(e.doc ->> {ko}, e.doc ->> {en}) AS TEXT)"
    if column.kind == TEXT:  # also what is a number in one entity and text in another
        value, language = _text(inner + "value"), _text(inner + "languageMap.ko")
        return f"CAST(coalesce(e.doc ->> {value}, e.doc ->> {language}, e.doc ->> {_text(inner + 'object')}) AS TEXT)"
    return f"CAST(e.doc ->> {_text(inner + 'value')} AS {_PLAIN[column.kind]})"


def _value(doc: Document, column: Column) -> str | float | int | None:
    found = value_of(doc, column.attribute)
    if isinstance(found, dict):
        found = found.get("ko", found.get("en"))
    if found is None or isinstance(found, (dict, list)):
        return None
    if column.kind == TEXT and not isinstance(found, str):
        return str(found)
    return found  # type: ignore[no-any-return]


def _layer_name(db: apsw.Connection, kind: int, key: str) -> str:
    """The type's own name, unless GeoPackage or another type has it: SQLite does not tell Dong from dong."""
    name = key
    if name.lower().startswith(_RESERVED):
        name = f"type {name}"
    clash = db.execute(
        "SELECT 1 FROM md_layer WHERE lower(name) = lower(?) AND NOT (type = ? AND branch = 0)", (name, kind)
    ).get
    return f"{name} {kind}" if clash else name


def _register(db: apsw.Connection, name: str, key: str, geometry: str | None, *, kind: int, branch: int) -> None:
    _forget(db, name)
    data_type = "features" if geometry else "attributes"
    db.execute(
        "INSERT INTO gpkg_contents(table_name, data_type, identifier, description, last_change, srs_id)"
        " VALUES(?, ?, ?, ?, ?, ?)",
        (name, data_type, name, key, clock.to_text(clock.now())[:-4] + "Z", 4326 if geometry else None),
    )
    if geometry:
        db.execute("INSERT INTO gpkg_geometry_columns VALUES(?, 'geom', ?, 4326, 0, 0)", (name, geometry))
    db.execute("INSERT INTO md_layer VALUES(?, ?, ?, ?)", (name, kind, branch, geometry))


def _withdraw(db: apsw.Connection, name: str) -> None:
    db.execute(f"DROP TABLE IF EXISTS {_quoted(name)}")
    _forget(db, name)


def _forget(db: apsw.Connection, name: str) -> None:
    db.execute("DELETE FROM gpkg_geometry_columns WHERE table_name = ?", (name,))
    db.execute("DELETE FROM gpkg_contents WHERE table_name = ?", (name,))
    db.execute("DELETE FROM md_layer WHERE name = ?", (name,))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"

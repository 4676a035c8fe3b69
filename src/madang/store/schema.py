"""The tables of a city file, as named and ordered steps.

A step is SQL, applied once, in one transaction, and never edited later: a change is a new step. The steps of a file
stand in its own table `md_schema`, because `user_version` belongs to GeoPackage. A file with a step this program does
not know is newer and is refused; a file with fewer is copied beside itself and then upgraded.

Our tables begin with `md_`, so that a layer may bear the name of any entity type. No table is STRICT (GDAL 3.5 then
reports a malformed schema), and `val` columns carry no declared type, or '0031023' would become the number 31023.

    md_ent    every entity that ever was, and what main says of it now (doc NULL: main has it not)
    md_ver    what was said before on main, and everything said on branches: [from_tx, to_tx), append-only
    md_ix     main's values by type and attribute; md_oix the same for branch rows and for main rows that a branch still
              sees, with attribute 0 for the row itself
    md_geo    boxes of main; md_geom its geometries as GeoPackage blobs; md_ogeo boxes of branch rows
    md_obs    observations: rows of a series; a correction at the same instant is a new row
    md_layer  layers. The view madang_log is one from the start: GDAL lists unregistered tables, not all of which it can
              read, unless a file has an attribute layer
    md_tx     transactions, chained by hash; md_chg what each changed, with the salted hash of the new content
    md_hub    what the data hub keeps beside entities: subscriptions, registrations, contexts, maps, snapshots, feeds;
              `doc` is what somebody said, `state` what came of it (counters, last success), which no chain covers
    md_out    notifications that are due, until their endpoint has taken them; md_cursor how far each follower has read
    md_inst   attribute instances given by the temporal API, which no version and no series holds, and (over) what it
              said later of one by its key: another content, or that it is no more (doc NULL); key * is all of them
    md_expiry entities that end of themselves, or whose attributes do, and when the first of it does
    md_segment Parquet files that hold readings moved out of md_obs, with their hashes; md_moving files that are being
              written or are due to be removed; md_gone which readings a rule dropped, and of which transactions
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from madang import clock
from madang.errors import FileError

APPLICATION_ID = 0x47504B47  # 'GPKG'
USER_VERSION = 10300  # GeoPackage 1.3; 1.4 makes GDAL 3.6 warn


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the tables."""

    name: str
    sql: str


GEOPACKAGE = """
CREATE TABLE gpkg_spatial_ref_sys(
  srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents(
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns(
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_extensions(
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined Cartesian', -1, 'NONE', -1, 'undefined', 'undefined Cartesian coordinate reference system'),
  ('Undefined geographic', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system'),
  ('WGS 84', 4326, 'EPSG', 4326,
   'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]',
   'longitude and latitude in degrees');
"""  # noqa: E501 - the definition of EPSG:4326 is one line in the standard

CITY = """
CREATE TABLE md_city(
  uuid TEXT NOT NULL, id TEXT NOT NULL, title TEXT NOT NULL, zone TEXT NOT NULL, synchronous TEXT NOT NULL);
CREATE TABLE md_name(nid INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE md_shape(type INT NOT NULL, attr INT NOT NULL, kind INT NOT NULL, UNIQUE(type, attr, kind));
CREATE TABLE md_ent(
  eid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, lane INT NOT NULL, type INT, from_tx INT NOT NULL, doc TEXT);
CREATE INDEX md_ent_type ON md_ent(type);
CREATE TABLE md_ver(
  vid INTEGER PRIMARY KEY, branch INT NOT NULL, eid INT NOT NULL, type INT, from_tx INT NOT NULL, to_tx INT, doc TEXT);
CREATE UNIQUE INDEX md_ver_key ON md_ver(branch, eid, from_tx);
CREATE TABLE md_ix(type INT NOT NULL, attr INT NOT NULL, val NOT NULL, eid INT NOT NULL,
  PRIMARY KEY(type, attr, val, eid)) WITHOUT ROWID;
CREATE TABLE md_oix(
  branch INT NOT NULL, type INT NOT NULL, attr INT NOT NULL, val NOT NULL, vid INT NOT NULL, eid INT NOT NULL,
  PRIMARY KEY(branch, type, attr, val, vid)) WITHOUT ROWID;
CREATE VIRTUAL TABLE md_geo USING rtree(eid, x0, x1, y0, y1);
CREATE VIRTUAL TABLE md_ogeo USING rtree(vid, b0, b1, x0, x1, y0, y1);
CREATE TABLE md_geom(eid INTEGER PRIMARY KEY, geom BLOB NOT NULL);
CREATE TABLE md_branch(
  bid INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, title TEXT NOT NULL, parent INT, fork_tx INT NOT NULL,
  state TEXT NOT NULL, merged_tx INT);
CREATE TABLE md_tx(
  number INTEGER PRIMARY KEY, at INT NOT NULL, branch INT NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL,
  source TEXT, kind TEXT NOT NULL, facts TEXT NOT NULL, changes INT NOT NULL, salt BLOB NOT NULL, series BLOB,
  said TEXT NOT NULL, changed TEXT NOT NULL, observed TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL);
CREATE INDEX md_tx_at ON md_tx(at);
CREATE TABLE md_chg(
  tx INT NOT NULL, branch INT NOT NULL, eid INT NOT NULL, lane INT NOT NULL, type INT NOT NULL, kind INT NOT NULL,
  salt BLOB NOT NULL, hash BLOB NOT NULL, PRIMARY KEY(tx, branch, eid)) WITHOUT ROWID;
CREATE TABLE md_series(
  sid INTEGER PRIMARY KEY, branch INT NOT NULL, eid INT NOT NULL, type INT NOT NULL, attr INT NOT NULL,
  dataset TEXT NOT NULL, unit TEXT, UNIQUE(eid, attr, dataset, branch));
CREATE TABLE md_obs(
  sid INT NOT NULL, at INT NOT NULL, tx INT NOT NULL, val NOT NULL, PRIMARY KEY(sid, at, tx)) WITHOUT ROWID;
CREATE TABLE md_blob(
  sha256 TEXT PRIMARY KEY, media_type TEXT NOT NULL, size INT NOT NULL, tx INT NOT NULL, data BLOB NOT NULL);
CREATE TABLE md_layer(name TEXT PRIMARY KEY, type INT NOT NULL, branch INT NOT NULL, geometry TEXT);
CREATE VIEW madang_log AS SELECT t.number AS OGC_FID,
  strftime('%Y-%m-%dT%H:%M:%SZ', t.at / 1000000, 'unixepoch') AS at,
  b.name AS branch, t.actor AS actor, t.reason AS reason, t.source AS source, t.kind AS kind, t.hash AS hash
  FROM md_tx t JOIN md_branch b ON b.bid = t.branch;
INSERT INTO gpkg_contents(table_name, data_type, identifier, description, last_change)
  VALUES('madang_log', 'attributes', 'madang_log', 'transactions', '2026-01-01T00:00:00.000Z');
INSERT INTO md_branch VALUES(0, 'main', '{"en":"As it is","ko":"현행"}', NULL, 0, 'open', NULL);
"""

# What was merged, and what of it undone, is read from the transactions: few among many, where feeds write.
MERGES = """
CREATE INDEX md_tx_merge ON md_tx(number) WHERE kind IN ('merge', 'revert');
"""

HUB = """
CREATE TABLE md_hub(
  kind TEXT NOT NULL, branch INT NOT NULL, id TEXT NOT NULL, tx INT NOT NULL, doc TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT '{}', PRIMARY KEY(kind, branch, id)) WITHOUT ROWID;
CREATE TABLE md_cursor(name TEXT PRIMARY KEY, tx INT NOT NULL) WITHOUT ROWID;
CREATE TABLE md_out(
  oid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, endpoint TEXT NOT NULL, kind TEXT NOT NULL,
  subscription TEXT NOT NULL, branch INT NOT NULL, tx INT NOT NULL, made INT NOT NULL,
  tries INT NOT NULL DEFAULT 0, due INT NOT NULL, dead INT NOT NULL DEFAULT 0, problem TEXT, manner TEXT NOT NULL,
  body BLOB NOT NULL);
CREATE INDEX md_out_endpoint ON md_out(endpoint, dead, oid);
CREATE INDEX md_out_owner ON md_out(subscription, dead);
CREATE INDEX md_out_dead ON md_out(dead, oid);
CREATE TABLE md_inst(
  nid INTEGER PRIMARY KEY, branch INT NOT NULL, eid INT NOT NULL, attr INT NOT NULL, dataset TEXT NOT NULL,
  key TEXT NOT NULL, over INT NOT NULL, at INT, tx INT NOT NULL, doc TEXT);
CREATE INDEX md_inst_time ON md_inst(eid, attr, dataset, at);
CREATE INDEX md_inst_over ON md_inst(eid) WHERE over = 1;
CREATE INDEX md_inst_tx ON md_inst(tx);
CREATE TABLE md_expiry(
  at INT NOT NULL, branch INT NOT NULL, eid INT NOT NULL, PRIMARY KEY(at, branch, eid)) WITHOUT ROWID;
CREATE TABLE md_segment(
  path TEXT PRIMARY KEY, compaction TEXT NOT NULL, sha256 TEXT NOT NULL, size INT NOT NULL, rows INT NOT NULL,
  first INT NOT NULL, last INT NOT NULL, first_tx INT NOT NULL, tx INT NOT NULL) WITHOUT ROWID;
CREATE INDEX md_segment_last ON md_segment(last);
CREATE TABLE md_moving(path TEXT PRIMARY KEY, compaction TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE md_gone(
  tx INTEGER PRIMARY KEY, rows INT NOT NULL, segments TEXT NOT NULL, transactions BLOB NOT NULL);
"""

STEPS: Sequence[Step] = (
    Step("geopackage", GEOPACKAGE), Step("city", CITY), Step("merges", MERGES), Step("hub", HUB),
)  # fmt: skip


def is_city(db: apsw.Connection) -> bool:
    """Whether the database has our table of steps."""
    return bool(db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'md_schema'").get)


def steps_of(db: apsw.Connection) -> list[str]:
    """The names of the steps a file has, in order."""
    return [name for (name,) in db.execute("SELECT name FROM md_schema ORDER BY step")]


def mark(db: apsw.Connection) -> None:
    """Say in the header that this is a GeoPackage, and of which version."""
    db.pragma("application_id", APPLICATION_ID)
    db.pragma("user_version", USER_VERSION)


def build(db: apsw.Connection, steps: Sequence[Step] | None = None) -> None:
    """Lay all tables into an empty database."""
    db.execute("CREATE TABLE md_schema(step INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, applied_at TEXT NOT NULL)")
    for step in STEPS if steps is None else steps:
        _apply(db, step)


def missing(db: apsw.Connection, path: Path, steps: Sequence[Step] | None = None) -> list[Step]:
    """The steps a file still needs; a file with a step we do not know is newer, and refused."""
    known = list(STEPS if steps is None else steps)
    found = steps_of(db)
    if found != [step.name for step in known[: len(found)]]:
        unknown = next((name for name in found if name not in {step.name for step in known}), found[-1])
        raise FileError("store.newer", path=str(path), step=unknown, steps=len(found), known=len(known))
    return known[len(found) :]


def upgrade(db: apsw.Connection, path: Path, steps: Sequence[Step] | None = None) -> Path | None:
    """Copy an older file beside itself and bring it up to date; gives the copy's path, or None if nothing was due."""
    due = missing(db, path, steps)
    if not due:
        return None
    kept = path.with_name(f"{path.stem}.before-{due[0].name}{path.suffix}")
    kept.unlink(missing_ok=True)
    db.execute("VACUUM INTO ?", (str(kept),))
    for step in due:
        with db:
            _apply(db, step)
    return kept


def _apply(db: apsw.Connection, step: Step) -> None:
    db.execute(step.sql)
    applied: tuple[Any, ...] = (step.name, clock.to_text(clock.now()))
    db.execute("INSERT INTO md_schema(name, applied_at) VALUES(?, ?)", applied)

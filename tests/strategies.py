"""Entities of every kind, for property tests of any room: import these, don't write your own.

    from hypothesis import given
    from strategies import documents           # tests/ is on the path: see pyproject.toml

Documents are normalized, with stored short names, and pass `check_entity`.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from madang.entities.context import core_context_document
from madang.entities.vocabulary import all_attributes, all_types

DATASETS = ("urn:ngsi-ld:Dataset:kosis:2020", "urn:ngsi-ld:Dataset:field:1", "urn:x:y")
OWN_NAMES = ("population", "name", "source", "status", "area", "title", "refCity", "height")
FREE_NAMES = ("소음", "noise_level", "x1", "temp2m", "Größe")
IRIS = ("http://example.org/noise", "urn:madang:vocab:notYet", "https://smartdatamodels.org/dataModel.Parks/Park")
UNITS = ("KMK", "IE", "KRW", "P1", "CEL", "{household}", "kW.h/m2")


# Core terms that @context gives a shape of their own (lists, maps, ids): not names anyone should choose.
_RESERVED = frozenset(core_context_document()["@context"]) | {"lang"}
names = st.sampled_from([*OWN_NAMES, *FREE_NAMES]) | st.from_regex(r"\A[a-z][a-zA-Z0-9_]{0,6}\Z").filter(
    lambda name: name not in _RESERVED
)
type_names = st.sampled_from(["Dong", "City", "Building", "Programme", "Claim", "공원", "MyThing", *IRIS[2:]])
uris = st.builds(
    "urn:ngsi-ld:{}:{}:{}".format, st.sampled_from(["City", "Dong", "공장"]), st.sampled_from("ab"), st.integers(0, 99)
)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12).filter(
    lambda text: text != "urn:ngsi-ld:null"
)
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False, width=32)
scalars = texts | numbers | st.booleans()
moments = st.datetimes().map(lambda moment: moment.isoformat(timespec="microseconds") + "Z")


def json_values(*, nulls: bool = False) -> st.SearchStrategy[Any]:
    """JSON of any shape; null only where the standard lets it live."""
    leaves = scalars | st.none() if nulls else scalars
    keys = texts.filter(lambda key: not key.startswith("@"))
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=5
    )


lons = st.floats(126.0, 129.0, width=32)
lats = st.floats(34.0, 38.0, width=32)
positions = st.tuples(lons, lats).map(list)


@st.composite
def rings(draw: st.DrawFn) -> list[list[float]]:
    """A closed ring around a rectangle."""
    lon, lat = draw(lons), draw(lats)
    width, height = draw(st.floats(0.001, 0.1)), draw(st.floats(0.001, 0.1))
    east, north = lon + width, lat + height
    return [[lon, lat], [east, lat], [east, north], [lon, north], [lon, lat]]


geometries = st.one_of(
    positions.map(lambda position: {"type": "Point", "coordinates": position}),
    st.lists(positions, min_size=2, max_size=4).map(lambda line: {"type": "LineString", "coordinates": line}),
    rings().map(lambda ring: {"type": "Polygon", "coordinates": [ring]}),
    st.lists(rings(), min_size=1, max_size=2).map(
        lambda found: {"type": "MultiPolygon", "coordinates": [[ring] for ring in found]}
    ),
)
language_maps = st.dictionaries(
    st.sampled_from(["ko", "en", "ko-KR", "@none"]),
    texts | st.lists(texts, min_size=1, max_size=2),
    min_size=1,
    max_size=3,
)

_VALUES: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "Property": ("value", json_values()),
    "GeoProperty": ("value", geometries),
    "Relationship": ("object", uris | st.lists(uris, min_size=1, max_size=3)),
    "LanguageProperty": ("languageMap", language_maps),
    "VocabProperty": ("vocab", st.sampled_from(["Male", "population", "http://example.org/x"])),
    "ListProperty": ("valueList", st.lists(json_values(), max_size=3).filter(lambda v: v != ["urn:ngsi-ld:null"])),
    "ListRelationship": ("objectList", st.lists(uris.map(lambda id: {"object": id}), max_size=3)),
    "JsonProperty": ("json", json_values(nulls=True).filter(lambda value: type(value) in (dict, list))),
}


@st.composite
def instances(
    draw: st.DrawFn, *, kind: str | None = None, dataset_id: str | None = None, depth: int = 1
) -> dict[str, Any]:
    """One attribute instance of a kind, or of any; with sub-attributes down to `depth`."""
    kind = kind or draw(st.sampled_from(sorted(_VALUES)))
    member, values = _VALUES[kind]
    made: dict[str, Any] = {"type": kind, member: draw(values)}
    if draw(st.booleans()):
        made["observedAt"] = draw(moments)
    if kind in ("Property", "ListProperty") and draw(st.booleans()):
        made["unitCode"] = draw(st.sampled_from(UNITS))
    if dataset_id is not None:
        made["datasetId"] = dataset_id
    if depth > 0:
        subs = st.dictionaries(names, instances(depth=depth - 1), max_size=2)
        made |= draw(subs.filter(lambda found: not found.keys() & made.keys()))
    return made


@st.composite
def attributes(draw: st.DrawFn, *, kind: str | None = None) -> Any:
    """An attribute: one instance, or several with different datasetIds."""
    if draw(st.integers(0, 3)):
        return draw(instances(kind=kind))
    datasets = draw(st.lists(st.sampled_from([None, *DATASETS]), min_size=2, max_size=3, unique=True))
    return [draw(instances(kind=kind, dataset_id=dataset)) for dataset in datasets]


@st.composite
def documents(draw: st.DrawFn, *, entity_id: str | None = None, max_attributes: int = 4) -> dict[str, Any]:
    """A whole entity."""
    types = draw(st.lists(type_names, min_size=1, max_size=2, unique=True))
    made: dict[str, Any] = {"id": entity_id or draw(uris), "type": types[0] if len(types) == 1 else types}
    if draw(st.integers(0, 4)) == 0:
        made["scope"] = draw(st.sampled_from(["/gyeonggi/seongnam", ["/gyeonggi", "/smart"]]))
    made |= draw(st.dictionaries(names | st.sampled_from(IRIS[:2]), attributes(), max_size=max_attributes))
    return made


VOCABULARY_NAMES = tuple(info.name for info in (*all_types(), *all_attributes()))  # type: ignore[attr-defined]

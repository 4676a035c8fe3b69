"""Mapping files: whatever stands in one, it is read or refused by a sentence with its line."""

import itertools
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from madang.entities.entity import value_of
from madang.errors import DataError, MadangError
from madang.sources import base
from madang.sources.mapping import MappingFile, read_mapping
from madang.store import Store

METHOD = {"ko": "층수", "en": "Storeys"}
DERIVED = {"from": "n", "times": 2, "unit": "MTR", "status": "estimated", "method": METHOD}
WHOLE = {
    "type": "Firm",
    "authority": "test",
    "key": "id",
    "encoding": "utf-8",
    "crs": "EPSG:4326",
    "sheet": "Sheet1",
    "layer": "firms",
    "missing": ["", "-"],
    "leave_out": ["no-place"],
    "dataset": {"id": "firms", "title": METHOD, "publisher": "Test", "licence": "CC0-1.0", "status": "synthetic"},
    "period": "2026",
    "columns": {
        "n": {"attribute": "employees", "type": "number", "unit": "IE", "factor": 2, "zero": "missing"},
        "d": {"attribute": "since", "type": "date", "format": "%Y", "language": "ko"},
        "p": {"attribute": "refParcel", "refers": "urn:ngsi-ld:Parcel:mois:{}", "must_match": True},
    },
    "place": {"lon": "x", "lat": "y"},
    "time": {"column": "t", "format": "%Y", "zone": "Asia/Seoul"},
    "constants": {"refCity": {"refers": "urn:ngsi-ld:City:kostat:1"}, "category": "street", "name": METHOD},
    "derive": {"height": DERIVED},
}


def written(folder: Path, mapping: Any) -> Path:
    path = folder / "m.yaml"
    path.write_text(mapping if isinstance(mapping, str) else yaml.safe_dump(mapping, allow_unicode=True), "utf-8")
    return path


def refused(folder: Path, **change: Any) -> str:
    with pytest.raises(DataError) as caught:
        read_mapping(written(folder, WHOLE | change))
    assert caught.value.code == "sources.mapping-wrong"
    assert "m.yaml, line " in caught.value.message("en")
    return caught.value.message("en")


def test_a_mapping_with_everything_is_read(tmp_path: Path) -> None:
    assert isinstance(read_mapping(written(tmp_path, WHOLE)), MappingFile)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"columns": {"n": {"attribute": "x", "factor": "abc"}}}, "found abc; expected factor: 0.01"),
        ({"columns": {"n": {"attribute": "x", "must_match": "no"}}}, "found no; expected true, false"),
        ({"columns": {"n": {"attribute": "x", "format": "%Y %Y"}}}, "found %Y %Y"),
        ({"columns": {"n": {"attribute": "type"}}}, "found type"),
        ({"columns": {"n": 3}}, "found 3; expected column: attribute"),
        ({"leave_out": 3}, "found 3; expected leave_out: [no-key, no-place, no-geometry]"),
        ({"leave_out": "no-key"}, "found no-key"),
        ({"missing": 3}, 'found 3; expected missing: ["-", "nan"]'),
        ({"derive": {"height": DERIVED | {"times": "x"}}}, "found x; expected times: 4.0"),
        ({"derive": {"height": DERIVED | {"method": "y"}}}, "found y; expected method: {ko"),
        ({"derive": {"height": DERIVED | {"time": 1}}}, "found time"),
        ({"derive": {"height": 3}}, "found 3"),
        ({"derive": 3}, "found 3"),
        ({"constants": 3}, "found 3"),
        ({"dataset": {"id": "x", "title": ["a"]}}, "found ['a']"),
        ({"crs": [1]}, "found [1]; expected crs: EPSG:5186"),
        ({"crs": "EPSG:1"}, "found EPSG:1"),
        ({"authority": "a b"}, "found a b"),
        ({"key": []}, "key: a column"),
        ({"time": {"column": "t", "zone": 3}}, "found 3; expected zone: Asia/Seoul"),
        ({"time": {"column": "t", "zone": "Asia"}}, "found Asia; expected zone: Asia/Seoul"),
        ({"place": {"refers": "urn:x:{}"}}, "expected place: {lon: column"),
        ({"place": {"refers": "Dong", "column": "c"}}, "found Dong"),
    ],
)
def test_a_wrong_value_is_named_with_its_line(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    assert words in refused(tmp_path, **change)


def test_a_constant_that_is_no_good_attribute_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"m\.yaml, line \d+"):
        read_mapping(written(tmp_path, WHOLE | {"constants": {"refCity": {"refers": "Seongnam"}}}))


@pytest.mark.parametrize(
    "text",
    [
        "type: Firm\n? [a, b]\n: c\n",
        "type: Firm\ncolumns: {? {a: b} : c}\n",
        "type: Firm\ncolumns: &a [*a]\n",
        "type: Firm\nperiod: !!int abc\ncolumns: {a: b}\n",
        "type: Firm\nperiod: !nosuch abc\ncolumns: {a: b}\n",
        "type: Firm\nperiod: 2026-02-30\ncolumns: {a: b}\n",
        "type: Firm\nperiod: !!binary é\ncolumns: {a: b}\n",
        "- a\n",
        "",
        "\x00",
        "[" * 5000,
    ],
)
def test_strange_yaml_is_read_or_refused_by_a_sentence(tmp_path: Path, text: str) -> None:
    only_our_errors(written(tmp_path, text))


def test_what_looks_like_a_date_and_is_none_stays_a_text(tmp_path: Path) -> None:
    assert read_mapping(written(tmp_path, "type: Firm\nperiod: 2026-02-30\ncolumns: {a: b}\n")).period == "2026-02-30"


def only_our_errors(path: Path) -> None:
    """Read a mapping, and a table by it."""
    table = path.with_name("firms.csv")
    table.write_text("id,n,d,p,x,y,t,no,true,\n1,2,2020,3,127,37,2020,a,b,c\n", "utf-8")
    with suppress(MadangError):
        assert isinstance(read_mapping(path), MappingFile)
        base.read(table, mapping=path)


WORDS = st.sampled_from(
    ["", "x", "no", "true", "Firm", "MTR", "auto", "date", "ko", "estimated", "%Y", "%Q %", "urn:x:{}", "EPSG:5186",
     "EPSG:5773", "Asia/Seoul", "../x", "no-key", "attribute", "refers", "\0", "type", "name", "from", "times"]
)  # fmt: skip
ATOMS = st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.binary(max_size=3) | WORDS
VALUES = st.recursive(
    ATOMS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def paths_into(value: Any, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every key of a nested mapping."""
    found = [at] if at else []
    for key, inner in value.items() if isinstance(value, dict) else ():
        found += paths_into(inner, (*at, key))
    return found


def changed(value: Any, path: tuple[str, ...], new: Any) -> Any:
    return new if not path else {**value, path[0]: changed(value[path[0]], path[1:], new)}


@given(path=st.sampled_from(paths_into(WHOLE)), new=VALUES)
@example(path=("columns", "n", "factor"), new="abc")
@example(path=("missing",), new=3)
def test_any_value_at_any_key_is_read_or_refused_by_a_sentence(path: tuple[str, ...], new: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        only_our_errors(written(Path(folder), changed(WHOLE, path, new)))


# --- place by a code -------------------------------------------------------------------------------------------------

BY_CODE = """\
type: Firm
key: id
leave_out: [no-place]
columns: {name: name}
place: {refers: "urn:ngsi-ld:Dong:kostat-2020:{}", column: ADM_CD}
"""


@pytest.fixture
def town(tmp_path: Path) -> Any:
    with Store.create(tmp_path / "town.gpkg", city_id="town", title={"ko": "마을", "en": "Town"}) as store:
        with store.transact(actor="test", reason="a place") as tx:
            tx.put({"id": "urn:ngsi-ld:Dong:kostat-2020:3102374", "type": "Dong"})
        yield store


def firms(folder: Path, rows: str) -> Path:
    (folder / "firms.csv").write_text("id,name,ADM_CD\n" + rows, "utf-8")
    return folder / "firms.csv"


def test_a_place_by_a_code_is_a_relationship_whose_matches_are_counted(tmp_path: Path, town: Store) -> None:
    rows = "1,가,3102374\n2,나,9999999\n3,다,\n"
    loaded = base.read(firms(tmp_path, rows), mapping=written(tmp_path, BY_CODE))
    assert [value_of(doc, "refDong") for doc in loaded.entities] == [
        "urn:ngsi-ld:Dong:kostat-2020:3102374",
        "urn:ngsi-ld:Dong:kostat-2020:9999999",
    ]
    assert loaded.report.left_out == {"no-place": 1}
    facts = base.check_joins(town.view(), loaded).facts
    assert (facts["refDong.matched"], facts["refDong.unmatched"]) == (1, 1)


def test_a_place_by_a_code_without_the_code_is_named(tmp_path: Path) -> None:
    mapping = written(tmp_path, BY_CODE.replace("leave_out: [no-place]\n", ""))
    with pytest.raises(DataError, match=r"firms\.csv, line 2: no code of a place in ADM_CD"):
        base.read(firms(tmp_path, "3,다,\n"), mapping=mapping)


def test_codes_that_are_all_unknown_refuse_the_file(tmp_path: Path, town: Store) -> None:
    loaded = base.read(firms(tmp_path, "2,나,9999999\n"), mapping=written(tmp_path, BY_CODE))
    with pytest.raises(DataError, match="none of them is in the city"):
        base.write(town, [loaded], actor="test", reason="load")


def test_a_place_by_a_code_of_a_kind_without_a_word_is_called_refplace(tmp_path: Path) -> None:
    mapping = read_mapping(written(tmp_path, BY_CODE.replace(":Dong:", ":Block:")))
    assert [column.attribute for column in mapping.columns] == ["name", "refPlace"]


# --- mappings without columns ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["", "type: Firm\n", "type: Dataset\n"])
def test_a_table_needs_columns(tmp_path: Path, start: str) -> None:
    with pytest.raises(DataError, match="found no columns"):
        base.read(firms(tmp_path, "1,가,3\n"), mapping=written(tmp_path, start + "authority: test\n"))


def test_aliases_that_stand_for_billions_of_values_are_refused(tmp_path: Path) -> None:
    names = [f"k{n}" for n in range(40)]
    lines = ["k0: &k0 [x]", *(f"{b}: &{b} [*{a}, *{a}]" for a, b in itertools.pairwise(names))]
    (tmp_path / "bomb.yaml").write_text("\n".join(lines), "utf-8")
    with pytest.raises(DataError, match="too many values"):
        read_mapping(tmp_path / "bomb.yaml")

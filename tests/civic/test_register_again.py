"""A register that comes again, sent files, rubbish at the doors, and kills: all of it or nothing, told by row."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from civic.investing import CITY, adopted, empty_city, standing
from loops import in_a_loop_of_its_own
from madang.city import City
from madang.civic.investment import facts
from madang.civic.investment.register import write_register
from madang.civic.investment.register_sample import sample_register
from madang.errors import DataError, MadangError
from madang.store import Store
from madang.web.access import Caller, start_access
from madang.web.api import investment as api
from madang.web.api.door import Asked
from madang.web.app import create_app

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with standing(), empty_city(tmp_path / "city.gpkg") as made:
        write_register(tmp_path / "first.csv", sample_register())
        made.investment.import_register(tmp_path / "first.csv", status="synthetic", reason="9월 명부", by="t")
        yield made


def register(path: Path, **changed: dict[str, Any]) -> Path:
    """The register of the month after: `row7={…}` changes the seventh company."""
    rows = sample_register()
    for key, told in changed.items():
        rows[int(key.removeprefix("row")) - 1] |= told
    write_register(path, rows)
    return path


def refused(city: City, path: Path) -> str:
    before = city.store.data_version()
    with pytest.raises(DataError) as found:
        city.investment.import_register(path, again=True, reason="10월", by="t")
    assert city.store.data_version() == before
    return found.value.message("ko")


def test_a_register_that_did_not_change_changes_nothing(city: City, tmp_path: Path) -> None:
    before = city.investment.pipeline().as_json()
    city.investment.export_register(tmp_path / "out.xlsx")
    for path in (register(tmp_path / "again.csv"), tmp_path / "out.xlsx"):
        done = city.investment.import_register(path, again=True, reason="10월", by="t").as_json()
        assert (done["entered"], done["changed"], done["unchanged"], done["warnings"]) == (0, 0, 34, [])
    after = city.investment.pipeline().as_json()
    assert [one["pledged"] for one in after["companies"]] == [one["pledged"] for one in before["companies"]]
    assert after["history"] == before["history"]


def test_what_changed_is_told_before_and_recorded_after(city: City, tmp_path: Path) -> None:
    rows = sample_register()
    rows[0] |= {"stage": "계약", "stage_on": "2026-10-05", "contracted": 1_000_000, "evidence": "계약 7"}
    rows[3] |= {"realised": rows[3]["contracted"], "stage_on": "2026-10-06"}
    rows[4]["site"] = "다른 산단"
    rows[6] |= {"standing": rows[6]["pledged"] - 7, "stage_on": "2026-10-07"}
    gone = rows.pop()
    rows.append({"company": "가상기업 99", "number": "새 1", "pledged": 5, "signed_on": "2026-10-01"})
    write_register(tmp_path / "october.xlsx", rows)
    door, before = city.investment, city.store.data_version()
    told = door.import_register(tmp_path / "october.xlsx", again=True, dry_run=True, reason="10월", by="t").as_json()
    assert city.store.data_version() == before
    assert (told["entered"], told["changed"], told["unchanged"]) == (1, 3, 30)
    assert {one["line"]: [record["stage"] for record in one["records"]] for one in told["changes"]} == {
        2: ["contracted"], 5: ["under-construction"] if rows[3]["stage"] == "착공" else ["permitted"], 8: ["reduced"],
        35: [],
    }  # fmt: skip
    said = " ".join(one["ko"] for one in told["warnings"])
    assert "6행: 입지" in said
    assert gone["company"] in said
    done = door.import_register(tmp_path / "october.xlsx", again=True, reason="10월", by="t").as_json()
    assert done["changes"] == [
        {**one, "memorandum": two["memorandum"]} for one, two in zip(told["changes"], done["changes"], strict=True)
    ]
    found = {one.company: one for one in door.pipeline().companies}
    assert (found["가상기업 01"].stage, found["가상기업 01"].since) == ("contracted", "2026-10-05")
    assert found["가상기업 07"].standing.standing == rows[6]["pledged"] - 7
    assert found["가상기업 05"].site != "다른 산단"
    assert gone["company"] in found
    assert door.history(found["가상기업 01"].id)[0]["reason"] == "10월"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"row6": {"stage": "협약", "stage_on": "2026-10-01"}}, "7행"),
        ({"row5": {"realised": 0, "stage_on": "2026-10-01"}}, "6행"),
        ({"row5": {"pledged": 10**13, "evidence": None}}, "근거"),
        ({"row5": {"pledged": 10**10, "contracted": 1, "realised": 0}}, "유효협약액"),
        ({"row2": {"stage": "계약", "stage_on": "2027-01-01"}}, "3행"),
        ({"row4": {"realised": 9_000_000_000, "stage_on": "2021-01-01"}}, "마지막 기록"),
        ({"row1": {"stage": "계약", "contracted": 5, "stage_on": "2019-01-01"}}, "체결"),
    ],
)
def test_a_row_that_may_not_follow_is_named_and_nothing_is_written(
    city: City, tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    good = {"row7": {"contracted": None}}
    assert said in refused(city, register(tmp_path / "bad.csv", **good, **changed))


def test_going_back_is_recorded_with_its_cause(city: City, tmp_path: Path) -> None:
    row = {"stage": "착공", "realised": 1, "because": "화재로 가동 중단", "stage_on": "2026-10-01"}
    city.investment.import_register(register(tmp_path / "r.csv", row5=row), again=True, reason="10월", by="t")
    found = next(one for one in city.investment.pipeline().companies if one.company == "가상기업 05")
    assert (found.stage, found.standing.realised) == ("under-construction", 1)
    assert city.investment.history(found.id)[0]["because"] == "화재로 가동 중단"


# --- killed on purpose -----------------------------------------------------------------------------------------------

KILLED = """
import os, sys
from pathlib import Path
from madang.civic.investment import facts, register, stage_records
from madang.store import Store
store = Store.open(sys.argv[1], write=True)
fact, left = facts.fact, int(sys.argv[3])
def die(*args, **more):
    global left
    made = fact(*args, **more)
    left -= 1
    if left == 0:
        os._exit(9)
    return made
facts.fact = die
if sys.argv[2] == "stage":
    stage_records.record_stage(
        store, "가상기업 01", stage="contracted", contracted=5, on="2026-10-01", reason="r", actor="t")
else:
    register.import_register(store, Path(sys.argv[2]), again=True, reason="r", actor="t")
os._exit(9)
"""


@pytest.mark.parametrize(
    ("what", "at", "recorded"), [("stage", 1, 0), ("table", 2, 0), ("stage", 0, 1), ("table", 0, 3)]
)
def test_a_kill_leaves_all_of_it_or_nothing(city: City, tmp_path: Path, what: str, at: int, recorded: int) -> None:
    moved = {"stage": "계약", "contracted": 5, "stage_on": "2026-10-01"}
    table = register(tmp_path / "october.csv", row1=moved, row7=moved, row8=moved)
    before = len(facts.all_of(city.store, "InvestmentStage"))
    city.close()
    command = [
        sys.executable,
        "-c",
        KILLED,
        str(tmp_path / "city.gpkg"),
        "stage" if what == "stage" else str(table),
        str(at),
    ]
    environment = os.environ | {"PYTHONPATH": ""}
    assert subprocess.run(command, env=environment, check=False).returncode == 9
    with Store.open(tmp_path / "city.gpkg", write=True) as store:
        assert store.verify().ok
        assert len(facts.all_of(store, "InvestmentStage")) - before == recorded


# --- files over HTTP -------------------------------------------------------------------------------------------------


def asking(city: City, role: str, *requests: tuple[str, str, bytes | None, str]) -> list[httpx.Response]:
    access = start_access("127.0.0.1")
    token = next(token for token, caller in access.tokens.items() if caller.role == role)
    app: Any = create_app([city], access=access)

    async def all_of_them() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return [
                await client.request(
                    method, f"/api/cities/city/{path}", content=body,
                    headers={"Authorization": f"Bearer {token}", "Content-Type": kind},
                )
                for method, path, body, kind in requests
            ]  # fmt: skip

    return in_a_loop_of_its_own(all_of_them())


CALLS = """
format: madang-calls/1
calls:
  - id: sample-2027
    status: synthetic
    title: {ko: 공모(가상), en: Call}
    authority: {ko: 가상부, en: Ministry}
    opens: 2026-11-01
    closes: 2026-12-15
    matching_percent: 50
    grant: [{year: 2027, krw: 2000000000}]
    eligibility: []
    score_sheet: [{id: idea, label: {ko: 창의성, en: Idea}, points: 100}]
"""


def test_a_register_goes_out_and_in_over_http(city: City, tmp_path: Path) -> None:
    moved = {"stage": "계약", "contracted": 5, "stage_on": "2026-10-01"}
    changed = register(tmp_path / "october.xlsx", row1=moved).read_bytes()
    wrong = register(tmp_path / "wrong.csv", row1={"pledged": -5}).read_bytes()
    post = "investment/register.xlsx?reason=r&again=yes"
    dry, done, stood, bad, kind, csv, xlsx = asking(
        city, "decide",
        ("POST", f"{post}&dry_run=yes&name=10월.xlsx", changed, XLSX),
        ("POST", post, changed, XLSX),
        ("POST", "investment/register.xlsx?reason=r", changed, XLSX),
        ("POST", "investment/register.csv?reason=r&again=yes", wrong, "text/csv"),
        ("POST", post, changed, "text/plain"),
        ("GET", "investment/register.csv", None, ""),
        ("GET", "investment/register.xlsx?as_of=2026-01-01", None, ""),
    )  # fmt: skip
    assert (dry.status_code, dry.json()["changed"], dry.json()["transaction"]) == (200, 1, None)
    assert (done.status_code, done.json()["changed"]) == (200, 1)
    assert stood.json()["code"] == bad.json()["code"] == "investment.register-wrong"
    assert kind.status_code == 415
    assert csv.content.startswith("\ufeff기업명".encode())
    assert xlsx.content.startswith(b"PK")
    (no,) = asking(city, "propose", ("POST", post, changed, XLSX))
    assert no.status_code == 403


def test_calls_and_weights_are_entered_over_http(city: City) -> None:
    weights, calls, twice, wrong = asking(
        city, "decide",
        ("GET", "investment/weights", None, ""),
        ("POST", "calls?reason=announced", CALLS.encode(), "application/yaml"),
        ("POST", "calls?reason=announced", CALLS.encode(), "application/yaml"),
        ("POST", "investment/weights?reason=r", b"format: other", "application/yaml"),
    )  # fmt: skip
    assert weights.json()["assumption"]
    assert calls.json()["calls"][0].endswith("sample-2027")
    assert twice.json()["code"] == "investment.call-stands"
    assert wrong.status_code == 400


# --- rubbish ---------------------------------------------------------------------------------------------------------

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["계약", "2026-10-01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)
CELL = (
    st.none()
    | st.integers()
    | st.just(10**19)
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["1e999", "계약", "2026-13-40"])
)


@pytest.fixture
def acted(city: City) -> City:
    """A city in which every act has something to act on."""
    door = city.investment
    door.sign(title="협약", parties=[CITY], signed_on="2024", code="one", reason="r", by="t")
    door.commit(
        "one", title="과제", owner=CITY, due="2027", output="보고서", measures=[{"name": "점검", "target": 2}],
        code="one", reason="r", by="t",
    )  # fmt: skip
    door.apply_permit(title="허가", clause="법", days=5, code="one", reason="r", by="t")
    adopted(city, {"id": "urn:ngsi-ld:Facility:test:one", "type": "Facility", "name": {"languageMap": {"ko": "센터"}}})
    return city


def in_words(act: Callable[[], Any]) -> bool:
    """Whether what was asked was done, or refused with a sentence in both languages."""
    try:
        act()
    except MadangError as error:
        return bool(error.message("ko") and error.message("en"))
    return True


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(sample_register()[0], CELL)), max_size=3))
def test_any_table_is_entered_or_refused_in_words(city: City, tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    write_register(tmp_path / "any.csv", rows)
    assert in_words(lambda: city.investment.import_register(tmp_path / "any.csv", again=True, reason="r", by="t"))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60) | st.binary(max_size=60).map(lambda tail: b"PK\x03\x04" + tail))
def test_any_bytes_are_no_register(city: City, tmp_path: Path, data: bytes) -> None:
    for suffix in (".csv", ".xlsx"):
        (tmp_path / f"bytes{suffix}").write_bytes(data)
        with pytest.raises(MadangError):
            city.investment.import_register(tmp_path / f"bytes{suffix}", reason="r", by="t")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_body_is_taken_or_refused_with_a_sentence(acted: City, data: st.DataObject) -> None:

    path = data.draw(st.sampled_from(sorted(api.ACTS)))
    _, needed, optional = api.ACTS[path]
    body = data.draw(st.fixed_dictionaries(dict.fromkeys(needed, ANYTHING), optional=dict.fromkeys(optional, ANYTHING)))
    parts = {name.strip("{}"): "one" for name in path.split("/") if name.startswith("{")}
    asked = Asked(acted, parts, {}, {**body, "reason": "r"}, Caller("kim", "decide"), "ko")
    assert in_words(lambda: api._act(*api.ACTS[path])(asked))


@pytest.mark.parametrize(
    "wrong",
    [{"at": [1]}, {"at": ["x", "y"]}, {"at": [None, None]}, {"at": [999, 1]}, {"amount": 10**19}, {"jobs": 0.5}],
)
def test_a_pledge_out_of_all_measure_is_refused(city: City, wrong: dict[str, Any]) -> None:
    with pytest.raises(MadangError):
        city.investment.pledge(
            **{"company": "새 기업", "amount": 5, "signed_on": "2024", "reason": "r", **wrong}, by="t"
        )

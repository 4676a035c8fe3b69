"""GTFS feeds: stops, lines and how often they run; damaged and hostile archives are refused in words."""

from __future__ import annotations

import contextlib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madang.entities.entity import Document, value_of
from madang.errors import DataError, MadangError
from madang.sources import base

FEED = {
    "agency": "agency_id,agency_name,agency_url,agency_timezone\nA,성남시내버스,http://a.kr,Asia/Seoul\n",
    "stops": (
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,stop_code\n"
        "S1,판교역,37.3947,127.1112,0,,07101\nS2,Jeongja,37.3660,127.1080,0,,\nS3,서현,37.3850,127.1230,,P,\n"
        "P,서현역,37.3851,127.1231,1,,\nE,3번 출구,37.3852,127.1232,2,P,\nX,node,37.3,127.1,3,P,\nN,nowhere,,,0,,\n"
    ),
    "routes": (
        "route_id,agency_id,route_short_name,route_long_name,route_type,route_color\n"
        "B,A,300,판교순환,3,0052A4\nT,A,분당선,,1,\nE,A,999,empty,3,\n"
    ),
    "trips": (
        "route_id,service_id,trip_id,direction_id,shape_id\n"
        + "".join(f"B,WEEK,b{n},{n % 2},sh\n" for n in range(8))
        + "B,SAT,sat,0,sh\nT,WEEK,t1,0,\nT,ALL,f1,0,\n"
    ),
    "stop_times": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        + "".join(f"b{n},07:{n * 10:02d}:00,07:{n * 10:02d}:00,S1,1\nb{n},,,S2,2\n" for n in range(6))
        + "b6,25:10:00,25:10:00,S1,1\nb6,,,S2,2\nb7,12:00:00,12:00:00,S1,1\nb7,,,S2,2\n"
        + "sat,09:00:00,09:00:00,S1,1\nsat,,,S2,2\nt1,08:00:00,08:00:00,S3,5\nt1,08:10:00,08:10:00,S1,9\n"
        + "f1,06:00:00,06:00:00,S1,1\nf1,06:10:00,06:10:00,S3,2\n"
    ),
    "shapes": (
        "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n"
        "sh,37.3660,127.1080,30\nsh,37.3947,127.1112,10\nsh,37.38,127.11,20\n"
    ),
    "calendar": (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "WEEK,1,1,1,1,1,0,0,20260302,20260329\nSAT,0,0,0,0,0,1,0,20260302,20260329\n"
        "ALL,1,1,1,1,1,1,1,20260302,20260329\n"
    ),
    "calendar_dates": "service_id,date,exception_type\nWEEK,20260304,2\nSAT,20260304,1\n",
    "frequencies": "trip_id,start_time,end_time,headway_secs\nf1,07:00:00,09:00:00,600\n",
}  # fmt: skip


def packed(path: Path, tables: dict[str, str], *, encoding: str = "utf-8", folder: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in tables.items():
            archive.writestr(f"{folder}{name}.txt", text.encode(encoding))
    return path


def read(path: Path, **options: Any) -> tuple[dict[str, Document], base.SourceReport]:
    flow = base.read(path, **options)
    assert not isinstance(flow, base.Loaded)
    found = {document["id"].split(":", 2)[2]: document for batch in flow.batches() for document in batch}
    return found, flow.finished()[0]


@pytest.mark.parametrize(("encoding", "folder"), [("utf-8", ""), ("utf-8-sig", "GTFS/"), ("cp949", "")])
def test_a_feed_gives_stops_lines_and_how_often_they_run(tmp_path: Path, encoding: str, folder: str) -> None:
    found, report = read(packed(tmp_path / "bus.zip", FEED, encoding=encoding, folder=folder))
    assert (report.read, report.kept) == (10, 7)
    assert report.left_out == {"gtfs.no-stop": 1, "gtfs.no-place": 1, "gtfs.no-trips": 1}
    assert all(report.reason(code, "ko") != report.reason(code, "en") for code in report.left_out)

    bus = found["TransitLine:gtfs-bus:B"]
    assert bus["name"]["languageMap"] == {"ko": "판교순환"}
    assert (value_of(bus, "category"), value_of(bus, "routeType"), value_of(bus, "colour")) == ("bus", 3, "#0052a4")
    assert value_of(bus, "operator") == "성남시내버스"
    assert value_of(bus, "location") == {
        "type": "MultiLineString",
        "coordinates": [[[127.1112, 37.3947], [127.11, 37.38], [127.108, 37.366]]],
    }
    # Wednesday the 4th is a holiday with Saturday's service; the ordinary Wednesday is another.
    weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday")
    assert value_of(bus, "tripsByDay") == dict.fromkeys(weekdays, 8) | {"saturday": 1}
    assert value_of(bus, "weekdayTrips") == 8
    assert value_of(bus, "headway") == {
        "07-09": {"trips": 6, "minutes": 40.0}, "09-17": {"trips": 1, "minutes": 960.0},
        "22-30": {"trips": 1, "minutes": 960.0},
    }  # fmt: skip
    metro = found["TransitLine:gtfs-bus:T"]
    assert metro["location"]["status"]["value"] == "estimated"
    assert "stop" in metro["location"]["method"]["languageMap"]["en"]
    assert value_of(metro, "headway")["07-09"] == {"trips": 13, "minutes": 9.2}  # twelve by frequencies.txt, and t1

    stop = found["Station:gtfs-bus:S1"]  # trains stop there too
    assert (value_of(stop, "stopNumber"), value_of(stop, "departures")["monday"]) == ("07101", 10)
    assert found["BusStop:gtfs-bus:S2"]["name"]["languageMap"] == {"en": "Jeongja"}
    assert found["Station:gtfs-bus:S3"]["refStation"]["object"] == "urn:ngsi-ld:Station:gtfs-bus:P"
    assert value_of(found["Station:gtfs-bus:E"], "category") == "entrance"


def test_route_types_of_ktdb_are_read_as_ktdb_means_them(tmp_path: Path) -> None:
    tables = {
        "stops": "stop_id,stop_name,stop_lat,stop_lon\nBS_1,가,37,127\nRS_2,나,37.1,127\n",
        "routes": "route_id,route_short_name,route_type\nBR_1,300,0\nRR_1,KTX,6\n",
        "trips": "route_id,service_id,trip_id\nBR_1,1,a\nRR_1,1,b\n",
        "stop_times": "trip_id,stop_id,stop_sequence\na,BS_1,1\na,RS_2,2\nb,BS_1,1\nb,RS_2,2\n",
    }
    found, report = read(packed(tmp_path / "k.zip", tables))
    assert value_of(found["TransitLine:gtfs-k:BR_1"], "category") == "bus"
    assert value_of(found["TransitLine:gtfs-k:RR_1"], "category") == "high_speed_rail"
    assert "tripsByDay" not in found["TransitLine:gtfs-k:BR_1"]  # no calendar: unknown
    assert any("KTDB" in note["en"] for note in report.notes)


@pytest.mark.parametrize(
    ("table", "text", "code"),
    [
        ("stops", "id,name\n1,a\n", "gtfs.columns"),
        ("stops", "", "gtfs.columns"),
        ("stops", FEED["stops"] + "S1,again,37,127,0,,\n", "gtfs.id-twice"),
        ("stops", FEED["stops"] + "Q,swapped,127.1,37.3,0,,\n", "gtfs.bad-place"),
        ("stops", FEED["stops"] + "Q,nan,nan,37.3,0,,\n", "gtfs.bad-place"),
        ("trips", "route_id,service_id,trip_id\nZ,1,1\n", "gtfs.no-routes-met"),
        ("calendar_dates", "service_id,date,exception_type\nWEEK,2026-3-4,2\n", "gtfs.bad-date"),
        ("stop_times", "trip_id,departure_time,stop_id,stop_sequence\nb1,soon,S1,1\n", "gtfs.bad-time"),
        ("stop_times", "trip_id,departure_time,stop_id,stop_sequence\nb1,07:00:00,S1,first\n", "gtfs.not-a-number"),
        ("stops", 'stop_id,stop_name,stop_lat,stop_lon\n"' + "x" * 200_000, "gtfs.bad-csv"),
    ],
)
def test_a_wrong_table_is_named_with_its_line(tmp_path: Path, table: str, text: str, code: str) -> None:
    with pytest.raises(DataError) as caught:
        read(packed(tmp_path / "bus.zip", {**FEED, table: text}))
    assert caught.value.code == code
    assert f"bus.zip/{table}.txt" in caught.value.message("en")
    assert caught.value.message("ko") != caught.value.message("en")


def test_bad_rows_are_left_out_and_counted_when_that_is_asked(tmp_path: Path) -> None:
    tables = {**FEED, "stops": FEED["stops"] + "S1,again,37,127,0,,\nQ,swapped,127.1,37.3,0,,\n"}
    _, report = read(packed(tmp_path / "bus.zip", tables), skip_bad=True)
    assert report.left_out["gtfs.id-twice"] == report.left_out["gtfs.bad-place"] == 1
    assert report.reason("gtfs.bad-place") == "a position that is none"


def test_a_table_that_grows_without_measure_is_refused(tmp_path: Path) -> None:
    bomb = packed(tmp_path / "bus.zip", {**FEED, "stop_times": FEED["stop_times"] + "\n" * (70 << 20)})
    with pytest.raises(DataError, match="unpack"):
        read(bomb)


def test_an_archive_without_stops_is_none_of_ours(tmp_path: Path) -> None:
    from madang.sources.gtfs import GtfsSource

    assert not GtfsSource().can_read(packed(tmp_path / "a.zip", {"routes": FEED["routes"]}))
    (tmp_path / "b.zip").write_bytes(b"no archive")
    assert not GtfsSource().can_read(tmp_path / "b.zip")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=st.sampled_from(sorted(FEED)), at=st.floats(0, 1), text=st.text(max_size=8), whole=st.booleans())
def test_a_damaged_feed_never_ends_in_a_traceback(
    tmp_path: Path, table: str, at: float, text: str, whole: bool
) -> None:
    said = FEED[table]
    start = int(at * len(said))
    with contextlib.suppress(UnicodeEncodeError):
        path = packed(tmp_path / "damaged.zip", {**FEED, table: said[:start] + text + said[start + 2 :]})
        if not whole:
            data = bytearray(path.read_bytes())
            data[start % len(data)] ^= 0x55
            path.write_bytes(data)
        with contextlib.suppress(MadangError):
            from madang.sources.gtfs.source import GtfsFlow

            flow = GtfsFlow("damaged.zip", path)
            for _ in flow.batches():
                pass
            assert flow.finished()[0].kept

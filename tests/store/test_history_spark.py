"""The history of a running city is read by Spark as the city's own API answers it, and the service moves it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable

from brokers import LONGEST_WAIT_S, broker
from madang.store import Store, retention
from madang.store.compaction import standing
from madang.store.retention import Keep, Keeper
from madang.store.segments import folder_beside
from madang.store.transaction import to_micros
from madang.web import compacting

START = datetime(2026, 1, 1, tzinfo=UTC)
SENSOR = "urn:ngsi-ld:AirQualityObserved:spark:{}"
HOURS, SENSORS = 36, 4
# Little is asked, so starting is what takes time: no compiling of what runs once.
SMALL = {"SPARK_LOCAL_IP": "127.0.0.1", "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}

ASKED = """
import json, sys
from pyspark.sql import SparkSession, functions as f
spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
         .config("spark.sql.shuffle.partitions", "1").config("spark.sql.session.timeZone", "UTC")
         .config("spark.sql.adaptive.enabled", "false").config("spark.sql.codegen.wholeStage", "false")
         .config("spark.sql.codegen.factoryMode", "NO_CODEGEN").getOrCreate())
spark.sparkContext.setLogLevel("ERROR")
rows = spark.read.parquet(*json.loads(sys.argv[1])).where("mean_s is null")
rows = rows.where(f.col("observed_at") < f.lit(sys.argv[2]).cast("timestamp"))
by_sensor = rows.groupBy("entity_id").agg(f.count("*"), f.sum("num"), f.max("num")).collect()
by_day = rows.groupBy(f.date_trunc("day", "observed_at").alias("day")).agg(f.avg("num")).orderBy("day").collect()
print("SAID" + json.dumps({"sensors": {r[0]: list(r[1:]) for r in by_sensor}, "days": [r[1] for r in by_day]}))
spark.stop()
"""


def reading(number: int, hour: int) -> dict[str, object]:
    moment = (START + timedelta(hours=hour)).isoformat().replace("+00:00", "Z")
    pm10 = {"type": "Property", "value": 10.0 * number + hour % 24, "observedAt": moment}
    return {"id": SENSOR.format(number), "type": "AirQualityObserved", "pm10": pm10}


@pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, and there is none here")
def test_spark_counts_and_aggregates_what_the_api_answers_while_the_city_runs(tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    with broker(tmp_path) as server, server.client() as api:
        store = server.cities["test"].store
        retention.keep(store, Keep(hot_s=3600), actor="test", reason="an hour is enough")
        for hour in range(HOURS):
            told = api.post("/entityOperations/upsert", json=[reading(number, hour) for number in range(SENSORS)])
            assert told.status_code in (201, 204), told.text
        keeper, now = Keeper(store, rows=100), to_micros(START + timedelta(days=400))
        while keeper.step(now, settled_s=-(2**33), hurry=True):
            pass
        assert standing(store).hot_rows == SENSORS
        cold_until = START + timedelta(hours=HOURS - 1)
        uris = [uri.removeprefix("file://") for uri in DeltaTable(str(folder_beside(store.path))).file_uris()]
        done = subprocess.run(
            [sys.executable, "-c", ASKED, json.dumps(uris), cold_until.strftime("%Y-%m-%d %H:%M:%S")],
            capture_output=True, text=True, timeout=300, env=os.environ | SMALL,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        said = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("SAID"))[4:])

        days: dict[int, list[float]] = defaultdict(list)
        for number in range(SENSORS):
            answer = api.get(
                f"/temporal/entities/{SENSOR.format(number)}",
                params={"timerel": "before", "timeAt": cold_until.isoformat().replace("+00:00", "Z"),
                        "format": "temporalValues", "options": "temporalValues", "lastN": 1000},
            )  # fmt: skip
            if answer.status_code == 200:
                values = [value for value, _ in answer.json()["pm10"]["values"]]
            else:
                raise AssertionError(answer.text)
            assert said["sensors"][SENSOR.format(number)] == [len(values), sum(values), max(values)]
            for hour, value in enumerate(values):
                days[hour // 24].append(value)
        assert said["days"] == pytest.approx([sum(one) / len(one) for _, one in sorted(days.items())])
        newest = api.get(f"/entities/{SENSOR.format(1)}").json()["pm10"]
        assert newest["value"] == 10.0 + (HOURS - 1) % 24


def test_the_service_moves_what_is_old_and_writes_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compacting, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(compacting, "SETTLED_S", 0)
    path = tmp_path / "test.gpkg"
    with Store.create(path, city_id="test", title={"ko": "시", "en": "City"}, synchronous="OFF") as store:
        retention.keep(store, Keep(hot_s=3600), actor="test", reason="an hour is enough")
    with broker(tmp_path) as server, server.client() as api:
        store, moved = server.cities["test"].store, threading.Event()
        store.when_committed(lambda: moved.set() if standing(store).rows == 2 * 47 else None)
        for hour in range(48):
            api.post("/entityOperations/upsert", json=[reading(number, hour) for number in range(2)])
        assert moved.wait(LONGEST_WAIT_S)
        assert standing(store).rows == 2 * 47
        found = store.view().observations(SENSOR.format(0), "pm10")
        assert [one.value for one in found] == [float(hour % 24) for hour in range(48)]
    with Store.open(path) as store:
        assert store.verify().problems == ()

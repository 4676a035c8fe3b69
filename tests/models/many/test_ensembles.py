"""Ensembles in a city: recorded once, whole or not at all, verified, at every door."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow
import pytest
from invented_city import PROGRAMME
from toys import Plain

from madang.city import City
from madang.cli import run_in_server
from madang.entities.entity import value_of
from madang.errors import CallerError, MadangError, NotFoundError
from madang.models import registry, runner
from madang.models.base import Cancelled
from madang.models.many.tables import packed
from madang.models.records import all_ensembles

WELL = "urn:ngsi-ld:Well:test:1#flow"


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Plain:
    """A model as a plugin would bring it, found by its id."""
    made, found = Plain(str(tmp_path / "asked")), registry.model
    (tmp_path / "asked").mkdir()
    monkeypatch.setattr(registry, "model", lambda id: made if id == "plain" else found(id))
    return made


def tamper(city: City, id: str, **changed: Any) -> None:
    """Change an ensemble's record, as somebody with the file in hand could."""
    doc = city.store.view().document(id)
    assert doc is not None
    for name, value in changed.items():
        key = "json" if "json" in doc[name] else "value"
        doc[name][key] = value(doc[name][key]) if callable(value) else value
    with city.for_writing().transact(actor="tests", reason="tamper") as tx:
        tx.put(doc)


def test_an_ensemble_of_the_runs_own_size_has_the_members_of_its_band(city: City) -> None:
    plan = city.branch("plan")
    run, ensemble = plan.run("economy"), plan.experiments.run("economy", n=1000)
    for id, draws in run.draws.items():
        assert np.array_equal(draws, ensemble.experiments.outcomes[id], equal_nan=True)
    band = next(one for one in ensemble.indicators if one.id == "economy.value-added-city")
    q = run.figure(band.id).quantity
    assert (band.p05, band.p50, band.p95, band.n) == (q.p05, q.p50, q.p95, 1000)
    unknown = next(one for one in ensemble.indicators if one.id == "economy.employment")
    assert (unknown.p50, unknown.n) == (None, 0)


def test_the_same_question_is_answered_from_its_record_also_when_two_ask_at_once(city: City, plain: Plain) -> None:
    found: list[Any] = []
    ask = [threading.Thread(target=lambda: found.append(city.experiments.run("plain", n=40))) for _ in range(2)]
    for one in ask:
        one.start()
    for one in ask:
        one.join()
    again = city.experiments.run("plain", n=40)
    assert {one.id for one in found} == {again.id}
    assert again.cached
    assert sorted(one.cached for one in found) == [False, True]
    assert len(list(Path(plain.folder).iterdir())) - 1 == 40  # and once for the unit
    assert city.experiments.run("plain", n=40, seed=1).id != again.id
    assert [one.id for one in city.experiments.all()] != []


def test_a_cancelled_ensemble_leaves_nothing_in_the_city_and_goes_on_later(city: City, plain: Plain) -> None:
    before, heard = city.store.view().tx, list[float]()
    more: dict[str, Any] = {"n": 60, "executor": "in-process"}
    with pytest.raises(Cancelled):
        city.experiments.run(
            "plain", **more, progress=lambda share, what: heard.append(share),
            cancelled=lambda: bool(heard) and heard[-1] > 0.5,
        )  # fmt: skip
    assert city.store.view().tx == before
    assert all_ensembles(city.store) == []
    done = len(list(Path(plain.folder).iterdir()))
    city.experiments.run("plain", **more)
    assert len(list(Path(plain.folder).iterdir())) == 60 + 1
    assert 0 < done < 60


def test_failed_members_stand_in_the_record_and_the_band_is_of_the_others(city: City, plain: Plain) -> None:
    plain.mischief, plain.at = "nan", 30.0
    found = city.experiments.run("plain", points={"x": [10.0, 20.0, 30.0, 40.0]}, executor="in-process")
    assert [(one.member, one.code, one.point) for one in found.failed] == [(2, "models.not-a-number", {"x": 30.0})]
    assert (found.n, found.indicators[0].n, found.indicators[0].p50) == (4, 3, 50.0)
    table = city.experiments.ensemble(found.id[-32:-20]).table()
    assert table["plain.y"] == [30.0, 50.0, None, 90.0]
    assert table["failed"] == [None, None, "models.not-a-number", None]


def test_a_turned_entity_and_a_fixed_parameter(city: City, plain: Plain) -> None:
    found = city.experiments.run(
        "plain", n=20, over=[WELL], ranges={WELL: (0.0, 50.0)}, params={"x": 1.0}, executor="in-process"
    )
    points = found.experiments.design.points[:, 0]
    assert np.allclose(found.experiments.outcomes["plain.y"], 2 + 5 + points)
    assert found.columns[0]["role"] == "lever"
    for wrong, code in (
        ({"over": ["x"], "params": {"x": 1.0}}, "many.column-fixed"),
        ({"ranges": {"x": (0.0, 200.0)}}, "many.range-beyond"),
    ):
        with pytest.raises(CallerError) as caught:
            city.experiments.run("plain", n=5, **wrong)
        assert caught.value.code == code


def test_verifying_computes_a_stated_sample_again_and_names_what_was_altered(city: City, plain: Plain) -> None:
    found = city.experiments.run("plain", n=100, executor="in-process")
    (verdict,) = runner.verify_runs(city.store)
    assert (verdict.kind, verdict.checked, verdict.members) == ("reproduced", 32, 100)
    assert "32 of 100" in verdict.message("en")
    for field, value, figure in (
        ("engineVersion", "0.1", "cacheKey"),
        ("seed", 7, "cacheKey"),
        ("resultHash", "0" * 64, "resultHash"),
        ("results", lambda r: {**r, "indicators": [{**r["indicators"][0], "p50": 1.0}]}, "resultHash"),
    ):
        doc = city.store.view().document(found.id)
        assert doc is not None
        before = value_of(doc, field)
        tamper(city, found.id, **{field: value})
        altered = runner.verify_run(city.store, found.id)
        assert altered.kind == "differs"
        assert figure in {one.figure for one in altered.differences}
        tamper(city, found.id, **{field: before})
    plain.at, plain.mischief = float(found.experiments.design.points[verdict_member(city, found), 0]), "nan"
    changed = runner.verify_run(city.store, found.id)
    assert changed.kind == "differs"
    assert changed.differences[0].figure.startswith("member ")


def verdict_member(city: City, found: Any) -> int:
    """A member that verification looks at."""
    from madang.models.many import checking
    from madang.models.many.answering import Job

    job = Job(registry.model("plain"), {}, found.parameters, found.experiments.design, found.seed)
    return checking._sample(job, found)[0]


def test_branch_minus_main_is_zero_for_a_branch_that_changes_nothing(city: City) -> None:
    same = city.fork("same")
    here, there = (one.experiments.run("economy", n=300) for one in (city, same))
    assert here.id != there.id
    for id, column in here.experiments.outcomes.items():
        assert np.array_equal(column, there.experiments.outcomes[id], equal_nan=True)


def test_members_go_out_as_arrow_parquet_csv_and_json(city: City, plain: Plain) -> None:
    found = city.experiments.run("plain", n=10, over=["x", "z"], executor="in-process")
    arrow = pyarrow.ipc.open_stream(packed(found, "arrow")).read_all()
    assert arrow.column_names == ["member", "x", "z", "plain.y", "failed"]
    assert arrow.schema.metadata[b"madang.ensemble"].decode() == found.id
    table = orjson.loads(packed(found, "json"))
    assert arrow["plain.y"].to_pylist() == table["plain.y"] == found.table()["plain.y"]
    lines = packed(found, "csv").decode("utf-8-sig").splitlines()
    assert lines[0] == "member,x,z,plain.y,failed"
    assert [float(one.split(",")[3]) for one in lines[1:]] == table["plain.y"]
    with pytest.raises(CallerError):
        packed(found, "xls")


def test_the_command_line_runs_lists_saves_and_says_what_moves_an_outcome(city: City, tmp_path: Path) -> None:
    file = str(city.path)
    city.close()

    def say(*words: str, leaves: int = 0) -> str:
        done = run_in_server(words, tmp_path, {}, {"language": "en"})
        assert done["exit_code"] == leaves, done["stderr"]
        return str(done["stdout"] + done["stderr"])

    lever = f"{PROGRAMME}#amount=1e11:1e12"
    made = orjson.loads(say("run", file, "economy", "-b", "plan", "--ensemble", "64", "--range", lever, "--json"))
    assert made["n"] == made["answered"] == 64
    assert [one["role"] for one in made["columns"]][-2:] == ["uncertainty", "lever"]
    short = made["id"][-32:][:12]
    assert short in say("ensembles", file, "-b", "plan")
    say("ensembles", file, short, "--save", "m.parquet")
    assert (tmp_path / "m.parquet").read_bytes()[:4] == b"PAR1"
    moved = orjson.loads(say("sensitivity", file, short, "economy.output-korea", "--json"))
    first = {row["name"]: row["first"]["value"] for row in moved["rows"]}
    assert first[f"{PROGRAMME}#amount"] > 0.8
    assert "economy.output-korea" in say("sensitivity", file, short, "economy.output-korea")
    assert "many.range-unread" in say("run", file, "economy", "--ensemble", "9", "--range", "x", leaves=2)
    assert "32 of 64 members computed again" in say("verify", file)


def test_what_is_not_there_is_said(city: City, plain: Plain) -> None:
    with pytest.raises(NotFoundError):
        city.experiments.ensemble("0123456789ab")
    found = city.experiments.run("plain", n=2, executor="in-process")
    with pytest.raises(MadangError) as caught:
        city.experiments.sensitivity(found.id, "plain.z")
    assert caught.value.code == "many.outcome-unknown"
    assert city.experiments.sensitivity(found.id, "plain.y").notes[0]["ko"]

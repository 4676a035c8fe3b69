"""Experiments: whatever happens to a worker or a model, every member is accounted for, once."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toys import Ishigami, Plain

from madang.errors import CallerError, MadangError
from madang.models.base import Cancelled, Records
from madang.models.canonical import pack_records, sha256
from madang.models.inputs import Pinned
from madang.models.many import answering
from madang.models.many.design import Design, given, sample
from madang.models.many.experiments import Experiments, evaluate
from madang.models.many.journal import Journal

WELL = "urn:ngsi-ld:Well:test:1"


def line(n: int) -> Design:
    """Members at x = 0, 1, 2, …"""
    return given(Plain.spec, {"x": [float(x) for x in range(n)]})


def wells(flow: float) -> dict[str, Pinned]:
    """One well, as the runner would have read it."""
    data = pack_records(Records((WELL,), ({"flow": flow},)))
    return {"wells": Pinned("wells", "records", sha256(data), 1, "Well", (), (), (), (), {}, {}, data)}


def asked(folder: Path) -> list[float]:
    """At which x the model was asked, in order of x."""
    return sorted(float(file.name.partition("-")[0]) for file in folder.iterdir() if file.name[0].isdigit())


def check_all_but(found: Experiments, failed: set[int]) -> None:
    """Every member is there: answered rightly, or named among the failed and unknown."""
    assert found.n == len(found.outcomes["plain.y"]) == len(found.design.points)
    assert {one.member for one in found.failed} == failed
    good = found.answered
    assert np.array_equal(found.outcomes["plain.y"][good], 2 * found.design.column("x")[good])
    assert np.isnan(found.outcomes["plain.y"][~good]).all()


def test_workers_answer_as_this_process_does_to_the_byte() -> None:
    design = sample(Plain.spec, 500)
    one, two = (evaluate(Plain(), wells(3.0), design, executor=e, workers=2) for e in ("local", "in-process"))
    assert one.packed() == two.packed()
    assert one.key == two.key
    assert one.outcomes["plain.y"][7] == 2 * design.points[7, 0] + 3.0


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="kills a process by signal 9")
def test_a_worker_killed_from_outside_costs_nothing_but_time(tmp_path: Path) -> None:
    killed: list[int] = []

    def kill_one(share: float, what: str) -> None:
        pids = {int(file.name.split("-")[1]) for file in tmp_path.iterdir()}
        if share > 0.2 and not killed and pids:
            killed.append(pids.pop())
            os.kill(killed[0], signal.SIGKILL)

    found = evaluate(Plain(str(tmp_path)), {}, line(100), workers=2, progress=kill_one)
    assert killed
    check_all_but(found, set())


@pytest.mark.parametrize(
    ("mischief", "code", "said"),
    [
        ("raise", "plain.dry", "The well is dry"),
        ("break", "models.failed", "ZeroDivisionError"),
        ("nan", "models.not-a-number", "plain.y"),
        ("die", "many.worker-lost", "signal 9"),
        ("die-once", "", ""),
    ],
)
def test_a_member_that_fails_is_named_with_its_reason_and_input(
    tmp_path: Path, mischief: str, code: str, said: str
) -> None:
    found = evaluate(Plain(str(tmp_path), mischief, 40.0), {}, line(60), workers=2)
    check_all_but(found, {40} if code else set())
    for one in found.failed:
        assert (one.code, one.point) == (code, {"x": 40.0})
        assert said in one.message["en"]
        assert "x = 40" in one.message["ko"]


def test_a_member_that_hangs_is_ended_tried_once_more_and_named(tmp_path: Path) -> None:
    found = evaluate(Plain(str(tmp_path), "hang", 5.0), {}, line(20), workers=2, limit_s=0.2)
    check_all_but(found, {5})
    assert found.failed[0].code == "many.member-overdue"
    assert asked(tmp_path).count(5.0) == 2


class Broken(Ishigami):
    """A batch model that can't answer where x1 is above 3, and gives NaN where it is below -3."""

    def _y(self, x):
        if (np.asarray(x["x1"]) > 3).any():
            raise ArithmeticError("too far out")
        return np.where(np.asarray(x["x1"]) < -3, np.nan, super()._y(x))


def test_in_a_chunk_only_those_members_fail_that_cannot_be_answered() -> None:
    found = evaluate(Broken(), {}, sample(Ishigami.spec, 300), executor="in-process")
    x1 = found.design.column("x1")
    assert {one.member for one in found.failed} == set(np.flatnonzero(abs(x1) > 3))
    whole = evaluate(Ishigami(), {}, found.design, executor="in-process")
    good = found.answered
    assert np.array_equal(found.outcomes["ishigami.y"][good], whole.outcomes["ishigami.y"][good])


def test_chunks_on_workers_are_those_of_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    from madang.models.many import supervisor

    design = sample(Ishigami.spec, 5 * answering.CHUNK)
    alone = evaluate(Ishigami(), {}, design, executor="in-process")
    monkeypatch.setattr(supervisor, "MOMENT_S", 0.0)  # every chunk but the first goes to the workers
    assert evaluate(Ishigami(), {}, design, workers=2).packed() == alone.packed()


def test_an_interrupted_ensemble_goes_on_where_it_was_to_the_byte(tmp_path: Path, journal: Journal) -> None:
    design, heard = sample(Plain.spec, 80), []

    def stop() -> bool:
        return bool(heard) and heard[-1] > 0.4

    with pytest.raises(Cancelled):
        evaluate(
            Plain(str(tmp_path)), {}, design, executor="in-process", cancelled=stop, journal=journal,
            progress=lambda share, what: heard.append(share),
        )  # fmt: skip
    before = len(asked(tmp_path))
    assert 0 < before < 80
    resumed = evaluate(Plain(str(tmp_path)), {}, design, workers=2, journal=journal)
    assert len(asked(tmp_path)) == 80
    assert resumed.hits == before
    assert resumed.packed() == evaluate(Plain(), {}, design, executor="in-process").packed()


def test_a_journal_whose_end_is_damaged_gives_what_stood_before_it(tmp_path: Path, journal: Journal) -> None:
    evaluate(Plain(), {}, line(30), executor="in-process", journal=journal)
    (file,) = journal.folder.glob("*/*.rows")
    whole = file.read_bytes()
    row = len(whole) // 30
    for damaged, left in ((whole[:-5], 29), (whole[: 10 * row + 20] + b"\xff" + whole[10 * row + 21 :], 10)):
        file.write_bytes(damaged)
        found = evaluate(Plain(), {}, line(30), executor="in-process", journal=Journal(journal.folder))
        assert found.hits == left
        check_all_but(found, set())
        for more in set(journal.folder.glob("*/*.rows")) - {file}:
            more.unlink()


def test_the_journal_stays_within_its_size(tmp_path: Path) -> None:
    small = Journal(tmp_path / "small", limit_bytes=3000)
    for flow in range(5):
        evaluate(Plain(), wells(flow), line(20), executor="in-process", journal=small)
    assert len(list(small.folder.iterdir())) < 5
    assert evaluate(Plain(), wells(4), line(20), executor="in-process", journal=small).hits == 20


def test_equal_members_are_asked_once(tmp_path: Path) -> None:
    design = given(Plain.spec, {"x": [1.0, 2.0, 1.0, 1.0, 2.0]})
    found = evaluate(Plain(str(tmp_path)), {}, design, executor="in-process")
    assert asked(tmp_path) == [1.0, 2.0]
    check_all_but(found, set())


def test_a_turned_entity_is_a_column_and_one_that_is_not_there_is_refused() -> None:
    design = sample(Plain.spec, 20, over=["x"], ranges={"x": (1.0, 1.0)})
    turned = sample(Plain.spec, 20, over=[f"{WELL}#flow"], ranges={f"{WELL}#flow": (0.0, 50.0)})
    found = evaluate(Plain(), wells(3.0), turned, executor="in-process")
    assert np.array_equal(found.outcomes["plain.y"], 100.0 + turned.points[:, 0])
    assert list(turned.levers) == [f"{WELL}#flow"]
    assert (evaluate(Plain(), wells(3.0), design, executor="in-process").outcomes["plain.y"] == 5.0).all()
    with pytest.raises(MadangError) as caught:
        evaluate(Plain(), {}, turned, executor="in-process")
    assert caught.value.code == "models.lever-unknown"


def test_only_a_stochastic_model_has_streams_of_each_member_and_both_branches_have_the_same() -> None:
    class Noisy(Plain):
        def run(self, inputs, params, ctx):
            answer = super().run(inputs, params, ctx)
            q = answer.indicators["plain.y"]
            return replace(answer, indicators={"plain.y": replace(q, value=q.value + ctx.rng("noise").random())})

    same = given(Plain.spec, {"x": [1.0] * 6})
    calm = evaluate(Noisy(), wells(1.0), same, executor="in-process").outcomes["plain.y"]
    assert len(set(calm)) == 1
    Noisy.spec = replace(Plain.spec, stochastic=True)
    here, there = (evaluate(Noisy(), wells(flow), same, executor="in-process") for flow in (1.0, 3.0))
    assert len(set(here.outcomes["plain.y"])) == 6
    assert np.allclose(there.outcomes["plain.y"] - here.outcomes["plain.y"], 2.0, atol=1e-12)


def test_cancelling_ends_the_workers_at_once(tmp_path: Path) -> None:
    def wanted_no_more() -> bool:
        return any(tmp_path.iterdir())  # a worker is at the member that hangs

    with pytest.raises(Cancelled):
        evaluate(Plain(str(tmp_path), "hang", 0.0), {}, line(1), workers=1, cancelled=wanted_no_more)
    (pid,) = {int(file.name.split("-")[1]) for file in tmp_path.iterdir()}
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_model_that_workers_cannot_load_is_said_so() -> None:
    class Local(Plain):
        pass

    with pytest.raises(MadangError) as caught:
        evaluate(Local(), {}, line(3), workers=1)
    assert caught.value.code in ("many.worker-broken", "models.model-unknown")
    with pytest.raises(CallerError):
        evaluate(Plain(), {}, line(3), executor="elsewhere")

"""Engines in processes of their own: they answer, and every way they can fail is said, leaving no process behind."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from madang import clock
from madang.errors import ModelError
from madang.models import engines
from madang.models.base import Cancelled, Context

ENGINE = '''
"""An engine that does what it is asked to, also badly."""
import os, sys, threading, time
def pid(payload): return os.getpid()
def doubled(payload, progress):
    progress(0.5, "half")
    print("noise on standard output")
    return {"x": [2 * v for v in payload["x"]]}
def crashes(payload):
    print("the last thing it said", file=sys.stderr, flush=True)
    os._exit(3)
def hangs(payload):
    if "tell" in payload:
        with open(payload["tell"], "w") as told: told.write(str(os.getpid()))
    time.sleep(600)
def nan(payload): return {"bus": [1.0, {"price": float("nan")}]}
def raises(payload): raise ValueError("no such bus")
def lacks(payload): import a_library_that_nobody_has
def no_json(payload): return {"x": object()}
def variable(payload): return os.environ.get("MADANG_TRIED", "")
'''


@pytest.fixture(scope="module", autouse=True)
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The engine as a module that children can import; no child is left at the end."""
    folder = tmp_path_factory.mktemp("engine")
    (folder / "tried_engine.py").write_text(ENGINE, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        yield folder
    engines.end_all()


def ask(function: str, payload: Any = None, **context: Any) -> Any:
    with Context(0, **context) as ctx:
        return engines.call("tried", f"tried_engine:{function}", payload or {}, ctx, model="m", extra="tried-extra")


def until(is_so: Callable[[], bool]) -> None:
    """Wait for what another process does; the limit is only there to fail instead of hanging."""
    began = clock.elapsed_s()
    while not is_so():
        assert clock.elapsed_s() - began < 20
        threading.Event().wait(0.01)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")  # a zombie has ended


def test_an_engine_answers_tells_its_progress_and_stays_for_the_next_question() -> None:
    heard: list[tuple[float, str]] = []
    first = ask("pid")
    assert ask("doubled", {"x": [1, 2.5]}, progress=lambda share, what: heard.append((share, what))) == {"x": [2, 5.0]}
    assert heard == [(0.5, "half")]
    assert ask("pid") == first != os.getpid()


def test_a_question_larger_than_a_pipe_arrives() -> None:
    many = [float(n) for n in range(100_000)]
    assert ask("doubled", {"x": many})["x"][-1] == 2 * many[-1]


@pytest.mark.parametrize(
    ("function", "payload", "code", "said"),
    [
        ("crashes", {}, "models.engine-crashed", ["exit 3", "the last thing it said"]),
        ("nan", {}, "models.engine-nan", ["bus[1].price"]),
        ("doubled", {"x": [1.0, float("inf")]}, "models.engine-nan", ["payload.x[1]"]),
        ("raises", {}, "models.engine-failed", ["ValueError: no such bus"]),
        ("no_json", {}, "models.engine-failed", ["no JSON"]),
        ("lacks", {}, "models.engine-missing", ["pip install 'madang[tried-extra]'", "a_library_that_nobody_has"]),
    ],
)
def test_what_goes_wrong_is_said_with_model_and_engine(function: str, payload: Any, code: str, said: list[str]) -> None:
    with pytest.raises(ModelError) as wrong:
        ask(function, payload)
    assert wrong.value.code == code
    for language in ("ko", "en"):
        text = wrong.value.message(language)  # type: ignore[arg-type]
        assert all(part in text for part in (*said, "tried", "m"))


def test_a_hanging_engine_is_ended_at_its_time_limit_and_the_next_call_gets_another(tmp_path: Path) -> None:
    told, waiting = tmp_path / "pid", ask("pid")  # a child that has started is given the time for its work alone
    with pytest.raises(ModelError) as wrong:
        ask("hangs", {"tell": str(told)}, limit_s=1.0)
    assert wrong.value.code == "models.engine-timeout"
    assert "1 s" in str(wrong.value)
    assert int(told.read_text()) == waiting
    assert not is_running(int(told.read_text()))
    assert ask("pid") != int(told.read_text())


def test_an_engine_killed_while_it_works_is_a_crash_by_a_signal(tmp_path: Path) -> None:
    told = tmp_path / "pid"

    def kill() -> None:
        until(lambda: told.exists() and told.read_text() != "")
        os.kill(int(told.read_text()), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(ModelError, match="signal 9") as wrong:
        ask("hangs", {"tell": str(told)})
    killer.join()
    assert wrong.value.code == "models.engine-crashed"


def test_an_answer_nobody_wants_any_more_ends_the_process(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    with pytest.raises(Cancelled):
        ask("hangs", {"tell": str(told)}, cancelled=lambda: told.exists() and told.read_text() != "")
    assert not is_running(int(told.read_text()))


def test_threads_that_ask_at_once_each_get_an_engine_and_few_stay() -> None:
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(ask("pid"))) for _ in range(engines.KEPT + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: sum(map(is_running, set(found))) <= engines.KEPT)
    assert ask("pid") in found  # of a thread that is gone: nothing is left over


def test_an_engine_ends_with_its_parent_even_in_the_middle_of_its_work(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    program = (
        "from madang.models import engines\nfrom madang.models.base import Context\n"
        f"engines.call('tried', 'tried_engine:hangs', {{'tell': {str(told)!r}}}, Context(0), model='m')"
    )
    parent = subprocess.Popen([sys.executable, "-c", program])
    until(lambda: told.exists() and told.read_text() != "")
    parent.kill()
    parent.wait()
    until(lambda: not is_running(int(told.read_text())))


def test_an_engine_can_run_under_another_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "python"
    other.write_text(f'#!/bin/sh\nMADANG_TRIED="another environment" exec {sys.executable} "$@"\n')
    other.chmod(0o755)
    engines.end_all()
    monkeypatch.setenv("MADANG_ENGINE_TRIED", str(other))
    assert ask("variable") == "another environment"
    engines.end_all()
    monkeypatch.setenv("MADANG_ENGINE_TRIED", str(tmp_path / "nowhere"))
    with pytest.raises(ModelError, match="nowhere") as wrong:
        ask("variable")
    assert wrong.value.code == "models.engine-missing"

"""Device codecs in JavaScript (LoRa Alliance TS013 `decodeUplink`), run in a process apart that can be ended.

The engine has its own limits on time and memory; what gets past them is ended from outside after `limit_s`, and the
next call starts a fresh process. A script can therefore cost a feed one message and `limit_s` seconds, never the feed.
A script that was stopped `MOST_STOPS` times in a row is not tried for a while: a loop in it would hold up all others.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson

from madang import clock
from madang.errors import DataError, FileError

LIMIT_S = 1.0
START_WITHIN_S = 20.0
MOST_STOPS = 3
REST_S = 30.0
LARGEST_SCRIPT = 512 << 10
_CHILD = Path(__file__).with_name("codec_child.py")


class Codec:
    """One script and the process it runs in; for one thread."""

    def __init__(self, script: str, *, limit_s: float = LIMIT_S) -> None:
        if len(script.encode()) > LARGEST_SCRIPT:
            raise DataError("feeds.codec-failed", why="the script is too large")
        if find_spec("quickjs") is None:
            raise FileError("feeds.library-missing", protocol="JavaScript", package="quickjs-ng")
        self._script, self._limit_s = script, limit_s
        self._child: subprocess.Popen[bytes] | None = None
        self._rest = b""
        self._stops, self._resting_until = 0, 0.0

    def decode(self, data: bytes, f_port: int | None, **more: Any) -> Any:
        """What the script makes of an uplink's bytes: the `data` of its answer; its errors are a DataError."""
        if self._stops >= MOST_STOPS:
            if clock.elapsed_s() < self._resting_until:
                raise DataError("feeds.codec-too-long", seconds=self._limit_s)
            self._stops = 0
        asked = {"bytes": list(data), "fPort": f_port, **more}
        answer = self._asked(asked)
        made = answer.get("made")
        if made is None:
            raise DataError("feeds.codec-failed", why=str(answer.get("error", "no answer"))[:300])
        found = orjson.loads(made)
        if not isinstance(found, dict):
            raise DataError("feeds.codec-failed", why="decodeUplink gave no object")
        if found.get("errors"):
            raise DataError("feeds.codec-failed", why=str(found["errors"])[:300])
        return found.get("data")

    def close(self) -> None:
        """End the process."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()

    def _asked(self, asked: Any) -> dict[str, Any]:
        if self._child is None:
            self._start()
        try:
            return self._exchange(asked, self._limit_s * 1.5 + 0.2)
        except TimeoutError:
            self._stop()
            raise DataError("feeds.codec-too-long", seconds=self._limit_s) from None
        except (OSError, ValueError):
            self._stop()
            raise DataError("feeds.codec-failed", why="it ended its process") from None

    def _start(self) -> None:
        self._rest = b""
        self._child = subprocess.Popen(
            [sys.executable, "-I", str(_CHILD)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env={}, close_fds=True, bufsize=0,
        )  # fmt: skip
        try:
            answer = self._exchange({"script": self._script, "seconds": self._limit_s}, START_WITHIN_S)
        except (OSError, ValueError, TimeoutError):
            answer = {"error": "its process did not start"}
        if "ready" not in answer:
            self.close()
            raise DataError("feeds.codec-failed", why=str(answer.get("error"))[:300])

    def _stop(self) -> None:
        self.close()
        self._stops += 1
        self._resting_until = clock.elapsed_s() + REST_S

    def _exchange(self, asked: Any, within_s: float) -> dict[str, Any]:
        """One line there and one line back; ValueError when the process ends, TimeoutError when it takes too long."""
        child = self._child
        assert child is not None
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(orjson.dumps(asked) + b"\n")
        until = clock.elapsed_s() + within_s
        with selectors.DefaultSelector() as ready:
            ready.register(child.stdout, selectors.EVENT_READ)
            while b"\n" not in self._rest:
                left = until - clock.elapsed_s()
                if left <= 0 or not ready.select(left):
                    raise TimeoutError
                more = os.read(child.stdout.fileno(), 1 << 16)
                if not more:
                    raise ValueError("ended")
                self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        answer = orjson.loads(line)
        if "made" in answer:
            self._stops = 0
        elif "interrupted" in str(answer.get("error", "")):
            raise TimeoutError
        return dict(answer)

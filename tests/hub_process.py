"""Server processes over a city file that a test may kill: `madang serve`, forked from one that has imported it all.

Run by itself this is the process they are forked from: it reads a line a server, `FILE` and further words by tabs.
`fast` has old readings moved out of the file at once.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ENDED = "hub process ended"


class Nursery:
    """Where server processes come from; one of them at a time."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "COLUMNS": "200"}
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1,
            env=environment,
        )  # fmt: skip

    def close(self) -> None:
        """End it; its children have ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    @contextmanager
    def serving(self, path: Path, *words: str) -> Iterator[tuple[str, int]]:
        """The address of the NGSI-LD API of a fresh process over a city file, and its number; killed at the end."""
        lines, asking = self._process.stdout, self._process.stdin
        assert lines is not None
        assert asking is not None
        asking.write("\t".join((str(path), *words)) + "\n")
        pid, said = int(next(lines)), []
        for line in lines:
            said.append(line)
            if ENDED in line:
                raise AssertionError(f"the server did not start: {''.join(said)}")
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                break

        def drain() -> None:
            for line in lines:
                if ENDED in line:
                    return

        draining = threading.Thread(target=drain)
        draining.start()
        try:
            yield found[0] + "/ngsi-ld/v1", pid
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            draining.join()


def main() -> None:
    from madang.cli import main as madang
    from madang.web import app, compacting, serve  # noqa: F401  # so that children need not

    for line in sys.stdin:
        path, *words = line.rstrip("\n").split("\t")
        pid = os.fork()
        if pid == 0:
            if "fast" in words:
                compacting.LOOK_EVERY_S = 0.05
                compacting.SETTLED_S = 0
            sys.argv = ["madang", "serve", path, "--port", "0", "--no-auth", "--allow-local"]
            try:
                madang()
            finally:
                os._exit(1)
        print(pid)
        os.waitpid(pid, 0)
        print(ENDED)


if __name__ == "__main__":
    main()

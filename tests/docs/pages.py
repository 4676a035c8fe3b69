"""Pages as they are run: fenced blocks with options, in their order, in one folder.

    ```python                  run in the page's one namespace;  run=alone: in a process of its own
    ```sh                      each line run, a line that ends in \\ with the next;  exit=N: it leaves with N
    ```text from=last          what the block before it said: these lines, in this order; … stands for anything
    ```yaml file=stops.yaml    written into the folder first;  encoding=cp949: in that encoding
    needs=ogrinfo on=linux     only where that program is, or on that system
    fails=madang-code          (python) it raises the error of that code
    start=…  set=…             (sh) done by the test of the page: `by_test`

A block that is none of these is an error of the page: what stands in a page is true because it ran.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from madang.cli import run_in_server
from madang.errors import MadangError

DOCS = Path(__file__).parent.parent.parent / "docs"
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND_WITHIN_S = 300


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, options, text, and the line of the page it begins at."""

    kind: str
    options: dict[str, str]
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page."""
    text = page.read_text("utf-8")
    return [
        Block(kind, dict(one.split("=", 1) for one in more.split()), body, text.count("\n", 0, found.start()) + 1)
        for found in BLOCK.finditer(text)
        for kind, more, body in [found.groups()]
    ]


@dataclass
class Run:
    """A page being run in a folder; `instead` answers shell lines that the test does in its own way."""

    page: str
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    instead: Callable[[str], str | None] = lambda line: None
    by_test: Callable[[Block], str] | None = None
    in_process: bool = True  # plain `madang` lines run here: the same words, without starting Python for each
    namespace: dict[str, Any] = field(default_factory=dict)
    said: str = ""

    def all(self) -> None:
        """Run every block of the page, from top to bottom."""
        found = blocks(DOCS / self.page)
        assert found, f"{self.page} has no blocks"
        for block in found:
            self.one(block)

    def one(self, block: Block) -> None:
        """Run one block, or compare it with what the last one said."""
        where = f"{self.page}, line {block.line}"
        if "needs" in block.options and shutil.which(block.options["needs"]) is None:
            return
        if block.options.get("on", sys.platform) != sys.platform:
            return
        if "file" in block.options:
            path = self.folder / block.options["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, block.options.get("encoding", "utf-8"))
        elif self.by_test is not None and block.options.keys() & {"start", "set"}:
            self.said = self.by_test(block)
        elif block.kind == "sh":
            self._shell(block, where)
        elif block.kind == "python" and block.options.get("run") == "alone":
            self.said = self._process([sys.executable, "-c", block.text], 0, where)
        elif block.kind == "python":
            self._python(block, where)
        elif block.kind == "text" and block.options.get("from") == "last":
            self._compare(block, where)
        else:
            raise AssertionError(f"{where}: this block is neither run nor compared")

    def _shell(self, block: Block, where: str) -> None:
        self.said = ""
        leaves = int(block.options.get("exit", 0))
        for line in block.text.replace("\\\n", " ").strip().splitlines():
            answer = self.instead(line)
            if answer is None and self.in_process and line.startswith("madang ") and not re.search(r"[|<>$&;]", line):
                answer = self._command(line, leaves, where)
            self.said += self._process(["bash", "-c", line], leaves, f"{where}: {line}") if answer is None else answer

    def _command(self, line: str, leaves: int, where: str) -> str:
        with contextlib.chdir(self.folder), mock.patch.dict(os.environ, {"MADANG_LANG": "en"}):
            done = run_in_server(shlex.split(line)[1:], self.folder, {})
        said: str = done["stdout"] + done["stderr"]
        assert done["exit_code"] == leaves, f"{where}: {line}\nleft with {done['exit_code']}\n{said}"
        return said

    def _process(self, words: list[str], leaves: int, where: str) -> str:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        mine = {"PATH": path, "LANG": "C.UTF-8", "HOME": str(self.folder), "COLUMNS": "200", **self.environment}
        done = subprocess.run(
            words, cwd=self.folder, env=mine, capture_output=True, text=True, timeout=COMMAND_WITHIN_S
        )
        assert done.returncode == leaves, f"{where}\nleft with {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def _python(self, block: Block, where: str) -> None:
        heard = io.StringIO()
        wanted = block.options.get("fails")
        with contextlib.redirect_stdout(heard), contextlib.chdir(self.folder):
            try:
                exec(compile(block.text, where, "exec"), self.namespace)
            except MadangError as error:
                if error.code != wanted:
                    raise
                print(error)
            else:
                assert wanted is None, f"{where}: did not fail with {wanted}"
        self.said = heard.getvalue()

    def _compare(self, block: Block, where: str) -> None:
        rest = " ".join(self.said.split())
        for line in filter(None, (" ".join(line.split()) for line in block.text.splitlines())):
            pattern = ".*?".join(re.escape(part) for part in line.split("…"))
            found = re.search(pattern, rest)
            assert found, f"{where}: not said: {line}\nbut:\n{self.said[-3000:]}"
            rest = rest[found.end() :]

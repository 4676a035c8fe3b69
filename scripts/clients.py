"""Set up `.venv/clients`: clients of other people that tests drive, in an environment of their own.

ngsildclient 0.5 wants httpx below 0.24, which ours is not. Without a network nothing is installed, and the tests that
need it are skipped.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

CLIENTS = ("ngsildclient==0.5.2",)


def main(folder: Path) -> None:
    """Install what is missing; `installed` says what is there."""
    mark, wanted = folder / "installed", "\n".join(CLIENTS)
    if mark.exists() and mark.read_text("utf-8") == wanted:
        return
    venv.create(folder, with_pip=True, clear=True)
    words = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *CLIENTS]
    if subprocess.run(words).returncode:
        print(f"{', '.join(CLIENTS)} can't be installed: the tests of other people's clients are skipped.")
        (folder / "bin" / "python").unlink()
        return
    mark.write_text(wanted, "utf-8")


if __name__ == "__main__":
    main(Path(sys.prefix) / "clients")

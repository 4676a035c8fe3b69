"""Have the Debian packages that tests need: install what is missing where that is possible, else say how."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys


def is_installed(package: str) -> bool:
    """Whether dpkg knows the package as installed."""
    asked = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", package], capture_output=True, text=True)
    return asked.stdout.endswith("install ok installed")


def main(packages: list[str]) -> None:
    if shutil.which("dpkg-query") is None:
        print(f"This is no Debian or Ubuntu: tests that need {', '.join(packages)} are skipped unless they are there.")
        return
    missing = [package for package in packages if not is_installed(package)]
    if not missing:
        return
    by_hand = f"apt-get install {' '.join(missing)}"
    if os.name != "posix" or os.geteuid() != 0:
        print(f"Some tests need Debian packages that are missing and are skipped. To run them: sudo {by_hand}")
        return
    quiet = {"DEBIAN_FRONTEND": "noninteractive", **os.environ}
    for words in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing],
    ):
        done = subprocess.run(words, env=quiet, stdout=subprocess.DEVNULL)
        if done.returncode:
            print(f"{' '.join(words)} failed: tests that need {', '.join(missing)} are skipped. By hand: {by_hand}")
            return


if __name__ == "__main__":
    main(sys.argv[1:])

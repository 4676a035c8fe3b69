"""Commands: `madang promises …`."""

from __future__ import annotations

from madang.cli.app import group

commands = group("promises", "The promise ledger: list and score.")

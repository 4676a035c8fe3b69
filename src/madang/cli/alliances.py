"""Commands: `madang alliance …`."""

from __future__ import annotations

from madang.cli.app import group

commands = group("alliance", "Allied cities, ordinances, joint projects.")

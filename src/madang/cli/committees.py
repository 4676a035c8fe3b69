"""Commands: `madang committee …`."""

from __future__ import annotations

from madang.cli.app import group

commands = group("committee", "Committees, meetings, votes, minutes.")

"""Commands: `madang paper …`."""

from __future__ import annotations

from madang.cli.app import group

commands = group("paper", "Papers: briefs, minutes, dossiers, lists.")

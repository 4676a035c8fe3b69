"""Commands: `madang rules …`."""

from __future__ import annotations

from madang.cli.app import group

commands = group("rules", "Law and practice as versioned data.")

"""Commands: `madang study …`."""

from __future__ import annotations

from madang.cli.app import group

commands = group("study", "Research studies and the yearly disclosure list.")

"""Commands: `madang procedure …`."""

from __future__ import annotations

from madang.cli.app import group

commands = group("procedure", "Steps, gates and opinions of a proposal.")

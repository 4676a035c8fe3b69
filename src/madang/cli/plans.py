"""Commands: `madang plan …`."""

from __future__ import annotations

from madang.cli.app import group

commands = group("plan", "The statutory plan: check, status, diff, export.")

"""Commands: `madang investment …`."""

from __future__ import annotations

from madang.cli.app import group

commands = group("investment", "Agreements and investment by stage, permits, calls.")

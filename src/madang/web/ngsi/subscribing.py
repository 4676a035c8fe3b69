"""Subscriptions as resources (clauses 5.8; 6.10, 6.11)."""

from __future__ import annotations

from madang.web.ngsi.operations import Table

TABLE: Table = []

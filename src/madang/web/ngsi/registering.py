"""Registrations of context sources, and subscriptions to them (clauses 5.9-5.11; 6.8, 6.9, 6.12, 6.13)."""

from __future__ import annotations

from madang.web.ngsi.operations import Table

TABLE: Table = []

"""Snapshots: the stored result of a query, under a header of its own (clauses 5.16; 6.36-6.38)."""

from __future__ import annotations

from madang.web.ngsi.operations import Table

TABLE: Table = []

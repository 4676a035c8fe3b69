"""Hosted @contexts (clauses 5.13; 6.29, 6.30)."""

from __future__ import annotations

from madang.web.ngsi.operations import Table

TABLE: Table = []

"""Entity maps: stable pages over several sources (clauses 5.14; 6.32-6.34)."""

from __future__ import annotations

from madang.web.ngsi.operations import Table

TABLE: Table = []

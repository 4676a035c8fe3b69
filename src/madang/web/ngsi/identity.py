"""Who this source is (clauses 5.15; 6.35)."""

from __future__ import annotations

from madang.web.ngsi.operations import Table

TABLE: Table = []

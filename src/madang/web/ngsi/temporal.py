"""The temporal API: evolution of entities (clauses 5.6.11-5.6.16, 5.7.3, 5.7.4; 6.18-6.22, 6.24)."""

from __future__ import annotations

from madang.web.ngsi.operations import Table

TABLE: Table = []

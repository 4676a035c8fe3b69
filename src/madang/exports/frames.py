"""Entities as a table: in a notebook, in a terminal, in pandas or polars."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any, overload

from madang.entities.entity import Document, types_of
from madang.entities.representation import to_simplified
from madang.entities.vocabulary import type_info
from madang.errors import CallerError, Language

if TYPE_CHECKING:
    import pandas
    import polars

SHOWN_COLUMNS = 8
SHOWN_ROWS = 60
CELL_WIDTH = 48
ENTITY = {"ko": "개체", "en": "entity"}


class Entities(Sequence[Document]):
    """Documents that show themselves as a table and turn into frames; otherwise a plain sequence."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = list(documents)

    @overload
    def __getitem__(self, index: int) -> Document: ...
    @overload
    def __getitem__(self, index: slice) -> Entities: ...
    def __getitem__(self, index: int | slice) -> Document | Entities:
        if isinstance(index, slice):
            return Entities(self._documents[index])
        return self._documents[index]

    def __len__(self) -> int:
        return len(self._documents)

    def rows(self) -> list[dict[str, Any]]:
        """One flat dict an entity: simplified values; geometry as GeoJSON, several instances as a dict."""
        return [to_simplified(document) for document in self._documents]

    def table(self, language: Language = "en", *, width: int = CELL_WIDTH) -> tuple[list[str], list[list[str]]]:
        """Headings and cells as text: id first, then the attributes most entities have, geometry left out."""
        rows = self.rows()
        columns = _columns(rows)
        headings = [ENTITY[language], *(_heading(self._documents, name, language) for name in columns)]
        return headings, [[row["id"], *(_cell(row.get(name), language, width) for name in columns)] for row in rows]

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas frame, one row an entity; needs `pip install madang[notebook]`."""
        try:
            import pandas as pd
        except ImportError:
            raise CallerError("exports.needs-notebook", library="pandas") from None
        return pd.DataFrame(self.rows())

    def to_polars(self) -> polars.DataFrame:
        """A polars frame, one row an entity; needs `pip install madang[notebook]`."""
        try:
            import polars as pl
        except ImportError:
            raise CallerError("exports.needs-notebook", library="polars") from None
        return pl.DataFrame(self.rows(), infer_schema_length=None, strict=False)

    def __repr__(self) -> str:
        return f"<{len(self)} entities>"

    def _repr_html_(self) -> str:
        headings, rows = self[:SHOWN_ROWS].table()
        head = "".join(f"<th>{escape(h)}</th>" for h in headings)
        body = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in rows)
        more = f"<p>… {len(self) - SHOWN_ROWS}</p>" if len(self) > SHOWN_ROWS else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _columns(rows: Sequence[dict[str, Any]]) -> list[str]:
    seen: dict[str, int] = {}
    for row in rows:
        for name, value in row.items():
            if name not in ("id", "type") and _is_shown(value):
                seen[name] = seen.get(name, 0) + 1
    often = sorted(seen, key=lambda name: (name != "name", -seen[name], list(seen).index(name)))
    return often[:SHOWN_COLUMNS]


def _heading(documents: Sequence[Document], attribute: str, language: Language) -> str:
    for document in documents[:5]:
        for type_name in types_of(document):
            info = type_info(type_name).attributes.get(attribute)
            if info is not None:
                return info.label[language]
    return attribute


def _is_shown(value: Any) -> bool:
    """Whether a value fits a cell: geometry and free JSON don't."""
    return not (isinstance(value, dict) and ("coordinates" in value or "json" in value))


def _cell(value: Any, language: Language, width: int) -> str:
    if isinstance(value, dict) and "languageMap" in value:
        texts = value["languageMap"]
        value = texts.get(language) or texts.get("ko") or next(iter(texts.values()), "")
    text = "" if value is None else str(value)
    return text if len(text) <= width else text[: width - 1] + "…"

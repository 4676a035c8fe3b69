"""Whom a layer credits: titles, licences and attributions of the datasets that its features come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from madang.entities.entity import Document, value_of
from madang.store import View
from madang.twin.catalogue import Text


@dataclass(frozen=True)
class Credit:
    """What a page says of the datasets, each thing once."""

    title: Text | None
    licence: str | None
    attribution: Text | None

    @property
    def words(self) -> str:
        """The attribution in one line, for files."""
        return " · ".join(dict.fromkeys(self.attribution.values())) if self.attribution else ""


def credit_of(view: View, sources: Sequence[str]) -> Credit:
    """Titles, licences and attributions of the Dataset records, each once."""
    records = [record for record in map(view.document, sources) if record is not None]
    licences = sorted({str(found) for found in (value_of(record, "licence") for record in records) if found})
    return Credit(_joined(records, "title", "; "), ", ".join(licences) or None, _joined(records, "attribution", " "))


def _joined(records: Sequence[Document], attribute: str, mark: str) -> Text | None:
    pairs = [_pair(found) for found in (value_of(record, attribute) for record in records) if found]
    if not pairs:
        return None
    return {language: mark.join(dict.fromkeys(pair[language] for pair in pairs)) for language in ("ko", "en")}


def _pair(found: Any) -> dict[str, str]:
    if not isinstance(found, dict):
        return {"ko": str(found), "en": str(found)}
    anyone = next(iter(found.values()))
    return {language: str(found.get(language) or anyone) for language in ("ko", "en")}

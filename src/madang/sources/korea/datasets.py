"""The `Dataset` records of the Korean packages: publisher, licence, attribution, version."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml

from madang.entities.entity import Document, json_property, language_property, property_, urn
from madang.sources.korea.packages import package_version


@cache
def _words(name: str) -> dict[str, Any]:
    text = resources.files("madang.sources.korea.data").joinpath(f"{name}.yaml").read_text("utf-8")
    return dict(yaml.safe_load(text))


def dataset_id(name: str) -> str:
    """The id of one of the packages' datasets: census, boundaries, legal, national."""
    package = _words("datasets")[name]["package"]
    return urn("Dataset", package, f"{name}-{package_version(package)}")


def dataset(name: str, *, rows: int | None = None, blobs: dict[str, str] | None = None) -> Document:
    """The Dataset record; `blobs` are names with the SHA-256 of their bytes."""
    words = _words("datasets")[name]
    version = package_version(words["package"])

    def said(texts: dict[str, str]) -> dict[str, Any]:
        return language_property({language: text.format(version=version) for language, text in texts.items()})

    made: Document = {
        "id": dataset_id(name),
        "type": "Dataset",
        "title": said(words["title"]),
        "publisher": said(words["publisher"]),
        "licence": property_(words["licence"]),
        "licenceUrl": property_(words["licenceUrl"]),
        "attribution": said(words["attribution"]),
        "description": said(words["description"]),
        "version": property_(version),
        "url": property_(words["url"]),
        "status": property_("observed"),
    }
    if rows is not None:
        made["rows"] = property_(rows)
    if blobs is not None:
        made["blobs"] = json_property(blobs)
    return made


def definition(table: str, level: str) -> dict[str, str] | None:
    """What a table means at a level (district or dong), where its name does not say it."""
    words = _words("definitions")
    found = words.get(f"{table}@{level}", words.get(table))
    return dict(found) if found else None

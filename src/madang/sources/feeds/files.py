"""A feed as a file: YAML or JSON as plain values; a codec may stand in a file beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from madang.errors import DataError
from madang.strict_yaml import Located


def feed_document(found: Located, folder: Path) -> dict[str, Any]:
    """The description in a file, with the codec's text taken in."""
    doc = _plain(found)
    if not isinstance(doc, dict):
        raise DataError("feeds.field", field="feed", expected="an object of fields")
    options = doc.get("options")
    codec = options.get("codec") if isinstance(options, dict) else None
    if isinstance(options, dict) and isinstance(codec, dict) and set(codec) == {"file"}:
        path = folder / str(codec["file"])
        try:
            options["codec"] = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            raise DataError("feeds.field", field="options.codec.file", expected=f"a file {path.name} here") from None
    return doc


def _plain(found: Located) -> Any:
    if isinstance(found.value, dict):
        return {str(key): _plain(value) for key, value in found.value.items()}
    if isinstance(found.value, list):
        return [_plain(value) for value in found.value]
    return found.value

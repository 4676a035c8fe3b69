"""Evidence (이행 근거): what shows that a promise was kept, and which of it is missing.

What counts follows from the kind of the promise: a realised amount in the register for an investment, the approval of
completion or use for a facility, the gazette notice or the report of implementation for a task, the report on a
commitment of an agreement, a measured value with its source for a target. Evidence is an entity of this city (a data
set, an announcement, a record), the address of a figure, a link, or a file that is kept with the city.
"""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from madang.entities.entity import (
    Document,
    Instance,
    json_property,
    language_property,
    property_,
    relationship,
    urn,
    value_of,
)
from madang.errors import CallerError, FileError, NotFoundError, both
from madang.indicators.address import Address
from madang.models.canonical import sha256
from madang.plan.figures import Resolver
from madang.plan.realised import Realised
from madang.store import Store, Tx

Pair = dict[str, str]

KINDS = ("investment", "milestone", "task", "commitment", "target")
LARGEST_FILE = 32 * 2**20
CODE_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows an outcome, checked: attributes for its record, and a file to be kept with it."""

    attributes: dict[str, Instance]
    dataset: Document | None = None
    data: bytes = b""
    media_type: str = ""

    def keep(self, tx: Tx) -> None:
        """Keep the file, where there is one."""
        if self.dataset is not None:
            tx.put_blob(self.data, media_type=self.media_type)
            tx.put(self.dataset)


def kind_of(promise: Document) -> str:
    """The kind of a promise as far as its evidence is concerned."""
    kind = value_of(promise, "kind") or ("commitment" if promise["type"] == "Commitment" else "target")
    return kind if kind in KINDS else "other"


def wanted(promise: Document) -> Pair:
    """Which evidence would show that a promise was kept."""
    return both(f"plan.evidence-{kind_of(promise)}")


def missing(promise: Document, register: dict[str, Realised]) -> Pair:
    """Which evidence is missing for a promise without an outcome, and what there is of it already."""
    kind, spent = kind_of(promise), register.get(str(value_of(promise, "refAgreement")))
    if kind == "investment" and spent is not None and spent.entries:
        return both("plan.evidence-investment-partly", entries=spent.entries, evidenced=spent.evidenced)
    return wanted(promise)


def checked(
    store: Store,
    promise: Document,
    *,
    evidence: str | list[str] | None = None,
    link: str | None = None,
    file: str | Path | None = None,
) -> Evidence:
    """Evidence as it was given, seen to be there; refuses an outcome that has none."""
    found: dict[str, Instance] = {}
    ids, addresses = _sorted_out([evidence] if isinstance(evidence, str) else list(evidence or ()))
    view = store.view()
    for id in ids:
        if view.document(id) is None:
            raise NotFoundError("plan.evidence-unknown", id=id)
    for address in addresses:
        resolved = Resolver(store).at_address(address, address)
        if resolved.state == "gone":
            raise NotFoundError("plan.evidence-unknown", id=address)
        found["evidenceAddress"] = property_(address)
    if link is not None:
        parts = urlsplit(link.strip())
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise CallerError("plan.evidence-link", found=link)
        found["evidenceLink"] = property_(link.strip())
    dataset, data, media_type = _file(promise, file) if file is not None else (None, b"", "")
    ids += [dataset["id"]] if dataset is not None else []
    if ids:
        found["evidence"] = relationship(ids if len(ids) > 1 else ids[0])
    if not found:
        raise CallerError("plan.outcome-without-evidence", wanted=wanted(promise))
    return Evidence(found, dataset, data, media_type)


def _sorted_out(given: list[str]) -> tuple[list[str], list[str]]:
    """Ids of entities, and addresses of figures."""
    ids, addresses = [], []
    for one in (text.strip() for text in given):
        if "#" in one:
            addresses.append(str(Address.parse(one)))
        elif one:
            ids.append(one)
    return ids, addresses[:1]


def _file(promise: Document, file: str | Path) -> tuple[Document, bytes, str]:
    path = Path(file)
    if not path.is_file():
        raise FileError("plan.evidence-no-file", path=str(path))
    if path.stat().st_size > LARGEST_FILE:
        raise FileError("plan.evidence-large", path=str(path), limit=LARGEST_FILE // 2**20)
    data = path.read_bytes()
    if not data:
        raise FileError("plan.evidence-empty", path=str(path))
    title: Any = value_of(promise, "title")
    doc: Document = {
        "id": urn("Dataset", "evidence", sha256(data)[:CODE_LENGTH]),
        "type": "Dataset",
        "title": language_property(both("plan.evidence-title", title=title or promise["id"], name=path.name)),
        "blobs": json_property({path.name: sha256(data)}),
    }
    return doc, data, mimetypes.guess_type(path.name)[0] or "application/octet-stream"

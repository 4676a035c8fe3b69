"""Reference files that models take in place of, or beside, what ships: checked by reading, kept as a Dataset record.

    io-table-<year>.oecd.csv, io-table-<year>.bok.csv, io-table-<year>.bok.xlsx    an input-output table
    employment-coefficients.csv                                                    persons per billion won of output
    industry-detail.csv                                                            region x KSIC code x measures

There is one data set a kind: a newer file takes the place of the older one, whose history and blob the city keeps.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from madang.entities.entity import json_property, language_property, property_, urn
from madang.errors import CallerError
from madang.models.base import Blob
from madang.models.canonical import sha256
from madang.models.clusters import detail
from madang.models.clusters.model import DETAIL_PATTERN
from madang.models.economy import readers
from madang.models.economy.card import EMPLOYMENT_PATTERN, TABLE_PATTERN
from madang.models.economy.model import read_table
from madang.store import Store

KINDS = {"io-table": TABLE_PATTERN, "employment": EMPLOYMENT_PATTERN, "industry-detail": DETAIL_PATTERN}
EXAMPLES = "io-table-2020.bok.csv, io-table-2015.oecd.csv, employment-coefficients.csv, industry-detail.csv"


def add_reference(
    store: Store,
    name: str,
    data: bytes,
    *,
    title: Mapping[str, str],
    publisher: Mapping[str, str],
    licence: str,
    actor: str,
    reason: str,
    status: str = "observed",
) -> str:
    """Keep a reference file that models can use, and give its Dataset's id; one that can't be read is refused."""
    kind = next((kind for kind, pattern in KINDS.items() if re.fullmatch(pattern, name)), None)
    if kind is None:
        raise CallerError("models.reference-name-unknown", name=name, known=EXAMPLES)
    _check(kind, Blob(name, data, title, publisher, licence, status))
    id = urn("Dataset", "madang", kind)
    doc = {
        "id": id,
        "type": "Dataset",
        "title": language_property(dict(title)),
        "publisher": language_property(dict(publisher)),
        "licence": property_(licence),
        "status": property_(status),
        "blobs": json_property({name: sha256(data)}),
    }
    with store.transact(actor=actor, reason=reason, source=name) as tx:
        tx.put_blob(data, media_type="application/octet-stream")
        tx.put(doc)
    return id


def _check(kind: str, blob: Blob) -> None:
    if kind == "io-table":
        read_table(blob)
    elif kind == "employment":
        readers.read_employment(blob.data, ())  # which sectors it must have, the table in use decides
    else:
        detail.read_detail(blob.data, blob.name)

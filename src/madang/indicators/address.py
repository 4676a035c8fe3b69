"""The address of a number: where exactly it stands, so that it can be explained and computed again.

    <city>/<origin>#<entity>.<attribute>[<datasetId>]@<valid>

    city        the city's uuid
    origin      run:<id> (a model run) or tx:<number> (a transaction)
    entity      the id of an entity
    attribute   an attribute's stored name, or an indicator's id; it may hold dots ("economy.imports")
    datasetId   the instance of a multi-attribute; left out, brackets and all, for the default instance
    valid       the year, period or moment the value stands for; left out with its @ when there is none

`str(address)` and `Address.parse` are each other's inverse. Inside a part, a character that would end it is written as
%XX of its UTF-8 bytes (RFC 3986, 2.1), and so are % itself and white space; everything else stands as it is, so a usual
address reads without decoding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from madang.errors import CallerError

# What must not stand bare in a part: the marks that may end it, or begin what follows.
_ENDS = {
    "city": "/#",
    "origin": "#",
    "entity": ".",
    "attribute": "[@",
    "dataset_id": "]",
    "valid": "",
}
_RUN = re.compile(r"run:.+", re.DOTALL)
_TRANSACTION = re.compile(r"tx:(0|[1-9][0-9]*)")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a number stands: city, run or transaction, entity, attribute, instance and valid time."""

    city: str
    origin: str
    entity: str
    attribute: str
    dataset_id: str | None = None
    valid: str | None = None

    def __post_init__(self) -> None:
        if not (self.city and self.entity and self.attribute) or not _is_origin(self.origin):
            raise CallerError("indicators.address-malformed", found=str(self))
        if self.dataset_id == "" or self.valid == "":
            raise CallerError("indicators.address-malformed", found=str(self))

    def __str__(self) -> str:
        text = f"{_hide('city', self.city)}/{_hide('origin', self.origin)}"
        text += f"#{_hide('entity', self.entity)}.{_hide('attribute', self.attribute)}"
        if self.dataset_id is not None:
            text += f"[{_hide('dataset_id', self.dataset_id)}]"
        if self.valid is not None:
            text += f"@{_hide('valid', self.valid)}"
        return text

    @staticmethod
    def parse(text: str) -> Address:
        """The address that a text writes; raises CallerError when the text is not one, or not its usual spelling."""
        found = _PATTERN.fullmatch(text)
        if found is None:
            raise CallerError("indicators.address-malformed", found=text)
        try:
            parts = {
                name: None if part is None else unquote(part, errors="strict")
                for name, part in found.groupdict().items()
            }
        except UnicodeDecodeError:
            raise CallerError("indicators.address-malformed", found=text) from None
        address = Address(**parts)  # type: ignore[arg-type]
        if str(address) != text:
            raise CallerError("indicators.address-malformed", found=text)
        return address

    @property
    def run(self) -> str | None:
        """The id of the run the number comes from, or None."""
        return self.origin.removeprefix("run:") if self.origin.startswith("run:") else None

    @property
    def transaction(self) -> int | None:
        """The number of the transaction that wrote the number, or None."""
        return int(self.origin.removeprefix("tx:")) if self.origin.startswith("tx:") else None


_PATTERN = re.compile(
    r"(?P<city>[^/#\s]+)/(?P<origin>[^#\s]+)#(?P<entity>[^.\s]+)\.(?P<attribute>[^\[@\s]+)"
    r"(?:\[(?P<dataset_id>[^\]\s]+)\])?(?:@(?P<valid>[^\s]+))?"
)


def _is_origin(origin: str) -> bool:
    return bool(_RUN.fullmatch(origin) or _TRANSACTION.fullmatch(origin))


def _hide(part: str, text: str) -> str:
    marks = _ENDS[part]
    return "".join(_escaped(c) if c in marks or c == "%" or c.isspace() else c for c in text)


def _escaped(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())

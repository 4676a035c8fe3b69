"""How status and licence go from inputs to a derived figure: the strictest wins.

Status: synthetic (가상) over estimated (추정) over observed (실측). An input whose status nobody stated makes
the figure's status unknown, unless another input is synthetic, which already says the worst.
Licence: a figure derived from several data sets may be passed on only as the strictest of them allows; a licence that
is private or unknown blocks an open export.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Status = Literal["observed", "estimated", "synthetic"]
STATUSES: tuple[Status, ...] = ("observed", "estimated", "synthetic")

STATUS_LABELS = {
    "observed": {"ko": "실측", "en": "observed"},
    "estimated": {"ko": "추정", "en": "estimated"},
    "synthetic": {"ko": "가상", "en": "synthetic"},
}

Freedom = Literal["free", "attribution", "share-alike", "restricted", "unknown"]
FREEDOMS: tuple[Freedom, ...] = ("free", "attribution", "share-alike", "restricted", "unknown")

# What a licence's name says about passing data on; the first pattern that fits decides.
_PATTERNS: tuple[tuple[str, Freedom], ...] = (
    (r"^\s*$|unknown|not checked|unchecked|not stated|미확인|private", "unknown"),
    (r"\bNC\b|\bND\b|non-?commercial|KOGL[- ]?(type[- ]?)?[234]|공공누리 ?(제)?[234]", "restricted"),
    (r"\bSA\b|ODbL|GPL|share-?alike", "share-alike"),
    (r"KOGL[- ]?(type[- ]?)?1|공공누리 ?(제)?1|CC[- ]BY|ODC-By|MIT|Apache|BSD|name the source|출처", "attribution"),
    (r"CC0|public domain|PDDL|no restriction|not protected", "free"),
)


@dataclass(frozen=True, slots=True)
class Licence:
    """The licence of a derived figure: how free it is, and which of its inputs decide."""

    freedom: Freedom
    names: tuple[str, ...]
    deciding: tuple[str, ...]

    @property
    def may_be_exported(self) -> bool:
        """Whether an open export may carry the figure."""
        return self.freedom in ("free", "attribution", "share-alike")


def combine_status(statuses: Iterable[str | None]) -> Status | None:
    """The strictest status of a figure's inputs; None when an input's status is unknown and none is synthetic."""
    found = list(statuses)
    if "synthetic" in found:
        return "synthetic"
    if not found or None in found or not set(found) <= set(STATUSES):
        return None
    return max((s for s in STATUSES if s in found), key=STATUSES.index)


def at_least_estimated(statuses: Iterable[str | None]) -> Status:
    """The status of what a model computes: never observed, and synthetic as soon as an input is."""
    return "synthetic" if "synthetic" in set(statuses) else "estimated"


def freedom_of(licence: str | None) -> Freedom:
    """What a licence's name allows; a name that is not understood is unknown, never guessed to be free."""
    for pattern, freedom in _PATTERNS:
        if re.search(pattern, licence or "", re.IGNORECASE):
            return freedom
    return "unknown"


def combine_licences(licences: Iterable[str | None]) -> Licence:
    """The strictest of the licences of a figure's inputs; no inputs at all is unknown."""
    names = tuple(sorted({name or "unknown" for name in licences}))
    if not names:
        return Licence("unknown", (), ())
    worst = max((freedom_of(name) for name in names), key=FREEDOMS.index)
    return Licence(worst, names, tuple(name for name in names if freedom_of(name) == worst))

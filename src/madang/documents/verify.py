"""A document held against its manifest and the city: each figure is as printed, edited, stale, or can't be confirmed.

same        the document shows what was printed, and the city gives the same value again
stale       the same, but the source has changed since: a reason to write the paper anew, no fault
edited      the document shows something else than was printed, or a text that does not say its value
missing     the figure is not in the document any more
moved       the figure stands as printed, but in another place, among other words
differs     the city gives another value at the figure's address
gone        the city has nothing at that address
cannot      the value stands, but can't be computed again here (another engine, say)
no-address  a number that is not the city's, such as a count of days; only its text was compared
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from madang.documents.manifest import Printed
from madang.documents.numerals import says
from madang.documents.readback import read
from madang.documents.text import clean, compact
from madang.errors import CallerError, Pair, both

State = Literal["same", "stale", "edited", "missing", "moved", "differs", "gone", "cannot", "no-address"]
FAULTS: tuple[State, ...] = ("edited", "missing", "moved", "differs", "gone")


@dataclass(frozen=True, slots=True)
class Looked:
    """What the city says of a figure's address: its value again, and whether that could be computed."""

    state: Literal["same", "differs", "gone", "cannot"]
    value: Any
    stale: bool = False
    reason: Pair | None = None


Look = Callable[[Printed], Looked]


@dataclass(frozen=True, slots=True)
class CheckedFigure:
    """One figure of a document: what was printed, what stands there now, what the city says."""

    number: int
    anchor: str
    printed: str
    shown: str | None
    state: State
    value: float | int | None
    now: Any
    address: str | None
    said: Pair


@dataclass(frozen=True, slots=True)
class Verification:
    """A whole document verified."""

    file: str
    ok: bool
    manifest: Literal["sound", "edited", "missing"]
    title: str | None
    figures: tuple[CheckedFigure, ...]

    def as_json(self) -> dict[str, Any]:
        """The verification as plain JSON values, with how many figures stand how."""
        return {**asdict(self), "counts": self.counts()}

    def counts(self) -> dict[str, int]:
        """How many figures stand how."""
        states = [figure.state for figure in self.figures]
        return {state: states.count(state) for state in dict.fromkeys(states)}


def verify(data: bytes, *, name: str, city: str, city_name: str, look: Look) -> Verification:
    """Verify a document against the city with this uuid; one of another city is refused."""
    reading = read(data, name=name)
    manifest = reading.manifest
    if manifest is None:
        return Verification(name, False, "missing", None, ())
    if manifest.city != city and any(figure.address or figure.sum_of for figure in manifest.figures):
        raise CallerError("documents.other-city", file=name, city=city_name)
    shown, moved = reading.shown(), reading.moved()
    figures = tuple(
        _checked(n, figure, shown.get(figure.anchor), look, is_moved=figure.anchor in moved)
        for n, figure in enumerate(manifest.figures, 1)
    )
    sound = manifest.is_sealed and all(figure.state not in FAULTS for figure in figures)
    return Verification(name, sound, "sound" if manifest.is_sealed else "edited", manifest.title, figures)


def _checked(number: int, figure: Printed, shown: str | None, look: Look, *, is_moved: bool) -> CheckedFigure:
    looked = look(figure) if figure.address or figure.sum_of else None
    state, said = _judged(figure, shown, looked)
    if is_moved and state not in FAULTS:
        state, said = "moved", both("documents.figure-moved", printed=figure.text)
    now = looked.value if looked else None
    text = clean(shown) if shown is not None else None
    return CheckedFigure(number, figure.anchor, figure.text, text, state, figure.value, now, figure.address, said)


def _judged(figure: Printed, shown: str | None, looked: Looked | None) -> tuple[State, Pair]:
    facts: dict[str, Any] = {"printed": figure.text, "shown": clean(shown or "") or "-", "address": figure.address}
    if shown is None:
        return "missing", both("documents.figure-missing", **facts)
    if compact(shown) != compact(figure.text):
        return "edited", both("documents.figure-edited", **facts)
    if says(figure.text, figure.value) is False:
        return "edited", both("documents.figure-not-its-value", value=figure.value, **facts)
    if looked is None:
        return "no-address", both("documents.figure-no-address", **facts)
    if looked.state in ("gone", "cannot"):
        reason = looked.reason or both("documents.no-reason")
        return looked.state, both(f"documents.figure-{looked.state}", reason=reason, **facts)
    if looked.state == "differs" or not _equal(figure.value, looked.value):
        return "differs", both("documents.figure-differs", value=figure.value, now=looked.value, **facts)
    state: State = "stale" if looked.stale else "same"
    return state, both(f"documents.figure-{state}", **facts)


def _equal(printed: object, now: object) -> bool:
    return len(now) == printed if isinstance(now, list) else printed == now

"""Which registrations concern a request, before it is known what it asks (clauses 5.12, 6.3.18, 4.9)."""

from __future__ import annotations

from dataclasses import dataclass

from madang import clock
from madang.entities.qlanguage import Tree, parse_q, renamed
from madang.hub.registrations import Book, Info, Registration, Sought, Span, in_time, passes
from madang.web.ngsi.distributed_asking import came_by, own_pseudonym
from madang.web.ngsi.distributed_local import Incoming
from madang.web.ngsi.registering import span_of

Matches = list[tuple[Registration, tuple[Info, ...]]]


@dataclass(frozen=True, slots=True)
class Matching:
    """Finds the registrations of a tenant that a request may be sent on to."""

    book: Book
    came_by: tuple[str, ...]
    own: str
    temporal: bool
    filter: Tree | None = None
    span: Span | None = None

    @property
    def loops(self) -> bool:
        """Whether the request was here before."""
        return self.own in self.came_by

    def found(self, sought: Sought) -> Matches:
        """Registrations that concern what is sought, apart from sources that already had the request."""
        found = self.book.matching(sought, now=clock.now())
        return sorted((one for one in found if self._may(one[0])), key=lambda one: one[0].id)

    def offering(self, sought: Sought, *operations: str) -> Matches:
        """Those that offer one of these operations; nobody when the request was here before."""
        if self.loops:
            return []
        return [one for one in self.found(sought) if not one[0].operations.isdisjoint(operations)]

    def _may(self, registration: Registration) -> bool:
        if registration.alias is not None and registration.alias in self.came_by:
            return False
        if registration.is_temporal and not self.temporal:
            return False
        if self.span is not None and registration.is_temporal and not in_time(self.span, registration):
            return False
        return self.filter is None or passes(self.filter, registration)


def matching_of(made: Incoming, operation: str) -> Matching:
    """What finds the registrations for a request; MadangError for a context source filter that is none."""
    asked = made.asked
    csf = made.parameters.get("csf")
    return Matching(
        asked.around.sources.book(asked.city),
        came_by(asked),
        own_pseudonym(asked),
        "Temporal" in operation,
        renamed(parse_q(csf), made.name) if csf is not None else None,
        span_of(made.parameters) if "Temporal" in operation else None,
    )

"""Committees, meetings and all that belongs to them, as they stand in a city. Reads only, from one view.

All of it is seen on main: a committee decides about branches, it does not exist on one of them. A thing is named by its
id, by the end of its id, or, a person, by name; what is not there is answered with what is.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from madang.civic.committees.charters import Charter, charter_of
from madang.civic.committees.membership import Place, name_of, place_of
from madang.entities.entity import Document, types_of, value_of
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, NotFoundError, Pair
from madang.store import Store, View

BODIES = "Organisation,University,Company,Firm,City,Committee,Alliance"
AUTHORITY = "madang"


class Records:
    """What one view holds of committees; each type is read once, when it is first asked for."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.view: View = store.view()

    # --- committees and people ----------------------------------------------------------------------------------------

    @cached_property
    def committees(self) -> list[Document]:
        return sorted(self._all("Committee"), key=lambda one: one["id"])

    @cached_property
    def people(self) -> dict[str, Document]:
        return {one["id"]: one for one in self._all("Person")}

    @cached_property
    def bodies(self) -> dict[str, Document]:
        return {one["id"]: one for one in self._all(BODIES)}

    @cached_property
    def places(self) -> list[Place]:
        return [
            place_of(one, self.people, self.bodies) for one in self._all("Membership") if value_of(one, "refPerson")
        ]

    def committee(self, named: str) -> Document:
        """A committee by its id or the end of its id."""
        return _one(self.committees, named, "committees.committee-unknown")

    def charter(self, committee: Document) -> Charter | None:
        """A committee's charter, or None where none is recorded."""
        data = value_of(committee, "charter")
        return None if data is None else charter_of(data)

    def places_of(self, committee_id: str) -> list[Place]:
        """All places that a committee has and had."""
        return [place for place in self.places if place.committee == committee_id]

    def person(self, named: str) -> str:
        """The id of a person named by id or by name."""
        if named in self.people:
            return named
        ends = [id for id in self.people if id.endswith(f":{named}")]
        called = ends or [id for id, one in self.people.items() if named in name_of(one, id).values()]
        if len(called) > 1:
            raise CallerError("committees.name-twice", name=named, ids=", ".join(called))
        if not called:
            raise NotFoundError("committees.person-unknown", name=named)
        return called[0]

    def place(self, named: str) -> Place:
        """A place by its id."""
        found = next((one for one in self.places if named == one.id or one.id.endswith(f":{named}")), None)
        if found is None:
            raise NotFoundError("committees.membership-unknown", id=named)
        return found

    def places_named(self, committee_id: str, named: str) -> list[Place]:
        """The places of a committee that one person has and had, named by place or person; the latest last."""
        mine = self.places_of(committee_id)
        exact = [place for place in mine if named == place.id or place.id.endswith(f":{named}")]
        if not exact:
            by_person = {place.person for place in mine if named == place.person or place.person.endswith(f":{named}")}
            by_name = {place.person for place in mine if named in place.name.values()}
            people = by_person or by_name
            if len(people) > 1:
                raise CallerError("committees.name-twice", name=named, ids=", ".join(sorted(people)))
            exact = [place for place in mine if place.person in people]
        return sorted(exact, key=lambda place: (place.first(), place.id))

    def label(self, id: str | None) -> Pair | None:
        """What an entity is called, whatever it is."""
        if id is None:
            return None
        known = self.people.get(id) or self.bodies.get(id)
        return name_of(known or self.view.document(id), id)

    # --- meetings -----------------------------------------------------------------------------------------------------

    @cached_property
    def meetings(self) -> list[Document]:
        return sorted(self._all("Meeting"), key=lambda one: (str(value_of(one, "date") or ""), one["id"]))

    @cached_property
    def items(self) -> list[Document]:
        return sorted(self._all("AgendaItem"), key=lambda one: (value_of(one, "order") or 0, one["id"]))

    @cached_property
    def recusals(self) -> list[Document]:
        return sorted(self._all("Recusal"), key=lambda one: (value_of(one, "decidedAt") or "", one["id"]))

    @cached_property
    def votes(self) -> list[Document]:
        return sorted(self._all("Vote"), key=lambda one: (value_of(one, "heldAt") or "", one["id"]))

    @cached_property
    def speeches(self) -> list[Document]:
        return sorted(self._all("Speech"), key=lambda one: (value_of(one, "order") or 0, one["id"]))

    @cached_property
    def follow_ups(self) -> list[Document]:
        return sorted(self._all("FollowUp"), key=lambda one: (value_of(one, "due") or "", one["id"]))

    @cached_property
    def opinions(self) -> list[Document]:
        return sorted(self._all("Opinion"), key=lambda one: one["id"])

    def meeting(self, named: str) -> Document:
        """A meeting by its id or the end of its id."""
        return _one(self.meetings, named, "committees.meeting-unknown")

    def item(self, named: str) -> Document:
        """An agenda item by its id or the end of its id."""
        return _one(self.items, named, "committees.item-unknown")

    def follow_up(self, named: str) -> Document:
        """A follow-up by its id or the end of its id."""
        return _one(self.follow_ups, named, "committees.follow-up-unknown")

    def recusal(self, named: str) -> Document:
        """A recusal by its id or the end of its id."""
        return _one(self.recusals, named, "committees.recusal-unknown")

    def meetings_of(self, committee_id: str) -> list[Document]:
        """A committee's meetings, the oldest first."""
        return [one for one in self.meetings if value_of(one, "refCommittee") == committee_id]

    def items_of(self, meeting_id: str) -> list[Document]:
        """A meeting's agenda, in its order."""
        return [one for one in self.items if value_of(one, "refMeeting") == meeting_id]

    def recusals_of(self, item_id: str) -> list[Document]:
        """What was said about recusal at an item."""
        return [one for one in self.recusals if value_of(one, "refAgendaItem") == item_id]

    def vote_of(self, item_id: str) -> Document | None:
        """The vote on an item."""
        return next((one for one in self.votes if value_of(one, "refAgendaItem") == item_id), None)

    def open_opinions(self, item: Document) -> list[Document]:
        """Opinions on an item, or on its proposal as it stands in this round, that have no disposition yet.

        A reply belongs to its opinion, and what its author took back asks for nothing.
        """
        about = {item["id"], value_of(item, "refProposal")} - {None}
        proposal = self.view.document(value_of(item, "refProposal") or "") or {}
        this_round = value_of(proposal, "round")
        return [
            one
            for one in self.opinions
            if {value_of(one, "refProposal"), value_of(one, "refAgendaItem")} & about
            and value_of(one, "disposition") is None
            and value_of(one, "refOpinion") is None
            and value_of(one, "state") != "withdrawn"
            and value_of(one, "round") in (None, this_round)
        ]

    def city(self) -> str | None:
        """The id of the city whose file this is."""
        found = self.view.ids(Query(types=parse_types("City"), limit=1))
        return found[0] if found else None

    def _all(self, types: str) -> list[Document]:
        return self.view.documents(Query(types=parse_types(types)))


def new_id(store: Store, type: str, code: str) -> str:
    """An id that nothing has yet: the code, or the code with a number behind it."""
    view, number = store.view(), 1
    while True:
        made = f"urn:ngsi-ld:{type}:{AUTHORITY}:{code}" + (f"-{number}" if number > 1 else "")
        if view.get(made) is None:
            return made
        number += 1


def code_of(id: str) -> str:
    """The last part of an id."""
    return id.rpartition(":")[2]


def _one(known: Iterable[Document], named: str, unknown: str) -> Document:
    found = list(known)
    for one in found:
        if one["id"] == named:
            return one
    ends = [one for one in found if one["id"].endswith(f":{named}")]
    if len(ends) == 1:
        return ends[0]
    near = ", ".join(code_of(one["id"]) for one in (ends or found)[:8]) or "-"
    raise NotFoundError(unknown, id=named, known=near)


def is_a(document: Document, type: str) -> bool:
    """Whether an entity is of a type."""
    return type in types_of(document)

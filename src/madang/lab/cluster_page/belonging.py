"""What belongs to a cluster, and why: it says so, it stands inside the boundary, or something that belongs names it.

refCluster   the entity names the cluster, or the cluster's officer tied it to it
inside       it stands inside the boundary; a firm only if its industry is one of the cluster's
party        an agreement whose party is a firm or body of the cluster
agreement    a memorandum, claim or promise that an agreement of the cluster is about
programme    a body that trains people for the cluster
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from madang.entities.entity import Document, value_of
from madang.lab import taxonomy
from madang.lab.cluster_page.seen import Seen, ids

Why = Mapping[str, str]  # id of what belongs -> why
BODIES = ("University", "Organisation")


class Belonging:
    """What belongs to the cluster that is seen."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self.strategic = taxonomy.strategic(seen.all("StrategicIndustry"))
        self.tag = taxonomy.tag_of(value_of(seen.cluster, "strategicIndustry"), self.strategic)
        self.codes = taxonomy.known_codes(value_of(seen.cluster, "ksicCodes") or ())

    def named(self, type: str) -> dict[str, str]:
        """Entities of a type that name the cluster, or that it says it includes."""
        included = set(ids(self.seen.cluster, "includes"))
        return {
            one["id"]: "refCluster"
            for one in self.seen.all(type)
            if one["id"] in included or self.seen.id in ids(one, "refCluster")
        }

    @cached_property
    def firms(self) -> Why:
        """Firms that name the cluster, and those of its industries inside its boundary."""
        found = {one["id"]: "inside" for one in self.seen.all("Firm") if self.seen.is_inside(one) and self._fits(one)}
        return found | self.named("Firm")

    @cached_property
    def facilities(self) -> Why:
        """Facilities that name the cluster or stand inside its boundary; hydrogen stations of a hydrogen cluster."""
        found = {one["id"]: "inside" for one in self.seen.all("Facility") if self.seen.is_inside(one)}
        if self.tag is not None and self.tag.tag == "hydrogen":
            stations = self.seen.all("HydrogenStation")
            found |= {one["id"]: "inside" for one in stations if self.seen.is_inside(one)}
        return found | self.named("Facility") | self.named("HydrogenStation")

    @cached_property
    def agreements(self) -> Why:
        """Agreements that name the cluster, or to which a firm or body of it is party."""
        own = self.firms.keys() | {id for type in BODIES for id in self.named(type)}
        found = {one["id"]: "party" for one in self.seen.all("Agreement") if own & set(ids(one, "parties"))}
        return found | self.named("Agreement")

    @cached_property
    def programmes(self) -> Why:
        """Talent programmes that name the cluster."""
        return self.named("TalentProgramme")

    @cached_property
    def bodies(self) -> Why:
        """Universities and organisations: parties of its agreements, trainers for it, those inside or naming it."""
        found: dict[str, str] = {}
        for type in BODIES:
            found |= {one["id"]: "inside" for one in self.seen.all(type) if self.seen.is_inside(one)}
        for why, holding, attribute in (
            ("programme", self.documents("TalentProgramme", self.programmes), "refOrganisation"),
            ("agreement", self.documents("Agreement", self.agreements), "parties"),
        ):
            found |= {id: why for one in holding for id in ids(one, attribute) if id.split(":")[2:3][0] in BODIES}
        return found | {id: why for type in BODIES for id, why in self.named(type).items()}

    @cached_property
    def memoranda(self) -> Why:
        """Investment memoranda: by name of the cluster, by agreement, by site."""
        every = self.seen.all("InvestmentMemorandum")
        found = {one["id"]: "inside" for one in every if self.seen.is_inside(one)}
        found |= {one["id"]: "agreement" for one in every if self.agreements.keys() & set(ids(one, "refAgreement"))}
        return found | self.named("InvestmentMemorandum")

    @cached_property
    def dependencies(self) -> Why:
        """Supplies from abroad: by name of the cluster, by item of its strategic industry."""
        items = set(self.tag.hs_codes()) if self.tag else set()
        found = {one["id"]: "item" for one in self.seen.all("Dependency") if str(value_of(one, "hsCode")) in items}
        return found | self.named("Dependency")

    def documents(self, type: str, why: Why) -> list[Document]:
        """Entities of a type that belong."""
        return [one for one in self.seen.all(type) if one["id"] in why]

    def _fits(self, firm: Document) -> bool:
        """Whether a firm is of the cluster's industries, or of its strategic industry."""
        held = taxonomy.known_codes(value_of(firm, "ksicCodes") or ())
        if any(taxonomy.falls_under(code, self.codes) for code in held):
            return True
        said = taxonomy.tag_of(value_of(firm, "strategicIndustry"), self.strategic)
        return said is not None and self.tag is not None and said.tag == self.tag.tag


def stages_wanted(belonging: Belonging) -> list[str]:
    """The stages the cluster says it has, else those of its strategic industry."""
    said: list[Any] = list(value_of(belonging.seen.cluster, "supplyStages") or ())
    known = [str(one) for one in said if str(one) in taxonomy.stages()]
    return known or list(belonging.tag.stages if belonging.tag else ())

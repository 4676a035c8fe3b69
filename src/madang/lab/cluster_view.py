"""A cluster as it is shown: its figures by period with their revisions, and what the firms loaded for it give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from madang.entities.entity import Document, geometry_of, instance_of, value_of
from madang.errors import Pair, both
from madang.indicators.stored import Figure, figure
from madang.lab import taxonomy
from madang.lab.firm_share import Inside, firms_inside
from madang.lab.register import pair
from madang.store import Store, View

# What is counted of a cluster, and the attribute that keeps it.
MEASURES: Mapping[str, str] = {
    "firms": "firmStock",
    "firms-in": "firmsArrived",
    "firms-out": "firmsLeft",
    "talent": "talentStock",
    "talent-in": "talentArrived",
    "talent-out": "talentLeft",
}


@dataclass(frozen=True)
class Count:
    """One count of one period, and how often it was revised."""

    measure: str
    figure: Figure
    revisions: int

    def as_json(self) -> dict[str, Any]:
        """The count as plain JSON values."""
        return {
            "measure": self.measure,
            "label": both(f"clusters.measure-{self.measure}"),
            "figure": self.figure,
            "revisions": self.revisions,
        }


@dataclass(frozen=True)
class Revision:
    """What a figure was said to be from a transaction on."""

    value: Any
    transaction: int
    source: str | None

    def as_json(self) -> dict[str, Any]:
        """The revision as plain JSON values."""
        return dict(vars(self))


@dataclass(frozen=True)
class ClusterView:
    """One cluster: `inside` is None where it has no boundary; `firms` are those said to belong to it."""

    id: str
    name: Pair
    codes: tuple[str, ...]
    industries: tuple[Pair, ...]
    tag: str | None
    stages: tuple[Mapping[str, Any], ...]
    missing_stages: tuple[Pair, ...]
    firms: tuple[str, ...]
    counts: tuple[Count, ...]
    inside: Inside | None
    status: str | None
    source: str | None

    def as_json(self) -> dict[str, Any]:
        """The cluster as a page draws it."""
        return {
            "id": self.id,
            "name": self.name,
            "codes": list(self.codes),
            "industries": list(self.industries),
            "tag": self.tag,
            "stages": [dict(one) for one in self.stages],
            "missingStages": list(self.missing_stages),
            "firms": list(self.firms),
            "counts": [one.as_json() for one in self.counts],
            "inside": None if self.inside is None else self.inside.as_json(),
            "status": self.status,
            "source": self.source,
        }


@dataclass(frozen=True)
class Taxonomy:
    """The firms of a register by section of KSIC, and those whose industry nobody said or nobody knows."""

    firms: int
    mapped: int
    unmapped: tuple[Document, ...]
    by_section: Mapping[str, int]

    @staticmethod
    def of(firms: Sequence[Document]) -> Taxonomy:
        """The taxonomy of firms; one with several codes counts in each of their sections."""
        unmapped, counts = [], dict[str, int]()
        for firm in firms:
            sections = {code[0] for code in taxonomy.known_codes(value_of(firm, "ksicCodes") or ())}
            if not sections:
                unmapped.append(firm)
            for section in sections:
                counts[section] = counts.get(section, 0) + 1
        return Taxonomy(len(firms), len(firms) - len(unmapped), tuple(unmapped), dict(sorted(counts.items())))

    def as_json(self) -> dict[str, Any]:
        """The taxonomy as plain JSON values."""
        names = taxonomy.sections()
        return {
            **taxonomy.source(),
            "firms": self.firms,
            "mapped": self.mapped,
            "unmapped": [{"id": one["id"], "name": pair(value_of(one, "name") or one["id"])} for one in self.unmapped],
            "sections": [{"id": s, "label": names[s], "firms": n} for s, n in self.by_section.items()],
            "stages": [{"id": id, "label": label} for id, label in taxonomy.stages().items()],
        }


def cluster_view(store: Store, branch: str, cluster: Document, firms: Sequence[Document]) -> ClusterView:
    """A cluster with what is known of it."""
    codes = [taxonomy.ksic(str(one)) for one in value_of(cluster, "ksicCodes") or ()]
    own = [firm for firm in firms if value_of(firm, "refCluster") == cluster["id"]]
    wanted = [str(one) for one in value_of(cluster, "supplyStages") or ()]
    held = {stage: sum(value_of(firm, "supplyStage") == stage for firm in own) for stage in taxonomy.stages()}
    names = taxonomy.stages()
    source, status = value_of(cluster, "source"), value_of(cluster, "status")
    return ClusterView(
        id=cluster["id"],
        name=pair(value_of(cluster, "name")),
        codes=tuple(one.text for one in codes),
        industries=tuple(one.label for one in codes),
        tag=value_of(cluster, "strategicIndustry"),
        stages=tuple({"id": s, "label": names[s], "firms": n} for s, n in held.items() if n or s in wanted),
        missing_stages=tuple(names[s] for s in wanted if s in names and not held[s]),
        firms=tuple(firm["id"] for firm in own),
        counts=tuple(_counts(store, branch, cluster)),
        inside=_inside(cluster, firms),
        status=status if isinstance(status, str) else None,
        source=source if isinstance(source, str) else None,
    )


def period_id(period: str) -> str:
    """The datasetId that tells the figure of one period from those of others."""
    return f"urn:madang:period:{period}"


def revisions(view: View, cluster: Document, attribute: str, period: str) -> list[Revision]:
    """What was said of one period, the first first; what was said again unchanged counts once."""
    found: list[Revision] = []
    for entry in view.history(cluster["id"], attribute):
        said = None if entry.document is None else instance_of(entry.document, attribute, period_id(period))
        if said is not None and (not found or found[-1].value != said.get("value")):
            found.append(Revision(said.get("value"), entry.tx, value_of(said, "source")))
    return found


def count_of(store: Store, branch: str, cluster: Document, attribute: str, dataset: str | None) -> Figure | None:
    """One count as a figure, with the source and status that this period's own instance names."""
    made, said = (
        figure(store, cluster, attribute, dataset_id=dataset, branch=branch),
        instance_of(cluster, attribute, dataset),
    )
    if made is None or said is None:
        return None
    return {**made, "source": value_of(said, "source"), "status": value_of(said, "status")}


def _counts(store: Store, branch: str, cluster: Document) -> list[Count]:
    view, found = store.view(branch), []
    for measure, attribute in MEASURES.items():
        held = cluster.get(attribute)
        for one in [] if held is None else held if isinstance(held, list) else [held]:
            made = count_of(store, branch, cluster, attribute, one.get("datasetId"))
            if made is not None:
                period = str(value_of(one, "period") or "")
                found.append(Count(measure, made, max(0, len(revisions(view, cluster, attribute, period)) - 1)))
    return sorted(found, key=lambda one: (list(MEASURES).index(one.measure), str(one.figure["period"])))


def _inside(cluster: Document, firms: Sequence[Document]) -> Inside | None:
    line, name = geometry_of(cluster), value_of(cluster, "boundaryName")
    if line is None or line.get("type") not in ("Polygon", "MultiPolygon") or not name:
        return None
    return firms_inside(firms, line, name=pair(name), codes=value_of(cluster, "ksicCodes") or ())

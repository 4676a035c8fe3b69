"""The door to clusters: `city.clusters`. Firms by industry, figures of clusters, specialisation, shares in a boundary.

Beside it stand the registers that belong to clusters: `dependencies` (supplies from abroad), `talent` (who is trained,
who is wanted), `actors` (who works with whom), `shocks` (a shock and the recovery from it, on a branch).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from madang import clock, dates
from madang.entities.entity import (
    Document,
    Instance,
    geo_property,
    geometry_of,
    language_property,
    list_property,
    property_,
    relationship,
    value_of,
)
from madang.errors import CallerError, DataError, MadangError, Pair, both
from madang.indicators.stored import Figure
from madang.lab import cluster_acts, firm_share, taxonomy
from madang.lab.actors import Actors
from madang.lab.cluster_page.page import Page, page
from madang.lab.cluster_page.seen import Seen
from madang.lab.cluster_view import (
    MEASURES,
    ClusterView,
    Revision,
    Taxonomy,
    cluster_view,
    count_of,
    period_id,
    revisions,
)
from madang.lab.dependencies import Dependencies
from madang.lab.firm_share import Inside
from madang.lab.register import Title, entities_of, named, need_source, new_id, pair, write
from madang.lab.shocks import Shocks
from madang.lab.talent import Talent
from madang.models import runner
from madang.store import Seat

STATUSES = ("observed", "estimated", "synthetic")


class Clusters:
    """Clusters of a city on a branch, the firms in them, and the registers beside them."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self.dependencies = Dependencies(seat)
        self.talent = Talent(seat)
        self.actors = Actors(seat)
        self.shocks = Shocks(seat)

    # -- reading -------------------------------------------------------------------------------------------------

    def all(self) -> list[ClusterView]:
        """Every cluster with its figures and what its firms give."""
        firms = entities_of(self._view, "Firm")
        found = entities_of(self._view, "Cluster")
        return [cluster_view(self._seat.store, self._seat.branch_name, one, firms) for one in found]

    def cluster(self, id: str) -> ClusterView:
        """One cluster."""
        found = named(self._view, "Cluster", id)
        return cluster_view(self._seat.store, self._seat.branch_name, found, entities_of(self._view, "Firm"))

    def page(self, id: str) -> Page:
        """Everything the page of one cluster shows, today."""
        store, branch = self._seat.store, self._seat.branch_name
        cluster = named(self._view, "Cluster", id)
        register = getattr(self._seat, "investment", None)  # a city has one; another seat may not
        return page(
            Seen(store, branch, cluster, clock.today(store.city.zone)),
            cluster_view(store, branch, cluster, entities_of(self._view, "Firm")),
            talents=self.talent,
            dependencies=self.dependencies,
            actors=self.actors,
            pipeline=None if register is None else register.pipeline().as_json(),
        )

    def strategic(self) -> dict[str, Any]:
        """Strategic industries by the codes of each, and the codes of this file that none of the tables holds."""
        own, firms = entities_of(self._view, "StrategicIndustry"), entities_of(self._view, "Firm")
        tables = [one.as_json() for one in taxonomy.strategic(own).values()]
        return {"industries": tables, "unmapped": cluster_acts.unmapped_codes(self._view, firms, own)}

    def revisions(self, id: str, *, measure: str, period: str) -> list[Revision]:
        """What a figure of a cluster was said to be for a period, the first first."""
        known = _measure(measure)
        return revisions(self._view, named(self._view, "Cluster", id), known, _period(period))

    def taxonomy(self) -> Taxonomy:
        """Sections, stages, how many firms are mapped, and which are not."""
        return Taxonomy.of(entities_of(self._view, "Firm"))

    def unmapped(self) -> list[Document]:
        """Firms without a KSIC code that is known."""
        return list(self.taxonomy().unmapped)

    def specialisation(self) -> dict[str, Any] | None:
        """Location quotients and shift-share from the recorded run of the clusters model; None before there is one."""
        try:
            run = runner.known_run(self._seat.store, "clusters", branch=self._seat.branch_name)
        except MadangError:  # the city has no value added by industry: there is nothing to say, and nothing wrong
            return None
        if run is None:
            return None
        return {"run": run.id, "indicators": [one.as_json() for one in run.indicators], "tables": dict(run.tables)}

    def share_inside(
        self,
        id: str | None = None,
        *,
        codes: Sequence[str] = (),
        tag: str | None = None,
        boundary: Mapping[str, Any] | None = None,
        boundary_name: Title | None = None,
    ) -> Inside:
        """The share of firms that stand inside the boundary of a cluster, or inside one that is given with its name."""
        cluster = None if id is None else named(self._view, "Cluster", id)
        line = boundary if cluster is None else boundary or geometry_of(cluster)
        name = boundary_name if cluster is None else boundary_name or value_of(cluster, "boundaryName")
        if line is None or not name:
            raise DataError("clusters.boundary-unnamed")
        if cluster is not None and not codes and tag is None:
            codes = value_of(cluster, "ksicCodes") or ()
            tag = None if codes else value_of(cluster, "strategicIndustry")
        firms = entities_of(self._view, "Firm")
        return firm_share.firms_inside(firms, line, name=pair(name), codes=codes, tag=tag)

    # -- writing -------------------------------------------------------------------------------------------------

    def add(
        self,
        *,
        name: Title,
        codes: Sequence[str],
        tag: str | None = None,
        boundary: Mapping[str, Any] | None = None,
        boundary_name: Title | None = None,
        stages: Sequence[str] = (),
        text: Title | None = None,
        source: str | None = None,
        status: str | None = None,
        reason: str,
        by: str | None = None,
    ) -> Document:
        """A cluster: its industries, its boundary with the name of it, the stages of its supply chain."""
        if not any(pair(name).values()):
            raise CallerError("clusters.name-missing")
        made: Document = {
            "id": new_id(self._view, "Cluster", pair(name)["ko"]),
            "type": "Cluster",
            "name": language_property(pair(name)),
            "ksicCodes": list_property(taxonomy.codes_of(codes)),
        }
        if boundary is not None:
            if not boundary_name:
                raise DataError("clusters.boundary-unnamed")
            firm_share.read_boundary(boundary)
            made["location"] = geo_property(dict(boundary))
            made["boundaryName"] = language_property(pair(boundary_name))
        if stages:
            made["supplyStages"] = list_property([taxonomy.stage(one) for one in stages])
        if tag:
            made["strategicIndustry"] = property_(tag)
        if text:
            made["description"] = language_property(pair(text))
        made |= self._told(source, status)
        write(self._seat, made, reason=reason, by=by)
        return made

    def classify(
        self,
        firm: str,
        *,
        codes: Sequence[str],
        stage: str | None = None,
        tag: str | None = None,
        cluster: str | None = None,
        reason: str,
        by: str | None = None,
    ) -> Document:
        """Say to which industries a firm belongs, its stage in the supply chain, its strategic industry and cluster."""
        made = {**named(self._view, "Firm", firm), "ksicCodes": list_property(taxonomy.codes_of(codes))}
        if stage:
            made["supplyStage"] = property_(taxonomy.stage(stage))
        if tag:
            made["strategicIndustry"] = property_(tag)
        if cluster:
            made["refCluster"] = relationship(named(self._view, "Cluster", cluster)["id"])
        write(self._seat, made, reason=reason, by=by)
        return made

    def record(
        self,
        id: str,
        *,
        measure: str,
        value: int,
        period: str,
        source: str,
        status: str = "observed",
        reason: str,
        by: str | None = None,
    ) -> Figure:
        """A count of firms or people for a period, with its source; said again for the period it is a revision."""
        cluster = named(self._view, "Cluster", id)
        attribute, when = _measure(measure), _period(period)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise DataError("clusters.count-negative", found=value)
        need_source(self._view, source)
        made = property_(
            value,
            unit="IE" if measure.startswith("talent") else "C62",
            period=when,
            source=source,
            status=_status(status),
            dataset_id=period_id(when),
        )
        document = {**cluster, attribute: _with_instance(cluster.get(attribute), made)}
        write(self._seat, document, reason=reason, by=by)
        kept = count_of(self._seat.store, self._seat.branch_name, document, attribute, period_id(when))
        assert kept is not None
        return kept

    def link(self, id: str, what: str, *, remove: bool = False, reason: str, by: str | None = None) -> Document:
        """Tie a facility, agreement, programme or the like to a cluster, or take the tie away."""
        cluster = named(self._view, "Cluster", id)
        return cluster_acts.link(self._seat, cluster, what, reason=reason, by=by, remove=remove)

    def place(self, *, reason: str, by: str | None = None) -> dict[str, Any]:
        """Find where firms and places of the census stand in this file; what was found, and what was not."""
        found = cluster_acts.place(self._seat, reason=reason, by=by)
        return {part: one.as_json() for part, one in found.items()}

    def add_strategic(
        self,
        *,
        tag: str,
        name: Title,
        links: Sequence[Mapping[str, Any]],
        valid_from: str | None = None,
        source: str | None = None,
        reason: str,
        by: str | None = None,
    ) -> Document:
        """The city's own table of a strategic industry, in the place of the one that ships under its tag."""
        need_source(self._view, source)
        rows = [dict(one) for one in links]
        return cluster_acts.add_strategic(
            self._seat, tag=tag, name=name, links=rows, valid_from=valid_from, source=source, reason=reason, by=by
        )

    def check_share(self, id: str, claim: str, *, covers: str = "city", reason: str, by: str | None = None) -> Document:
        """Hold a published share against the firm register inside the cluster's boundary; the claim says what came.

        `covers` says what the register holds: "city", or "claim" for all firms that the claim speaks of.
        """
        cluster, found = named(self._view, "Cluster", id), named(self._view, "Claim", claim)
        inside = self.share_inside(id)
        return cluster_acts.check_share(self._seat, found, cluster, inside, covers=covers, reason=reason, by=by)

    # -- within --------------------------------------------------------------------------------------------------

    @property
    def _view(self) -> Any:
        return self._seat.store.view(self._seat.branch_name)

    def _told(self, source: str | None, status: str | None) -> dict[str, Instance]:
        told: dict[str, Instance] = {}
        if source is not None:
            told["source"] = relationship(need_source(self._view, source) or source)
        if status is not None:
            told["status"] = property_(_status(status))
        return told


def labels() -> Mapping[str, Pair]:
    """What the counts of a cluster are called."""
    return {measure: both(f"clusters.measure-{measure}") for measure in MEASURES}


def _measure(name: str) -> str:
    if name not in MEASURES:
        raise CallerError("clusters.measure-unknown", measure=name, known=", ".join(MEASURES))
    return MEASURES[name]


def _period(text: str) -> str:
    try:
        return dates.period(str(text)).text
    except ValueError:
        raise CallerError("clusters.period-malformed", found=text) from None


def _status(status: str) -> str:
    if status not in STATUSES:
        raise DataError("clusters.status-unknown", status=status)
    return status


def _with_instance(found: Any, made: Instance) -> list[Instance]:
    """The instances of an attribute with one put in the place of that of the same period."""
    held = [] if found is None else found if isinstance(found, list) else [found]
    return [*(one for one in held if one.get("datasetId") != made["datasetId"]), made]


__all__ = ["Clusters", "labels"]

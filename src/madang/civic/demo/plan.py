"""The demo as `data/demo.yaml` describes it: cities, branches and their entities, where buildings come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from madang import strict_yaml as y

Pair = Mapping[str, str]


@dataclass(frozen=True)
class Memorandum:
    """An agreement that stands on a branch only; `assumption` says in how far it is made up."""

    line: int
    id: str
    title: Pair
    description: Pair
    assumption: Pair


@dataclass(frozen=True)
class Programme:
    """An investment programme; each part is published (it names a source) or an assumption with its reason."""

    line: int
    id: str
    title: Pair
    amount: int
    sectors: Mapping[str, float]
    sectors_assumption: Pair
    amount_source: str | None = None
    amount_assumption: Pair | None = None
    agreement: str | None = None
    pledged_by: int | None = None
    period: str | None = None
    period_assumption: Pair | None = None
    location: tuple[float, float] | None = None


@dataclass(frozen=True)
class Facility:
    """A building that a programme would put up, as a rectangle around a place."""

    line: int
    id: str
    name: Pair
    kind: str
    programme: str
    centre: tuple[float, float]
    width_m: float
    depth_m: float
    floors: int


@dataclass(frozen=True)
class ExampleProposal:
    """The branch put up for decision, as an example."""

    line: int
    title: Pair
    reason: str


@dataclass(frozen=True)
class DemoBranch:
    """One policy as a branch of one city."""

    line: int
    city: str
    name: str
    title: Pair
    reason: str
    announcement: str
    programmes: tuple[Programme, ...]
    agreements: tuple[Memorandum, ...] = ()
    facilities: tuple[Facility, ...] = ()
    facilities_assumption: Pair | None = None
    proposal: ExampleProposal | None = None


@dataclass(frozen=True)
class Terrain:
    """A raster of the folder of data, and the mapping beside this plan that says what it is."""

    line: int
    file: str
    mapping: str


@dataclass(frozen=True)
class Buildings:
    """Which city gets buildings and what stands among them, in which place, and from which files of a folder of data.

    Without a folder a quarter is made up from a seed: one by which no street crosses a site of the plan.
    """

    line: int
    city: str
    place: str
    seed: int
    files: tuple[str, ...]
    needed: str
    terrain: Terrain


@dataclass(frozen=True)
class DemoPlan:
    """The whole demo."""

    line: int
    format: str
    cities: tuple[str, ...]
    branches: tuple[DemoBranch, ...]
    buildings: Buildings

    def branches_of(self, city: str) -> list[DemoBranch]:
        """The branches of one city."""
        return [branch for branch in self.branches if branch.city == city]


def parse_plan(text: str, *, file: str) -> DemoPlan:
    """The demo that a text describes; raises DataError naming file and line where it breaks the format."""
    plan: DemoPlan = _PLAN(y.parse(text, file=file))
    return plan


@cache
def demo_plan() -> DemoPlan:
    """The demo that comes with Madang."""
    file = resources.files("madang.civic.data").joinpath("demo.yaml")
    return parse_plan(file.read_text("utf-8"), file="demo.yaml")


def _position(node: y.Located) -> tuple[float, float]:
    lon, lat = y.list_of(y.number)(node)
    return float(lon), float(lat)


def _shares(node: y.Located) -> dict[str, Any]:
    found: dict[str, Any] = y.mapping_of(y.number)(node)
    if abs(sum(found.values()) - 1) > 1e-9:
        raise node.wrong("civic.file-shares", found=f"{sum(found.values()):g}")
    return found


_memorandum = y.record(Memorandum, {"id": y.slug, "title": y.pair, "description": y.pair, "assumption": y.pair}, {})
_programme = y.record(
    Programme,
    {"id": y.slug, "title": y.pair, "amount": y.whole, "sectors": _shares, "sectors_assumption": y.pair},
    {
        "amount_source": y.one_of("announcement"),
        "amount_assumption": y.pair,
        "agreement": y.slug,
        "pledged_by": y.whole,
        "period": y.text,
        "period_assumption": y.pair,
        "location": _position,
    },
)
_facility = y.record(
    Facility,
    {
        "id": y.slug,
        "name": y.pair,
        "kind": y.slug,
        "programme": y.slug,
        "centre": _position,
        "width_m": y.number,
        "depth_m": y.number,
        "floors": y.whole,
    },
    {},
)
_branch = y.record(
    DemoBranch,
    {
        "city": y.slug,
        "name": y.slug,
        "title": y.pair,
        "reason": y.text,
        "announcement": y.slug,
        "programmes": y.list_of(_programme),
    },
    {
        "agreements": y.list_of(_memorandum),
        "facilities": y.list_of(_facility),
        "facilities_assumption": y.pair,
        "proposal": y.record(ExampleProposal, {"title": y.pair, "reason": y.text}, {}),
    },
)
_PLAN = y.record(
    DemoPlan,
    {
        "format": y.one_of("madang-demo/1"),
        "cities": y.list_of(y.slug),
        "branches": y.list_of(_branch),
        "buildings": y.record(
            Buildings,
            {
                "city": y.slug,
                "place": y.text,
                "seed": y.whole,
                "files": y.list_of(y.text),
                "needed": y.text,
                "terrain": y.record(Terrain, {"file": y.text, "mapping": y.text}, {}),
            },
            {},
        ),
    },
    {},
)

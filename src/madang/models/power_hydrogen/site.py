"""What a branch says of its sites, as arrays and devices: loads, hydrogen demand, connections, devices. Pure.

What is needed and not said is listed in `unknown`: an answer that rests on it is unknown, never zero. Sizes leave in MW
and MWh, hydrogen in MWh of its lower heating value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from madang.errors import both
from madang.models.base import Blob, Floats, Inputs, Label, Records
from madang.models.power_hydrogen import demand, solar
from madang.models.power_hydrogen.horizon import MONTH_OF_DAY, SEASONS, WEEK, YEAR, Horizon

LHV_KWH_KG = 33.33
MWH_KG = LHV_KWH_KG / 1000
HOURS_OF_MONTH_SHARE = 12 / YEAR

Kind = Literal["solar", "battery", "electrolyser", "tank"]


@dataclass(frozen=True, eq=False)
class Device:
    """One device: its size now (MW; MWh for a tank), whether it may grow and how far (None: without limit).

    A battery's size is its power and `hours` how long it lasts at it; solar has a profile over the horizon.
    """

    id: str
    kind: Kind
    size: float
    extendable: bool = False
    most: float | None = None
    hours: float = 1.0
    profile: Floats | None = None


@dataclass(frozen=True, eq=False)
class Grid:
    """One connection: limits in MW (None: not stated) and the price of each hour in KRW/MWh."""

    id: str
    limit: float | None
    export_limit: float
    price: Floats
    own_tariff: bool


@dataclass(frozen=True, eq=False)
class Site:
    """Everything that the programme is made of, over a horizon."""

    horizon: Horizon
    load: Floats  # MW, stations' compressors included
    hydrogen: Floats  # MWh in each hour
    delivery_limit: float | None  # MWh in an hour, of hydrogen brought in
    grids: tuple[Grid, ...]
    devices: tuple[Device, ...]
    unknown: tuple[Label, ...]
    warnings: tuple[Label, ...]
    assumed_load: tuple[str, ...]  # cards that loads were derived with

    def of(self, kind: Kind) -> tuple[Device, ...]:
        """The devices of a kind."""
        return tuple(d for d in self.devices if d.kind == kind)


def prepare(inputs: Inputs, params: Mapping[str, Any], horizon: Horizon) -> Site:
    """The site that inputs and parameters describe."""
    reader = _Reader(inputs, params, horizon)
    hydrogen_kg, limit = reader.hydrogen()
    load = reader.load() + horizon.fold(hydrogen_kg) * params["station_kwh"] / 1000
    devices = (*reader.solar(), *reader.batteries(), *reader.electrolysers(), *reader.tanks())
    return Site(
        horizon,
        load,
        horizon.fold(hydrogen_kg) * MWH_KG,
        None if limit is None else limit * MWH_KG,
        reader.grids(),
        devices,
        tuple(reader.unknown),
        tuple(reader.warnings),
        tuple(dict.fromkeys(reader.assumed)),
    )


class _Reader:
    """Reads one branch; collects on its way what is not known."""

    def __init__(self, inputs: Inputs, params: Mapping[str, Any], horizon: Horizon) -> None:
        self.inputs, self.params, self.horizon = inputs, params, horizon
        self.unknown: list[Label] = []
        self.warnings: list[Label] = []
        self.assumed: list[str] = []
        self._hours = {name: self._file(name) for name in ("load-profile", "solar-profile")}

    def load(self) -> Floats:
        """The electric load of all sites, in MW."""
        return sum((self._load_of(id, row) for id, row in self._rows("sites")), np.zeros(self.horizon.hours))

    def _load_of(self, id: str, row: Mapping[str, Any]) -> Floats:
        word, mean = str(row.get("loadShape") or ""), self._mean_load(row)
        if word == "series":
            hours = self._column("load-profile", id)
            if hours is None:
                return self._is_unknown("unknown-load-profile", id)
            if self.horizon.hours < YEAR and not np.array_equal(hours, np.resize(hours[:WEEK], YEAR)):
                self.warnings.append(both("power_hydrogen.warn-peaks-averaged", entity=id))
            year = hours if mean is None else hours * (mean / hours.mean() if hours.any() else 0.0)
        elif mean is None:
            return self._is_unknown("unknown-load", id)
        else:
            year = demand.shape_of(word, self.params) * mean
        return self.horizon.fold(year)

    def _mean_load(self, row: Mapping[str, Any]) -> float | None:
        """MW: as stated, else from wafer starts or floor area and their cards."""
        if row.get("electricLoad") is not None:
            return float(row["electricLoad"])
        if row.get("waferStarts") is not None:
            self.assumed.append("wafer_kwh")
            return float(row["waferStarts"]) * float(self.params["wafer_kwh"]) / 1000 * HOURS_OF_MONTH_SHARE
        if row.get("floorArea") is not None and row.get("loadShape") != "series":
            self.assumed.append("floor_kwh")
            return float(row["floorArea"]) * float(self.params["floor_kwh"]) / 1000 / YEAR
        return None

    def hydrogen(self) -> tuple[Floats, float | None]:
        """Demand in kg in each hour of the year, and the most that can be brought in an hour (None: no limit)."""
        daily, limit = 0.0, None
        for _, row in self._rows("sites"):
            daily += float(row.get("hydrogenDemand") or 0.0)
            if row.get("hydrogenDeliveryLimit") is not None:
                limit = (limit or 0.0) + float(row["hydrogenDeliveryLimit"]) / 24
        for id, row in self._rows("stations"):
            if row.get("hydrogenDemand") is not None:
                daily += float(row["hydrogenDemand"])
            elif row.get("refEnergySite"):
                self._is_unknown("unknown-hydrogen", id)
        return demand.opening_shape(self.params) * (daily / 24), limit

    def grids(self) -> tuple[Grid, ...]:
        """The connections; without any, one whose limit nobody knows."""
        shape = self.horizon.fold(demand.tariff_shape(self.params))
        rows = self._rows("grids") or [("", {})]
        return tuple(
            Grid(
                id,
                None if row.get("importLimit") is None else float(row["importLimit"]),
                float(row.get("exportLimit") or 0.0),
                shape * float(self.params["tariff"] if row.get("tariff") is None else row["tariff"]) * 1000,
                row.get("tariff") is not None,
            )
            for id, row in rows
        )

    def solar(self) -> list[Device]:
        """Roofs: stated peak power, else what fits on the stated area or on the footprints of the named buildings."""
        found, footprints = [], dict(self._rows("buildings"))
        for id, row in self._rows("solar"):
            fits = self._fits(row, footprints)
            size, extendable = row.get("peakPower"), bool(row.get("extendable"))
            if size is None:
                size = 0.0 if extendable else fits
            profile = self._yield_of(id, row)
            if size is None:
                self._is_unknown("unknown-solar-size", id)
            elif profile is None:
                self._is_unknown("unknown-place", id)
            else:
                most = None if fits is None else max(fits, float(size)) / 1000
                found.append(Device(id, "solar", float(size) / 1000, extendable, most, profile=profile))
        return found

    def _fits(self, row: Mapping[str, Any], footprints: Mapping[str, Mapping[str, Any]]) -> float | None:
        """The peak power in kW that fits on a roof; None where the area is not known."""
        area = row.get("roofArea")
        if area is None and row.get("refBuilding"):
            named = row["refBuilding"] if isinstance(row["refBuilding"], list) else [row["refBuilding"]]
            areas = [footprints.get(str(b), {}).get("footprintArea") for b in named]
            area = None if None in areas else sum(float(a) for a in areas if a is not None)
        if area is None:
            return None
        return float(area) * float(self.params["roof_usable"]) * float(self.params["panel_density"])

    def _yield_of(self, id: str, row: Mapping[str, Any]) -> Floats | None:
        if (hours := self._column("solar-profile", id)) is not None:
            return self.horizon.fold(hours)
        place = _place(row) or next((p for _, site in self._rows("sites") if (p := _place(site))), None)
        if place is None:
            return None
        given = self.params
        seasons = {m: float(given[f"clearness_{name}"]) for name, months in SEASONS.items() for m in months}
        days = np.array([seasons[int(m)] for m in MONTH_OF_DAY])
        year = solar.yield_profile(
            place[1],
            place[0],
            tilt=float(given["tilt"] if row.get("tilt") is None else row["tilt"]),
            azimuth=float(given["azimuth"] if row.get("azimuth") is None else row["azimuth"]),
            clearness=days,
            swing=float(given["cloud_swing"]),
            performance_ratio=float(given["performance_ratio"]),
            albedo=float(given["albedo"]),
            utc_offset_h=float(given["utc_offset"]),
        )
        return self.horizon.fold(year)

    def batteries(self) -> list[Device]:
        """Batteries: energy and power stated, or one of them and the card's hours."""
        found = []
        for id, row in self._rows("batteries"):
            energy, power, hours = row.get("energyCapacity"), row.get("ratedPower"), float(self.params["battery_hours"])
            if energy and power:
                hours = float(energy) / float(power)
            elif energy is None and power is not None:
                energy = float(power) * hours
            device = self._sized(id, "battery", row, energy, "maximumEnergy", per=1000 * hours)
            found += [Device(d.id, d.kind, d.size, d.extendable, d.most, hours) for d in device]
        return found

    def electrolysers(self) -> list[Device]:
        """Electrolysers by their rated electric power."""
        rows = self._rows("electrolysers")
        return [
            d
            for id, r in rows
            for d in self._sized(id, "electrolyser", r, r.get("ratedPower"), "maximumPower", per=1000)
        ]

    def tanks(self) -> list[Device]:
        """Hydrogen tanks, in MWh."""
        rows = self._rows("tanks")
        return [
            d
            for id, r in rows
            for d in self._sized(id, "tank", r, r.get("hydrogenCapacity"), "maximumHydrogen", per=1 / MWH_KG)
        ]

    def _sized(
        self, id: str, kind: Kind, row: Mapping[str, Any], said: Any, maximum: str, *, per: float
    ) -> list[Device]:
        """The device with its size in MW or MWh, `per` of the stated unit being one; none if its size is unknown."""
        extendable = bool(row.get("extendable"))
        if said is None and not extendable:
            self._is_unknown("unknown-size", id)
            return []
        size, most = float(said or 0.0) / per, row.get(maximum)
        return [Device(id, kind, size, extendable, None if most is None else max(float(most) / per, size))]

    def _rows(self, port: str) -> list[tuple[str, Mapping[str, Any]]]:
        given = self.inputs.get(port)
        return list(zip(given.ids, given.rows, strict=True)) if isinstance(given, Records) else []

    def _file(self, port: str) -> dict[str, Floats]:
        given = self.inputs.get(port)
        return demand.read_hours(given) if isinstance(given, Blob) else {}

    def _column(self, port: str, id: str) -> Floats | None:
        """The column that is called as the entity's id ends, else the file's only column."""
        hours, name = self._hours[port], id.rpartition(":")[2]
        return hours.get(name, next(iter(hours.values())) if len(hours) == 1 else None)

    def _is_unknown(self, what: str, entity: str) -> Floats:
        self.unknown.append(both(f"power_hydrogen.{what}", entity=entity))
        return np.zeros(self.horizon.hours)


def _place(row: Mapping[str, Any]) -> tuple[float, float] | None:
    """(lon, lat) of the middle of where an entity stands."""
    from shapely.geometry import shape

    given = row.get("location")
    if not isinstance(given, Mapping) or not given.get("coordinates"):
        return None
    middle = shape(given).centroid
    return float(middle.x), float(middle.y)

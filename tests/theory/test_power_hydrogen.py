"""Power and hydrogen against theory: cases solved by hand, laws of every optimum, the sun.

The engine's tolerance is 1e-7 in each constraint; hand-solved figures of a few units are compared to 1e-6.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.models import engines
from madang.models.base import Context, Records, Result
from madang.models.ensemble import parameters
from madang.models.power_hydrogen import costs, demand, horizon, programme, site, solar
from madang.models.power_hydrogen.card import SPEC
from madang.models.power_hydrogen.goodness import goodness
from madang.models.power_hydrogen.model import FUNCTION, PowerHydrogen

NEAR = 1e-6


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[None]:
    """One engine's process for all cases: PyPSA is imported once."""
    yield
    engines.end_all()


def solved(load: list[float], price: list[float], *, grids: Any = None, **more: Any) -> dict[str, Any]:
    """The engine's answer to a case of a few hours; prices in million KRW/MWh, each hour counts once."""
    case = {
        "weight": [1.0] * len(load),
        "ends": [len(load) - 1],
        "load": load,
        "hydrogen": [],
        "grids": grids or [{"id": "g", "limit": None, "price": price, "charge": 0.0}],
        "export": {"limit": 0.0, "price": 0.0},
        "delivery": {"limit": 0.0, "price": 0.3},
        "penalty": {"electricity": 20.0, "hydrogen": 6.0},
        "devices": [],
    }
    with Context(0) as ctx:
        said: dict[str, Any] = engines.call("pypsa", FUNCTION, {"case": case | more}, ctx, model=SPEC.id)
    assert abs(said["gap"]) < NEAR
    assert said["imbalance"] < NEAR
    return said


def device(kind: str, size: float, **more: Any) -> dict[str, Any]:
    shown = {"extendable": False, "most": None, "hours": 1.0, "efficiency": 1.0, "profile": [], "annuity": 0.0}
    return {"id": kind, "kind": kind, "size": size} | shown | more


def test_one_source_then_two_by_merit_then_lack() -> None:
    """4 MW: the cheap source alone. 8: 6 cheap and 2 dear. 12: 3 are missing at the penalty."""
    said = solved(
        [4.0, 8.0, 12.0],
        [],
        grids=[
            {"id": "cheap", "limit": 6.0, "price": [0.1] * 3, "charge": 0.0},
            {"id": "dear", "limit": 3.0, "price": [0.3] * 3, "charge": 0.0},
        ],
    )
    assert said["flows"]["grid cheap"] == pytest.approx([4, 6, 6], abs=NEAR)
    assert said["flows"]["grid dear"] == pytest.approx([0, 2, 3], abs=NEAR)
    assert said["flows"]["unserved"] == pytest.approx([0, 0, 3], abs=NEAR)
    assert said["price"] == pytest.approx([0.1, 0.3, 20.0], abs=NEAR)
    assert said["objective"] == pytest.approx(0.1 * 16 + 0.3 * 5 + 20 * 3, abs=NEAR)


def test_a_battery_on_a_price_spread_and_an_electrolyser_with_a_tank() -> None:
    """Hour one at 0.1, hour two at 0.3.

    The battery takes 2 MW, keeps 0.9 x 2 and gives 0.9 x 1.8 = 1.62 back: it saves 0.3 x 1.62 - 0.1 x 2 = 0.286. The
    electrolyser makes both hours' hydrogen (2 MWh at an efficiency of 0.5: 4 MWh) in the first hour: 0.4.
    """
    case: dict[str, Any] = {
        "hydrogen": [1.0, 1.0],
        "devices": [
            device("battery", 2.0, efficiency=0.81),
            device("electrolyser", 5.0, efficiency=0.5),
            device("tank", 10.0),
        ],
    }
    said = solved([10.0, 10.0], [0.1, 0.3], **case)
    assert said["flows"]["battery"] == pytest.approx([-2, 1.62], abs=NEAR)
    assert said["flows"]["electrolyser"] == pytest.approx([4, 0], abs=NEAR)
    assert said["objective"] == pytest.approx(10 * 0.4 - 0.286 + 0.4, abs=NEAR)


def test_nothing_is_carried_from_one_week_to_another_and_size_is_chosen_by_its_worth() -> None:
    """Two blocks of two hours, cheap and dear: a lossless battery moves nothing between them.

    A roof yields 0.5 in each hour of the dear block: a MW of it saves 0.5 and is built to its maximum of 0.4 at an
    annuity of 0.3, which leaves 4 x ... = 1.2 - 0.4 x (0.5 - 0.3).
    """
    roof = device("solar", 0.0, extendable=True, most=0.4, annuity=0.3, profile=[0.0, 0.0, 0.5, 0.5])
    said = solved([1.0] * 4, [0.1, 0.1, 0.5, 0.5], ends=[1, 3], devices=[device("battery", 1.0), roof])
    assert said["sizes"]["solar"] == pytest.approx(0.4, abs=NEAR)
    assert said["objective"] == pytest.approx(1.2 - 0.4 * (0.5 - 0.3), abs=NEAR)


# --- whole sites -----------------------------------------------------------------------------------------------------

SEOUL = {"type": "Point", "coordinates": [127.0, 37.5]}


def rows(name: str, **one: Any) -> Records:
    return Records((f"urn:ngsi-ld:{name}:made-up:1",), (one,))


def given_site(*, solar_kw: float = 20_000.0, limit: float = 60.0, **more: Records) -> dict[str, Any]:
    return {
        "sites": rows("EnergySite", electricLoad=50.0, loadShape="three-shift", location=SEOUL),
        "grids": rows("GridConnection", importLimit=limit, exportLimit=0.0),
        "solar": rows("RoofSolar", peakPower=solar_kw),
    } | more


def run(inputs: dict[str, Any], **chosen: Any) -> Result:
    with Context(0) as ctx:
        return PowerHydrogen().run(inputs, parameters(SPEC, {"hours": "168", **chosen}).values, ctx)


def value(result: Result, name: str) -> float:
    found = result.indicators[f"power-hydrogen.{name}"].value
    assert found is not None, name
    return found


@pytest.fixture(scope="module")
def whole() -> Result:
    """A site with everything, its hydrogen made by itself because nothing can be delivered."""
    site = {"electricLoad": 50.0, "loadShape": "three-shift", "location": SEOUL, "hydrogenDeliveryLimit": 0.0}
    return run(
        given_site(
            sites=rows("EnergySite", **site),
            batteries=rows("Battery", energyCapacity=20_000.0),
            electrolysers=rows("Electrolyser", extendable=True),
            tanks=rows("HydrogenTank", hydrogenCapacity=500.0),
            stations=rows("HydrogenStation", hydrogenDemand=1_000.0),
        )
    )


def test_the_objective_and_every_hour_agree_with_what_is_computed_again(whole: Result) -> None:
    """`model` refuses an answer that breaks balance, duality or objective; what it lets through keeps them."""
    for law in ("objective_error", "duality_gap", "imbalance"):
        assert whole.diagnostics[law] < NEAR
    by_hour = whole.tables["by-hour:power-hydrogen.electricity"]
    sums = np.zeros(168)
    for row in by_hour:
        sums[row["hour"]] += row["value"]
    assert np.abs(sums).max() < NEAR, "what comes in goes out, in every hour"
    by_month = whole.tables["by-month:power-hydrogen.electricity"]
    bought = sum(r["value"] for r in by_month if r["series"]["en"] in ("grid", "solar"))
    assert bought == pytest.approx(value(whole, "electricity"), rel=1e-9)
    assert sum(row["krw"] for row in whole.tables["cost-stack"]) == pytest.approx(value(whole, "cost"), abs=10)


def test_hydrogen_is_made_for_its_demand_and_costs_at_least_its_electricity(whole: Result) -> None:
    """365,000 kg; a kg takes 33.33 / 0.62 kWh, and the cheapest hour of electricity is a lower bound of its price."""
    made = value(whole, "hydrogen-made")
    assert made == pytest.approx(365_000, rel=1e-6)
    assert value(whole, "unserved-hydrogen") == pytest.approx(0, abs=1e-3)
    shape = demand.tariff_shape(parameters(SPEC, {}).values)
    assert 33.33 / 0.62 * 170 * shape.min() < value(whole, "hydrogen-cost") < 40_000


def test_more_sun_never_emits_more_and_a_tighter_connection_never_costs_less() -> None:
    """At a flat tariff the cheapest plan buys least, so a larger roof can only lower what is bought."""
    flat = {"tariff_off_peak": 1.0, "tariff_peak": 1.0}
    open_, sunny, tight = (run(given_site(**given), **flat) for given in ({}, {"solar_kw": 60_000.0}, {"limit": 45.0}))
    assert value(sunny, "emissions") < value(open_, "emissions")
    assert tight.diagnostics["objective_krw"] >= open_.diagnostics["objective_krw"]
    assert value(tight, "peak-import") <= 45 + NEAR
    assert value(tight, "unserved-energy") > 0 == value(open_, "unserved-energy")
    assert tight.warnings


def test_no_load_and_no_devices_cost_nothing() -> None:
    nothing = run({"sites": rows("EnergySite", electricLoad=0.0), "grids": rows("GridConnection", importLimit=1.0)})
    for name in ("cost", "investment", "emissions", "electricity", "peak-import", "unserved-energy"):
        assert value(nothing, name) == 0
    assert nothing.indicators["power-hydrogen.self-sufficiency"].value is None


# --- sun, weeks, money: no engine ------------------------------------------------------------------------------------


@pytest.mark.parametrize("latitude", [33.5, 37.5])
def test_the_sun_stands_where_it_does_on_solstices_and_equinoxes(latitude: float) -> None:
    """Noon height is 90 - latitude +- 23.44 degrees; Spencer's series err by up to 0.0006 rad (0.035 degrees)."""
    heights = solar.noon_elevation_deg(np.array([172.0, 355.0]), latitude)
    assert heights == pytest.approx([90 - latitude + 23.44, 90 - latitude - 23.44], abs=0.04)
    # Day lengths of the solstices by the same formula with the exact declination: 24/pi acos(-tan(lat) tan(decl)).
    longest = 24 / np.pi * np.arccos(-np.tan(np.radians(latitude)) * np.tan(np.radians(23.44)))
    assert solar.day_length_h(np.array([172.0, 355.0]), latitude) == pytest.approx([longest, 24 - longest], abs=0.01)
    # Around the equinoxes (days 80 and 266) a day passes 12 hours, by a day of error either way.
    assert solar.day_length_h(np.array([80.0, 266.0]), latitude) == pytest.approx([12, 12], abs=0.06)


def test_the_equation_of_time_has_its_known_extremes() -> None:
    """About -14.2 minutes near 11 February and +16.4 near 3 November."""
    minutes = solar.equation_of_time_min(np.arange(1.0, 366.0))
    assert (minutes.min(), minutes.max()) == (pytest.approx(-14.3, abs=0.3), pytest.approx(16.4, abs=0.3))
    assert (int(minutes.argmin()) + 1, int(minutes.argmax()) + 1) == (
        pytest.approx(42, abs=3),
        pytest.approx(307, abs=3),
    )


def profile(**changed: Any) -> Any:
    chosen: dict[str, Any] = {
        "tilt": 0.0, "azimuth": 180.0, "clearness": np.full(365, 0.5), "swing": 0.0, "performance_ratio": 1.0,
        "albedo": 0.2, "utc_offset_h": 9.0,
    }  # fmt: skip
    return solar.yield_profile(37.5, 127.0, **(chosen | changed))


def test_a_flat_panel_gets_the_clear_part_of_what_arrives_above_the_air() -> None:
    """The day's extraterrestrial radiation on the flat has a closed form (Duffie & Beckman 1.10.3)."""
    day = np.arange(1.0, 366.0)
    decl, phi = solar.declination_rad(day), np.radians(37.5)
    sunset = np.arccos(-np.tan(phi) * np.tan(decl))
    above = 24 / np.pi * solar.SOLAR_CONSTANT_W_M2 * solar.distance_factor(day)
    above = above * (np.cos(phi) * np.cos(decl) * np.sin(sunset) + sunset * np.sin(phi) * np.sin(decl))
    # Mid-hour sums against the integral of the day, and a shadow at most 1.1 degrees high: within 1 %.
    assert profile().reshape(365, 24).sum(axis=1) * 1000 == pytest.approx(0.5 * above, rel=0.01)


def test_panels_that_face_south_win_and_east_and_west_share_the_day() -> None:
    flat, south, north = profile(), profile(tilt=30.0), profile(tilt=30.0, azimuth=0.0)
    east, west = profile(tilt=30.0, azimuth=90.0), profile(tilt=30.0, azimuth=270.0)
    assert south.sum() > flat.sum() > north.sum()
    noon = 12.5 - (127 - 135) / 15  # by the clock: Seoul lies west of its meridian
    hours = np.arange(8760) % 24
    assert east[hours < noon - 1].sum() > west[hours < noon - 1].sum()
    assert east.sum() == pytest.approx(west.sum(), rel=0.02)  # hours of the clock are not symmetric to solar noon


@given(st.integers(0, 2**32 - 1), st.sampled_from(["168", "672", "8760"]))
def test_weeks_keep_the_sums_of_what_they_stand_for(seed: int, word: str) -> None:
    over, year = horizon.horizon_of(word), np.random.default_rng(seed).random(8760)
    folded = over.fold(year)
    assert over.weights.sum() == pytest.approx(8760)
    assert over.weights @ folded == pytest.approx(year.sum())
    assert over.monthly(folded).sum() == pytest.approx(year.sum())


def test_cloudy_days_keep_the_mean_and_annuities_their_tables() -> None:
    """20 years at 5 %: 0.0802426 (published tables); without interest a tenth of ten years."""
    assert profile(swing=0.3).sum() == pytest.approx(profile().sum(), rel=0.02)  # diffuse shares are not linear
    assert costs.annuity(0.05, 20) == pytest.approx(0.0802425872)
    assert costs.annuity(0.0, 10) == 0.1
    assert programme.per_mwh(33.33) == pytest.approx(1000)
    assert pytest.approx(119.96 / 3.6, rel=5e-4) == site.LHV_KWH_KG


def test_goodness_says_why_it_is_not_scored_and_agrees_with_theory() -> None:
    said = goodness()
    assert said["scored"] is False
    assert all(row["value"] == pytest.approx(row["theory"], rel=0.005) for row in said["rows"])

"""The card of the siting model; its prose stands in `card.toml`."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from madang.models.base import Param, Port, Spec
from madang.models.card import read_words

OUTPUTS = (
    "siting.minutes",
    "siting.minutes-p90",
    "siting.distance",
    "siting.distance-p90",
    "siting.covered",
    "siting.covered-share",
    "siting.worst-minutes",
    "siting.worst-fifth-minutes",
    "siting.fifths-ratio",
    "siting.gini",
    "siting.minutes-saved",
    "siting.covered-gain",
    "siting.new-sites",
)
SITE_PORTS = ("sites", "stations", "facilities")
MOST_SITES = 50.0

WORDS = read_words(__package__)


def engine_version() -> str:
    """The versions of spopt and HiGHS; '-' for what is not installed (access to standing sites needs neither)."""
    return " + ".join(f"{name} {_version(name)}" for name in ("spopt", "highspy"))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"


_PERSONS = {"population": (0.0, 1e9)}

SPEC = Spec(
    id="siting",
    version="1.1.0",
    title=WORDS.title,
    question=WORDS.question,
    inputs=(
        Port(
            "dongs",
            "Dong",
            ("name", "population", "populationByGroup", "location"),
            units={"population": "IE"},
            ranges=_PERSONS,
            label={"ko": "행정동(인구, 경계)", "en": "Dong (population, boundary)"},
        ),
        Port(
            "points",
            "DemandPoint",
            ("name", "kind", "population", "populationByGroup", "location"),
            units={"population": "IE"},
            ranges=_PERSONS,
            label={"ko": "수요 지점(있으면 동을 대신함)", "en": "Demand points (in place of the dong, where loaded)"},
        ),
        Port(
            "sites",
            "ServiceSite",
            ("name", "kind", "state", "servesPersons", "status", "location"),
            units={"servesPersons": "IE"},
            ranges={"servesPersons": (0.0, 1e9)},
            label={"ko": "시설과 후보지", "en": "Service sites, standing and candidate"},
        ),
        Port(
            "stations",
            "HydrogenStation",
            ("name", "state", "status", "location"),
            label={"ko": "수소충전소", "en": "Hydrogen stations"},
        ),
        Port(
            "facilities",
            "Facility",
            ("name", "kind", "state", "status", "location"),
            label={"ko": "안의 시설", "en": "Facilities of the branch"},
        ),
        Port("roads", "RoadSegment", ("location",), label={"ko": "도로망", "en": "Road network"}),
        Port(
            "studies",
            "SitingStudy",
            ("title", "kind", "objective", "newSites"),
            units={"newSites": "C62"},
            ranges={"newSites": (0.0, MOST_SITES)},
            lever="newSites",
            label={"ko": "입지 검토", "en": "Siting study"},
        ),
    ),
    outputs=OUTPUTS,
    params=(
        Param(
            "p",
            "1",
            "lever",
            0.0,
            0.0,
            20.0,
            source="a choice; 0 takes the number of the branch's siting study, one where there is none",
            label={
                "ko": "새로 둘 곳 수(0: 입지 검토에 적힌 수, 없으면 1)",
                "en": "Sites to add (0: as the study says, else 1)",
            },
            limits=(0.0, MOST_SITES),
        ),
        Param(
            "minutes",
            "MIN",
            "lever",
            15.0,
            5.0,
            60.0,
            source="a choice: the time within which a place counts as served",
            label={"ko": "기준 시간", "en": "Time limit"},
            limits=(0.5, 240.0),
        ),
        Param(
            "detour",
            "1",
            "uncertainty",
            1.3,
            1.15,
            1.6,
            source="around published ratios of road to straight distance: about 1.2 between random points of a city "
            "(Newell 1980), higher for whole countries (Ballou, Rahardja & Sakai 2002); none for a Korean city found",
            label={"ko": "우회계수(도로 거리 ÷ 직선거리)", "en": "Detour factor (road over straight distance)"},
            dist="triangular",
            limits=(1.0, 3.0),
        ),
        Param(
            "speed",
            "KMH",
            "uncertainty",
            25.0,
            15.0,
            40.0,
            source="",
            label={"ko": "이동속도(문에서 문까지)", "en": "Travel speed, door to door"},
            dist="triangular",
            limits=(1.0, 120.0),
        ),
        Param(
            "growth",
            "1",
            "uncertainty",
            1.0,
            0.9,
            1.1,
            source="",
            label={"ko": "인구 증감(지금 = 1)", "en": "Population against today's (today = 1)"},
            limits=(0.1, 10.0),
        ),
        Param(
            "growth_spread",
            "1",
            "constant",
            0.1,
            0.0,
            0.5,
            source="assumption: each place grows up to 10 % less or more than the city, by itself",
            label={"ko": "곳마다 다른 증감", "en": "Spread of growth over places"},
        ),
        Param(
            "inequality_aversion",
            "1",
            "constant",
            1.0,
            0.1,
            2.0,
            source="Logan et al. 2021 and Sheriff & Maguire 2020 take 0.5 to 2, 1 as the usual",
            label={"ko": "불평등 기피도(형평 기준)", "en": "Aversion to inequality (objective equity)"},
        ),
        Param(
            "unknown_allowed",
            "1",
            "constant",
            0.0,
            0.0,
            0.5,
            source="a choice: the share of places that may be left out for want of a population or position",
            label={"ko": "모르는 곳을 빼도 되는 비율", "en": "Share of unknown places that may be left out"},
        ),
        Param(
            "solve_seconds",
            "SEC",
            "constant",
            60.0,
            1.0,
            500.0,
            source="a choice: after it the best choice found stands, with its gap",
            label={"ko": "푸는 시간 한도", "en": "Time to solve"},
        ),
    ),
    words=("service", "objective", "distance"),
    partly_known=OUTPUTS,  # where nothing stands and a member asks for no new site, there is no way to measure
    engine="spopt + HiGHS",
    engine_version=engine_version,
    licence="Apache-2.0 (spopt BSD-3-Clause, PuLP and HiGHS MIT)",
    assumptions=WORDS.assumptions,
    not_valid=WORDS.not_valid,
    checked=WORDS.checked,
    constants=(
        (
            "plane of distances",
            "EPSG:5179 (Korea 2000, Unified CS); its scale is within 0.1 % of one over the mainland",
        ),
        ("detour factor 1.15-1.6", "Newell 1980; Ballou, Rahardja & Sakai 2002; the city's own ratio is to be named"),
        ("speed 15-40 km/h, growth 0.9-1.1", "assumption cards; source to be named by the city"),
        ("inequality aversion 1", "Logan et al. 2021; Sheriff & Maguire 2020"),
    ),
    references=(
        "Hakimi, S. L. (1964) Operations Research 12(3), 450-459 (p-median, p-center)",
        "Toregas, C., Swain, R., ReVelle, C. & Bergman, L. (1971) Operations Research 19(6), 1363-1373 (location set "
        "covering)",
        "Church, R. & ReVelle, C. (1974) Papers of the Regional Science Association 32, 101-118 (maximal covering)",
        "Minieka, E. (1970) SIAM Review 12(1), 138-139 (p-center by set covers)",
        "Teitz, M. B. & Bart, P. (1968) Operations Research 16(5), 955-961 (vertex substitution)",
        "Logan, T. M., Anderson, M. J., Williams, T. G. & Conrow, L. (2021) Computers, Environment and Urban Systems "
        "86, 101590 (Kolm-Pollak equally-distributed equivalent)",
        "Horton, D., Logan, T., Murrell, J., Skipper, D. & Speakman, E. (2024) arXiv:2401.15452 (equitable facility "
        "location)",
        "Sheriff, G. & Maguire, K. B. (2020) Environmental and Resource Economics 75, 661-685",
        "Feng, X. et al. (2022) Journal of Open Source Software 7(74), 3330 (spopt)",
        "Newell, G. F. (1980) Traffic Flow on Transportation Networks, MIT Press; Ballou, R. H., Rahardja, H. & "
        "Sakai, N. (2002) Transportation Research A 36(9), 843-848 (detour)",
    ),
    batch=True,
    about=("sites", "studies"),
    quick=False,
    extra="siting",
)

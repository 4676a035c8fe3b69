"""Clusters, dependencies, talent, the network of actors, and weighing, as the pages ask for them.

`GET /api/cities/{tenant}/clusters/{cluster}` is everything a cluster officer's page shows, in one answer. In it

    Pair    {"ko", "en"}
    Figure  {value: number|null, unit: code|null, period: str|null, status: "observed"|"estimated"|"synthetic"|null,
             source: id|null, address: str|null, band: {low, high}|null, note: Pair|null}
            an unknown value is null and its note says why; one that is counted here has a note of how, and no address
            unless it stands in a record or a run
    Place   {point: [lon, lat]|null, dong: id|null, dongName: Pair|null, address: str|null, isInside: bool|null}
            isInside is null where the cluster has no boundary or the thing no place
    Link    {how: "refCluster"|"inside"|"agreement"|"party"|"supply"|"programme", …} says why something stands here

    {id, name: Pair, codes: [str], industries: [Pair], tag, stages, missingStages, firms: [id], counts, inside, status,
     source                                             as in the list of clusters; and
     description: Pair|null, tagLabel: Pair|null, branch, asOf: "2026-11-22",
     boundary: {name: Pair, geometry, areaKm2}|null,
     head: [{id, label: Pair, figure: Figure, part}],   ids: firms, employees, facilities, bodies, agreements, pledged,
                                                        weighted, realised, share-inside, talent-gap, choke-points
     register: {count: Figure, employees: Figure, employeesUnknown: n, unplaced: n, unmapped: [{id, name}],
        byStage: [{id, label, isWanted, count, employees: Figure, firms: [id]}],        stage id null: stage not said
        byCode: [{code, label: Pair|null, count}],
        firms: [{id, name: Pair, codes, stage, stageLabel, stagesPossible: [stage], tag, employees: Figure, foundedYear,
                 products, place: Place, suppliesTo: [id], how, status, source}]},
     facilities: [{id, type, typeLabel, name, kind, state, owner, opens: str|null, amount: Figure, progress: Figure,
                   place: Place, how, status, source}],
     bodies: [{id, type, typeLabel, name, roles: [Pair], place: Place, how, status, source}],    universities, centres
     agreements: [{id, title, signedOn, endsOn, state, parties: [{id, name}], otherParties: Pair|null, amount: Figure,
                   commitments: [{id, title, due, doneOn, state, owner, isDone}], how, status, source}],
     investment: {pledged: Figure, weighted: Figure, realised: Figure, count, realisedUnknown: n,
        weightsNote: Pair|null,
        byStage: [{id, label, count, pledged, weighted, realised}],
        rows: [{id, company, sector, site, signedOn, stage, stageLabel, pledged: Figure, weighted: Figure,
                realised: Figure, jobs: Figure, place: Place, how}]},
     talent: {programmes: [as in the list], gap: [as in the list, of the skills of these programmes], skills: [str],
              note: Pair|null},
     supply: {dependencies: [as in the list], links: [{from, to, names: [Pair, Pair], side: "within"|"in"|"out"}],
              suppliers: [{id, name, count}], customers: [{id, name, count}],
              trade: [{hs, label: Pair|null, item: Pair|null, flow, flowLabel, year, amount: Figure,
                       partners: [{partner, amount, share}]}],
              note: Pair|null},
     gaps: [{id, kind: "stage"|"role"|"choke-point"|"link"|"bridge"|"skill"|"data", label: Pair, why: Pair,
             refs: [id]}],
     measures: {run: id|null, year, level: Pair|null, source: Pair|null, note: Pair|null,
        rows: [{id, label: Pair, method: Pair, direction: "higher"|"lower"|null, figure: Figure}],
        byIndustry: [{code, label, firms, workers, share, quotient, quotientFirms, density, isOwn}],    numbers or null
        byPlace: [{place: id|null, code, label: Pair, firms, workers, share, quotient, perKm2}],
        concentration: [{industry, label, spread, ellison_glaeser}],                            of its own industries
        shiftShare: [{from, to, measure, change, national, mix, competitive, apart, own: {change, …}|null,
                      byIndustry: [{code, label, change, national, mix, competitive}]}]},
     series: {lines: [{id, label: Pair, unit, points: [{period, value, status, address}]}],
              events: [{date, kind, kindLabel: Pair, type, title: Pair, ref: id, isPlanned, status}]},
     map: GeoJSON FeatureCollection; properties {id, name: Pair, kind: "boundary"|"firm"|"facility"|"body"|"investment"|
          "dong", kindLabel: Pair, stage, status, isInside, value: number|null (of a dong: workers)},
     claims: [{id, text: Pair, value, unit, year, check, checkLabel: Pair, computed: Figure, boundary: Pair|null, how}],
     network: {size, links, exact, sources, method: Pair, actors: [{id, name, kind: Pair, degree, betweenness, bridge,
               isOwn, group}], ties: [[id, id, type]], missing: [{actors, names, common}],
               groups: [{id, size, members}]},
     promises: [{id, type, title: Pair, due, owner, indicator, value: Figure, how}]}

Acts: `POST …/clusters/{cluster}/links` {id, reason, remove?} ties what stands in the file to the cluster; `…/shares`
{claim, covers: "city"|"claim", reason} holds a published share against the register; `POST …/clusters/places` {reason}
finds where firms stand; `POST …/clusters/industries` {tag, name, links, reason} keeps a city's own table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from madang.entities.entity import value_of
from madang.errors import CallerError
from madang.web.api.door import Asked, Door, Table
from madang.web.api.fields import number_field, text_field
from madang.web.api.figures import flat
from madang.web.api.optional import optional_text, texts_field, title_field, whole_field

ROOT = "/api/cities/{tenant}/clusters"
WEIGHING = "/api/cities/{tenant}/weighing"


def routes(door: Door) -> Table:
    """The paths of this room; named lists come before the pattern they would fit."""
    return [
        ("GET", ROOT, door.reads(overview)),
        ("POST", ROOT, door.writes(add, status=201)),
        ("GET", ROOT + "/network", door.reads(network, parameters=("top", "seed"))),
        ("POST", ROOT + "/dependencies", door.writes(add_dependency, status=201)),
        ("POST", ROOT + "/restrictions", door.writes(restrict, status=201)),
        ("POST", ROOT + "/options", door.writes(add_option, status=201)),
        ("POST", ROOT + "/programmes", door.writes(add_programme, status=201)),
        ("POST", ROOT + "/demands", door.writes(add_demand, status=201)),
        ("POST", ROOT + "/shocks", door.writes(add_shock, status=201)),
        ("POST", ROOT + "/firms", door.writes(classify)),
        ("GET", ROOT + "/industries", door.reads(industries)),
        ("POST", ROOT + "/industries", door.writes(add_industry, status=201)),
        ("POST", ROOT + "/places", door.writes(place)),
        ("GET", ROOT + "/{cluster}", door.reads(cluster)),
        ("POST", ROOT + "/{cluster}/counts", door.writes(record, status=201)),
        ("POST", ROOT + "/{cluster}/links", door.writes(link)),
        ("POST", ROOT + "/{cluster}/shares", door.writes(share)),
        ("GET", WEIGHING, door.reads(evaluations)),
        ("POST", WEIGHING + "/judgements", door.writes(judge, role="read")),
        ("POST", WEIGHING + "/ranks", door.writes(rank, role="read")),
        ("POST", WEIGHING + "/worth", door.writes(worth, role="read")),
    ]


def overview(asked: Asked) -> dict[str, Any]:
    """All that the page lists: clusters, firms by industry, dependencies, restrictions, talent, shocks."""
    door = asked.city.clusters
    return {
        "clusters": [one.as_json() for one in door.all()],
        "taxonomy": door.taxonomy().as_json(),
        "specialisation": door.specialisation(),
        "dependencies": [one.as_json() for one in door.dependencies.choke_points()],
        "restrictions": [one.as_json() for one in door.dependencies.restrictions()],
        "programmes": [one.as_json() for one in door.talent.programmes()],
        "talent": [one.as_json() for one in door.talent.gap()],
        "shocks": [one.as_json() for one in door.shocks.all()],
        "evaluations": evaluations(asked)["evaluations"],
    }


def cluster(asked: Asked) -> dict[str, Any]:
    """Everything the page of one cluster shows."""
    return asked.city.clusters.page(asked.parts["cluster"])


def industries(asked: Asked) -> dict[str, Any]:
    """Strategic industries by code, and the codes of this file that no table holds."""
    return asked.city.clusters.strategic()


def add_industry(asked: Asked) -> dict[str, Any]:
    """The city's own table of a strategic industry; the answer is every table."""
    body, links = asked.body, asked.body.get("links")
    if not isinstance(links, list) or not all(isinstance(one, dict) for one in links):
        raise CallerError("web.field-missing", field="links", expected='[{"stage", "ksic", "hs", "certainty"}]')
    asked.city.clusters.add_strategic(
        tag=text_field(body, "tag"), name=title_field(body, "name"), links=links, source=optional_text(body, "source"),
        valid_from=optional_text(body, "validFrom"), reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return industries(asked)


def place(asked: Asked) -> dict[str, Any]:
    """Where firms and places of the census stand in this file: what was found, and what was not."""
    return asked.city.clusters.place(reason=text_field(asked.body, "reason"), by=asked.actor)


def link(asked: Asked) -> dict[str, Any]:
    """Something tied to a cluster, or untied; the answer is the page."""
    body = asked.body
    asked.city.clusters.link(
        asked.parts["cluster"], text_field(body, "id"), remove=body.get("remove") is True,
        reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return cluster(asked)


def share(asked: Asked) -> dict[str, Any]:
    """A published share held against the register; the answer is the page."""
    body = asked.body
    asked.city.clusters.check_share(
        asked.parts["cluster"], text_field(body, "claim"), covers=text_field(body, "covers", default="city"),
        reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return cluster(asked)


def network(asked: Asked) -> dict[str, Any]:
    """The network of actors."""
    top, seed = _whole(asked.parameters, "top", 20), _whole(asked.parameters, "seed", 0)
    return asked.city.clusters.actors.network(top=min(top, 500), seed=seed).as_json()


def add(asked: Asked) -> dict[str, Any]:
    """A new cluster."""
    body = asked.body
    made = asked.city.clusters.add(
        name=title_field(body, "name"), codes=texts_field(body, "codes"), tag=optional_text(body, "tag"),
        boundary=_object(body, "boundary"), boundary_name=_title(body, "boundaryName"),
        stages=texts_field(body, "stages"), source=optional_text(body, "source"), status=optional_text(body, "status"),
        reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return asked.city.clusters.cluster(made["id"]).as_json()


def classify(asked: Asked) -> dict[str, Any]:
    """The industry of a firm; the answer is the taxonomy."""
    body = asked.body
    asked.city.clusters.classify(
        text_field(body, "firm"), codes=texts_field(body, "codes"), stage=optional_text(body, "stage"),
        tag=optional_text(body, "tag"), cluster=optional_text(body, "cluster"), reason=text_field(body, "reason"),
        by=asked.actor,
    )  # fmt: skip
    return asked.city.clusters.taxonomy().as_json()


def record(asked: Asked) -> dict[str, Any]:
    """A count of a cluster; the answer is the cluster."""
    body = asked.body
    value = whole_field(body, "value")
    if value is None:
        raise CallerError("web.field-missing", field="value", expected="a whole number")
    asked.city.clusters.record(
        asked.parts["cluster"], measure=text_field(body, "measure"), value=value, period=text_field(body, "period"),
        source=text_field(body, "source"), status=text_field(body, "status", default="observed"),
        reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return cluster(asked)


def add_dependency(asked: Asked) -> dict[str, Any]:
    """A dependency; the answer is the register."""
    body = asked.body
    asked.city.clusters.dependencies.add(
        item=title_field(body, "item"), hs=text_field(body, "hsCode"), origin=text_field(body, "origin"),
        buyer=text_field(body, "buyer"), seller=optional_text(body, "seller"), origin_share=_given(body, "originShare"),
        stock_days=_given(body, "stockDays"), criticality=body.get("criticality", 1),
        substitution_days=body.get("substitutionDays"), substitutes=texts_field(body, "domesticSubstitutes"),
        cluster=optional_text(body, "cluster"), yearly_output_krw=whole_field(body, "yearlyOutput"),
        source=optional_text(body, "source"), reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return {"dependencies": [one.as_json() for one in asked.city.clusters.dependencies.choke_points()]}


def restrict(asked: Asked) -> dict[str, Any]:
    """A restriction of supply, reckoned."""
    body, door = asked.body, asked.city.clusters.dependencies
    days = number_field(body, "days", low=0, high=365)
    made = door.restrict(
        text_field(body, "dependency"), starts_on=text_field(body, "startsOn"), days=int(days),
        delivered=number_field(body, "delivered", low=0, high=1), probability=body.get("probability"),
        name=_title(body, "name"), reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return door.restricted(made["id"]).as_json()


def add_option(asked: Asked) -> dict[str, Any]:
    """An option against a dependency; the answer is every restriction, reckoned with it."""
    body, door = asked.body, asked.city.clusters.dependencies
    door.add_option(
        text_field(body, "dependency"), name=title_field(body, "name"), kind=text_field(body, "kind"),
        value=_given(body, "value"), cost_krw=whole_field(body, "cost"), source=optional_text(body, "source"),
        reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return {"restrictions": [one.as_json() for one in door.restrictions()]}


def add_programme(asked: Asked) -> dict[str, Any]:
    """A talent programme; the answer is the gap of its skill."""
    body, door = asked.body, asked.city.clusters.talent
    skill = text_field(body, "skill")
    door.add_programme(
        name=title_field(body, "name"), skill=skill, seats=_given(body, "seats"),
        start_year=int(number_field(body, "startYear", low=1900, high=2200)),
        study_years=int(number_field(body, "studyYears", low=0, high=12)),
        graduation_rate=_given(body, "graduationRate"), local_hire_rate=_given(body, "localHireRate"),
        retention_rate=_given(body, "retentionRate"), end_year=whole_field(body, "endYear"),
        organisation=optional_text(body, "organisation"), cluster=optional_text(body, "cluster"),
        source=optional_text(body, "source"), reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return {"talent": [one.as_json() for one in door.gap(skill=skill)]}


def add_demand(asked: Asked) -> dict[str, Any]:
    """A demand for talent; the answer is the gap of its skill."""
    body, door = asked.body, asked.city.clusters.talent
    skill = text_field(body, "skill")
    door.add_demand(
        skill=skill, year=int(number_field(body, "year", low=1900, high=2200)), persons=_given(body, "persons"),
        kind=text_field(body, "kind", default="yearly"), source=optional_text(body, "source"),
        reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return {"talent": [one.as_json() for one in door.gap(skill=skill)]}


def add_shock(asked: Asked) -> dict[str, Any]:
    """A shock on this branch with its path."""
    body, door = asked.body, asked.city.clusters.shocks
    made = door.add(
        industry=text_field(body, "industry"), year=int(number_field(body, "year", low=1900, high=2200)),
        lost=_given(body, "lost"), recovery_years=_given(body, "recoveryYears"), name=_title(body, "name"),
        reason=text_field(body, "reason"), by=asked.actor,
    )  # fmt: skip
    return door.shock(made["id"]).as_json()


def evaluations(asked: Asked) -> dict[str, Any]:
    """The answers of weighing that were kept."""
    found = asked.city.weighing.evaluations()
    return {"evaluations": [{**flat(one), "title": value_of(one, "title")} for one in found]}


def judge(asked: Asked) -> dict[str, Any]:
    """Weights from judgements; nothing is written."""
    judgements = asked.body.get("judgements")
    if not isinstance(judgements, list) or not all(isinstance(one, list) for one in judgements):
        raise CallerError("web.field-missing", field="judgements", expected='[["a", "b", 3], …]')
    return asked.city.weighing.judge(criteria=texts_field(asked.body, "criteria"), judgements=judgements).as_json()


def rank(asked: Asked) -> dict[str, Any]:
    """Alternatives ranked; nothing is written."""
    body = asked.body
    alternatives, criteria = _object(body, "alternatives"), _object(body, "criteria")
    if alternatives is None or criteria is None or not all(isinstance(row, Mapping) for row in alternatives.values()):
        raise CallerError(
            "web.field-missing", field="alternatives, criteria", expected='{"name": {"criterion": number}}'
        )
    seed = int(number_field({"seed": body.get("seed", 0)}, "seed", low=0, high=2**31))
    ranked = asked.city.weighing.rank(
        alternatives=alternatives, criteria=criteria, weights=_object(body, "weights"), seed=seed
    )
    return ranked.as_json()


def worth(asked: Asked) -> dict[str, Any]:
    """Benefits against costs; nothing is written."""
    body = asked.body
    flows = _object(body, "flows")
    if flows is None:
        raise CallerError("web.field-missing", field="flows", expected='{"2027": {"benefit": won, "cost": won}}')
    base = int(number_field(body, "baseYear", low=1900, high=2200))
    found = asked.city.weighing.benefit_cost(
        flows, base_year=base, rate_percent=body.get("ratePercent"), as_of=optional_text(body, "asOf")
    )
    return found.as_json()


def _given(body: Mapping[str, Any], name: str) -> Any:
    """A value that may be a number or a range; the register checks which."""
    if body.get(name) is None:
        raise CallerError("web.field-missing", field=name, expected='a number or {"low", "central", "high"}')
    return body[name]


def _object(body: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise CallerError("web.field-missing", field=name, expected="a JSON object")
    return value


def _title(body: Mapping[str, Any], name: str) -> str | dict[str, str] | None:
    return None if body.get(name) is None else title_field(body, name)


def _whole(parameters: Mapping[str, str], name: str, default: int) -> int:
    text = parameters.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise CallerError("web.field-missing", field=name, expected="a whole number")
    return int(text)

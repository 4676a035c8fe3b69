"""Commands: `madang cluster …` and `madang weigh …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from madang.cli import output
from madang.cli.app import AsJson, By, CityFile, OnBranch, Reason, group
from madang.cli.cluster_saying import (
    as_object,
    band,
    called,
    end_of,
    percent,
    read_json,
    say,
    spoken,
    table,
    text,
    written,
)
from madang.cli.files import on_branch, reading, writing
from madang.errors import CallerError

commands = group("cluster", "Clusters, firms by industry, dependencies, talent, actors.")
weighing = group("weigh", "Weigh alternatives: AHP, rank acceptability, benefit and cost.")

Given = Annotated[str, typer.Argument(metavar="JSON", help="A JSON file, or JSON text.")]
OfCluster = Annotated[str, typer.Argument(metavar="CLUSTER", help="The cluster: its id or the end of it.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Seed of what is drawn.")]


@commands.command("list")
def list_(file: CityFile, branch: OnBranch = "main", as_json: AsJson = False) -> None:
    """List the clusters with their figures and the firms inside their boundaries.

    Example: madang cluster list seongnam.gpkg
    """
    with reading(file) as city:
        found = on_branch(city, branch).clusters.all()
    if as_json:
        output.say_json([one.as_json() for one in found])
        return
    rows = []
    for one in found:
        inside = one.inside
        share = None if inside is None or inside.share is None else f"{inside.share:.1f} %"
        boundary = None if inside is None else spoken(inside.boundary)
        rows.append((end_of(one.id), spoken(one.name), ", ".join(one.codes), len(one.firms), boundary, share))
    table(["id", "name", "ksic", "firms", "boundary", "share"], rows)
    rows = [
        (
            spoken(one.name),
            spoken(c["label"]),
            c["figure"]["period"],
            c["figure"]["value"],
            c["revisions"],
            c["figure"]["source"],
        )
        for one in found
        for c in (count.as_json() for count in one.counts)
    ]
    table(["name", "measure", "period", "value", "revisions", "source"], rows)


@commands.command()
def add(
    file: CityFile,
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="What the cluster is called.")],
    ksic: Annotated[list[str], typer.Option("--ksic", metavar="CODE", help="Its industry by KSIC code; repeat.")],
    reason: Reason,
    tag: Annotated[str | None, typer.Option("--tag", metavar="TEXT", help="Strategic industry.")] = None,
    boundary: Annotated[Path | None, typer.Option("--boundary", metavar="FILE", help="GeoJSON polygon.")] = None,
    boundary_name: Annotated[
        str | None, typer.Option("--boundary-name", metavar="TEXT", help="What the boundary is called.")
    ] = None,
    stage: Annotated[list[str] | None, typer.Option("--stage", metavar="STAGE", help="Supply stage; repeat.")] = None,
    branch: OnBranch = "main",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Add a cluster with its industries and boundary.

    Example: madang cluster add seongnam.gpkg --name "팹리스 클러스터" --ksic C261 -m "strategy of 2026"
    """
    line = None if boundary is None else read_json(str(boundary))
    with writing(file) as city:
        made = on_branch(city, branch).clusters.add(
            name=name, codes=ksic, tag=tag, boundary=line, boundary_name=boundary_name, stages=stage or (),
            reason=reason, by=by,
        )  # fmt: skip
    written(made["id"], made, as_json)


@commands.command()
def firm(
    file: CityFile,
    id: Annotated[str, typer.Argument(metavar="FIRM", help="The firm: its id or the end of it.")],
    ksic: Annotated[list[str], typer.Option("--ksic", metavar="CODE", help="Its industry by KSIC code; repeat.")],
    reason: Reason,
    stage: Annotated[str | None, typer.Option("--stage", metavar="STAGE", help="Stage of the supply chain.")] = None,
    tag: Annotated[str | None, typer.Option("--tag", metavar="TEXT", help="Strategic industry.")] = None,
    cluster: Annotated[str | None, typer.Option("--cluster", metavar="CLUSTER", help="The cluster it is of.")] = None,
    branch: OnBranch = "main",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Say to which industry a firm belongs.

    Example: madang cluster firm seongnam.gpkg firm-1 --ksic C2611 --stage design -m "register of 2026"
    """
    with writing(file) as city:
        made = on_branch(city, branch).clusters.classify(
            id, codes=ksic, stage=stage, tag=tag, cluster=cluster, reason=reason, by=by
        )
    written(made["id"], made, as_json)


@commands.command()
def record(
    file: CityFile,
    id: OfCluster,
    measure: Annotated[str, typer.Argument(metavar="MEASURE", help="firms, talent; -in and -out for flows.")],
    value: Annotated[int, typer.Argument(metavar="N", help="How many.")],
    period: Annotated[str, typer.Option("--period", metavar="TIME", help="The year, month or day it stands for.")],
    source: Annotated[str, typer.Option("--source", metavar="ID", help="The dataset it comes from.")],
    reason: Reason,
    status: Annotated[str, typer.Option("--status", metavar="S", help="observed, estimated, synthetic.")] = "observed",
    branch: OnBranch = "main",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record a count of a cluster; for a period already recorded it is a revision.

    Example: madang cluster record a.gpkg fabless talent 120 --period 2025 --source urn:ngsi-ld:Dataset:t:1 -m survey
    """
    with writing(file) as city:
        made = on_branch(city, branch).clusters.record(
            id, measure=measure, value=value, period=period, source=source, status=status, reason=reason, by=by
        )
    written(made["address"], made, as_json)


@commands.command()
def unmapped(file: CityFile, branch: OnBranch = "main", as_json: AsJson = False) -> None:
    """Show firms by industry, and those without a KSIC code.

    Example: madang cluster unmapped seongnam.gpkg
    """
    with reading(file) as city:
        found = on_branch(city, branch).clusters.taxonomy().as_json()
    if as_json:
        output.say_json(found)
        return
    say("said-mapped", mapped=found["mapped"], firms=found["firms"], revision=found["revision"])
    table(["ksic", "name", "firms"], [(one["id"], spoken(one["label"]), one["firms"]) for one in found["sections"]])
    table(["id", "name"], [(one["id"], spoken(one["name"])) for one in found["unmapped"]])


@commands.command()
def chokepoints(
    file: CityFile,
    delivered: Annotated[float, typer.Option("--delivered", metavar="SHARE", help="Share still delivered.")] = 0.2,
    days: Annotated[int, typer.Option("--days", metavar="N", help="Days of restriction.")] = 180,
    top: Annotated[int | None, typer.Option("--top", metavar="N", help="How many at most.")] = None,
    branch: OnBranch = "main",
    as_json: AsJson = False,
) -> None:
    """Rank the dependencies by the buyer's direct loss under one restriction.

    Example: madang cluster chokepoints seongnam.gpkg --delivered 0.2 --days 180
    """
    with reading(file) as city:
        found = on_branch(city, branch).clusters.dependencies.choke_points(top=top, delivered=delivered, days=days)
    if as_json:
        output.say_json([one.as_json() for one in found])
        return
    rows = [
        (
            one.rank,
            spoken(one.item),
            one.hs_code,
            one.origin,
            one.buyer,
            percent(one.loss.share),
            one.loss.first_shortage["central"],
        )
        for one in found
    ]
    table(["rank", "item", "hs", "origin", "buyer", "loss", "first-shortage"], rows)
    say("cascade-not-modelled")


@commands.command()
def restriction(
    file: CityFile,
    id: Annotated[str, typer.Argument(metavar="RESTRICTION", help="The restriction: its id or the end of it.")],
    branch: OnBranch = "main",
    as_json: AsJson = False,
) -> None:
    """Show what a restriction of supply costs a buyer, and what options spare.

    Example: madang cluster restriction seongnam.gpkg 불화수소-공급-제한 --branch export-ban
    """
    with reading(file) as city:
        found = on_branch(city, branch).clusters.dependencies.restricted(id)
    if as_json:
        output.say_json(found.as_json())
        return
    told = found.as_json()
    shortage = found.loss.first_shortage["central"] or text("no-shortage")
    say("said-restriction", item=spoken(found.item), buyer=found.buyer, loss=percent(found.loss.share), day=shortage)
    output.say_text(spoken(told["expectedLabel"]))
    rows = [
        (spoken(o["name"]), spoken(o["kindLabel"]), percent(o["removed"]), percent(o["left"])) for o in found.options
    ]
    if found.together:
        rows.append((text("together"), "", percent(found.together["removed"]), percent(found.together["left"])))
    table(["name", "option", "removed", "left"], rows)
    say("cascade-not-modelled")


@commands.command()
def put(
    file: CityFile,
    what: Annotated[
        str, typer.Argument(metavar="KIND", help="dependency, restriction, option, programme, demand, shock.")
    ],
    given: Given,
    reason: Reason,
    branch: OnBranch = "main",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Add a dependency, restriction, option, talent programme, demand or shock given as JSON.

    Example: madang cluster put a.gpkg demand '{"skill":"반도체설계","year":2028,"persons":60}' -m "survey"
    """
    told = as_object(read_json(given))
    with writing(file) as city:
        door = on_branch(city, branch).clusters
        acts: dict[str, Any] = {
            "dependency": door.dependencies.add,
            "restriction": door.dependencies.restrict,
            "option": door.dependencies.add_option,
            "programme": door.talent.add_programme,
            "demand": door.talent.add_demand,
            "shock": door.shocks.add,
        }
        if what not in acts:
            raise CallerError("clusters.kind-unknown", kind=what, known=", ".join(acts))
        try:
            made = acts[what](**told, reason=reason, by=by)
        except TypeError as wrong:
            raise CallerError("clusters.fields-misfit", kind=what, why=str(wrong).partition(") ")[2]) from None
    written(made["id"], made, as_json)


@commands.command()
def talent(file: CityFile, branch: OnBranch = "main", as_json: AsJson = False) -> None:
    """Show supply of and demand for talent by year and skill, with the gap.

    Example: madang cluster talent seongnam.gpkg
    """
    with reading(file) as city:
        found = [one.as_json() for one in on_branch(city, branch).clusters.talent.gap()]
    if as_json:
        output.say_json(found)
        return
    rows = [(r["skill"], r["year"], *(band(r[name]) for name in ("hired", "staying", "demand", "gap"))) for r in found]
    table(["skill", "year", "hired", "staying", "demand", "gap"], rows)


@commands.command()
def network(
    file: CityFile,
    top: Annotated[int, typer.Option("--top", metavar="N", help="How many at most.")] = 20,
    seed: Seed = 0,
    branch: OnBranch = "main",
    as_json: AsJson = False,
) -> None:
    """Show who stands between others in agreements and joint work, and which links are missing.

    Example: madang cluster network seongnam.gpkg --top 10
    """
    with reading(file) as city:
        found = on_branch(city, branch).clusters.actors.network(top=top, seed=seed).as_json()
    if as_json:
        output.say_json(found)
        return
    say("said-network", size=found["size"], links=found["links"], method=spoken(found["method"]))
    bridge = text("bridge")
    rows = [
        (spoken(a["name"]), spoken(a["kind"]), a["degree"], a["betweenness"], bridge * a["bridge"])
        for a in found["actors"]
    ]
    table(["name", "kind", "degree", "betweenness", "bridge"], rows)
    rows_of_missing = [(spoken(m["names"][0]), spoken(m["names"][1]), m["common"]) for m in found["missing"]]
    table(["name", "other", "common"], rows_of_missing)


@weighing.command()
def ahp(file: CityFile, given: Given, as_json: AsJson = False) -> None:
    """Weights from pairwise judgements; refused above a consistency ratio of 0.1.

    Example: madang weigh ahp a.gpkg '{"criteria":["일자리","비용"],"judgements":[["일자리","비용",3]]}'
    """
    with reading(file) as city:
        found = called(city.weighing.judge, read_json(given), "ahp").as_json()
    if as_json:
        output.say_json(found)
        return
    table(["criterion", "weight"], list(found["weights"].items()))
    say("said-ratio", ratio=found["consistency_ratio"], gate=found["gate"])


@weighing.command()
def rank(file: CityFile, given: Given, seed: Seed = 0, as_json: AsJson = False) -> None:
    """Rank alternatives by a weighted sum and by how often each ranks over all weights.

    Example: madang weigh rank a.gpkg alternatives.json --seed 7
    """
    with reading(file) as city:
        found = called(city.weighing.rank, {"seed": seed, **as_object(read_json(given))}, "rank").as_json()
    if as_json:
        output.say_json(found)
        return
    rows = [(o["alternative"], o["rank"], o["score"], f"{o['acceptability'][0]:.1%}") for o in found["standings"]]
    table(["alternative", "rank", "score", "first"], rows)
    output.say_text(f"{spoken(found['method'])}; {text('seed', seed=found['seed'])}")


@weighing.command()
def bc(file: CityFile, given: Given, as_json: AsJson = False) -> None:
    """Benefits against costs at the discount rate in force on a day, or at one that is named.

    Example: madang weigh bc a.gpkg flows.json
    """
    with reading(file) as city:
        found = called(city.weighing.benefit_cost, read_json(given), "bc").as_json()
    if as_json:
        output.say_json(found)
        return
    rate = found["rate"]
    rows = [
        (f"{rate['value'] + step:g} %", one["benefits"], one["costs"], one["ratio"], one["net"])
        for step, one in ((-1, found["atLowerRate"]), (0, found), (1, found["atHigherRate"]))
    ]
    table(["rate", "benefits", "costs", "ratio", "net"], rows)
    output.say_text(f"{spoken(rate['label'])}: {spoken(rate['note'])}")

"""Commands: `madang cluster …` and `madang weigh …`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from madang.cli import output
from madang.cli.app import AsJson, By, CityFile, OnBranch, Reason, group
from madang.cli.files import on_branch, reading, writing
from madang.errors import CallerError, sentence

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
        boundary = None if inside is None else _in(inside.boundary)
        rows.append((_end(one.id), _in(one.name), ", ".join(one.codes), len(one.firms), boundary, share))
    _table(["id", "name", "ksic", "firms", "boundary", "share"], rows)
    rows = [
        (
            _in(one.name),
            _in(c["label"]),
            c["figure"]["period"],
            c["figure"]["value"],
            c["revisions"],
            c["figure"]["source"],
        )
        for one in found
        for c in (count.as_json() for count in one.counts)
    ]
    _table(["name", "measure", "period", "value", "revisions", "source"], rows)


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
    line = None if boundary is None else _json(str(boundary))
    with writing(file) as city:
        made = on_branch(city, branch).clusters.add(
            name=name, codes=ksic, tag=tag, boundary=line, boundary_name=boundary_name, stages=stage or (),
            reason=reason, by=by,
        )  # fmt: skip
    _written(made["id"], made, as_json)


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
    _written(made["id"], made, as_json)


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
    _written(made["address"], made, as_json)


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
    _say("said-mapped", mapped=found["mapped"], firms=found["firms"], revision=found["revision"])
    _table(["ksic", "name", "firms"], [(one["id"], _in(one["label"]), one["firms"]) for one in found["sections"]])
    _table(["id", "name"], [(one["id"], _in(one["name"])) for one in found["unmapped"]])


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
            _in(one.item),
            one.hs_code,
            one.origin,
            one.buyer,
            _percent(one.loss.share),
            one.loss.first_shortage["central"],
        )
        for one in found
    ]
    _table(["rank", "item", "hs", "origin", "buyer", "loss", "first-shortage"], rows)
    _say("cascade-not-modelled")


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
    shortage = found.loss.first_shortage["central"] or _text("no-shortage")
    _say("said-restriction", item=_in(found.item), buyer=found.buyer, loss=_percent(found.loss.share), day=shortage)
    output.say_text(_in(told["expectedLabel"]))
    rows = [(_in(o["name"]), _in(o["kindLabel"]), _percent(o["removed"]), _percent(o["left"])) for o in found.options]
    if found.together:
        rows.append((_text("together"), "", _percent(found.together["removed"]), _percent(found.together["left"])))
    _table(["name", "option", "removed", "left"], rows)
    _say("cascade-not-modelled")


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
    told = _object(_json(given))
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
    _written(made["id"], made, as_json)


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
    rows = [(r["skill"], r["year"], *(_band(r[name]) for name in ("hired", "staying", "demand", "gap"))) for r in found]
    _table(["skill", "year", "hired", "staying", "demand", "gap"], rows)


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
    _say("said-network", size=found["size"], links=found["links"], method=_in(found["method"]))
    bridge = _text("bridge")
    rows = [
        (_in(a["name"]), _in(a["kind"]), a["degree"], a["betweenness"], bridge * a["bridge"]) for a in found["actors"]
    ]
    _table(["name", "kind", "degree", "betweenness", "bridge"], rows)
    rows_of_missing = [(_in(m["names"][0]), _in(m["names"][1]), m["common"]) for m in found["missing"]]
    _table(["name", "other", "common"], rows_of_missing)


@weighing.command()
def ahp(file: CityFile, given: Given, as_json: AsJson = False) -> None:
    """Weights from pairwise judgements; refused above a consistency ratio of 0.1.

    Example: madang weigh ahp a.gpkg '{"criteria":["일자리","비용"],"judgements":[["일자리","비용",3]]}'
    """
    with reading(file) as city:
        found = _called(city.weighing.judge, _json(given), "ahp").as_json()
    if as_json:
        output.say_json(found)
        return
    _table(["criterion", "weight"], list(found["weights"].items()))
    _say("said-ratio", ratio=found["consistency_ratio"], gate=found["gate"])


@weighing.command()
def rank(file: CityFile, given: Given, seed: Seed = 0, as_json: AsJson = False) -> None:
    """Rank alternatives by a weighted sum and by how often each ranks over all weights.

    Example: madang weigh rank a.gpkg alternatives.json --seed 7
    """
    with reading(file) as city:
        found = _called(city.weighing.rank, {"seed": seed, **_object(_json(given))}, "rank").as_json()
    if as_json:
        output.say_json(found)
        return
    rows = [(o["alternative"], o["rank"], o["score"], f"{o['acceptability'][0]:.1%}") for o in found["standings"]]
    _table(["alternative", "rank", "score", "first"], rows)
    output.say_text(f"{_in(found['method'])}; {_text('seed', seed=found['seed'])}")


@weighing.command()
def bc(file: CityFile, given: Given, as_json: AsJson = False) -> None:
    """Benefits against costs at the discount rate in force on a day, or at one that is named.

    Example: madang weigh bc a.gpkg flows.json
    """
    with reading(file) as city:
        found = _called(city.weighing.benefit_cost, _json(given), "bc").as_json()
    if as_json:
        output.say_json(found)
        return
    rate = found["rate"]
    rows = [
        (f"{rate['value'] + step:g} %", one["benefits"], one["costs"], one["ratio"], one["net"])
        for step, one in ((-1, found["atLowerRate"]), (0, found), (1, found["atHigherRate"]))
    ]
    _table(["rate", "benefits", "costs", "ratio", "net"], rows)
    output.say_text(f"{_in(rate['label'])}: {_in(rate['note'])}")


# --- words and JSON --------------------------------------------------------------------------------------------------


def _json(given: str) -> Any:
    """JSON from a file or from the text itself."""
    path = Path(given)
    is_file = not given.lstrip().startswith(("{", "[")) and path.is_file()
    try:
        return orjson.loads(path.read_bytes() if is_file else given)
    except orjson.JSONDecodeError as wrong:
        raise CallerError("clusters.json-malformed", found=given[:60], why=str(wrong)) from None


def _object(told: Any) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise CallerError("clusters.json-malformed", found=str(told)[:60], why="{ … }")
    return told


def _called(act: Any, told: Any, kind: str) -> Any:
    try:
        return act(**_object(told))
    except TypeError as wrong:
        raise CallerError("clusters.fields-misfit", kind=kind, why=str(wrong).partition(") ")[2]) from None


def _written(id: str, made: Any, as_json: bool) -> None:
    if as_json:
        output.say_json(made)
    else:
        _say("said-written", id=id)


def _percent(share: dict[str, float]) -> str:
    low, central, high = (f"{100 * share[case]:.1f}" for case in ("low", "central", "high"))
    return f"{central} % ({low}~{high})"


def _band(one: dict[str, float] | None) -> str | None:
    return None if one is None else f"{one['central']:g} ({one['low']:g}~{one['high']:g})"


def _end(id: str) -> str:
    return id.rpartition(":")[2]


def _in(pair: Any) -> str:
    return output.in_language(pair)


def _text(what: str, **facts: Any) -> str:
    return sentence(f"clusters.{what}", output.language(), **facts)


def _say(what: str, **facts: Any) -> None:
    output.say_text(_text(what, **facts))


def _table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        output.say_table([_text(f"word-{name}") for name in names], rows, named=True)

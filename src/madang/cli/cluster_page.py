"""Commands: `madang cluster show …` and what an officer of a cluster does with its page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from madang.cli import output
from madang.cli.app import AsJson, By, CityFile, OnBranch, Reason
from madang.cli.cluster_saying import figures, say, short, spoken, table, written
from madang.cli.clusters import OfCluster, commands
from madang.cli.files import on_branch, reading, writing


@commands.command()
def show(file: CityFile, id: OfCluster, branch: OnBranch = "main", as_json: AsJson = False) -> None:
    """Show everything of one cluster: firms, facilities, agreements, investment, talent, gaps, measures.

    Example: madang cluster show seongnam.gpkg 팹리스-클러스터
    """
    with reading(file) as city:
        page = on_branch(city, branch).clusters.page(id)
    if as_json:
        output.say_json(page)
        return
    say(
        "said-cluster",
        name=spoken(page["name"]),
        tag=spoken(page["tagLabel"]) or page["tag"] or "-",
        day=page["asOf"],
    )
    figures(page["head"])
    stages = page["register"]["byStage"]
    table(["stage", "count", "figure"], [(spoken(s["label"]), s["count"], s["employees"]["value"]) for s in stages])
    events = [(e["date"], spoken(e["kindLabel"]), spoken(e["title"])) for e in page["series"]["events"]]
    table(["date", "event", "name"], events)
    table(["name", "kind", "how"], [(spoken(b["name"]), spoken(b["typeLabel"]), b["how"]) for b in page["bodies"]])
    table(["gap-kind", "gap-label", "why"], [(g["kind"], spoken(g["label"]), spoken(g["why"])) for g in page["gaps"]])


@commands.command()
def measures(file: CityFile, id: OfCluster, branch: OnBranch = "main", as_json: AsJson = False) -> None:
    """Show what the business census says of a cluster: quotients, shares, its dong, its change.

    Example: madang cluster measures seongnam.gpkg 팹리스-클러스터
    """
    with reading(file) as city:
        found = on_branch(city, branch).clusters.page(id)["measures"]
    if as_json:
        output.say_json(found)
        return
    figures(found["rows"])
    own = [one for one in found["byIndustry"] if one["isOwn"]]
    columns = ["code", "name", "firms", "workers", "quotient"]
    table(columns, [(o["code"], spoken(o["label"]), o["firms"], o["workers"], short(o["quotient"])) for o in own])
    places = [(spoken(p["label"]), p["firms"], p["workers"], short(p["quotient"])) for p in found["byPlace"]]
    table(["place", "firms", "workers", "quotient"], places)
    if found["note"]:
        output.say_text(spoken(found["note"]))


@commands.command()
def link(
    file: CityFile,
    id: OfCluster,
    what: Annotated[str, typer.Argument(metavar="ID", help="What belongs to the cluster: its whole id.")],
    reason: Reason,
    remove: Annotated[bool, typer.Option("--remove", help="Take the tie away.")] = False,
    branch: OnBranch = "main",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Tie a facility, agreement, programme or the like to a cluster.

    Example: madang cluster link seongnam.gpkg 팹리스-클러스터 urn:ngsi-ld:Agreement:t:1 -m "agreement of 2026"
    """
    with writing(file) as city:
        made = on_branch(city, branch).clusters.link(id, what, remove=remove, reason=reason, by=by)
    written(made["id"], made, as_json)


@commands.command()
def place(file: CityFile, reason: Reason, branch: OnBranch = "main", by: By = None, as_json: AsJson = False) -> None:
    """Find where firms and places of the business census stand in this file: by parcel, dong, code.

    Example: madang cluster place seongnam.gpkg -m "after loading the register"
    """
    with writing(file) as city:
        found = on_branch(city, branch).clusters.place(reason=reason, by=by)
    if as_json:
        output.say_json(found)
        return
    firms, census = found["firms"]["counts"], found["statistics"]["counts"]
    say("said-placed", **firms, code=census["code"], name=census["name"], lost=census["unmatched"])
    lost = [*found["firms"]["unmatched"], *found["statistics"]["unmatched"]]
    table(["id", "name", "place"], [(one["id"], spoken(one["name"]), one["said"]) for one in lost])


@commands.command()
def share(
    file: CityFile,
    id: OfCluster,
    claim: Annotated[str, typer.Argument(metavar="CLAIM", help="The published figure: its id or the end of it.")],
    reason: Reason,
    covers: Annotated[
        str, typer.Option("--covers", metavar="WHAT", help="What the register holds: city, claim.")
    ] = "city",
    branch: OnBranch = "main",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Hold a published share against the firms inside a cluster's boundary.

    Example: madang cluster share seongnam.gpkg 팹리스-클러스터 pangyo-fabless-share -m "register of 2026"
    """
    with writing(file) as city:
        made = on_branch(city, branch).clusters.check_share(id, claim, covers=covers, reason=reason, by=by)
    written(made["id"], made, as_json)


@commands.command()
def industries(file: CityFile, branch: OnBranch = "main", as_json: AsJson = False) -> None:
    """Show strategic industries by KSIC and HS code, and the codes of this file that are in no table.

    Example: madang cluster industries seongnam.gpkg
    """
    with reading(file) as city:
        found = on_branch(city, branch).clusters.strategic()
    if as_json:
        output.say_json(found)
        return
    rows = [
        (spoken(one["label"]), spoken(row["stageLabel"]), _codes(row["ksic"]), _codes(row["hs"]), row["certainty"])
        for one in found["industries"]
        for row in one["links"]
    ]
    table(["name", "stage", "ksic", "hs", "certainty"], rows)
    unmapped = [*found["unmapped"]["ksic"], *found["unmapped"]["hs"]]
    table(["code", "name", "count"], [(one["code"], spoken(one["label"]), one["count"]) for one in unmapped])


def _codes(rows: Sequence[Any]) -> str:
    return ", ".join(one["code"] for one in rows)

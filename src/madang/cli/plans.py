"""Commands: `madang plan …`, the statutory plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from madang.cli import output
from madang.cli import plan_saying as saying
from madang.cli.app import AsJson, By, CityFile, OnBranch, group
from madang.cli.files import on_branch, reading, resolve, writing
from madang.errors import CallerError, both
from madang.plan.portfolio import GAP, TIME_LIMIT_S

commands = group("plan", "The statutory plan: check, status, diff, export.")

OfPlan = Annotated[
    str | None, typer.Option("--plan", metavar="P", help="The plan, where there are several: its id or the end of it.")
]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DAY", help="By the rules of this day; today otherwise.")]
Why = Annotated[str, typer.Option("--reason", "-m", metavar="TEXT", help="Why: stands in the log for good.")]


@commands.command()
def new(
    file: CityFile,
    code: Annotated[str, typer.Argument(metavar="CODE", help="A short name for the plan: a-z, 0-9 and -.")],
    branch: OnBranch = "main",
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="What the plan is called.")] = "",
    start: Annotated[int | None, typer.Option("--from-year", metavar="YEAR", help="Its first year.")] = None,
    end: Annotated[int | None, typer.Option("--to-year", metavar="YEAR", help="Its last year.")] = None,
    owner: Annotated[
        list[str] | None, typer.Option("--owner", metavar="ID", help="Who makes it; repeat for joint plans.")
    ] = None,
    announcement: Annotated[
        bool, typer.Option("--announced", help="CODE names an announcement: make the plan of what it says.")
    ] = False,
    reason: Why = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Make a plan on a branch, with an empty section for each item that law asks for.

    Example: madang plan new sejong.gpkg smart-2030 -b draft --title "Smart city plan" --to-year 2030 -m "new"
    """
    with writing(file) as city:
        plans = on_branch(city, branch).plans
        if announcement:
            made = plans.from_announcement(code, reason=reason, by=by).id
        elif not title.strip():
            raise CallerError("plans.new-needs-title")
        else:
            made = plans.new(
                code, title, start_year=start, end_year=end, owners=owner or (), reason=reason, by=by
            )["id"]  # fmt: skip
        found = plans.check(made)
    if as_json:
        output.say_json(found)
    else:
        saying.say("said-written", id=made)
        saying.say_check(found.as_json())


@commands.command()
def write(
    file: CityFile,
    section: Annotated[str, typer.Argument(metavar="SECTION", help="The id of the section.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The text, which may hold live figures.")],
    branch: OnBranch = "main",
    paragraph: Annotated[
        str | None, typer.Option("--paragraph", metavar="ID", help="Replace the text of this paragraph.")
    ] = None,
    reason: Why = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Write a paragraph of a section, new at its end or in place of another text.

    Example: madang plan write sejong.gpkg urn:ngsi-ld:Section:sejong:smart-act-8-1-8 "국비 300억 원" -b draft -m funds
    """
    with writing(file) as city:
        made = on_branch(city, branch).plans.write(section, text, paragraph=paragraph, reason=reason, by=by)
    if as_json:
        output.say_json(made)
    else:
        saying.say("said-written", id=made["id"])


@commands.command()
def check(
    file: CityFile,
    branch: OnBranch = "main",
    plan: OfPlan = None,
    as_of: AsOf = None,
    record: Annotated[
        str, typer.Option("--record", metavar="REASON", help="Keep the result as a record that the procedure reads.")
    ] = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Hold a plan against the law of a day: empty items with their clauses, what is wrong, minor or major change.

    Example: madang plan check sejong.gpkg --branch draft
    """
    with writing(file) if record else reading(file) as city:
        plans = on_branch(city, branch).plans
        found = (
            plans.record_check(plan, reason=record, as_of=as_of, by=by) if record else plans.check(plan, as_of=as_of)
        )
    if as_json:
        output.say_json(found)
    else:
        saying.say_check(found.as_json())
    if not found.complete or found.wrong or found.conflicts:
        raise typer.Exit(1)


@commands.command()
def status(file: CityFile, branch: OnBranch = "main", plan: OfPlan = None, as_json: AsJson = False) -> None:
    """Show where a plan stands: version, gaps, tasks, money, overdue milestones, sections to bring up to date.

    Example: madang plan status sejong.gpkg
    """
    with reading(file) as city:
        found = on_branch(city, branch).plans.status(plan).as_json()
    if as_json:
        output.say_json(found)
        return
    saying.say_status(found)


@commands.command()
def versions(file: CityFile, plan: OfPlan = None, as_json: AsJson = False) -> None:
    """List the adopted versions of a plan, each with the transaction it stands on and the clause.

    Example: madang plan versions sejong.gpkg
    """
    with reading(file) as city:
        found = [one.as_json() for one in city.plans.versions(plan)]
    if as_json:
        output.say_json(found)
        return
    if not found:
        saying.say("said-no-versions")
    rows = [
        (
            one["number"], output.in_language(one["changeLabel"]), output.in_language(one["clause"]),
            one["transaction"], one["at"][:10], one["reason"],
        )
        for one in found
    ]  # fmt: skip
    saying.table(saying.words("version", "change", "clause", "transaction", "date", "reason"), rows)


@commands.command()
def diff(
    file: CityFile,
    a: Annotated[str, typer.Argument(metavar="A", help="A version (1.0), a transaction (tx:12) or a branch.")],
    b: Annotated[str, typer.Argument(metavar="B")],
    plan: OfPlan = None,
    as_json: AsJson = False,
) -> None:
    """Show what differs between two states of a plan, paragraph by paragraph and number by number.

    Example: madang plan diff sejong.gpkg 1.0 1.1
    """
    with reading(file) as city:
        found = _on_known(city, b).plans.diff(a, b, plan).as_json()
    if as_json:
        output.say_json(found)
        return
    saying.say_difference(found)


def _on_known(city: Any, point: str) -> Any:
    """The city seen from a branch, where the point is one: a plan may stand there only."""
    names = {branch.name for branch in city.branches()}
    return on_branch(city, point) if point in names else city


@commands.command()
def tree(file: CityFile, branch: OnBranch = "main", plan: OfPlan = None, as_json: AsJson = False) -> None:
    """Show a plan as a tree: vision, goals, strategies, tasks, and its sections with their ids.

    Example: madang plan tree sejong.gpkg --branch draft
    """
    with reading(file) as city:
        found = on_branch(city, branch).plans.board(plan)
    if as_json:
        output.say_json(found)
        return
    saying.say_tree(found)


@commands.command()
def tasks(
    file: CityFile,
    branch: OnBranch = "main",
    plan: OfPlan = None,
    budget: Annotated[
        list[str] | None,
        typer.Option("--budget", metavar="YEAR=WON", help="Choose the best tasks under this budget; repeat by year."),
    ] = None,
    gap: Annotated[
        float, typer.Option("--gap", metavar="SHARE", help="How far from the best the choice may be; 0 is exact.")
    ] = GAP,
    limit: Annotated[float, typer.Option("--limit", metavar="SECONDS", help="How long to look for it.")] = TIME_LIMIT_S,
    worth: Annotated[
        str | None,
        typer.Option("--worth", metavar="INDICATOR", help="Benefits from models: what each task adds to it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the tasks of a plan and its critical path, or choose among them under yearly budgets.

    Example: madang plan tasks sejong.gpkg --budget 2026=30000000000 --budget 2027=50000000000
    """
    limits = dict(_year_budget(one) for one in budget or ())
    with reading(file) as city:
        here = on_branch(city, branch)
        plans, board, choice = here.plans, here.plans.board(plan), None
        if limits:
            benefits = None if worth is None else here.lab.task_benefits(worth)
            choice = plans.choose(limits, plan, benefits=benefits, gap=gap, time_limit_s=limit).as_json()
    if as_json:
        output.say_json({"tasks": board["tasks"], "criticalPath": board["criticalPath"], "choice": choice})
        return
    saying.say_tasks(board, choice)


def _year_budget(text: str) -> tuple[int | str, int]:
    year, _, amount = text.partition("=")
    amount = amount.replace(",", "").strip()
    if not (year.strip().isdigit() and amount.lstrip("-").isdigit()):
        raise CallerError("plans.budget-form", found=text)
    return int(year), int(amount)


@commands.command()
def export(
    file: CityFile,
    out: Annotated[str, typer.Argument(metavar="OUT", help="Where to: .json, .hwpx, .pdf, .docx, .html or .xlsx")],
    branch: OnBranch = "main",
    plan: OfPlan = None,
    complete: Annotated[
        bool, typer.Option("--complete", help="Refuse while an item that must be there is empty.")
    ] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Write a plan to a file: the plan book as a paper, or all of it as JSON.

    Example: madang plan export sejong.gpkg plan.pdf --complete
    """
    with reading(file) as city:
        plans = on_branch(city, branch).plans
        path = plans.export(
            resolve(Path(out)), plan, complete=complete, language=output.language(), as_of=as_of
        )  # fmt: skip
        found = plans.check(plan, as_of=as_of)
    if as_json:
        output.say_json({"path": str(path), "complete": found.complete, "missing": found.missing})
    else:
        what = output.in_language(found.as_json()["completeLabel"])
        saying.say("said-exported", path=path, what=what)


@commands.command()
def align(file: CityFile, branch: OnBranch = "main", plan: OfPlan = None, as_json: AsJson = False) -> None:
    """Show tasks against upper plans and national programmes, with the gaps and conflicts.

    Example: madang plan align sejong.gpkg
    """
    with reading(file) as city:
        found = on_branch(city, branch).plans.alignment(plan).as_json()
    if as_json:
        output.say_json(found)
        return
    items = {one["item"]: one for one in found["items"]}
    rows = [
        (
            output.in_language(one["title"]),
            output.in_language(one["stateLabel"]),
            "; ".join(_upper(items[id]) for id in one["items"]),
        )
        for one in found["tasks"]
    ]  # fmt: skip
    saying.table(saying.words("task", "state", "upper"), rows)
    saying.table(
        saying.words("clause", "finding"),
        [(output.in_language(one["clause"]), output.in_language(one["label"])) for one in found["conflicts"]],
    )


def _upper(item: dict[str, Any]) -> str:
    """An item of an upper plan as its plan and clause."""
    return " ".join(filter(None, (output.in_language(item[name]) for name in ("planTitle", "clause"))))


@commands.command()
def services(file: CityFile, branch: OnBranch = "main", plan: OfPlan = None, as_json: AsJson = False) -> None:
    """List the services of a plan in the fields that the decree gives, and what each lacks.

    Example: madang plan services sejong.gpkg
    """
    with reading(file) as city:
        found = on_branch(city, branch).plans.services(plan).as_json()
    if as_json:
        output.say_json(found)
        return
    none = both("plans.book-unstated")
    groups = [*((one["label"], one["services"]) for one in found["fields"]), (none, found["withoutField"])]
    rows: list[tuple[Any, ...]] = []
    for label, rows_of in groups:
        if not rows_of and label is not none:
            rows.append((output.in_language(label), "–", None))
        rows += [
            (output.in_language(label), output.in_language(one["title"]),
             "; ".join(output.in_language(gap) for gap in one["gaps"]))
            for one in rows_of
        ]  # fmt: skip
    saying.table(saying.words("field", "service", "gaps"), rows)


@commands.command()
def year(
    file: CityFile,
    of: Annotated[int, typer.Argument(metavar="YEAR")],
    branch: OnBranch = "main",
    plan: OfPlan = None,
    as_json: AsJson = False,
) -> None:
    """Show the implementation plan of one year: tasks, money by source, milestones and targets.

    Example: madang plan year sejong.gpkg 2026
    """
    with reading(file) as city:
        found = on_branch(city, branch).plans.year(of, plan).as_json()
    if as_json:
        output.say_json(found)
        return
    saying.say("said-money", **{name: saying.money(found["budget"][name]) for name in ("planned", "executed")})
    rows = [
        (
            output.in_language(one["title"]),
            saying.money(one["budget"]["planned"]),
            saying.money(one["budget"]["executed"]),
            "; ".join(output.in_language(gap) for gap in one["gaps"]),
        )
        for one in found["tasks"]
    ]
    saying.table(saying.words("task", "planned", "executed", "gaps"), rows)
    due = [(output.in_language(m["title"]), m["due"], output.in_language(m["stateLabel"])) for m in found["milestones"]]
    saying.table(saying.words("milestone", "due", "state"), due)

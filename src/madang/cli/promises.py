"""Commands: `madang promises …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from madang.cli import output
from madang.cli.app import AsJson, By, CityFile, OnBranch, Reason, group
from madang.cli.files import incoming, on_branch, reading, writing
from madang.entities.entity import value_of
from madang.errors import CallerError, sentence
from madang.plan.figures import written
from madang.plan.promise_wall import Entry

commands = group("promises", "The promise ledger: list and score.")

PromiseId = Annotated[str, typer.Argument(metavar="PROMISE", help="A promise: its id, or the last part of it.")]
OnDay = Annotated[str | None, typer.Option("--at", metavar="DAY", help="As it stands on this day, such as 2029-01-01.")]
State = Annotated[str | None, typer.Option("--state", metavar="S", help="Only overdue, due, undated, done or ended.")]
Number = Annotated[float | None, typer.Option("--value", metavar="N", help="The number, in the promise's unit.")]
Period = Annotated[str | None, typer.Option("--period", metavar="P", help="The year, month or day it stands for.")]
Reads = Annotated[str | None, typer.Option("--reads", metavar="ID#ATTR", help="Read the number from this attribute.")]
Shown = Annotated[
    list[str] | None, typer.Option("--evidence", metavar="ID", help="A record, data set or address; repeat for more.")
]
Link = Annotated[str | None, typer.Option("--link", metavar="URL", help="A web address that shows it.")]
EvidenceFile = Annotated[Path | None, typer.Option("--file", metavar="PATH", help="A document, kept with the city.")]
Known = Annotated[
    list[str] | None, typer.Option("--param", "-p", metavar="K=V", help="A model parameter known by now; repeat.")
]


@commands.command("list")
def list_(file: CityFile, state: State = None, at: OnDay = None, as_json: AsJson = False) -> None:
    """List every promise as it stands: due, overdue, done, by whom, and what came of it.

    Example: madang promises list gwangyang.gpkg --state overdue
    """
    with reading(file) as city:
        wall = city.promise_ledger.list(at)
    entries = [one for one in wall.entries if state is None or one.standing == state]
    if as_json:
        output.say_json(wall.as_json() | {"promises": [one.as_json() for one in entries]})
        return
    heads = ("id", "promise", "owner", "due", "promised", "actual", "state")
    output.say_table([_word(f"head-{one}") for one in heads], [_row(one) for one in entries], named=True)
    output.say_text(sentence("plan.sheet-counts", output.language(), **wall.counts()))


@commands.command()
def show(file: CityFile, promise: PromiseId, at: OnDay = None, as_json: AsJson = False) -> None:
    """Show one promise: number, band, outcomes, score with its parts, evidence that is missing.

    Example: madang promises show gwangyang.gpkg 3c7f0a91d2e4b658
    """
    with reading(file) as city:
        found = city.promise_ledger.one(promise, at)
    if as_json:
        output.say_json(found.as_json())
        return
    heads = ("id", "promise", "owner", "due", "promised", "actual", "state")
    rows = [(_word(f"head-{head}"), cell) for head, cell in zip(heads, _row(found), strict=True)]
    if found.missing:
        rows.append((_word("sheet-missing"), output.in_language(found.missing)))
    output.say_table([_word("head-promise"), ""], rows, named=True)
    if found.score:
        _say_score(found.score)


@commands.command()
def make(
    file: CityFile,
    branch: Annotated[str, typer.Argument(metavar="B", help="The branch on which it is promised.")],
    due: Annotated[str, typer.Option("--due", metavar="P", help="Until when: a year, month or day.")],
    owner: Annotated[str, typer.Option("--owner", metavar="ID", help="Who stands for it.")],
    reason: Reason,
    indicator: Annotated[str | None, typer.Option("--indicator", metavar="I", help="From the model run.")] = None,
    value: Annotated[float | None, typer.Option("--value", metavar="N", help="A number of your own; no run.")] = None,
    unit: Annotated[str | None, typer.Option("--unit", metavar="U", help="The unit of your own number.")] = None,
    title: Annotated[str | None, typer.Option("--title", metavar="TEXT")] = None,
    task: Annotated[str | None, typer.Option("--task", metavar="ID", help="The task it belongs to.")] = None,
    reads: Annotated[str | None, typer.Option("--measured-by", metavar="ID#ATTR", help="Where it is measured.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Promise an indicator of a branch, with its band and run, as a target to be adopted.

    Example: madang promises make icheon.gpkg fab --indicator economy.output-city --due 2030 --owner ID --reason R
    """
    with writing(file) as city:
        made = on_branch(city, branch).promise_ledger.promise(
            indicator=indicator, due=due, owner=owner, reason=reason, value=_whole(value), unit=unit, title=title,
            task=task, measured_by=reads, by=by,
        )  # fmt: skip
    if as_json:
        output.say_json(made)
        return
    number = written(value_of(made, "value"), made["value"].get("unitCode"), output.language())
    _say("made", id=made["id"], title=output.in_language(value_of(made, "title")), value=number, due=due, branch=branch)


@commands.command()
def outcome(
    file: CityFile,
    promise: PromiseId,
    reason: Reason,
    period: Period = None,
    value: Number = None,
    reads: Reads = None,
    evidence: Shown = None,
    link: Link = None,
    document: EvidenceFile = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record what came of a promise, with its evidence; a second one for a period corrects the first.

    Example: madang promises outcome icheon.gpkg 3c7f0a91 --value 5e11 --period 2030 --link https://… --reason "GRDP"
    """
    with incoming(*([document] if document else [])) as files, writing(file) as city:
        made = city.promise_ledger.record_outcome(
            promise, value=_whole(value), period=period, reads=reads, evidence=evidence, link=link,
            file=files[0] if files else None, reason=reason, by=by,
        )  # fmt: skip
    if as_json:
        output.say_json(made)
        return
    number = written(value_of(made, "value"), (made.get("value") or {}).get("unitCode"), output.language())
    _say("outcome-kept", id=made["id"], period=value_of(made, "period"), value=number)


@commands.command()
def score(
    file: CityFile,
    reason: Reason,
    promise: Annotated[str | None, typer.Option("--promise", metavar="ID", help="Only this one.")] = None,
    param: Known = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Score the promises that are due: promised against actual, the miss split by what caused it.

    Example: madang promises score gwangyang.gpkg --reason "yearly review of 2030"
    """
    params = dict(_parameter(text) for text in param or [])
    with writing(file) as city, output.progress("running"):
        done = city.promise_ledger.score(promise, params=params or None, reason=reason, by=by)
    if as_json:
        output.say_json(done.as_json())
        return
    for one in done.scores:
        _say_score(one)
    _say("scored", scores=len(done.scores), new=done.new, unscored=len(done.unscored))


@commands.command()
def calibration(file: CityFile, as_json: AsJson = False) -> None:
    """Say how good the promised numbers were, by model, owner and plan.

    Example: madang promises calibration gwangyang.gpkg
    """
    with reading(file) as city:
        rows = city.promise_ledger.calibration()
    if as_json:
        output.say_json([one.as_json() for one in rows])
        return
    heads = [_word(f"head-{one}") for one in ("by", "number", "bias", "mape", "coverage")]
    cells = [
        (output.in_language(one.label), one.n, *(_share(rate) for rate in (one.bias, one.mape, one.coverage)))
        if one.note is None
        else (output.in_language(one.label), one.n, output.in_language(one.note), "", "")
        for one in rows
    ]
    output.say_table(heads, cells, named=True)


@commands.command()
def stale(file: CityFile, branch: OnBranch = "main", as_json: AsJson = False) -> None:
    """List figures in the plan's text whose source has changed since they were adopted.

    Example: madang promises stale sejong.gpkg
    """
    with reading(file) as city:
        found = on_branch(city, branch).promise_ledger.stale_figures()
    if as_json:
        output.say_json([one.as_json() for one in found])
        return
    heads = [_word(f"head-{one}") for one in ("where", "was", "now", "why")]
    rows = [
        (
            one.paragraph,
            written(one.was, one.unit, output.language()),
            _word("word-unknown-now") if one.now is None else written(one.now, one.unit, output.language()),
            output.in_language(one.why),
        )
        for one in found
    ]
    output.say_table(heads, rows, named=True)


@commands.command()
def refresh(
    file: CityFile,
    branch: Annotated[str, typer.Argument(metavar="B", help="The branch of the amendment.")],
    paragraph: Annotated[str, typer.Argument(metavar="ID", help="The paragraph.")],
    reason: Reason,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Accept the present numbers of a paragraph, as a change on a branch.

    Example: madang promises refresh sejong.gpkg amendment urn:ngsi-ld:Paragraph:madang:3 --reason "new GRDP"
    """
    with writing(file) as city:
        done = on_branch(city, branch).promise_ledger.refresh(paragraph, reason=reason, by=by)
    output.say_transaction(done, as_json)


def _row(one: Entry) -> tuple[str, ...]:
    words = [_word(f"state-{one.standing}")]
    words += [_word(one.timeliness)] if one.timeliness and one.standing != "overdue" else []
    words += [_word(f"verdict-{one.verdict}")] if one.verdict else []
    return (
        one.state.id.rpartition(":")[2],
        output.in_language(one.state.title),
        output.in_language(one.state.owner),
        one.state.due or "",
        _number(one.promised),
        _number(one.outcome),
        " · ".join(words),
    )


def _say_score(score: dict[str, Any] | Any) -> None:
    rows = [(_word(f"head-{name}"), _number(score[name])) for name in ("promised", "actual", "miss")]
    rows += [(output.in_language(part["label"]), _number(part)) for part in score["parts"]]
    output.say_table([score["promise"].rpartition(":")[2], ""], rows, named=True)
    if score["not_split"]:
        output.say_text(output.in_language(score["not_split"]))


def _number(found: dict[str, Any] | None) -> str:
    return "" if found is None or found["value"] is None else str(found["text"][output.language()])


def _share(rate: float | None) -> str:
    return "" if rate is None else f"{100 * rate:,.1f} %"


def _whole(value: float | None) -> float | int | None:
    """A number as it was meant: 500 is a whole number, 0.5 is not."""
    return int(value) if value is not None and value.is_integer() else value


def _parameter(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name.strip() or not value.strip():
        raise CallerError("plan.field-wrong", field=text, wanted="realisation=0.6")
    return name.strip(), value.strip()


def _word(name: str) -> str:
    return sentence(f"plan.{name}", output.language())


def _say(code: str, **facts: Any) -> None:
    output.say_text(sentence(f"plan.{code}", output.language(), **facts))

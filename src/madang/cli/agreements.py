"""Commands: `madang investment …`: agreements, their commitments, and the timeline."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from madang.civic.investment.agreements import AgreementState
from madang.cli import output
from madang.cli.app import AsJson, By, CityFile, OnBranch, Reason
from madang.cli.files import on_branch, reading, writing
from madang.cli.investing import (
    AsOf,
    Evidence,
    On,
    commands,
    in_words,
    list_under,
    say_made,
    short,
    word,
)
from madang.errors import CallerError


@commands.command()
def agreements(file: CityFile, as_of: AsOf = None, branch: OnBranch = "main", as_json: AsJson = False) -> None:
    """List the agreements with their state on a day and how far they can be checked.

    Example: madang investment agreements seongnam.gpkg --as-of 2025-01-01
    """
    with reading(file) as city:
        found = on_branch(city, branch).investment.agreements(as_of)
    if as_json:
        output.say_json([one.as_json() for one in found])
        return
    rows = [
        (short(one.id), in_words(one.title), word(f"agreement-{one.state}"), one.signed_on, in_words(one.party),
         f"{len(one.commitments) - one.incomplete}/{len(one.commitments)}")
        for one in found
    ]  # fmt: skip
    list_under(("id", "title", "state", "signed", "parties", "commitments"), rows)


@commands.command()
def commitments(
    file: CityFile,
    agreement: Annotated[str | None, typer.Argument(metavar="AGREEMENT", help="One agreement, else all.")] = None,
    as_of: AsOf = None,
    branch: OnBranch = "main",
    as_json: AsJson = False,
) -> None:
    """List commitments with owner, due date, state, and what is missing to check them.

    Example: madang investment commitments seongnam.gpkg seongnam-sejong-university
    """
    with reading(file) as city:
        door = on_branch(city, branch).investment
        found: list[AgreementState] = (
            door.agreements(as_of) if agreement is None else [door.agreement(agreement, as_of)]
        )
    states = [one for each in found for one in each.commitments]
    if as_json:
        output.say_json([one.as_json() for one in states])
        return
    rows = [
        (short(one.id), in_words(one.title), in_words(one.owner), one.due, one.days, word(f"commitment-{one.state}"),
         ", ".join(word(f"needs-{what}") for what in one.missing))
        for one in states
    ]  # fmt: skip
    list_under(("id", "title", "owner", "due", "days", "state", "missing"), rows)


@commands.command()
def commit(
    file: CityFile,
    agreement: Annotated[str, typer.Argument(metavar="AGREEMENT")],
    title: Annotated[str, typer.Option("--title", metavar="TEXT")],
    owner: Annotated[list[str], typer.Option("--owner", metavar="ID", help="Who answers for it; may be repeated.")],
    due: Annotated[str, typer.Option("--due", metavar="DATE", help="A year, a month or a day.")],
    measurable: Annotated[
        str, typer.Option("--output", metavar="TEXT", help="What will be there that can be measured.")
    ],
    measure: Annotated[list[str], typer.Option("--measure", metavar="M", help="NAME=TARGET or NAME=TARGET:UNIT.")],
    reason: Reason,
    branch: OnBranch = "main",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Add a commitment to an agreement: owner, due date, output, measure.

    Example: madang investment commit seongnam.gpkg sejong --title T --owner ID --due 2027 --output O --measure M=3 -m W
    """
    told = [_measure(one) for one in measure]
    with writing(file) as city:
        made = on_branch(city, branch).investment.commit(
            agreement, title=title, owner=owner, due=due, output=measurable, measures=told, reason=reason, by=by
        )
    say_made(made, as_json)


@commands.command()
def specify(
    file: CityFile,
    commitment: Annotated[str, typer.Argument(metavar="COMMITMENT")],
    reason: Reason,
    owner: Annotated[list[str] | None, typer.Option("--owner", metavar="ID")] = None,
    due: Annotated[str | None, typer.Option("--due", metavar="DATE", help="A year, a month or a day.")] = None,
    measurable: Annotated[str | None, typer.Option("--output", metavar="TEXT")] = None,
    measure: Annotated[list[str] | None, typer.Option("--measure", metavar="M")] = None,
    branch: OnBranch = "main",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Say what a commitment left open.

    Example: madang investment specify s.gpkg talent --due 2028 --output 수료생 --measure 수료생=120:IE -m "agreed"
    """
    told = [_measure(one) for one in measure or ()]
    with writing(file) as city:
        made = on_branch(city, branch).investment.specify(
            commitment, owner=owner, due=due, output=measurable, measures=told, reason=reason, by=by
        )
    say_made(made, as_json)


@commands.command()
def fulfil(
    file: CityFile,
    commitment: Annotated[str, typer.Argument(metavar="COMMITMENT")],
    evidence: Annotated[str, typer.Option("--evidence", metavar="WHAT")],
    reason: Reason,
    on: On = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Say that a commitment was fulfilled, and what shows it.

    Example: madang investment fulfil seongnam.gpkg talent --evidence "수료 명단 12" --on 2026-11-20 -m "120 graduates"
    """
    with writing(file) as city:
        made = city.investment.fulfil(commitment, evidence=evidence, done_on=on, reason=reason, by=by)
    say_made(made, as_json)


@commands.command()
def amend(
    file: CityFile,
    agreement: Annotated[str, typer.Argument(metavar="AGREEMENT")],
    on: Annotated[str, typer.Option("--on", metavar="DAY", help="The day of the amendment.")],
    reason: Reason,
    commitment: Annotated[str | None, typer.Option("--commitment", metavar="ID", help="Amend this commitment.")] = None,
    due: Annotated[str | None, typer.Option("--due", metavar="DATE")] = None,
    ends: Annotated[str | None, typer.Option("--ends", metavar="DATE")] = None,
    amount: Annotated[int | None, typer.Option("--amount", metavar="WON")] = None,
    terminate: Annotated[bool, typer.Option("--terminate", help="The agreement was ended early.")] = False,
    evidence: Evidence = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Amend an agreement or a commitment; what stood before stays on record.

    Example: madang investment amend seongnam.gpkg sejong --on 2026-03-02 --ends 2029 -m "prolonged by a year"
    """
    given = {"due": due, "ends_on": ends, "amount": amount, "terminated_on": on if terminate else None}
    changes = {name: value for name, value in given.items() if value is not None}
    with writing(file) as city:
        made = city.investment.amend(
            agreement, on=on, changes=changes, commitment=commitment, evidence=evidence, reason=reason, by=by
        )
    say_made(made, as_json)


@commands.command()
def timeline(file: CityFile, as_of: AsOf = None, branch: OnBranch = "main", as_json: AsJson = False) -> None:
    """Show agreements, facilities and milestones by date, as they stood on a day.

    Example: madang investment timeline seongnam.gpkg --as-of 2025-06-30
    """
    with reading(file) as city:
        found = on_branch(city, branch).investment.timeline(as_of)
    if as_json:
        output.say_json([one.as_json() for one in found])
        return
    rows = [
        (one.when, word(f"timeline-{one.state}"), in_words(one.title), in_words(one.owner), one.days) for one in found
    ]
    list_under(("due", "state", "title", "owner", "days"), rows)


@commands.command()
def sign(
    file: CityFile,
    title: Annotated[str, typer.Option("--title", metavar="TEXT")],
    party: Annotated[list[str], typer.Option("--party", metavar="ID", help="Who signed; may be repeated.")],
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="A year, a month or a day.")],
    reason: Reason,
    code: Annotated[str | None, typer.Option("--code", metavar="NAME", help="Its short name.")] = None,
    ends: Annotated[str | None, typer.Option("--ends", metavar="DATE")] = None,
    amount: Annotated[int | None, typer.Option("--amount", metavar="WON")] = None,
    others: Annotated[
        str | None, typer.Option("--others", metavar="TEXT", help="Parties that are no entity of the city.")
    ] = None,
    synthetic: Annotated[bool, typer.Option("--synthetic", help="The agreement is made up: mark it so.")] = False,
    branch: OnBranch = "main",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Enter an agreement with its parties and the day of its signing.

    Example: madang investment sign s.gpkg --title 업무협약 --party ID --on 2024-10-09 --code sejong -m "signed"
    """
    with writing(file) as city:
        made = on_branch(city, branch).investment.sign(
            title=title, parties=party, signed_on=on, code=code, ends_on=ends, amount=amount, other_parties=others,
            status="synthetic" if synthetic else None, reason=reason, by=by,
        )  # fmt: skip
    say_made(made, as_json)


@commands.command()
def report(
    file: CityFile,
    commitment: Annotated[str, typer.Argument(metavar="COMMITMENT")],
    measure: Annotated[str, typer.Argument(metavar="MEASURE", help="The measure's name or id.")],
    value: Annotated[float, typer.Argument(metavar="VALUE", help="What it stands at.")],
    reason: Reason,
    on: On = None,
    evidence: Evidence = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Report a value of a measure of a commitment.

    Example: madang investment report seongnam.gpkg talent 수료생 80 --evidence "수료 명단 2026-2" -m "half-year report"
    """
    number = int(value) if value.is_integer() else value
    with writing(file) as city:
        made = city.investment.report(
            commitment, measure=measure, value=number, on=on, evidence=evidence, reason=reason, by=by
        )
    say_made(made, as_json)


def _measure(text: str) -> dict[str, Any]:
    """NAME=TARGET or NAME=TARGET:UNIT as a measure."""
    name, equals, rest = text.partition("=")
    target, _, unit = rest.partition(":")
    try:
        number = float(target)
    except ValueError:
        equals = ""
    if not equals or not name.strip():
        raise CallerError("investment.bad-measure", found=text)
    value = int(number) if number.is_integer() else number
    return {"name": name.strip(), "target": value, "unit": unit.strip() or None}

"""Commands: `madang committee …`: who sits there, meetings, agenda, recusal, votes, what has to be looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from madang.cli import output
from madang.cli.app import AsJson, By, CityFile, group
from madang.cli.files import reading, resolve, writing
from madang.documents.paper import Figure, Heading, Inlines, Line, Paper, Paragraph, Table
from madang.errors import CallerError, sentence

commands = group("committee", "Committees, meetings, votes, minutes.")

Committee = Annotated[str, typer.Argument(metavar="COMMITTEE", help="The committee's id, or the end of it.")]
Meeting = Annotated[str, typer.Argument(metavar="MEETING", help="The meeting's id, or the end of it.")]
Item = Annotated[str, typer.Argument(metavar="ITEM", help="The agenda item's id, or the end of it.")]
Why = Annotated[str, typer.Option("--reason", "-m", metavar="TEXT", help="Why: stands in the log for good.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DAY", help="As of this day; else today.")]
On = Annotated[str, typer.Option("--on", metavar="DAY", help="The day, such as 2026-12-01.")]


@commands.command("list")
def list_(file: CityFile, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """List the committees: members, last and next meeting, what is to be looked at.

    Example: madang committee list gwangyang.gpkg
    """
    with reading(file) as city:
        found = city.committees.all(as_of=as_of)
    if as_json:
        output.say_json(found)
        return
    rows = []
    for one in found:
        at = one["schedule"] or {}
        named, code = output.in_language(one["name"]), one["id"].rpartition(":")[2]
        rows.append((named, code, one["seats"]["filled"], at.get("last_meeting"), at.get("due"), len(one["alerts"])))
    _table(["committee", "code", "members", "last", "due", "alerts"], rows)


@commands.command()
def show(file: CityFile, committee: Committee, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Show a committee: its charter with clauses, members with terms, composition, meetings.

    Example: madang committee show gwangyang.gpkg gwangyang-4ir-committee
    """
    with reading(file) as city:
        one = city.committees.committee(committee, as_of=as_of)
    if as_json:
        output.say_json(one)
        return
    output.say_text(output.in_language(one["name"]))
    for rule in (one["charter"] or {"rules": ()})["rules"]:
        output.say_text(f"  {output.in_language(rule['label'])} ({output.in_language(rule['clause'])})")
    _table(
        ["name", "role", "kind", "organisation", "starts", "ends", "id"],
        [
            (
                output.in_language(m["name"]),
                output.in_language(m["role_label"]),
                output.in_language(m["kind_label"]),
                output.in_language(m["organisation_name"]),
                m["starts_on"],
                m["ends_on"],
                m["id"],
            )
            for m in one["members"]
        ],
    )
    for finding in one["composition"]:
        state, label = output.in_language(finding["state_label"]), output.in_language(finding["label"])
        output.say_text(f"{state}: {label} — {output.in_language(finding['detail'])}")
    for alert in one["alerts"]:
        output.say_text(f"! {output.in_language(alert['label'])}: {output.in_language(alert['detail'])}")


@commands.command()
def establish(
    file: CityFile,
    code: Annotated[str, typer.Argument(metavar="CODE", help="A short code, the end of its id.")],
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="Its name.")],
    reason: Why,
    charter: Annotated[str | None, typer.Option("--charter", metavar="C", help="A YAML file, or a known name.")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="Since when, such as 2018-10.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Set up a committee.

    Example: madang committee establish seongnam.gpkg council --name 협의회 --charter model -m "ordinance"
    """
    with writing(file) as city:
        made = city.committees.establish(
            name=name, code=code, charter=_charter(charter), since=since, reason=reason, by=by
        )
    _written(made, as_json)


@commands.command("charter")
def charter_(
    file: CityFile,
    committee: Committee,
    charter: Annotated[str, typer.Argument(metavar="CHARTER", help="A YAML file, or a known name.")],
    reason: Why,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record a committee's charter: seats, terms, quorums, recusal, each with its clause.

    Example: madang committee charter gwangyang.gpkg gwangyang-4ir-committee charter.yaml -m "ordinance of 2018"
    """
    with writing(file) as city:
        given = _charter(charter)
        assert given is not None
        made = city.committees.set_charter(committee, charter=given, reason=reason, by=by)
    _written(made, as_json)


@commands.command()
def appoint(
    file: CityFile,
    committee: Committee,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="A name, or the id of a person who is known.")],
    starts: Annotated[str, typer.Option("--from", metavar="DAY", help="First day of the term.")],
    reason: Why,
    role: Annotated[
        str, typer.Option("--role", metavar="R", help="chair, vice-chair, member, adviser, secretary.")
    ] = "member",
    kind: Annotated[str, typer.Option("--kind", metavar="K", help="appointed, or official (by office).")] = "appointed",
    organisation: Annotated[
        str | None, typer.Option("--organisation", metavar="ID", help="Where the person belongs.")
    ] = None,
    represents: Annotated[
        str | None, typer.Option("--represents", metavar="WORD", help="resident, expert, council …")
    ] = None,
    ends: Annotated[
        str | None, typer.Option("--until", metavar="DAY", help="Last day; else as the charter says.")
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Appoint a member for the term that the charter gives.

    Example: madang committee appoint seongnam.gpkg council 홍길동 --from 2026-12-01 -m "open call"
    """
    with writing(file) as city:
        made = city.committees.appoint(
            committee,
            person=person,
            role=role,
            kind=kind,
            organisation=organisation,
            represents=represents,
            starts_on=starts,
            ends_on=ends,
            reason=reason,
            by=by,
        )
    _written(made.as_json(), as_json)


@commands.command("end-term")
def end_term(
    file: CityFile,
    membership: Annotated[str, typer.Argument(metavar="MEMBERSHIP", help="The membership's id, or the end of it.")],
    on: On,
    reason: Why,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """End a member's term, or put on record that it ran out.

    Example: madang committee end-term seongnam.gpkg council-홍길동-2026-12-01 --on 2027-03-31 -m "moved away"
    """
    with writing(file) as city:
        made = city.committees.end_term(membership, date=on, reason=reason, by=by)
    _written(made.as_json(), as_json)


@commands.command()
def office(
    file: CityFile,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="A name, or the id of a person who is known.")],
    organisation: Annotated[str, typer.Argument(metavar="ORGANISATION", help="The id of the organisation.")],
    post: Annotated[str, typer.Argument(metavar="POST", help="The title of the office.")],
    starts: Annotated[str, typer.Option("--from", metavar="DATE", help="Since when, such as 2022-07.")],
    reason: Why,
    ends: Annotated[str | None, typer.Option("--until", metavar="DATE", help="Until when.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record a person's office in an organisation, so that the role at a date is right.

    Example: madang committee office x.gpkg 홍길동 urn:ngsi-ld:City:kostat:36060 시장 --from 2022-07 -m "election"
    """
    with writing(file) as city:
        made = city.committees.hold_office(
            person=person, organisation=organisation, post=post, starts_on=starts, ends_on=ends, reason=reason, by=by
        )
    _written(made.as_json(), as_json)


@commands.command()
def meeting(
    file: CityFile,
    on: On,
    reason: Why,
    committee: Annotated[str | None, typer.Option("--committee", metavar="C", help="Of which committee.")] = None,
    kind: Annotated[
        str, typer.Option("--kind", metavar="K", help="regular, extraordinary, seminar, launch-briefing …")
    ] = "regular",
    title: Annotated[str | None, typer.Option("--title", metavar="TEXT", help="Its title.")] = None,
    venue: Annotated[str | None, typer.Option("--venue", metavar="TEXT", help="Where it is held.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Call a meeting: of a committee, a seminar, a briefing, a hearing.

    Example: madang committee meeting x.gpkg --committee gwangyang-4ir-committee --on 2026-12-01 -m "second half"
    """
    with writing(file) as city:
        made = city.committees.call_meeting(
            committee, date=on, kind=kind, title=title, venue=venue, reason=reason, by=by
        )
    _written(made, as_json)


@commands.command("open")
def open_(file: CityFile, meeting: Meeting, by: By = None, as_json: AsJson = False) -> None:
    """Open a meeting; refused below the quorum to meet.

    Example: madang committee open gwangyang.gpkg gwangyang-4ir-committee-2026-12-01
    """
    with writing(file) as city:
        made = city.committees.open_meeting(meeting, by=by)
    _written(made, as_json)


@commands.command()
def close(file: CityFile, meeting: Meeting, by: By = None, as_json: AsJson = False) -> None:
    """Close a meeting, once every item has been dealt with.

    Example: madang committee close gwangyang.gpkg gwangyang-4ir-committee-2026-12-01
    """
    with writing(file) as city:
        made = city.committees.close_meeting(meeting, by=by)
    _written(made, as_json)


@commands.command()
def agenda(
    file: CityFile,
    meeting: Meeting,
    kind: Annotated[
        str | None,
        typer.Option(
            "--add",
            metavar="KIND",
            help="policy-trend, business-introduction, performance-plan, progress-briefing, decision.",
        ),
    ] = None,
    title: Annotated[str | None, typer.Option("--title", metavar="TEXT", help="Its title.")] = None,
    proposal: Annotated[str | None, typer.Option("--proposal", metavar="P", help="The proposal it puts up.")] = None,
    concerns: Annotated[
        list[str] | None, typer.Option("--concerns", metavar="ID", help="What it concerns; repeat for more.")
    ] = None,
    special: Annotated[bool, typer.Option("--special", help="Decided by the rule for special decisions.")] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Show a meeting's agenda, or put an item on it.

    Example: madang committee agenda gwangyang.gpkg gwangyang-4ir-committee-2026-12-01 --add policy-trend --title 수소
    """
    if kind is not None:
        rule = "special" if special else "ordinary"
        with writing(file) as city:
            made = city.committees.add_item(
                meeting, kind=kind, title=title, proposal=proposal, concerns=concerns or (), rule=rule, by=by
            )
        _written(made, as_json)
        return
    with reading(file) as city:
        found = city.committees.meeting(meeting)["agenda"]
    if as_json:
        output.say_json(found)
        return
    rows = [
        (
            one["order"],
            output.in_language(one["title"]),
            output.in_language(one["kind_label"]),
            output.in_language(one["state_label"]),
            one["id"].rpartition(":")[2],
        )
        for one in found
    ]
    _table(["n", "title", "kind", "state", "code"], rows)


@commands.command()
def conclude(
    file: CityFile,
    item: Item,
    state: Annotated[str, typer.Argument(metavar="STATE", help="heard, deferred, withdrawn.")],
    reason: Why,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Bring an item to its end that is not voted on.

    Example: madang committee conclude gwangyang.gpkg gwangyang-4ir-committee-2026-12-01-1 heard -m "reported"
    """
    with writing(file) as city:
        made = city.committees.conclude(item, state=state, reason=reason, by=by)
    _written(made, as_json)


@commands.command()
def attend(
    file: CityFile,
    meeting: Meeting,
    people: Annotated[list[str], typer.Argument(metavar="PERSON...", help="Names or ids.")],
    mode: Annotated[str, typer.Option("--mode", metavar="M", help="in-person, online, proxy, absent.")] = "in-person",
    part: Annotated[
        str | None, typer.Option("--as", metavar="P", help="member, official, speaker, panel, moderator, guest.")
    ] = None,
    proxy: Annotated[str | None, typer.Option("--proxy", metavar="NAME", help="Who came instead.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="ITEM", help="Left before this item.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record who is there.

    Example: madang committee attend gwangyang.gpkg gwangyang-4ir-committee-2026-12-01 홍길동 성춘향
    """
    with writing(file) as city:
        made = [
            city.committees.attend(meeting, person=one, mode=mode, part=part, proxy=proxy, until_item=until, by=by)
            for one in people
        ]
    if as_json:
        output.say_json([one.as_json() for one in made])
        return
    for one in made:
        name, role = output.in_language(one.name), output.in_language(one.role_label())
        output.say_text(f"{name} ({role}): {output.in_language(one.as_json()['mode_label'])}")


@commands.command()
def say(
    file: CityFile,
    meeting: Meeting,
    speaker: Annotated[str, typer.Argument(metavar="PERSON", help="A name, or the id of a person who is known.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What was said.")],
    item: Annotated[str | None, typer.Option("--item", metavar="ITEM", help="The agenda item it belongs to.")] = None,
    issue: Annotated[str | None, typer.Option("--issue", metavar="TEXT", help="The issue it belongs to.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record a statement, tied to an item or an issue.

    Example: madang committee say gwangyang.gpkg gwangyang-4ir-committee-2026-12-01 홍길동 "수요처가 먼저다" --item 1
    """
    with writing(file) as city:
        made = city.committees.say(meeting, speaker=speaker, text=text, item=item, issue=issue, by=by)
    _written(made, as_json)


@commands.command()
def recuse(
    file: CityFile,
    item: Item,
    member: Annotated[str, typer.Argument(metavar="MEMBER", help="The member's name or id.")],
    kind: Annotated[str, typer.Argument(metavar="KIND", help="by-law, on-request, own.")],
    ground: Annotated[str, typer.Option("--ground", metavar="TEXT", help="The ground.")],
    denied: Annotated[bool, typer.Option("--denied", help="By law: looked into, and there is no ground.")] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Recuse a member from an item: by law, on request, or by the member's own wish.

    Example: madang committee recuse gwangyang.gpkg gwangyang-4ir-committee-2026-12-01-2 홍길동 own --ground "director"
    """
    with writing(file) as city:
        made = city.committees.recuse(
            item, member=member, kind=kind, ground=ground, accepted=False if denied else None, by=by
        )
    _written(made, as_json)


@commands.command("decide-recusal")
def decide_recusal(
    file: CityFile,
    recusal: Annotated[str, typer.Argument(metavar="RECUSAL", help="The request's id, or the end of it.")],
    votes_for: Annotated[int, typer.Option("--for", metavar="N", min=0, help="Votes for.")],
    votes_against: Annotated[int, typer.Option("--against", metavar="N", min=0, help="Votes against.")],
    reason: Why,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record the committee's decision on a request to recuse a member.

    Example: madang committee decide-recusal gwangyang.gpkg c-2026-12-01-2-홍길동 --for 8 --against 2 -m "vote"
    """
    with writing(file) as city:
        made = city.committees.decide_recusal(
            recusal, votes_for=votes_for, votes_against=votes_against, reason=reason, by=by
        )
    _written(made, as_json)


@commands.command()
def vote(
    file: CityFile,
    item: Item,
    ballots: Annotated[
        list[str] | None, typer.Argument(metavar="MEMBER=CHOICE...", help="홍길동=for, against, abstain.")
    ] = None,
    counts: Annotated[
        str | None, typer.Option("--secret", metavar="F/A/X", help="A secret ballot: for/against/abstained.")
    ] = None,
    dissent: Annotated[
        list[str] | None, typer.Option("--dissent", metavar="MEMBER=TEXT", help="A minority's view; repeat for more.")
    ] = None,
    conditions: Annotated[
        list[str] | None,
        typer.Option("--condition", metavar="TEXT", help="Carried on this condition; repeat for more."),
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record the vote on an item; an invalid one is refused with the clause, and nothing changes.

    Example: madang committee vote gwangyang.gpkg c-2026-12-01-2 홍길동=for 성춘향=against
    """
    with writing(file) as city:
        made = city.committees.vote(
            item,
            ballots=[dict(zip(("member", "choice"), _halves(one), strict=True)) for one in ballots]
            if ballots
            else None,
            counts=_counts(counts) if counts is not None else None,
            dissent=[dict(zip(("member", "text"), _halves(one), strict=True)) for one in dissent or ()],
            conditions=conditions or (),
            by=by,
        )
    if as_json:
        output.say_json(made)
        return
    numbers = {name: made[name]["value"] for name in ("for", "against", "abstained", "present", "members")}
    numbers["favour"] = numbers.pop("for")
    output.say_text(_sentence("cli-voted", result=output.in_language(made["result_label"]), **numbers))


@commands.command("follow-up")
def follow_up(
    file: CityFile,
    item: Item,
    title: Annotated[str, typer.Argument(metavar="TEXT", help="What is to be done.")],
    owner: Annotated[str, typer.Option("--owner", metavar="ID", help="Who does it: an organisation or a person.")],
    due: Annotated[str, typer.Option("--due", metavar="DATE", help="Until when.")],
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Note what is to be done after an item.

    Example: madang committee follow-up x.gpkg c-2026-12-01-2 "공모 신청" --owner urn:ngsi-ld:City:x:1 --due 2027-03
    """
    with writing(file) as city:
        made = city.committees.follow_up(item, title=title, owner=owner, due=due, by=by)
    _written(made, as_json)


@commands.command()
def done(
    file: CityFile,
    follow_up: Annotated[str, typer.Argument(metavar="FOLLOW-UP", help="Its id, or the end of it.")],
    on: On,
    evidence: Annotated[str, typer.Option("--evidence", metavar="ID", help="The entity that shows it.")],
    reason: Why,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record that a follow-up is done, with its evidence.

    Example: madang committee done x.gpkg c-2026-12-01-2-todo --on 2027-02-11 --evidence urn:ngsi-ld:Call:x:1 -m "sent"
    """
    with writing(file) as city:
        made = city.committees.follow_up_done(follow_up, date=on, evidence=evidence, reason=reason, by=by)
    _written(made, as_json)


@commands.command()
def minutes(
    file: CityFile,
    meeting: Meeting,
    before: Annotated[bool, typer.Option("--papers", help="The papers before the meeting instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a meeting's minutes, written from its record.

    Example: madang committee minutes gwangyang.gpkg gwangyang-4ir-committee-2026-12-01
    """
    with reading(file) as city:
        if as_json:
            output.say_json(city.committees.meeting(meeting))
            return
        make = city.committees.papers if before else city.committees.minutes
        paper = make(meeting, language=output.language())
    _say_paper(paper)


@commands.command()
def alerts(
    file: CityFile,
    as_of: AsOf = None,
    within: Annotated[int, typer.Option("--within", metavar="DAYS", min=0, help="How far to look ahead.")] = 60,
    as_json: AsJson = False,
) -> None:
    """List what has to be looked at: overdue meetings, ending terms, broken composition, late follow-ups.

    Example: madang committee alerts gwangyang.gpkg
    """
    with reading(file) as city:
        found = [one.as_json() for one in city.committees.alerts(as_of=as_of, within_days=within)]
    if as_json:
        output.say_json(found)
        return
    rows = [
        (
            output.in_language(one["label"]),
            output.in_language(one["committee_name"]),
            one["due"],
            one["days"],
            output.in_language(one["detail"]),
        )
        for one in found
    ]
    _table(["alert", "committee", "due", "days", "detail"], rows)


# --- parts ---------------------------------------------------------------------------------------------------------


def _charter(given: str | None) -> str | Path | None:
    """A charter's file, where there is one of that name; else the name of one that comes with Madang."""
    if given is None:
        return None
    path = resolve(Path(given))
    return path if path.suffix in (".yaml", ".yml") or path.is_file() else given


def _halves(text: str) -> tuple[str, str]:
    name, sign, rest = text.partition("=")
    if not (sign and name and rest):
        raise CallerError("committees.cli-halves", found=text)
    return name, rest


def _counts(text: str) -> dict[str, int]:
    parts = text.split("/")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        raise CallerError("committees.cli-counts", found=text)
    return dict(zip(("for", "against", "abstain"), map(int, parts), strict=True))


def _sentence(code: str, **facts: Any) -> str:
    return sentence(f"committees.{code}", output.language(), **facts)


def _written(made: dict[str, Any], as_json: bool) -> None:
    if as_json:
        output.say_json(made)
    else:
        named = output.in_language(made.get("title") or made.get("name") or {})
        output.say_text(_sentence("cli-written", id=made["id"], name=named))


def _table(heads: list[str], rows: list[tuple[Any, ...]]) -> None:
    output.say_table([_sentence(f"cli-head-{head}") for head in heads], rows, named=True)


def _say_paper(paper: Paper) -> None:
    output.say_text(paper.title)
    for block in paper.blocks:
        if isinstance(block, Heading):
            output.say_text(f"\n{block.text}")
        elif isinstance(block, Line):
            output.say_text(f"{'  ' * block.level}{_plain(block.content)}")
        elif isinstance(block, Paragraph):
            output.say_text(_plain(block.content))
        elif isinstance(block, Table):
            output.say_table(list(block.heads), [[_plain(cell) for cell in row] for row in block.rows], named=True)


def _plain(content: Inlines) -> str:
    return "".join(part.text if isinstance(part, Figure) else part for part in content)

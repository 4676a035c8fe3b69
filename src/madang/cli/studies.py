"""Commands: `madang study …`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import orjson
import typer

from madang import clock
from madang.cli import output
from madang.cli.app import AsJson, By, CityFile, OnBranch, Reason, group
from madang.cli.files import on_branch, reading, writing
from madang.entities.entity import Document
from madang.errors import CallerError, sentence

commands = group("study", "Research studies and the yearly disclosure list.")

OfStudy = Annotated[str, typer.Argument(metavar="STUDY", help="The study: its id or the end of it.")]
OfAlternative = Annotated[str, typer.Argument(metavar="ALTERNATIVE", help="The alternative: its id, title or branch.")]
On = Annotated[str | None, typer.Option("--on", metavar="DAY", help="The day on which it happened; today otherwise.")]


@commands.command("list")
def list_(file: CityFile, as_json: AsJson = False) -> None:
    """List the studies, the latest begun first.

    Example: madang study list seongnam.gpkg
    """
    with reading(file) as city:
        found = city.studies.all()
    if as_json:
        output.say_json([one.as_json() for one in found])
        return
    if not found:
        _say("said-none")
    rows = [(_end(one.id), _in(one.title), _in(one.label), one.starts_on, _in(one.use_label)) for one in found]
    _table(["word-id", "column-title", "word-state", "column-period", "column-use"], rows)


@commands.command()
def show(file: CityFile, study: OfStudy, as_json: AsJson = False) -> None:
    """Show a study: question, alternatives, evidence, recommendation, use, and what it still needs.

    Example: madang study show seongnam.gpkg study-2026-1
    """
    with reading(file) as city:
        found = city.studies.study(study)
    if as_json:
        output.say_json(found.as_json())
        return
    _say(
        "said-study", title=_in(found.title), state=_in(found.label), question=_in(found.question),
        use=_in(found.use_label),
    )  # fmt: skip
    rows = [(_end(a.id), _in(a.title), _in(a.label), a.reason, a.branch) for a in found.alternatives]
    _table(["word-id", "paper-alternatives", "word-state", "word-reason", "word-branch"], rows)
    _table(["paper-evidence", "word-kind"], [(one.entity, _in(one.type)) for one in found.evidence])
    rows_of_needs = [(_in(one.label), _text("met" if one.met else "unmet")) for one in found.needs]
    _table(["word-need", "word-state"], rows_of_needs)


@commands.command()
def begin(
    file: CityFile,
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="What the study is called.")],
    question: Annotated[str, typer.Option("--question", metavar="TEXT", help="What is to be found out.")],
    reason: Reason,
    starts_on: Annotated[str | None, typer.Option("--from", metavar="DAY", help="When it begins.")] = None,
    ends_on: Annotated[str | None, typer.Option("--to", metavar="DAY", help="When it ends.")] = None,
    cost: Annotated[int | None, typer.Option("--cost", metavar="WON", help="What it costs, in won.")] = None,
    owner: Annotated[str | None, typer.Option("--owner", metavar="NAME", help="Who is in charge.")] = None,
    link: Annotated[str | None, typer.Option("--link", metavar="URL", help="Where its report stands.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Begin a study with its question.

    Example: madang study begin seongnam.gpkg --title "팹리스 집적 방안" --question "무엇이 듣는가" -m "plan of 2026"
    """
    with writing(file) as city:
        made = city.studies.begin(
            title=title, question=question, starts_on=starts_on, ends_on=ends_on, cost_krw=cost, owner=owner,
            link=link, reason=reason, by=by,
        )  # fmt: skip
    _written(made, as_json)


@commands.command()
def alternative(
    file: CityFile,
    study: OfStudy,
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="What the alternative is called.")],
    reason: Reason,
    baseline: Annotated[bool, typer.Option("--baseline", help="It is the baseline: doing nothing.")] = False,
    branch: Annotated[str | None, typer.Option("--branch", "-b", metavar="B", help="The branch it stands on.")] = None,
    run: Annotated[list[str] | None, typer.Option("--run", metavar="RUN", help="A model run of it; repeat.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Put up an alternative, or the baseline of doing nothing.

    Example: madang study alternative seongnam.gpkg study-2026-1 --title "현행 유지" --baseline -m "to compare with"
    """
    with writing(file) as city:
        made = city.studies.add_alternative(
            study, title=title, kind="baseline" if baseline else "alternative", branch=branch, runs=run or (),
            reason=reason, by=by,
        )  # fmt: skip
    _written(made, as_json)


@commands.command()
def evidence(
    file: CityFile,
    study: OfStudy,
    ids: Annotated[list[str], typer.Argument(metavar="ID…", help="Runs, datasets, claims: ids in this file.")],
    reason: Reason,
    of: Annotated[str | None, typer.Option("--of", metavar="A", help="The alternative it speaks of.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Add what a study stands on.

    Example: madang study evidence a.gpkg study-2026-1 urn:ngsi-ld:Claim:announced:pangyo-fabless-share -m read
    """
    with writing(file) as city:
        made = city.studies.add_evidence(study, evidence=ids, alternative=of, reason=reason, by=by)
    _written(made, as_json)


@commands.command()
def reject(
    file: CityFile, study: OfStudy, alternative: OfAlternative, reason: Reason, by: By = None, as_json: AsJson = False
) -> None:
    """Reject an alternative with a reason.

    Example: madang study reject seongnam.gpkg study-2026-1 현금지원안 -m "costs more than it brings"
    """
    with writing(file) as city:
        made = city.studies.reject(study, alternative=alternative, reason=reason, by=by)
    _written(made, as_json)


@commands.command()
def recommend(
    file: CityFile,
    study: OfStudy,
    alternative: OfAlternative,
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="What is recommended.")],
    reason: Reason,
    on: On = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Recommend one alternative; refused until the study has all it needs.

    Example: madang study recommend seongnam.gpkg study-2026-1 집적단지안 --text "조성을 제언함" -m "final report"
    """
    with writing(file) as city:
        made = city.studies.recommend(study, alternative=alternative, text=text, on=on, reason=reason, by=by)
    _written(made, as_json)


@commands.command()
def use(
    file: CityFile,
    study: OfStudy,
    state: Annotated[str, typer.Argument(metavar="STATE", help="used, partly-used, under-review or not-used.")],
    reason: Reason,
    decision: Annotated[str | None, typer.Option("--decision", metavar="ID", help="The decision it led to.")] = None,
    task: Annotated[str | None, typer.Option("--task", metavar="ID", help="The task it led to.")] = None,
    on: On = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record what became of a recommendation.

    Example: madang study use seongnam.gpkg study-2026-1 under-review -m "with the industry department"
    """
    with writing(file) as city:
        made = city.studies.record_use(study, state=state, decision=decision, task=task, on=on, reason=reason, by=by)
    _written(made, as_json)


@commands.command()
def disclosure(
    file: CityFile,
    year: Annotated[int | None, typer.Argument(metavar="YEAR", help="The year; this year if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the yearly list of studies and their use, and how usable they were.

    Example: madang study disclosure seongnam.gpkg 2026
    """
    with reading(file) as city:
        found = city.studies.disclosure(year or clock.today(city.store.city.zone).year)
    if as_json:
        output.say_json(found.as_json())
        return
    if found.usability is None:
        rate = _text("rate-unknown")
    else:
        rate = _text("rate", percent=found.usability, n=found.complete)
    _say(
        "said-disclosure", year=found.year, studies=len(found.entries), complete=found.complete, used=found.used,
        rate=rate,
    )  # fmt: skip
    rows = [
        (
            _in(one.title), _in(one.period), None if one.cost is None else f"{one.cost['value']:,}",
            one.recommended_on, _in(one.use_label), one.link, ", ".join(_text(f"column-{m}") for m in one.missing),
        )
        for one in found.entries
    ]  # fmt: skip
    _table([*(f"column-{name}" for name in ("title", "period", "cost", "date", "use", "link")), "word-missing"], rows)


@commands.command()
def institute(file: CityFile, as_json: AsJson = False) -> None:
    """Say whether the city may have a research institute of its own, by its residents and the law.

    Example: madang study institute seongnam.gpkg
    """
    with reading(file) as city:
        found = city.studies.institute()
    if as_json:
        output.say_json(found.as_json())
    else:
        output.say_text(f"{_in(found.detail)} ({_in(found.clause)})")


@commands.command()
def phases(file: CityFile, study: OfStudy, as_json: AsJson = False) -> None:
    """Show a service contract: briefings, what is due, what was said and what became of it.

    Example: madang study phases sejong.gpkg study-2024-1
    """
    with reading(file) as city:
        found = city.studies.phases(study)
    if as_json:
        output.say_json([one.as_json() for one in found])
        return
    _table(["word-phase", "word-due", "word-state"], [(_in(one.label), one.due, one.held_on) for one in found])
    owed = [(_in(d.title), d.due, _in(d.label), d.days_over) for one in found for d in one.deliverables]
    _table(["word-what", "word-due", "word-state", "word-days"], owed)
    said = [(c.author, c.text, _in(c.label), c.answer) for one in found for c in one.comments]
    _table(["word-author", "word-what", "word-state", "word-answer"], said)


@commands.command()
def phase(
    file: CityFile,
    study: OfStudy,
    kind: Annotated[str, typer.Argument(metavar="PHASE", help="launch, interim or final.")],
    due: Annotated[str, typer.Option("--due", metavar="DAY", help="By when.")],
    reason: Reason,
    deliverable: Annotated[
        list[str] | None, typer.Option("--deliverable", metavar="TEXT", help="What is due in it; repeat.")
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Add a phase to a service contract.

    Example: madang study phase sejong.gpkg study-2024-1 launch --due 2024-07-01 --deliverable 착수보고서 -m signed
    """
    owed = [{"title": one} for one in deliverable or ()]
    with writing(file) as city:
        made = city.studies.add_phase(study, kind=kind, due=due, deliverables=owed, reason=reason, by=by)
    _written(made, as_json)


@commands.command()
def briefing(
    file: CityFile,
    study: OfStudy,
    kind: Annotated[str, typer.Argument(metavar="PHASE", help="launch, interim or final.")],
    reason: Reason,
    on: On = None,
    meeting: Annotated[str | None, typer.Option("--meeting", metavar="ID", help="The meeting's record.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record that a briefing was held; the final one waits until every comment is answered.

    Example: madang study briefing sejong.gpkg study-2024-1 launch --on 2024-07-01 -m "held"
    """
    with writing(file) as city:
        made = city.studies.hold_briefing(study, phase=kind, on=on, meeting=meeting, reason=reason, by=by)
    _written(made, as_json)


@commands.command()
def deliver(
    file: CityFile,
    study: OfStudy,
    deliverable: Annotated[str, typer.Argument(metavar="DELIVERABLE", help="What has come: its id or title.")],
    reason: Reason,
    on: On = None,
    evidence: Annotated[str | None, typer.Option("--evidence", metavar="ID", help="What shows it.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record that something due in a service contract has come.

    Example: madang study deliver sejong.gpkg study-2024-1 착수보고서 --on 2024-07-01 -m "received"
    """
    with writing(file) as city:
        made = city.studies.deliver(study, deliverable=deliverable, on=on, evidence=evidence, reason=reason, by=by)
    _written(made, as_json)


@commands.command()
def comment(
    file: CityFile,
    study: OfStudy,
    kind: Annotated[str, typer.Argument(metavar="PHASE", help="launch, interim or final.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What was said.")],
    author: Annotated[str, typer.Option("--author", metavar="NAME", help="Who said it.")],
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record what somebody said at a briefing.

    Example: madang study comment sejong.gpkg study-2024-1 launch "예정지역도 담을 것" --author "도시계획국장"
    """
    with writing(file) as city:
        made = city.studies.comment(study, phase=kind, text=text, author=author, by=by)
    _written(made, as_json)


@commands.command()
def answer(
    file: CityFile,
    said: Annotated[str, typer.Argument(metavar="COMMENT", help="The comment: its id or the end of it.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What was changed, or why nothing was.")],
    changed: Annotated[str | None, typer.Option("--changed", metavar="ID", help="What was changed.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Answer a comment of a briefing.

    Example: madang study answer sejong.gpkg study-2024-1-comment-1 "제2장에 담음" --changed urn:ngsi-ld:Section:plan:2
    """
    with writing(file) as city:
        made = city.studies.answer(said, text=text, changed=changed, by=by)
    _written(made, as_json)


@commands.command()
def standards(
    file: CityFile,
    branch: OnBranch = "main",
    kind: Annotated[str | None, typer.Option("--kind", metavar="KIND", help="standard or upper-plan.")] = None,
    as_json: AsJson = False,
) -> None:
    """Test what the city holds against its standards and the limits of upper plans.

    Example: madang study standards sejong.gpkg
    """
    with reading(file) as city:
        found = on_branch(city, branch).studies.standards(kind)
    if as_json:
        output.say_json([one.as_json() for one in found])
        return
    for one in found:
        rate = _text("rate-unknown") if one.percent is None else _text("rate", percent=one.percent, n=one.tested)
        output.say_text(f"{_in(one.title)} {one.clause or ''}: {rate}")
        _table(["word-id", "word-reason"], [(f.id, "; ".join(_in(why) for why in f.why)) for f in one.failures])
        _table(["word-id", "word-reason"], [(e.id, e.reason) for e in one.exempt])


@commands.command()
def standard(
    file: CityFile,
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="What the standard is called.")],
    requirement: Annotated[str, typer.Option("--requirement", metavar="JSON", help="Type, attribute and limits.")],
    reason: Reason,
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help="standard or upper-plan.")] = "standard",
    clause: Annotated[str | None, typer.Option("--clause", metavar="TEXT", help="Where it stands.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Add a standard that is tested on what the city holds.

    Example: madang study standard a.gpkg --title 주소 --requirement '{"type":"Device","attribute":"address"}' -m plan
    """
    try:
        said = orjson.loads(requirement)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict):
        raise CallerError("studies.requirement-value", field="requirement", found=requirement[:60])
    with writing(file) as city:
        made = city.studies.add_standard(title=title, requirement=said, kind=kind, clause=clause, reason=reason, by=by)
    _written(made, as_json)


@commands.command()
def exempt(
    file: CityFile,
    name: Annotated[str, typer.Argument(metavar="STANDARD", help="The standard: its id or the end of it.")],
    entity: Annotated[str, typer.Argument(metavar="ID", help="What is let off.")],
    reason: Reason,
    until: Annotated[str | None, typer.Option("--until", metavar="DAY", help="Until when.")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Let one thing off a standard, with the reason.

    Example: madang study exempt sejong.gpkg standard-1 urn:ngsi-ld:Device:test:1 --until 2027-12-31 -m "to be replaced"
    """
    with writing(file) as city:
        made = city.studies.exempt(name, entity=entity, until=until, reason=reason, by=by)
    _written(made, as_json)


# --- words -----------------------------------------------------------------------------------------------------------


def _written(made: Document, as_json: bool) -> None:
    if as_json:
        output.say_json(made)
    else:
        _say("said-written", id=made["id"])


def _end(id: str) -> str:
    return id.rpartition(":")[2]


def _in(pair: Any) -> str:
    return output.in_language(pair)


def _text(what: str, **facts: Any) -> str:
    return sentence(f"studies.{what}", output.language(), **facts)


def _say(what: str, **facts: Any) -> None:
    output.say_text(_text(what, **facts))


def _table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        output.say_table([_text(name) for name in names], rows, named=True)

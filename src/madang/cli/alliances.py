"""Commands: `madang alliance …`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from madang.cli import output
from madang.cli.app import AsJson, By, CityFile, OnBranch, Reason, group
from madang.cli.files import on_branch, reading, resolve, writing
from madang.entities.entity import Document
from madang.errors import CallerError, DataError, sentence
from madang.store import Store

commands = group("alliance", "Allied cities, ordinances, joint projects.")

OfAlliance = Annotated[str, typer.Argument(metavar="ALLIANCE", help="The alliance: its id or the end of it.")]
OfOrdinance = Annotated[str, typer.Argument(metavar="ORDINANCE", help="The ordinance: its id or the end of it.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DAY", help="As it stood on this day; today otherwise.")]
On = Annotated[str | None, typer.Option("--on", metavar="DAY", help="The day on which it happened; today otherwise.")]
OfCity = Annotated[str, typer.Option("--city", metavar="CITY", help="The city, such as icheon.")]
Form = Annotated[str, typer.Option("--form", metavar="FORM", help="council, association or special-local-government.")]
Evidence = Annotated[list[str] | None, typer.Option("--evidence", metavar="ID", help="What shows it; repeat for more.")]
With = Annotated[
    list[Path] | None, typer.Option("--with", metavar="FILE", help="Another city's file to read beside it; repeat.")
]
SPECIAL = "special-local-government"


@commands.command()
def show(file: CityFile, branch: OnBranch = "main", as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Show the alliances of a file: members, legal form, published figures.

    Example: madang alliance show icheon.gpkg --as-of 2021-10-07
    """
    with reading(file) as city:
        found = on_branch(city, branch).alliances.all(as_of)
    if as_json:
        output.say_json([one.as_json() for one in found])
        return
    if not found:
        _say("said-nothing")
    for one in found:
        told = one.as_json()
        form = output.in_language(told["form"]["label"])
        _say("said-alliance", name=_in(one.name), form=form, count=len(one.members), day=told["asOf"])
        rows = [(_in(c["text"]), c["value"], _claim(c["check"]), c["computed"]) for c in one.claims]
        _table(["item", "value", "state", "note"], rows)


@commands.command()
def members(
    file: CityFile, alliance: OfAlliance, branch: OnBranch = "main", as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """List who belongs to an alliance on a day.

    Example: madang alliance members icheon.gpkg future-smart-belt --as-of 2021-10-07
    """
    with reading(file) as city:
        found = on_branch(city, branch).alliances.members(alliance, as_of)
    if as_json:
        output.say_json([one.as_json() for one in found])
        return
    _table(["city", "joined", "left"], [(_in(one.name), one.joined, one.left) for one in found])


@commands.command()
def join(
    file: CityFile, alliance: OfAlliance, city_name: OfCity, reason: Reason, on: On = None,
    evidence: Annotated[str | None, typer.Option("--evidence", metavar="ID", help="The record of the vote.")] = None,
    by: By = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Record that a city joins.

    Example: madang alliance join icheon.gpkg future-smart-belt --city sejong --on 2026-03-02 -m "agreed in February"
    """
    with writing(file) as city:
        made = city.alliances.join(alliance, city=city_name, on=on, evidence=evidence, reason=reason, by=by)
    _written(made, as_json)


@commands.command()
def leave(
    file: CityFile, alliance: OfAlliance, city_name: OfCity, reason: Reason, on: On = None,
    evidence: Annotated[str | None, typer.Option("--evidence", metavar="ID", help="The record of the vote.")] = None,
    by: By = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Record that a city leaves; the day named is its last.

    Example: madang alliance leave icheon.gpkg future-smart-belt --city anseong --on 2026-03-31 -m "its council voted"
    """
    with writing(file) as city:
        made = city.alliances.leave(alliance, city=city_name, on=on, evidence=evidence, reason=reason, by=by)
    _written(made, as_json)


@commands.command()
def step(
    file: CityFile,
    alliance: OfAlliance,
    name: Annotated[str | None, typer.Argument(metavar="STEP", help="The step to record; none shows them all.")] = None,
    form: Form = SPECIAL,
    council: Annotated[str | None, typer.Option("--council", metavar="CITY", help="Whose council took it.")] = None,
    state: Annotated[str, typer.Option("--state", metavar="STATE", help="done, running or refused.")] = "done",
    on: On = None,
    evidence: Evidence = None,
    reason: Annotated[
        str, typer.Option("--reason", "-m", metavar="TEXT", help="Why: stands in the log for good.")
    ] = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Show the steps towards a legal form with their clauses, or record one.

    Example: madang alliance step icheon.gpkg future-smart-belt council-vote --council icheon -m "carried 8 to 1"
    """
    if name is None:
        with reading(file) as city:
            found = city.alliances.standing(alliance, form)
        if as_json:
            output.say_json(found.as_json())
            return
        rows = [
            (s.verdict.step, _in(s.verdict.title), _in(s.verdict.detail), _in(s.verdict.clause), _names(s.waiting_for))
            for s in found.steps
        ]
        _table(["step", "item", "state", "clause", "waiting"], rows)
        return
    with writing(file) as city:
        made = city.alliances.record_step(
            alliance, step=name, form=form, council=council, state=state, on=on, evidence=evidence or (),
            reason=reason, by=by,
        )  # fmt: skip
    _written(made, as_json)


@commands.command()
def charter(
    file: CityFile,
    alliance: OfAlliance,
    items: Annotated[
        list[str] | None, typer.Option("--write", metavar="ITEM=TEXT", help="Write one item; repeat for more.")
    ] = None,
    form: Form = SPECIAL,
    reason: Annotated[
        str, typer.Option("--reason", "-m", metavar="TEXT", help="Why: stands in the log for good.")
    ] = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Show what the charter must hold by clause and what it says, or write items of it.

    Example: madang alliance charter icheon.gpkg future-smart-belt
    """
    if items:
        said = dict(_split(one) for one in items)
        with writing(file) as city:
            made = city.alliances.write_charter(alliance, items=said, form=form, reason=reason, by=by)
        _written(made, as_json)
        return
    with reading(file) as city:
        found = city.alliances.standing(alliance, form)
    if as_json:
        output.say_json(found.as_json()["charter"])
        return
    applying = [one for one in found.charter if one.applies]
    _say("said-charter", form=_in(found.label), held=sum(one.held for one in applying), of=len(applying))
    rows = [(one.id, _in(one.label), _in(one.clause), _yes(one.held)) for one in found.charter]
    _table(["item", "common", "clause", "held"], rows)


@commands.command()
def draft(
    file: CityFile,
    alliance: OfAlliance,
    text: Annotated[Path, typer.Argument(metavar="TEXT", help="The text, a file in UTF-8.")],
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="What the ordinance is called.")],
    reason: Reason,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Draft the common text of a joint ordinance.

    Example: madang alliance draft icheon.gpkg future-smart-belt common.txt --title "스마트벨트 공동조례" -m "agreed"
    """
    with writing(file) as city:
        made = city.alliances.draft_ordinance(alliance, title=title, text=_read(text), reason=reason, by=by)
    _written(made, as_json)


@commands.command()
def ordinances(
    file: CityFile, alliance: OfAlliance, branch: OnBranch = "main", as_of: AsOf = None, as_json: AsJson = False
) -> None:
    """Show the matrix of each joint ordinance: cities against states of adoption.

    Example: madang alliance ordinances icheon.gpkg future-smart-belt
    """
    with reading(file) as city:
        found = on_branch(city, branch).alliances.ordinances(alliance, as_of)
    if as_json:
        output.say_json([one.as_json() for one in found])
        return
    for matrix in found:
        output.say_text(f"{_in(matrix.title)}  ({matrix.id})")
        told = matrix.as_json()
        heads = [_word("city"), *(_in(state["label"]) for state in told["states"])]
        rows = [(_in(row["name"]), *(cell["date"] for cell in row["cells"])) for row in told["rows"]]
        output.say_table(heads, rows, named=True)


@commands.command()
def adopt(
    file: CityFile,
    ordinance: OfOrdinance,
    state: Annotated[str, typer.Argument(metavar="STATE", help="drafted, notified, passed or promulgated.")],
    city_name: OfCity,
    reason: Reason,
    text: Annotated[
        Path | None, typer.Option("--text", metavar="FILE", help="The city's own text, or as its council passed it.")
    ] = None,
    on: On = None,
    evidence: Evidence = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Record how far a city has come with an ordinance; drafted makes its variant.

    Example: madang alliance adopt icheon.gpkg future-smart-belt-ordinance-1 drafted --city icheon -m "by the mayor"
    """
    words = None if text is None else _read(text)
    with writing(file) as city:
        door = city.alliances
        if state == "drafted":
            made = door.variant(ordinance, city=city_name, text=words, on=on, reason=reason, by=by)
        else:
            made = door.adopt_step(
                ordinance, city=city_name, state=state, on=on, evidence=evidence or (), text=words, reason=reason, by=by
            )
    _written(made, as_json)


@commands.command()
def diff(file: CityFile, ordinance: OfOrdinance, branch: OnBranch = "main", as_json: AsJson = False) -> None:
    """Show where a city's text differs from the common text, by article and paragraph.

    Example: madang alliance diff icheon.gpkg future-smart-belt-ordinance-1-31210
    """
    from madang.civic.alliances.ordinances import difference_json

    with reading(file) as city:
        found = [difference_json(one) for one in on_branch(city, branch).alliances.diff(ordinance)]
    if as_json:
        output.say_json(found)
        return
    rows = [(one["ref"], _in(one["label"]), one["common"], one["variant"]) for one in found if one["kind"] != "same"]
    if not rows:
        _say("paper-no-difference")
    _table(["place", "kind", "common", "variant"], rows)


@commands.command()
def project(
    file: CityFile,
    alliance: OfAlliance,
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="What the project is called.")],
    reason: Reason,
    amount: Annotated[int | None, typer.Option("--amount", metavar="WON", help="Its cost in won.")] = None,
    alone: Annotated[
        list[str] | None, typer.Option("--alone", metavar="CITY=WON", help="What a city would pay alone; repeat.")
    ] = None,
    shared: Annotated[int, typer.Option("--shared", metavar="WON", help="The part needed once for all.")] = 0,
    benefit: Annotated[
        list[str] | None, typer.Option("--benefit", metavar="CITY=WON", help="What a city gains; repeat.")
    ] = None,
    member: Annotated[
        list[str] | None, typer.Option("--member", metavar="CITY", help="Who takes part; all members if left out.")
    ] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Put up a joint project with its cost.

    Example: madang alliance project icheon.gpkg future-smart-belt --title 시험센터 --amount 7000000000 -m agreed
    """
    with writing(file) as city:
        made = city.alliances.add_project(
            alliance, title=title, amount=amount, alone=_amounts(alone), shared=shared, benefits=_amounts(benefit),
            members=member or (), reason=reason, by=by,
        )  # fmt: skip
    _written(made, as_json)


@commands.command()
def share(
    file: CityFile,
    name: Annotated[str, typer.Argument(metavar="PROJECT", help="The joint project: its id or the end of it.")],
    method: Annotated[
        str, typer.Option("--by", metavar="METHOD", help="population, benefit or shapley.")
    ] = "population",
    others: With = None,
    branch: OnBranch = "main",
    as_json: AsJson = False,
) -> None:
    """Share the cost of a joint project to the won, and say whether a city would pay less alone.

    Example: madang alliance share icheon.gpkg future-smart-belt-project-1 --by population --with anseong.gpkg
    """
    with _beside(others) as stores, reading(file) as city:
        found = on_branch(city, branch).alliances.share_costs(name, method, stores)
    told = found.as_json()
    if as_json:
        output.say_json(told)
        return
    rows = [(_in(one.name), f"{one.share:,}", one.percent, _won(one.alone), _won(one.saving)) for one in found.members]
    _table(["city", "share", "percent", "alone", "saving"], rows)
    _say("said-sum", cost=f"{told['cost']['value']:,}", sum=f"{told['sum']:,}", verdict=_in(told["verdict"]))


@commands.command()
def overlap(
    file: CityFile, alliance: OfAlliance, others: With = None, branch: OnBranch = "main", as_json: AsJson = False
) -> None:
    """Compare what the members intend: overlap, complementarity, conflict, facilities that may be built twice.

    Example: madang alliance overlap icheon.gpkg future-smart-belt --with anseong.gpkg
    """
    with _beside(others) as stores, reading(file) as city:
        found = on_branch(city, branch).alliances.overlaps(alliance, stores)
    told = found.as_json()
    if as_json:
        output.say_json(told)
        return
    _say(
        "said-overlap", overlaps=len(told["overlaps"]), duplicates=len(told["duplicateFacilities"]),
        complements=len(told["complementarities"]), conflicts=len(told["conflicts"]),
    )  # fmt: skip
    output.say_text("; ".join(_text("said-intentions", city=_in(n), count=c) for _, n, c in found.cities))
    _table(
        ["kind", "first", "second", "likeness", "words", "distance", "budget"],
        [
            (
                _in(one["label"]), _title(one["first"]), _title(one["second"]), one["likeness"],
                ", ".join(one["words"]), one["distance"]["value"], _budgets(one),
            )
            for one in (finding.as_json() for finding in found.findings)
        ],
    )  # fmt: skip


# --- words -----------------------------------------------------------------------------------------------------------


@contextmanager
def _beside(paths: Sequence[Path] | None) -> Iterator[list[Store]]:
    """The stores of other cities' files, open for reading as long as the command needs them."""
    with ExitStack() as open_files:
        yield [open_files.enter_context(reading(path)).store for path in paths or ()]


def _written(made: Document, as_json: bool) -> None:
    if as_json:
        output.say_json(made)
    else:
        _say("said-written", id=made["id"])


def _amounts(given: Sequence[str] | None) -> dict[str, int] | None:
    if not given:
        return None
    found = {}
    for one in given:
        name, amount = _split(one)
        if not amount.isdecimal():
            raise CallerError("alliances.bad-amounts", found=one)
        found[name] = int(amount)
    return found


def _split(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark or not name:
        raise CallerError("alliances.bad-amounts", found=text)
    return name.strip(), value.strip()


def _read(path: Path) -> str:
    try:
        return resolve(path).read_text("utf-8")
    except UnicodeDecodeError:
        raise DataError("yaml.not-utf8", file=path.name) from None


def _budgets(finding: dict[str, Any]) -> str:
    found = [finding[side]["budget"] for side in ("first", "second")]
    return " / ".join("-" if one is None else f"{one['value']:,}" for one in found)


def _title(intention: dict[str, Any]) -> str:
    return f"{_in(intention['cityName'])}: {_in(intention['title'])}"


def _won(amount: int | None) -> str:
    return "" if amount is None else f"{amount:,}"


def _yes(held: bool) -> str:
    return _text("yes" if held else "no")


def _names(pairs: Sequence[dict[str, str]]) -> str:
    return ", ".join(_in(one) for one in pairs)


def _claim(check: str) -> str:
    return _text(f"claim-check-{check}")


def _in(pair: Any) -> str:
    return output.in_language(pair)


def _text(what: str, **facts: Any) -> str:
    return sentence(f"alliances.{what}", output.language(), **facts)


def _say(what: str, **facts: Any) -> None:
    output.say_text(_text(what, **facts))


def _word(name: str) -> str:
    return _text(f"word-{name}")


def _table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        output.say_table([_word(name) for name in names], rows, named=True)

"""How the commands of the plan say what they found: lines and tables in the language of whoever asks."""

from __future__ import annotations

from typing import Any

from madang.cli import output
from madang.errors import sentence
from madang.indicators.quantity import NO_DATA, format_value


def say(sentence_of: str, **facts: Any) -> None:
    """Say a sentence of the plan's catalogue."""
    output.say_text(sentence(f"plans.{sentence_of}", output.language(), **facts))


def word(name: str) -> str:
    """One word of a table's head."""
    return sentence(f"plans.word-{name}", output.language())


def words(*names: str) -> list[str]:
    """The words of a table's head."""
    return [word(name) for name in names]


def table(heads: list[str], rows: list[tuple[Any, ...]]) -> None:
    """Say a table, where there are rows."""
    if rows:
        output.say_table(heads, rows, named=True)


def money(figure: dict[str, Any] | None) -> str:
    """An amount as people read it; unknown as words."""
    language = output.language()
    return format_value(figure["value"], "KRW", language) if figure else NO_DATA[language]


def say_check(found: dict[str, Any]) -> None:
    """Say what the check of a plan found."""
    title, change = output.in_language(found["title"]), output.in_language(found["changeLabel"])
    what = "said-complete" if found["complete"] else "said-incomplete"
    say(what, title=title, change=change, count=len(found["missing"]))
    if found["changeClause"]:
        clause, detail = (output.in_language(found[name]) for name in ("changeClause", "changeDetail"))
        say("said-clause", clause=clause, detail=detail)
    table(
        words("item", "clause", "why"),
        [tuple(output.in_language(one[name]) for name in ("label", "clause", "why")) for one in found["missing"]],
    )
    table(
        words("weight", "finding"),
        [
            (sentence(f"plans.weight-{one['weight']}", output.language()), output.in_language(one["label"]))
            for one in found["findings"]
        ],
    )
    table(
        words("place", "before", "after"),
        [tuple(output.in_language(one[name]) for name in ("label", "ours", "theirs")) for one in found["conflicts"]],
    )


def say_status(found: dict[str, Any]) -> None:
    """Say where a plan stands."""
    version = found["version"]
    title, change = output.in_language(found["title"]), output.in_language(found["changeLabel"])
    what = "said-complete" if found["complete"] else "said-incomplete"
    say(what, title=title, change=change, count=len(found["missing"]))
    if version is None:
        say("said-not-adopted")
    else:
        label = output.in_language(version["changeLabel"])
        say("said-version", number=version["number"], change=label, transaction=version["transaction"])
    counts = {name: found[name] for name in ("wrong", "gaps", "unaligned")}
    say("said-status", overdue=len(found["overdue"]), stale=len(found["staleSections"]), **counts)
    say("said-money", **{name: money(found["budget"][name]) for name in ("planned", "executed")})
    if found["recorded"] and found["recorded"]["note"]:
        output.say_text(output.in_language(found["recorded"]["note"]))
    table(words("milestone", "due"), [(output.in_language(one["title"]), one["due"]) for one in found["overdue"]])


def say_difference(found: dict[str, Any]) -> None:
    """Say what differs between two states of a plan."""
    if found["empty"]:
        say("said-no-difference")
    for one in found["paragraphs"]:
        kind, where = output.in_language(one["kindLabel"]), output.in_language(one["sectionLabel"])
        output.say_text(f"[{kind}] {where} #{one['position']}")
        for mark, text in (("-", one["before"]), ("+", one["after"])):
            if text and one["kind"] not in ("moved", "renumbered"):
                output.say_text(f"  {mark} {output.in_language(text)}")
        for number in one["numbers"]:
            output.say_text(f"    {output.in_language(number['text'])}")
    for one in found["parts"]:
        kind, name = output.in_language(one["kindLabel"]), output.in_language(one["typeLabel"])
        output.say_text(f"[{kind}] {name}: {output.in_language(one['title'])}")
        for part in one["attributes"]:
            said = output.in_language(part["text"]) if part["text"] else None
            sides = f"{output.plain_value(part['before']) or '–'} -> {output.plain_value(part['after']) or '–'}"
            output.say_text(f"    {output.in_language(part['label'])}: {said or output.short(sides)}")


def say_tree(found: dict[str, Any]) -> None:
    """Say a plan as a tree."""
    output.say_text(output.in_language(found["plan"]["title"]))
    if found["vision"]:
        output.say_text(f"  {output.in_language(found['vision'])}")
    tasks = {one["id"]: output.in_language(one["title"]) for one in found["tasks"]}
    under: set[str] = set()
    for goal in found["goals"]:
        output.say_text(f"  □ {output.in_language(goal['title'])}")
        for strategy in goal["strategies"]:
            output.say_text(f"    ○ {output.in_language(strategy['title'])}")
            for id in strategy["tasks"]:
                output.say_text(f"      - {tasks[id]}")
            under |= set(strategy["tasks"])
        for id in goal["tasks"]:
            output.say_text(f"    - {tasks[id]}")
        under |= set(goal["tasks"])
    for id in tasks.keys() - under if not found["goals"] else [id for id in tasks if id not in under]:
        output.say_text(f"  - {tasks[id]}")
    table(
        words("number", "title", "item"),
        [(one["number"], output.in_language(one["title"]), one["id"]) for one in found["sections"]],
    )


def say_tasks(board: dict[str, Any], choice: dict[str, Any] | None) -> None:
    """Say the tasks of a plan, the critical path, and what was chosen."""
    names = board["names"]
    titles = {one["id"]: output.in_language(one["title"]) for one in board["tasks"]}
    chosen = set(choice["chosen"]) if choice else set()
    rows = [
        (
            ("● " if one["id"] in chosen else "") + titles[one["id"]],
            output.in_language(one["categoryLabel"]),
            ", ".join(output.in_language(names.get(id)) or id for id in one["owners"]),
            f"{one['startYear']}–{one['endYear']}" if one["startYear"] else None,
            money(one["budget"]["planned"] or one["amount"]),
            ", ".join(titles.get(id, id) for id in one["dependsOn"]),
        )
        for one in board["tasks"]
    ]
    table(words("task", "category", "owner", "years", "amount", "waits"), rows)
    path = board["criticalPath"]
    if path["tasks"]:
        say("said-critical", years=path["years"], path=" → ".join(titles[id] for id in path["tasks"]))
    if choice:
        left = ", ".join(titles[id] for id in choice["notWeighed"]) or "-"
        say("said-benefit", benefit=f"{choice['benefit']:g}", left=left)
        allowed = f"{100 * choice['allowedGap']:.2g} %"
        say("said-gap" if choice["inTime"] else "said-gap-late", gap=f"{100 * choice['gap']:.2f} %", allowed=allowed)
        language = output.language()
        amounts = [
            tuple(format_value(one[name], "KRW", language) for name in ("budget", "cost")) for one in choice["years"]
        ]
        table(words("year", "budget", "cost"), [(y["year"], *m) for y, m in zip(choice["years"], amounts, strict=True)])

"""Write docs/conformance.md: every clause of NGSI-LD, what of it is done, and how many tests say so.

What is done of a clause stands in tests/ngsi/clauses/*.toml, in words; the tests name the clauses they prove something
of (`@pytest.mark.clause`). A clause said to be done without a test, or a test of a clause nobody knows, is an error.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "conformance.md"
TABLES = ROOT / "tests" / "ngsi" / "clauses"
STATUSES = ("done", "partial", "not")
CHAPTERS = {
    "4": "Data model, representations, query language",
    "5": "Operations",
    "6": "HTTP binding",
    "7": "MQTT notifications",
}
HEAD = """\
# What of NGSI-LD is done

Clause by clause of ETSI GS CIM 009 v1.9.1. *Tests* counts the test functions that prove something of the clause; a
property test counts once, whatever it tries. This page is made by `python scripts/conformance_page.py` from
`tests/ngsi/clauses/` and from the tests themselves.

## To measure it from outside

The ETSI Robot Framework suite runs against a server started so:

    madang serve --dir cities --no-auth --allow-local --most-instances 10

`--dir` makes a city file for each tenant that something is created in; `--allow-local` lets notifications,
questions and contexts go to loopback; `--most-instances` is how many instances of an attribute an answer of the
temporal API holds before it is cut (206): 1,000 by itself, while the suite expects 20 instances to be cut.
Contexts that the suite names by public addresses have to be reachable, or to be answered by a local server. What
expired is swept once a second.

Where the suite and the clause differ, the clause is kept in: 504 for a @context that can't be had (some tests ask for
503), `{"@none": "urn:ngsi-ld:null"}` for a language map that was deleted, 400 for an exclusive registration without ids
or attributes, and no order by values over several sources. A write that says what is there already is no change: no new
`modifiedAt`, no notification.
"""


@dataclass(frozen=True)
class Clause:
    """One clause: its number, what it is about, what is done of it."""

    number: str
    title: str
    status: str
    note: str


def clauses() -> list[Clause]:
    """All clauses of all parts, in order; one that stands in two parts takes the more modest status."""
    found: dict[str, Clause] = {}
    for path in sorted(TABLES.glob("*.toml")):
        for number, said in tomllib.loads(path.read_text("utf-8")).items():
            one = Clause(number, said["title"], said["status"], said.get("note", ""))
            if one.status not in STATUSES:
                raise SystemExit(f"{path.name}, {number}: status {one.status!r} is none of {', '.join(STATUSES)}")
            there = found.get(number)
            if there is None or STATUSES.index(one.status) > STATUSES.index(there.status):
                found[number] = one
    return sorted(found.values(), key=lambda one: order(one.number))


def order(number: str) -> tuple[tuple[int, str], ...]:
    """Clause numbers in the order of the book; annexes come last."""
    return tuple((int(part), "") if part.isdigit() else (10_000, part) for part in number.split("."))


def proofs() -> Counter[str]:
    """How many test functions name each clause."""
    found: Counter[str] = Counter()
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text("utf-8")
        if "mark.clause" in text:
            tree = ast.parse(text)
            everywhere = _of_module(tree)
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                    found.update({*everywhere, *(clause for one in node.decorator_list for clause in _named(one))})
    return found


def _of_module(tree: ast.Module) -> set[str]:
    named: set[str] = set()
    for node in tree.body:
        targets = [t.id for t in node.targets if isinstance(t, ast.Name)] if isinstance(node, ast.Assign) else []
        if "pytestmark" in targets and isinstance(node, ast.Assign):
            marks = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]
            named |= {clause for mark in marks for clause in _named(mark)}
    return named


def _named(mark: ast.expr) -> list[str]:
    if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr == "clause":
        return [str(one.value) for one in mark.args if isinstance(one, ast.Constant)]
    return []


def problems() -> list[str]:
    """What does not fit together."""
    known, proved = {one.number: one for one in clauses()}, proofs()
    told = [f"{number} is said to be done, and no test names it" for number, one in known.items()
            if one.status == "done" and not proved[number]]  # fmt: skip
    return told + [f"a test names clause {number}, which no table knows" for number in proved if number not in known]


def page() -> str:
    """The page's text."""
    proved, parts = proofs(), [HEAD]
    known = clauses()
    counts = Counter(one.status for one in known)
    parts.append(
        f"Of {len(known)} clauses {counts['done']} are done, {counts['partial']} in part, {counts['not']} not.\n"
    )
    for chapter, title in CHAPTERS.items():
        rows = [one for one in known if one.number.split(".")[0] == chapter]
        if rows:
            parts.append(
                f"## {chapter} {title}\n\n| clause | | status | tests | what is missing |\n|---|---|---|---|---|"
            )
            parts += [f"| {c.number} | {c.title} | {c.status} | {proved[c.number] or ''} | {c.note} |" for c in rows]
            parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    wrong = problems()
    print("\n".join(wrong), file=sys.stderr)
    PAGE.write_text(page(), "utf-8")
    sys.exit(bool(wrong))

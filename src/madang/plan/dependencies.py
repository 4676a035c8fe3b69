"""What has to be done before what: the graph of tasks, a circle refused with its path, and the critical path.

A task waits for those it names in `dependsOn`, and goes before those it names in `precedes`; both say the same edge.
The graph is of one plan; a task of another plan or of none that is waited for is told apart as *outside*. Lengths are
whole years, both ends counted, as plans state them; a task without years has no length and counts as unknown, so a
critical path through it says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from madang.entities.entity import Document, value_of
from madang.errors import ConflictError
from madang.plan.parts import refs_of, title_of, years_of

Edge = tuple[str, str]  # (what is done before, what waits for it)


@dataclass(frozen=True)
class Graph:
    """Tasks and their precedence; `outside` are tasks waited for that are not in the plan."""

    tasks: tuple[str, ...]
    edges: tuple[Edge, ...]
    outside: tuple[Edge, ...]
    synergies: Mapping[frozenset[str], float]

    def before(self) -> dict[str, list[str]]:
        """For each task those that come before it."""
        found: dict[str, list[str]] = {id: [] for id in self.tasks}
        for first, then in self.edges:
            found[then].append(first)
        return found

    def after(self) -> dict[str, list[str]]:
        """For each task those that wait for it."""
        found: dict[str, list[str]] = {id: [] for id in self.tasks}
        for first, then in self.edges:
            found[first].append(then)
        return found


@dataclass(frozen=True)
class CriticalPath:
    """The longest chain of tasks: its tasks in order, its length in years, and those whose length is unknown."""

    tasks: tuple[str, ...]
    years: int
    unknown: tuple[str, ...]
    early: tuple[tuple[str, str], ...]  # (task, the one it waits for): it begins before that one is done

    def as_json(self) -> dict[str, Any]:
        """The path for a page or a machine."""
        return {
            "tasks": list(self.tasks),
            "years": self.years,
            "unknown": list(self.unknown),
            "early": [{"task": task, "waitsFor": first} for task, first in self.early],
        }


def graph_of(tasks: Sequence[Document]) -> Graph:
    """The graph of the tasks of a plan."""
    ids = {task["id"] for task in tasks}
    edges: dict[Edge, None] = {}
    outside: dict[Edge, None] = {}
    for task in tasks:
        for first in refs_of(task, "dependsOn"):
            (edges if first in ids else outside)[first, task["id"]] = None
        for then in refs_of(task, "precedes"):
            (edges if then in ids else outside)[task["id"], then] = None
    return Graph(tuple(task["id"] for task in tasks), tuple(edges), tuple(outside), _synergies(tasks, ids))


def _synergies(tasks: Iterable[Document], ids: set[str]) -> dict[frozenset[str], float]:
    found: dict[frozenset[str], float] = {}
    for task in tasks:
        said = value_of(task, "synergies")
        for one in said if isinstance(said, list) else []:
            other, benefit = one.get("task"), one.get("benefit")
            if other in ids and other != task["id"] and isinstance(benefit, int | float):
                found[frozenset((task["id"], other))] = float(benefit)
    return found


def circle_in(graph: Graph) -> list[str] | None:
    """Tasks that wait for each other in a circle, the first of them again at the end; None where there is none."""
    after = graph.after()
    state: dict[str, int] = {}  # 1 on the way, 2 done
    for start in graph.tasks:
        if start in state:
            continue
        path, stack = [start], [iter(after[start])]
        state[start] = 1
        while stack:
            then = next(stack[-1], None)
            if then is None:
                state[path.pop()] = 2
                stack.pop()
            elif state.get(then) == 1:
                return [*path[path.index(then) :], then]
            elif then not in state:
                state[then] = 1
                path.append(then)
                stack.append(iter(after[then]))
    return None


def refuse_circle(tasks: Sequence[Document]) -> Graph:
    """The graph of the tasks; raises where tasks wait for each other in a circle, and names the way round."""
    graph = graph_of(tasks)
    circle = circle_in(graph)
    if circle is not None:
        titles = {task["id"]: title_of(task) for task in tasks}
        names = {language: " → ".join(titles[id][language] for id in circle) for language in ("ko", "en")}
        raise ConflictError("plans.circle", path=circle, names=names)
    return graph


def in_sequence(graph: Graph) -> list[str]:
    """Tasks so that each comes after all it waits for, otherwise in the order of the plan; the graph has no circle."""
    left = {id: len(firsts) for id, firsts in graph.before().items()}
    after, ready, found = graph.after(), [id for id in graph.tasks if not left[id]], []
    for id in ready:
        found.append(id)
        for then in after[id]:
            left[then] -= 1
            if not left[then]:
                ready.append(then)
    return found


def critical_path(tasks: Sequence[Document]) -> CriticalPath:
    """The longest chain of tasks by the years each takes; raises for a circle."""
    graph = refuse_circle(tasks)
    by_id = {task["id"]: task for task in tasks}
    spans = {id: years_of(task) for id, task in by_id.items()}
    lengths = {id: (span[1] - span[0] + 1 if span else 0) for id, span in spans.items()}
    before, best, through = graph.before(), dict[str, int](), dict[str, str | None]()
    for id in in_sequence(graph):
        longest = max(before[id], key=lambda first: best[first], default=None)
        through[id] = longest
        best[id] = lengths[id] + (best[longest] if longest else 0)
    end = max(graph.tasks, key=lambda id: best[id], default=None) if graph.edges else None
    path: list[str] = []
    while end is not None:
        path.append(end)
        end = through[end]
    path.reverse()
    early = tuple(
        (then, first)
        for first, then in graph.edges
        if (was := spans[first]) and (becomes := spans[then]) and becomes[0] < was[1]
    )
    return CriticalPath(tuple(path), sum(lengths[id] for id in path), tuple(id for id in path if not spans[id]), early)

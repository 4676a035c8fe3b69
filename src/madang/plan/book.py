"""The plan book as a paper: vision, checklist with gaps, sections, tasks, money by year, services.

It is composed of what stands on a branch and says so: a plan that is not complete has its gaps on the second page. A
live figure is printed with what its paragraph was adopted with, and carries its address; a sum names the budget lines.
"""

from __future__ import annotations

from collections.abc import Sequence

from madang.documents.paper import Block, Figure, Heading, Inline, Inlines, Line, PageBreak, Paper, Paragraph, Table
from madang.entities.entity import Document, provenance_of, value_of
from madang.errors import Language, sentence
from madang.indicators.quantity import format_value
from madang.plan.board import Figures, bodies_of, years
from madang.plan.check import PlanCheck, names_of
from madang.plan.figures import Resolver, inlines
from madang.plan.parts import Pair, pair_of, refs_of, title_of, whole_of, years_of
from madang.plan.services import ServiceCatalogue
from madang.plan.tree import PlanTree
from madang.plan.yearly import money_of
from madang.store import Store


def plan_book(
    store: Store,
    tree: PlanTree,
    check: PlanCheck,
    services: ServiceCatalogue,
    *,
    version: str | None,
    language: Language,
) -> Paper:
    """The plan book of a plan as it stands on the branch that was checked."""
    book = _Book(store, tree, check, services, language)
    return book.paper(version)


class _Book:
    def __init__(
        self, store: Store, tree: PlanTree, check: PlanCheck, services: ServiceCatalogue, language: Language
    ) -> None:
        self.store, self.tree, self.check, self.services, self.language = store, tree, check, services, language
        self.resolver = Resolver(store, check.branch)
        self.figures = Figures(store, store.view(check.branch))
        self.names = names_of(store, check.branch, bodies_of(tree))

    def paper(self, version: str | None) -> Paper:
        """The whole book; where each figure comes from stands in the annex that every long paper has."""
        first, last = self.tree.years
        blocks: list[Block] = [
            *self._vision(),
            *self._checklist(),
            PageBreak(),
            *self._sections(),
            PageBreak(),
            *self._tasks(),
            *self._money(),
            *self._targets(),
            *self._services(),
        ]
        years_text = f"{first or '?'}–{last or '?'}"
        subtitle = self.say("book-version", version=version, years=years_text) if version else self.say(
            "book-draft", years=years_text, branch=self.check.branch
        )  # fmt: skip
        owners = [self.name(id) for id in refs_of(self.tree.plan, "owner")]
        return Paper(
            kind="plan-book",
            title=self.one(self.tree.title),
            language=self.language,
            blocks=blocks,
            date=self.check.as_of.isoformat(),
            issuer=" · ".join(owners) or None,
            subtitle=subtitle,
            city=str(self.store.city.uuid),
            synthetic=any(provenance_of(one).status == "synthetic" for one in self.tree.all())
            or any(figure.status == "synthetic" for figure in Paper("plan-book", "-", "en", blocks).figures()),
        )

    # -- words ---------------------------------------------------------------------------------------------------

    def say(self, what: str, **facts: object) -> str:
        """A sentence of the book."""
        return sentence(f"plans.{what}", self.language, **facts)

    def one(self, pair: Pair | None) -> str:
        """One language of a text."""
        return pair[self.language] if pair else ""

    def name(self, id: str) -> str:
        """What a body is called."""
        return self.one(self.names.get(id)) or id

    # -- parts ---------------------------------------------------------------------------------------------------

    def _vision(self) -> list[Block]:
        vision = pair_of(value_of(self.tree.plan, "vision"))
        blocks: list[Block] = [Heading(self.say("book-vision"))]
        blocks.append(Paragraph([self.one(vision) or self.say("book-no-vision")]))
        under = self.tree.of(self.tree.strategies, "refGoal")
        for goal in self.tree.goals:
            blocks.append(Line([self.one(title_of(goal))], 0))
            blocks += [Line([self.one(title_of(one))], 1) for one in under.get(goal["id"], ())]
        return blocks

    def _checklist(self) -> list[Block]:
        heads = [self.say(f"word-{name}") for name in ("item", "clause", "state", "responsible")]
        rows = [
            [
                [self.one(item.label)],
                [self.one(item.clause)],
                [self.say(f"item-{item.state}") + (f": {self.one(item.why)}" if item.why else "")],
                [", ".join(self.name(id) for id in item.responsible)],
            ]
            for item in self.check.checklist.items
        ]
        said = "complete" if self.check.complete else "incomplete"
        blocks: list[Block] = [Heading(self.say("book-checklist"))]
        blocks.append(Paragraph([self.say(said, count=len(self.check.missing))]))
        return [*blocks, Table(heads, rows)] if rows else blocks

    def _sections(self) -> list[Block]:
        blocks: list[Block] = []
        for section in self.tree.sections:
            number, title = self.tree.section_numbers.get(section["id"], 0), self.one(title_of(section))
            heading = self.say("book-section", number=number, title=title)
            blocks.append(Heading(heading, 1 if not refs_of(section, "refParent") else 2))
            bodies = ", ".join(self.name(id) for id in refs_of(section, "responsible"))
            blocks.append(Line([self.say("book-responsible", body=bodies or self.say("book-unstated"))], 3))
            parts = [section] if value_of(section, "text") else []
            paragraphs = [*parts, *self.tree.text_of_section.get(section["id"], ())]
            if not paragraphs:
                blocks.append(Paragraph([self.say("book-no-text")]))
            for paragraph in paragraphs:
                blocks.append(Paragraph(inlines(paragraph, self.language, resolver=self.resolver)))
        return blocks

    def _tasks(self) -> list[Block]:
        if not self.tree.tasks:
            return []
        heads = [self.say(f"word-{name}") for name in ("task", "owner", "years", "amount")]
        rows: list[Sequence[Inlines]] = []
        for task in self.tree.tasks:
            span = years_of(task)
            when = f"{span[0]}–{span[1]}" if span else self.say("book-unstated")
            owner = ", ".join(self.name(id) for id in refs_of(task, "owner")) or self.say("book-unstated")
            rows.append([[self.one(title_of(task))], [owner], [when], [self._amount_of(task)]])
        return [Heading(self.say("book-tasks")), Table(heads, rows)]

    def _amount_of(self, task: dict[str, object]) -> Inline:
        lines = self.tree.budget_of.get(str(task["id"]), ())
        total = money_of(lines).planned
        if lines and total is not None:
            return self.money(total, "amount", lines)
        found = self.figures.of(task, "amount")
        if found is not None:
            return self.figure(found)
        return self.say("book-without-budget") if value_of(task, "budget") == "none" else self.say("book-unstated")

    def _money(self) -> list[Block]:
        rows: list[Sequence[Inlines]] = []
        for year in years(self.tree):
            planned, executed = (year[name]["value"] if year[name] else None for name in ("planned", "executed"))
            lines = [one for one in self.tree.budget if whole_of(one, "year") == year["year"]]
            cells = self.money(planned, "amount", lines), self.money(executed, "executed", lines)
            rows.append([[str(year["year"])], [cells[0]], [cells[1]]])
        if not any(line for line in self.tree.budget):
            return []
        heads = [self.say(f"word-{name}") for name in ("year", "planned", "executed")]
        return [Heading(self.say("book-budget")), Table(heads, rows)]

    def _targets(self) -> list[Block]:
        if not self.tree.targets:
            return []
        heads = [self.say(f"word-{name}") for name in ("target", "baseline", "value", "due")]
        rows: list[Sequence[Inlines]] = []
        for target in self.tree.targets:
            cells: list[Inlines] = [[self.one(title_of(target))]]
            for name in ("baseline", "value"):
                found = self.figures.of(target, name)
                figure: Inline = self.figure(found) if found else self.say("book-unstated")
                year = whole_of(target, "baselineYear") if name == "baseline" else None
                cells.append([figure, f" ({year})"] if year else [figure])
            rows.append([*cells, [str(value_of(target, "due") or self.say("book-unstated"))]])
        return [Heading(self.say("book-targets")), Table(heads, rows)]

    def _services(self) -> list[Block]:
        if not self.services.services:
            return []
        labels = {id: label for id, label, _ in self.services.fields}
        heads = [self.say(f"word-{name}") for name in ("field", "service", "owner", "indicator", "gaps")]
        rows: list[Sequence[Inlines]] = [
            [
                [self.one(labels.get(row.field or "")) or self.say("book-unstated")],
                [self.one(row.title)],
                [", ".join(self.name(id) for id in row.owners) or self.say("book-unstated")],
                [row.indicator or self.say("book-unstated")],
                ["; ".join(self.one(gap) for gap in row.gaps)],
            ]
            for row in sorted(self.services.services, key=lambda row: list(labels).index(row.field or "")
                              if row.field in labels else len(labels))
        ]  # fmt: skip
        return [Heading(self.say("book-services")), Table(heads, rows)]

    # -- figures -------------------------------------------------------------------------------------------------

    def money(self, amount: int | None, attribute: str, lines: Sequence[Document]) -> Inline:
        """An amount summed from budget lines, each of which has its address."""
        if amount is None:
            return self.say("book-unstated")
        found = (self.figures.of(line, attribute) for line in lines)
        addresses = tuple(str(one["address"]) for one in found if one is not None and one["address"])
        return Figure(format_value(amount, "KRW", self.language), amount, "KRW", sum_of=addresses)

    def figure(self, found: dict[str, object]) -> Figure:
        """A stored value as it is printed."""
        value, unit = found["value"], found["unit"]
        number = value if isinstance(value, int | float) else None
        text = format_value(number, str(unit or "1"), self.language) if number is not None else str(value)
        address, status = found["address"], found["status"]
        return Figure(
            text,
            number,
            str(unit) if unit else None,
            str(address) if address else None,
            str(status) if status else None,
        )

"""The city's plans: tree, sections, checks, versions.

`city.plans` reads from the branch the city is seen from, and writes on it. Nothing of a plan is written on main: it
comes there by adopting a proposal. A method that takes `plan` can do without where the branch holds only one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from madang import clock
from madang.documents.paper import Paper
from madang.entities.entity import Document, urn
from madang.errors import CallerError, ConflictError, ForbiddenError, Language, NotFoundError
from madang.plan import alignment as aligning
from madang.plan import amendment as amending
from madang.plan import book as books
from madang.plan import check as checking
from madang.plan import facts, portfolio, services, writing, yearly
from madang.plan.board import board, bodies_of, summary
from madang.plan.checklist import Checklist, checklist
from madang.plan.dependencies import CriticalPath, critical_path
from madang.plan.differences import PlanDifference, differences
from madang.plan.exporting import plan_file
from madang.plan.figures import pin_figures
from madang.plan.from_announcements import announcements_with_plans, plan_of_announcement
from madang.plan.parts import ref_of, title_of
from madang.plan.reading_page import text_page
from madang.plan.stale import stale_sections
from madang.plan.status import PlanStatus, status_of
from madang.plan.tree import PlanTree, Shelf, plan_tree, shelf_of
from madang.plan.versions import History, PlanVersion
from madang.rules.book import Rulebook
from madang.store import Seat, Transaction, Tx

Text = str | Mapping[str, str]


class Plans:
    """The city's plans: tree, sections, checks, versions."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self._rules = Rulebook(seat)

    # -- reading -------------------------------------------------------------------------------------------------

    def all(self) -> list[dict[str, Any]]:
        """Every plan of the branch, by its years."""
        shelf = self._shelf()
        return [summary(plan_tree(shelf, plan["id"])) for plan in shelf.plans()]

    def tree(self, plan: str | None = None) -> PlanTree:
        """A plan with everything in it."""
        return plan_tree(self._shelf(), plan)

    def board(self, plan: str | None = None) -> dict[str, Any]:
        """All that a page draws of a plan: tree, time line, money, milestones, critical path, targets."""
        tree, store, branch = self.tree(plan), self._seat.store, self._seat.branch_name
        names = checking.names_of(store, branch, bodies_of(tree))
        made = board(store, store.view(branch), tree, today=self._today(), names=names)
        current = self._history(tree.id).current
        stale = dict.fromkeys(one.section for one in stale_sections(store, branch) if one.paragraph in tree.by_id)
        sections = [{**one, "stale": one["id"] in stale} for one in made["sections"]]
        return {**made, "sections": sections, "version": current.as_json() if current else None}

    def text(self, plan: str | None = None) -> dict[str, Any]:
        """The sections with their paragraphs, each figure as its paragraph was adopted, and which are out of date."""
        tree, store, branch = self.tree(plan), self._seat.store, self._seat.branch_name
        return text_page(store, branch, tree, stale_sections(store, branch))

    def check(self, plan: str | None = None, *, as_of: date | str | None = None) -> checking.PlanCheck:
        """A plan held against the rules of a day: contents, tree, areas, alignment, kind of change, conflicts."""
        return checking.check_plan(
            self._seat.store, self._seat.branch_name, plan, rulebook=self._rules, as_of=self._day(as_of)
        )

    def checklist(self, plan: str | None = None, *, as_of: date | str | None = None) -> Checklist:
        """The items that law asks of a plan on a day, each met or empty, with its clause."""
        tree = self.tree(plan)
        required = checking.required_of(tree, rulebook=self._rules, as_of=self._day(as_of))
        return checklist(tree, required)

    def require_complete(self, plan: str | None = None, *, as_of: date | str | None = None) -> checking.PlanCheck:
        """The check of a complete plan; refused while an item that must be there is empty, naming it and its clause."""
        found = self.check(plan, as_of=as_of)
        if not found.complete:
            first = found.checklist.missing[0] if found.checklist.missing else None
            if first is None:
                raise ConflictError("plans.no-rules", day=found.as_of)
            missing = [_MissingLine(one.label, one.clause) for one in found.checklist.missing]
            raise ConflictError(
                "plans.not-complete", count=len(missing), item=first.label, clause=first.clause, conflicts=missing
            )
        return found

    def status(self, plan: str | None = None) -> PlanStatus:
        """Where a plan stands: version, gaps, tasks, money, milestones, what is to be checked again."""
        found = self.check(plan)
        tree = self.tree(found.plan)
        recorded = checking.recorded_check(
            self._seat.store, self._seat.branch_name, tree.id, rulebook=self._rules, as_of=found.as_of
        )
        return status_of(
            self._seat.store,
            tree,
            found,
            version=self._history(tree.id).current,
            recorded=recorded,
            today=self._today(),
        )

    def critical_path(self, plan: str | None = None) -> CriticalPath:
        """The longest chain of tasks that wait for each other; refused where they go round in a circle."""
        return critical_path(self.tree(plan).tasks)

    def choose(
        self,
        budgets: Mapping[int | str, int],
        plan: str | None = None,
        *,
        benefits: Mapping[str, float] | None = None,
        gap: float = portfolio.GAP,
        time_limit_s: float = portfolio.TIME_LIMIT_S,
    ) -> portfolio.Choice:
        """The best tasks under a budget for each year, each with all it waits for; `benefits` may come from models."""
        tree, by_year = self.tree(plan), {int(year): amount for year, amount in budgets.items()}
        return portfolio.choose(
            tree.tasks, tree.budget_of, by_year, benefits=benefits, gap=gap, time_limit_s=time_limit_s
        )

    def alignment(self, plan: str | None = None) -> aligning.Alignment:
        """Tasks against upper plans and national programmes, with gaps and conflicts."""
        view = self._seat.store.view(self._seat.branch_name)
        return aligning.alignment(plan_tree(shelf_of(view), plan), aligning.upper_plans(view))

    def services(self, plan: str | None = None, *, as_of: date | str | None = None) -> services.ServiceCatalogue:
        """The service catalogue in the fields that the decree gives."""
        return services.catalogue(self.tree(plan), self._rules.service_fields(self._day(as_of)))

    def year(self, year: int, plan: str | None = None) -> yearly.YearPlan:
        """The implementation plan of one year."""
        return yearly.year_plan(self.tree(plan), int(year), today=self._today())

    # -- changes and versions ------------------------------------------------------------------------------------

    def amendment(self, plan: str | None = None, *, as_of: date | str | None = None) -> amending.Amendment:
        """What this branch changes in a plan, and whether that is minor or major, with the clause."""
        store, branch = self._seat.store, self._seat.branch_name
        before, after = amending.branch_states(store, branch)
        try:
            id = plan_tree(after, plan).id
        except NotFoundError:
            id = plan_tree(before, plan).id  # a plan that the branch removes
        old, new = amending.tree_or_none(before, id), amending.tree_or_none(after, id)
        return amending.judged(old, new, rulebook=self._rules, as_of=self._day(as_of))

    def facts(self, *, as_of: date | str | None = None) -> dict[str, Any]:
        """What the procedure asks of the plans this branch changes: change, complete, missing."""
        return facts.plan_facts(self._seat.store, self._seat.branch_name, self._rules, as_of=self._day(as_of))

    def conflicts(self) -> list[amending.PlanConflict]:
        """Where this branch and what was adopted since both changed one part of a plan."""
        return amending.conflicts(self._seat.store, self._seat.branch_name)

    def require_mergeable(self) -> None:
        """Refuse where two amendments changed one paragraph, naming its section and place."""
        amending.refuse_conflicts(self._seat.store, self._seat.branch_name)

    def versions(self, plan: str | None = None) -> tuple[PlanVersion, ...]:
        """The adopted versions of a plan, oldest first."""
        return self._history(self._plan_id(plan)).versions

    def diff(self, from_: str, to: str, plan: str | None = None) -> PlanDifference:
        """What differs between two states of a plan: versions ("1.0"), transactions ("tx:12") or branches ("main")."""
        history = self._history(self._plan_id(plan))
        before, after = history.at(from_), history.at(to)
        if before is None and after is None:
            raise NotFoundError("plans.not-there-then", plan=plan or "-", point=f"{from_}, {to}")
        return differences(before, after)

    # -- papers --------------------------------------------------------------------------------------------------

    def book(
        self, plan: str | None = None, *, language: Language = "ko", complete: bool = False, as_of: date | None = None
    ) -> Paper:
        """The plan book as a paper; `complete` refuses while an item that must be there is empty."""
        found = (self.require_complete if complete else self.check)(plan, as_of=as_of)
        return self._book(self.tree(found.plan), found, language)

    def export(
        self,
        path: str | Path,
        plan: str | None = None,
        *,
        complete: bool = False,
        language: Language = "ko",
        as_of: date | str | None = None,
    ) -> Path:
        """A plan as a file: .json, or the plan book as .hwpx, .pdf, .docx, .html or .xlsx.

        `complete` refuses while an item that must be there is empty, and leaves no file.
        """
        found = (self.require_complete if complete else self.check)(plan, as_of=as_of)
        where, tree = Path(path), self.tree(found.plan)
        plan_file(where, tree, found, book=lambda: self._book(tree, found, language))
        return where

    # -- writing -------------------------------------------------------------------------------------------------

    def new(
        self,
        code: str,
        title: Text,
        *,
        reason: str,
        start_year: int | None = None,
        end_year: int | None = None,
        vision: Text | None = None,
        owners: Sequence[str] = (),
        kind: str = "smart-city-plan",
        designations: Sequence[str] | None = None,
        by: str | None = None,
    ) -> Document:
        """A new plan with one empty section for each item that law asks for today."""
        city = self._seat.store.city.id
        values = {
            "title": title,
            "vision": vision,
            "startYear": start_year,
            "endYear": end_year,
            "owner": list(owners) or None,
            "kind": kind,
            "designations": list(designations) if designations is not None else None,
        }
        plan = writing.part("Plan", urn("Plan", city, code), values)
        if self._seat.store.view(self._seat.branch_name).document(plan["id"]) is not None:
            raise ConflictError("plans.exists", plan=plan["id"])
        required = checking.required_of(PlanTree(plan), rulebook=self._rules, as_of=self._today())
        self._put(writing.new_plan(plan, required, city=city), reason=reason, by=by)
        return plan

    def add(self, kind: str, *, reason: str, code: str | None = None, by: str | None = None, **values: Any) -> Document:
        """A part of a plan: Section, Paragraph, Goal, Strategy, Task, Target, BudgetLine, Milestone, Service, Zone.

        city.plans.add("Task", title="…", refPlan="urn:…", owner="urn:…", startYear=2026, reason="…")
        """
        shelf = self._shelf()
        orders = {"Paragraph": "refSection", "Section": "refPlan", "Task": "refPlan", "Goal": "refPlan"}
        parent = values.get(orders.get(kind, ""))
        if kind in orders and parent is not None and "order" not in values:
            values["order"] = writing.next_order(shelf, kind, orders[kind], parent)
        id = urn(kind, self._seat.store.city.id, code or self._next_code(shelf, kind))
        if id in shelf.documents:
            raise ConflictError("plans.exists", plan=id)
        made = self._pinned(writing.part(kind, id, values))
        self._put([made], reason=reason, by=by, shelf=shelf)
        return made

    def change(self, id: str, *, reason: str, by: str | None = None, **values: Any) -> Document:
        """A part of a plan with other values; None takes a value away."""
        shelf = self._shelf()
        before = self._part(shelf, id)
        kind = before["type"] if isinstance(before["type"], str) else before["type"][0]
        kept = {name: said for name, said in before.items() if name not in values}
        new = {name: value for name, value in values.items() if value is not None}
        changed = writing.part(kind, id, new)
        fresh = {name: said for name, said in changed.items() if name in new}
        made = self._pinned({**kept, **fresh})
        self._put([made], reason=reason, by=by, shelf=shelf)
        return made

    def write(
        self, section: str, text: Text, *, reason: str, paragraph: str | None = None, by: str | None = None
    ) -> Document:
        """A paragraph of a section: a new one at its end, or the one named with another text."""
        if paragraph is not None:
            return self.change(paragraph, text=_both(text), refSection=section, reason=reason, by=by)
        return self.add("Paragraph", text=_both(text), refSection=section, reason=reason, by=by)

    def move(
        self,
        paragraph: str,
        *,
        reason: str,
        section: str | None = None,
        order: float | None = None,
        by: str | None = None,
    ) -> Document:
        """A paragraph in another place: of another section, at its end unless an order key is given."""
        shelf = self._shelf()
        to = section or ref_of(self._part(shelf, paragraph), "refSection") or ""
        key = order if order is not None else writing.next_order(shelf, "Paragraph", "refSection", to)
        return self.change(paragraph, refSection=to, order=key, reason=reason, by=by)

    def remove(self, id: str, *, reason: str, by: str | None = None) -> Transaction:
        """A part taken out of its plan; refused while other parts refer to it."""
        shelf = self._shelf()
        self._part(shelf, id)
        left = [one for key, one in shelf.documents.items() if key != id]
        holding = [one for one in left if id in writing.refers_to(one)]
        if holding:
            raise ConflictError("plans.still-used", id=id, count=len(holding), other=title_of(holding[0]))
        writing.refuse_broken(shelf, [], removed=[id])
        return self._write(lambda tx: tx.delete(id), reason=reason, by=by)

    def announced(self) -> list[dict[str, Any]]:
        """The announcements from which a plan can be made."""
        found = announcements_with_plans(self._seat.store.view(self._seat.branch_name))
        return [{"id": one["id"], "title": title_of(one)} for one in found]

    def from_announcement(self, announcement: str, *, reason: str, by: str | None = None) -> PlanTree:
        """A plan of what an announcement says, on this branch; what was not announced stays empty."""
        store = self._seat.store
        made = plan_of_announcement(store.view(self._seat.branch_name), announcement, city=store.city.id)
        self._put(made, reason=reason, by=by)
        return self.tree(made[0]["id"])

    def record_check(
        self, plan: str | None = None, *, reason: str, as_of: date | str | None = None, by: str | None = None
    ) -> checking.PlanCheck:
        """The check of a plan on this branch, kept as a record that the procedure reads."""
        found = self.check(plan, as_of=as_of)
        self._need_reason(reason)
        store, actor = self._seat.for_writing(), self._seat.actor(by)
        with store.transact(actor=actor, reason=reason, act="check") as tx:
            tx.put(checking.check_document(found, city=store.city.id, by=actor))
        return found

    # -- within --------------------------------------------------------------------------------------------------

    def _book(self, tree: PlanTree, found: checking.PlanCheck, language: Language) -> Paper:
        current = self._history(tree.id).current if self._seat.branch_name == "main" else None
        return books.plan_book(
            self._seat.store,
            tree,
            found,
            services.catalogue(tree, self._rules.service_fields(found.as_of)),
            version=current.number if current else None,
            language=language,
        )

    def _put(
        self, documents: Sequence[Document], *, reason: str, by: str | None, shelf: Shelf | None = None
    ) -> Transaction:
        writing.refuse_broken(shelf or self._shelf(), documents)
        return self._write(lambda tx: tx.put_many(documents), reason=reason, by=by)

    def _write(self, change: Any, *, reason: str, by: str | None) -> Transaction:
        if self._seat.branch_name == "main":
            raise ForbiddenError("plans.main-by-adoption")
        self._need_reason(reason)
        store, branch = self._seat.for_writing(), self._seat.branch_name
        tx: Tx
        with store.transact(branch=branch, actor=self._seat.actor(by), reason=reason) as tx:
            change(tx)
        return store.transaction(tx.number)

    @staticmethod
    def _need_reason(reason: str) -> None:
        if not reason.strip():
            raise CallerError("plans.reason-missing")

    def _pinned(self, document: Document) -> Document:
        """A paragraph with what its live figures stand for beside it; other parts as they are."""
        if "text" not in document or document["type"] != "Paragraph":
            return document
        return pin_figures(document, store=self._seat.store, branch=self._seat.branch_name)

    def _shelf(self) -> Shelf:
        return shelf_of(self._seat.store.view(self._seat.branch_name))

    def _part(self, shelf: Shelf, id: str) -> Document:
        found = shelf.documents.get(id)
        if found is None:
            raise NotFoundError("plans.part-not-there", id=id, branch=self._seat.branch_name)
        return found

    def _next_code(self, shelf: Shelf, kind: str) -> str:
        """A code that no part of this kind has, here or in the record of other branches: by the next transaction."""
        count = sum(one["type"] == kind for one in shelf.documents.values())
        return f"{self._seat.branch_name}-{self._seat.store.data_version() + 1}-{count + 1}"

    def _plan_id(self, plan: str | None) -> str:
        """The id of a plan of this branch, or of one that stands at a point in its history."""
        try:
            return self.tree(plan).id
        except NotFoundError:
            if plan is not None and plan.startswith("urn:"):
                return plan
            raise

    def _history(self, plan_id: str) -> History:
        return History(self._seat.store, plan_id, self._rules)

    def _today(self) -> date:
        return clock.today(self._seat.store.city.zone)

    def _day(self, as_of: date | str | None) -> date:
        if isinstance(as_of, str):
            try:
                return date.fromisoformat(as_of)
            except ValueError:
                raise CallerError("plans.not-a-day", found=as_of) from None
        return as_of or self._today()


class _MissingLine:
    """One empty item, as a line below the error."""

    def __init__(self, label: Mapping[str, str], clause: Mapping[str, str]) -> None:
        self.label, self.clause = label, clause

    def __str__(self) -> str:
        return f"{self.label['ko']} / {self.label['en']}: {self.clause['ko']} / {self.clause['en']}"


def _both(text: Text) -> Mapping[str, str]:
    return {"ko": text} if isinstance(text, str) else text

"""Agreements, their commitments, investment by stage, facilities, permits, national calls: one door.

`city.investment` reads from the branch it is seen from, and as of any day. What happened is written on main alone,
since a branch is what might be; a planned curve is written on a branch alone, since it is adopted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from madang.civic.investment import agreeing, register, stage_records, stage_weights
from madang.civic.investment import agreements as agreed
from madang.civic.investment import applications as bids
from madang.civic.investment import calls as national
from madang.civic.investment import facilities as built
from madang.civic.investment import facts as f
from madang.civic.investment import permits as permitted
from madang.civic.investment import pipeline as staged
from madang.civic.investment import timeline as times
from madang.civic.investment.permit_days import counter
from madang.entities.entity import Document
from madang.errors import CallerError, ConflictError
from madang.rules.book import Rulebook
from madang.store import Seat, Store

MAIN = "main"
Day = str | date | None


class Investment:
    """Agreements, their commitments, investment by stage, facilities, permits, national calls."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat

    # -- agreements ----------------------------------------------------------------------------------------------

    def agreements(self, as_of: Day = None) -> list[agreed.AgreementState]:
        """Every agreement as it stood on a day (today), the latest signed first."""
        return agreed.agreements(self._store, as_of=self._day(as_of), branch=self._branch)

    def agreement(self, agreement: str, as_of: Day = None) -> agreed.AgreementState:
        """One agreement as it stood on a day, with its commitments and amendments."""
        return agreed.agreement(self._store, agreement, as_of=self._day(as_of), branch=self._branch)

    def timeline(self, as_of: Day = None) -> list[times.Entry]:
        """Agreements, commitments, facilities and milestones by date, each with its state on a day."""
        return times.timeline(self._store, as_of=self._day(as_of), branch=self._branch)

    def sign(
        self,
        *,
        title: f.Text,
        parties: Sequence[str],
        signed_on: str | date,
        reason: str,
        code: str | None = None,
        ends_on: str | date | None = None,
        amount: int | None = None,
        other_parties: f.Text | None = None,
        status: str | None = None,
        by: str | None = None,
    ) -> Document:
        """A new agreement with its parties and the day on which it was signed."""
        return agreeing.sign(
            self._seat.for_writing(), title=title, parties=parties, signed_on=signed_on, code=code, ends_on=ends_on,
            amount=amount, other_parties=other_parties, status=status, reason=reason, actor=self._seat.actor(by),
            branch=self._branch,
        )  # fmt: skip

    def split(
        self, agreement: str, *, commitments: Sequence[Mapping[str, Any]], reason: str, by: str | None = None
    ) -> list[Document]:
        """Split an agreement into commitments, all or none: title, owner, due, output, measures of each."""
        return agreeing.split(
            self._seat.for_writing(), agreement, commitments=commitments, reason=reason,
            actor=self._seat.actor(by), branch=self._branch,
        )  # fmt: skip

    def commit(
        self,
        agreement: str,
        *,
        title: f.Text,
        reason: str,
        owner: str | Sequence[str] | None = None,
        due: str | date | None = None,
        output: f.Text | None = None,
        measures: Sequence[Mapping[str, Any]] = (),
        code: str | None = None,
        agreed_on: str | date | None = None,
        by: str | None = None,
    ) -> Document:
        """One more commitment of an agreement; what it lacks is named."""
        told = {"title": title, "owner": owner, "due": due, "output": output, "measures": measures, "code": code}
        return self.split(agreement, commitments=[told | {"agreed_on": agreed_on}], reason=reason, by=by)[0]

    def specify(
        self,
        commitment: str,
        *,
        reason: str,
        owner: str | Sequence[str] | None = None,
        due: str | date | None = None,
        output: f.Text | None = None,
        measures: Sequence[Mapping[str, Any]] = (),
        by: str | None = None,
    ) -> Document:
        """Say what a commitment left open; what stands already is amended, not overwritten."""
        return agreeing.specify(
            self._seat.for_writing(), commitment, owner=owner, due=due, output=output, measures=measures,
            reason=reason, actor=self._seat.actor(by), branch=self._branch,
        )  # fmt: skip

    def report(
        self,
        commitment: str,
        *,
        measure: str,
        value: float | int,
        reason: str,
        on: Day = None,
        evidence: str | None = None,
        by: str | None = None,
    ) -> Document:
        """Report a value of one measure of a commitment on a day."""
        return agreeing.report(
            self._main(), commitment, measure=measure, value=value, on=on, evidence=evidence, reason=reason,
            actor=self._seat.actor(by),
        )  # fmt: skip

    def fulfil(
        self, commitment: str, *, evidence: str, reason: str, done_on: Day = None, by: str | None = None
    ) -> Document:
        """Say that a commitment was fulfilled, on what day, and what shows it."""
        return agreeing.fulfil(
            self._main(), commitment, evidence=evidence, done_on=done_on, reason=reason, actor=self._seat.actor(by)
        )

    def amend(
        self,
        agreement: str,
        *,
        on: str | date,
        changes: Mapping[str, Any],
        reason: str,
        commitment: str | None = None,
        evidence: str | None = None,
        by: str | None = None,
    ) -> Document:
        """Amend an agreement, or one of its commitments, as of a day; what stood before stays on record."""
        return agreeing.amend(
            self._main(), agreement, on=on, changes=changes, commitment=commitment, evidence=evidence,
            reason=reason, actor=self._seat.actor(by),
        )  # fmt: skip

    # -- investment by stage -------------------------------------------------------------------------------------

    def pipeline(self, as_of: Day = None) -> staged.Pipeline:
        """협약액, 단계반영액, 실투자액 on a day: in all, by stage, sector, site and company, with their history."""
        return staged.pipeline(self._store, as_of=self._day(as_of))

    def pledge(
        self,
        *,
        company: str,
        amount: int,
        signed_on: str | date,
        reason: str,
        number: str | None = None,
        sector: str | None = None,
        site: str | None = None,
        at: Sequence[float] | None = None,
        jobs: int | None = None,
        agreement: str | None = None,
        status: str | None = None,
        by: str | None = None,
    ) -> Document:
        """Enter one company's memorandum; `at` is (lon, lat)."""
        return stage_records.pledge(
            self._main(), company=company, amount=amount, signed_on=signed_on, number=number, sector=sector, site=site,
            at=at, jobs=jobs, agreement=agreement, status=status, reason=reason, actor=self._seat.actor(by),
        )  # fmt: skip

    def record_stage(
        self,
        memorandum: str,
        *,
        stage: str,
        reason: str,
        on: Day = None,
        contracted: int | None = None,
        realised: int | None = None,
        pledged: int | None = None,
        evidence: str | None = None,
        because: str | None = None,
        by: str | None = None,
    ) -> Document:
        """Record a stage, or changed amounts, of one company's investment; amounts are so far, in whole won."""
        return stage_records.record_stage(
            self._main(), memorandum, stage=stage, on=on, contracted=contracted, realised=realised, pledged=pledged,
            evidence=evidence, because=because, reason=reason, actor=self._seat.actor(by),
        )  # fmt: skip

    def history(self, memorandum: str) -> list[dict[str, Any]]:
        """The audit log of one memorandum, newest first."""
        return stage_records.history(self._store, memorandum)

    def import_register(
        self,
        path: str | Path,
        *,
        reason: str,
        agreement: str | None = None,
        columns: Mapping[str, str] | None = None,
        status: str | None = None,
        again: bool = False,
        dry_run: bool = False,
        by: str | None = None,
    ) -> register.Imported:
        """Enter every company of an .xlsx or .csv register, all or nothing; `columns` maps fields to headings.

        If the register comes `again`, what changed for companies that stand is recorded as stages.
        """
        return register.import_register(
            self._store if dry_run else self._main(), Path(path), agreement=agreement, columns=columns, status=status,
            again=again, dry_run=dry_run, reason=reason, actor=self._seat.actor(by),
        )  # fmt: skip

    def export_register(self, path: str | Path, as_of: Day = None) -> Path:
        """The register on a day as .xlsx or .csv, which `import_register` reads back."""
        return register.export_register(self._store, Path(path), as_of=self._day(as_of))

    def weights(self, as_of: Day = None) -> stage_weights.Weights:
        """The weights of the stages that count on a day."""
        return stage_weights.weights(self._store, as_of=self._day(as_of))

    def keep_weights(self, path: str | Path, *, reason: str, by: str | None = None) -> list[stage_weights.Weights]:
        """Keep a file of weights as the city's own."""
        return stage_weights.keep(self._main(), Path(path), reason=reason, actor=self._seat.actor(by))

    # -- facilities ----------------------------------------------------------------------------------------------

    def facilities(self, as_of: Day = None) -> list[built.FacilityState]:
        """Every facility on a day: both curves, budget, occupancy, milestones, risks; the latest first."""
        return built.facilities(self._store, as_of=self._day(as_of), branch=self._branch)

    def facility(self, facility: str, as_of: Day = None) -> built.FacilityState:
        """One facility on a day."""
        return built.facility(self._store, facility, as_of=self._day(as_of), branch=self._branch)

    def plan_facility(
        self,
        facility: str,
        *,
        points: Sequence[Mapping[str, Any]],
        reason: str,
        budget: int | None = None,
        by: str | None = None,
    ) -> Document:
        """Give a facility its planned curve, [{"date", "percent"}, …] from 0 to 100, and budget; on a branch."""
        return built.plan(
            self._seat.for_writing(), facility, points=points, budget=budget, reason=reason,
            actor=self._seat.actor(by), branch=self._branch,
        )  # fmt: skip

    def record_progress(
        self,
        facility: str,
        *,
        reason: str,
        on: Day = None,
        physical: float | int | None = None,
        executed: int | None = None,
        occupancy: float | int | None = None,
        evidence: str | None = None,
        because: str | None = None,
        by: str | None = None,
    ) -> Document:
        """Report how far a facility is: progress in percent, budget executed so far, occupancy in percent."""
        return built.report(
            self._main(), facility, on=on, physical=physical, executed=executed, occupancy=occupancy,
            evidence=evidence, because=because, reason=reason, actor=self._seat.actor(by),
        )  # fmt: skip

    # -- permits -------------------------------------------------------------------------------------------------

    def permits(self, as_of: Day = None) -> list[permitted.PermitState]:
        """Every permit on a day with its day counter, overdue ones first."""
        return permitted.permits(self._store, as_of=self._day(as_of), branch=self._branch)

    def permit(self, permit: str, as_of: Day = None) -> permitted.PermitState:
        """One permit on a day."""
        return permitted.permit(self._store, permit, as_of=self._day(as_of), branch=self._branch)

    def apply_permit(
        self,
        *,
        title: f.Text,
        reason: str,
        clause: f.Text | None = None,
        days: int | None = None,
        rule: str | None = None,
        counting: str | None = None,
        on: Day = None,
        authority: str | None = None,
        facility: str | None = None,
        company: str | None = None,
        code: str | None = None,
        evidence: str | None = None,
        status: str | None = None,
        by: str | None = None,
    ) -> Document:
        """Apply for a permit: clause and days as stated, or those of a rule of a rule pack."""
        store = self._main()
        if rule is not None:
            start = f.past_day(on, store=store)
            due = Rulebook(self._seat).deadline(rule, start, as_of=start)
            clause, days = clause or due.clause, days or due.days
            counting = counting or _counting_of(start, days, due.due)
        if clause is None or days is None:
            raise CallerError("investment.permit-without-basis")
        return permitted.apply(
            store, title=title, clause=clause, days=days, rule=rule, counting=counting or "petition", on=on,
            authority=authority, facility=facility, company=company, code=code, evidence=evidence, status=status,
            reason=reason, actor=self._seat.actor(by),
        )  # fmt: skip

    def suspend_permit(
        self, permit: str, *, reason: str, on: Day = None, evidence: str | None = None, by: str | None = None
    ) -> Document:
        """A supplement was requested: the counter stands still until it comes in."""
        return self._happen(permit, permitted.REQUESTED, reason, on, evidence, by)

    def resume_permit(
        self, permit: str, *, reason: str, on: Day = None, evidence: str | None = None, by: str | None = None
    ) -> Document:
        """The supplement came in: the counter goes on."""
        return self._happen(permit, permitted.SUPPLEMENTED, reason, on, evidence, by)

    def grant_permit(
        self, permit: str, *, reason: str, on: Day = None, evidence: str | None = None, by: str | None = None
    ) -> Document:
        """The permit was granted."""
        return self._happen(permit, "granted", reason, on, evidence, by)

    def refuse_permit(
        self, permit: str, *, reason: str, on: Day = None, evidence: str | None = None, by: str | None = None
    ) -> Document:
        """The permit was refused."""
        return self._happen(permit, "refused", reason, on, evidence, by)

    def withdraw_permit(
        self, permit: str, *, reason: str, on: Day = None, evidence: str | None = None, by: str | None = None
    ) -> Document:
        """The application was withdrawn."""
        return self._happen(permit, "withdrawn", reason, on, evidence, by)

    def _happen(self, permit: str, event: str, reason: str, on: Day, evidence: str | None, by: str | None) -> Document:
        return permitted.happen(
            self._main(), permit, event=event, reason=reason, on=on, evidence=evidence, actor=self._seat.actor(by)
        )

    # -- national calls ------------------------------------------------------------------------------------------

    def calls(self, as_of: Day = None) -> list[national.CallState]:
        """The calendar of calls on a day: open ones by their close, then those to come, then closed ones."""
        return national.calls(self._store, as_of=self._day(as_of), branch=self._branch)

    def add_calls(self, path: str | Path, *, reason: str, by: str | None = None) -> list[Document]:
        """Enter the calls of a file."""
        return national.add(self._main(), Path(path), reason=reason, actor=self._seat.actor(by))

    def match(self, call: str, as_of: Day = None) -> list[national.Match]:
        """The tasks that a call's topic allows, ranked, with the conditions that are open and the money to be added."""
        about = f.named(self._store, call, "Call", branch=self._branch)["id"]
        return national.match(
            self._store, about, as_of=self._day(as_of), city_facts=Rulebook(self._seat).city_facts(),
            points=bids.points_given(self._store, about), branch=self._branch,
        )  # fmt: skip

    def applications(self, as_of: Day = None) -> list[bids.ApplicationState]:
        """Every bid of the city on a day."""
        return bids.applications(self._store, as_of=self._day(as_of), branch=self._branch)

    def bid(
        self, call: str, task: str, *, reason: str, points: Mapping[str, int] | None = None, by: str | None = None
    ) -> Document:
        """Begin a bid for a task, with the points that people give it."""
        return bids.begin(
            self._main(), call, task, points=points, reason=reason, actor=self._seat.actor(by)
        )  # fmt: skip

    def move_bid(
        self,
        application: str,
        *,
        event: str,
        reason: str,
        on: Day = None,
        amount: int | None = None,
        evidence: str | None = None,
        by: str | None = None,
    ) -> Document:
        """Take a bid one step on: reviewed, submitted, selected, not-selected, withdrawn."""
        return bids.move(
            self._main(), application, event=event, on=on, amount=amount, evidence=evidence, reason=reason,
            city_facts=Rulebook(self._seat).city_facts(), actor=self._seat.actor(by),
        )  # fmt: skip

    # -- within --------------------------------------------------------------------------------------------------

    @property
    def _store(self) -> Store:
        return self._seat.store

    @property
    def _branch(self) -> str:
        return self._seat.branch_name

    def _day(self, as_of: Day) -> date:
        return f.day(as_of, store=self._store)

    def _main(self) -> Store:
        """The store for writing what happened, which it did in the city as it is."""
        if self._branch != MAIN:
            raise ConflictError("investment.fact-on-branch", branch=self._branch)
        return self._seat.for_writing()


def _counting_of(start: date, days: int, due: date) -> str:
    """Whether a rule's days are calendar or working days: the counting that leads to the rulebook's own day."""
    return "business" if counter(start, days, as_of=start, counting="business").due == due else "calendar"

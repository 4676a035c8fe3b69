"""How one investment stands after its facts, which next fact is possible, and what it counts by stage. All pure.

    pledged     협약액       what was signed, and what was pledged more by a documented increase
    standing                 what of the pledge still stands after reductions; of a cancelled one, what was realised
    contracted  계약액       so far, by contract, land sale or order
    realised    실투자액     so far
    weighted    단계반영액   realised + the contracted part at its stage's weight + the rest at the pledge's weight

Laws, whatever the facts: weighted ≤ standing ≤ pledged, and realised ≤ contracted. More than was pledged can be
contracted, and more than was contracted before can be realised, only by a fact that names its evidence. Stages follow
one another; who goes back, or leaves one out, says because of what.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from madang.civic.investment.stage_weights import CANCELLED, STAGES, Case, Weights
from madang.entities.entity import Document, value_of
from madang.errors import CallerError, ConflictError, MadangError

REDUCED, INCREASED = "reduced", "increased"
EVENTS = (*STAGES, CANCELLED, REDUCED, INCREASED)
MOST = 10**15  # won; what is more is a slip of the unit, not an investment


@dataclass(frozen=True)
class Fact:
    """What one record says: a stage, or a change of the pledge, with the amounts so far that it knows."""

    stage: str
    amount: int | None = None  # the pledge from now on, of a reduction or increase
    contracted: int | None = None
    realised: int | None = None
    because: str | None = None
    has_evidence: bool = False


@dataclass(frozen=True)
class Standing:
    """How an investment stands; unknown amounts are None, which is not nothing."""

    stage: str
    pledged: int
    standing: int
    contracted: int | None = None
    realised: int | None = None

    def weighted(self, weights: Weights, case: Case = "central") -> int:
        """The stage-weighted amount in whole won, never above what stands."""
        realised = min(self.realised or 0, self.standing)
        if self.stage == CANCELLED:
            return realised
        contracted = max(realised, min(self.contracted or 0, self.standing))
        at_stage = (contracted - realised) * weights.of(self.stage, case) // 100
        at_pledge = (self.standing - contracted) * weights.of("pledged", case) // 100
        return realised + at_stage + at_pledge


def is_amount(value: object) -> bool:
    """Whether something is an amount: whole won, not negative, not beyond all measure."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST


def begun(pledged: int) -> Standing:
    """An investment on the day of its memorandum."""
    return Standing("pledged", pledged, pledged)


def fact_of(record: Document) -> Fact:
    """What an `InvestmentStage` record says."""
    return Fact(
        stage=value_of(record, "stage"),
        amount=value_of(record, "amount"),
        contracted=value_of(record, "contracted"),
        realised=value_of(record, "realised"),
        because=value_of(record, "because"),
        has_evidence="evidence" in record or "document" in record,
    )


def after(now: Standing, fact: Fact) -> Standing:
    """How it stands after a fact that was found to be possible."""
    told = replace(
        now,
        contracted=now.contracted if fact.contracted is None else fact.contracted,
        realised=now.realised if fact.realised is None else fact.realised,
    )
    if fact.stage in (REDUCED, INCREASED):
        assert fact.amount is not None
        return replace(told, standing=fact.amount, pledged=max(now.pledged, now.pledged + fact.amount - now.standing))
    if fact.stage == CANCELLED:
        return replace(told, stage=CANCELLED, standing=min(told.standing, told.realised or 0))
    revived = told.pledged if now.stage == CANCELLED else told.standing
    return replace(told, stage=fact.stage, standing=revived)


def stands(pledged: int, facts: Iterable[Fact]) -> Standing:
    """How an investment stands after its facts, in their order."""
    now = begun(pledged)
    for one in facts:
        now = after(now, one)
    return now


# --- what is possible ------------------------------------------------------------------------------------------------


def require(now: Standing, fact: Fact) -> None:
    """Raise what is wrong with the next fact."""
    for check in (_unknown, _order, _pledge, _amounts):  # each may trust what the ones before it let pass
        problem = check(now, fact)
        if problem is not None:
            raise problem


def _unknown(_: Standing, fact: Fact) -> MadangError | None:
    if fact.stage not in EVENTS:
        return CallerError("investment.stage-unknown", stage=fact.stage, known=", ".join(EVENTS))
    for name in ("amount", "contracted", "realised"):
        value = getattr(fact, name)
        if value is not None and not is_amount(value):
            return CallerError("investment.not-an-amount", field=name, found=value)
    return None


def _order(now: Standing, fact: Fact) -> MadangError | None:
    """Stages follow one another; another order says because of what."""
    if fact.because or fact.stage == CANCELLED or now.stage == fact.stage:
        return None
    if now.stage == CANCELLED:
        return ConflictError("investment.stage-back", now=CANCELLED, stage=fact.stage)
    if fact.stage not in STAGES:
        return None
    here, there = STAGES.index(now.stage), STAGES.index(fact.stage)
    if there < here:
        return ConflictError("investment.stage-back", now=now.stage, stage=fact.stage)
    if there > here + 1:
        return ConflictError("investment.stage-skipped", stage=fact.stage, skipped=", ".join(STAGES[here + 1 : there]))
    return None


def _pledge(now: Standing, fact: Fact) -> MadangError | None:
    if fact.stage not in (REDUCED, INCREASED):
        return CallerError("investment.pledge-by-stage", stage=fact.stage) if fact.amount is not None else None
    if now.stage == CANCELLED:
        return ConflictError("investment.stage-back", now=CANCELLED, stage=fact.stage)
    if fact.amount is None:
        return CallerError("investment.pledge-missing", stage=fact.stage)
    if fact.stage == REDUCED and not (now.realised or 0) <= fact.amount < now.standing:
        return CallerError(
            "investment.not-a-reduction", amount=fact.amount, standing=now.standing, realised=now.realised or 0
        )
    if fact.stage == INCREASED and fact.amount <= now.standing:
        return CallerError("investment.not-an-increase", amount=fact.amount, standing=now.standing)
    if fact.stage == INCREASED and not fact.has_evidence:
        return CallerError("investment.increase-unshown", what=fact.amount, limit=now.standing)
    return None


def _amounts(now: Standing, fact: Fact) -> MadangError | None:
    then = after(now, fact)
    reached = then.stage in STAGES and STAGES.index(then.stage) >= STAGES.index("contracted")
    if reached and then.contracted is None:
        return CallerError("investment.contract-missing", stage=then.stage)
    contracted, realised = then.contracted or 0, then.realised or 0
    if contracted > then.pledged and contracted > (now.contracted or 0) and not fact.has_evidence:
        return CallerError("investment.increase-unshown", what=contracted, limit=then.pledged)
    if realised > contracted:
        return CallerError("investment.realised-above", realised=realised, contracted=contracted)
    falls = contracted < (now.contracted or 0) or realised < (now.realised or 0)
    if falls and not fact.because:
        return ConflictError(
            "investment.amount-falls", contracted=now.contracted or 0, realised=now.realised or 0
        )  # fmt: skip
    return None

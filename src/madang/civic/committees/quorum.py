"""Quorums as rules: who must be there to meet (의사정족수), how many must agree to decide (의결정족수). Pure, exact.

A rule reads as the ordinance says it:

    more than 1/2 of members                        재적위원 과반수
    at least 2/3 of present                         출석위원 3분의 2 이상
    more than 1/2 of members and at least 3         재적위원 과반수이면서 3명 이상

The bases: `members` (재적, in office), `present` (출석, at this item), `cast` (유효표: for and against, without
abstentions). Shares are compared as whole numbers, count x denominator against base x numerator, so that two thirds
of nine is six and nothing else. What becomes of a tie stands in the charter, not here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from madang.civic.committees.words import said
from madang.errors import CallerError, Pair

Base = Literal["members", "present", "cast"]
Result = Literal["carried", "lost", "tied"]
BASES: tuple[Base, ...] = ("members", "present", "cast")

_PART = re.compile(r"(more than|at least)\s+(\d{1,4})(?:\s*/\s*(\d{1,4}))?(?:\s+of\s+(members|present|cast))?")


@dataclass(frozen=True)
class Condition:
    """More than, or at least, a share of a base; without a base, a whole number."""

    more_than: bool
    numerator: int
    denominator: int = 1
    base: Base | None = None

    def needed(self, bases: Mapping[str, int]) -> int:
        """The smallest count that satisfies the condition."""
        whole = self.numerator * (bases[self.base] if self.base else 1)
        return whole // self.denominator + 1 if self.more_than else -(-whole // self.denominator)

    def label(self) -> Pair:
        """The condition as people say it."""
        half = self.base is not None and self.more_than and (self.numerator, self.denominator) == (1, 2)
        code = (
            "rule-majority" if half else f"rule-{'more' if self.more_than else 'least'}-{'share' if self.base else 'n'}"
        )
        base = said(f"base-{self.base}") if self.base else ""
        return said(code, n=self.numerator, of=self.denominator, base=base)

    def __str__(self) -> str:
        share = f"{self.numerator}/{self.denominator} of {self.base}" if self.base else str(self.numerator)
        return f"{'more than' if self.more_than else 'at least'} {share}"


@dataclass(frozen=True)
class Rule:
    """Conditions that must all hold."""

    conditions: tuple[Condition, ...]

    def needed(self, bases: Mapping[str, int]) -> int:
        """The smallest count that satisfies every condition."""
        return max(condition.needed(bases) for condition in self.conditions)

    def bases(self) -> list[Base]:
        """The bases that the rule counts from."""
        return list(dict.fromkeys(c.base for c in self.conditions if c.base is not None))

    def label(self) -> Pair:
        """The rule as people say it."""
        labels = [condition.label() for condition in self.conditions]
        return {language: said("and")[language].join(one[language] for one in labels) for language in ("ko", "en")}

    def __str__(self) -> str:
        return " and ".join(map(str, self.conditions))


def rule(text: str) -> Rule:
    """A rule from its text; what can't be read is refused with the form that can."""
    conditions = []
    for part in re.split(r"\s+and\s+", text.strip()):
        match = _PART.fullmatch(part)
        if match is None:
            raise CallerError("committees.rule-not-read", found=text)
        word, n, of = match.group(1, 2, 3)
        base = next((known for known in BASES if known == match[4]), None)
        numerator, denominator = int(n), int(of or 1)
        if denominator == 0 or (base is None) != (of is None) or (base is not None and numerator > denominator):
            raise CallerError("committees.rule-not-read", found=text)
        conditions.append(Condition(word == "more than", numerator, denominator, base))
    return Rule(tuple(conditions))


@dataclass(frozen=True)
class Held:
    """A rule judged: what was needed, what was there, of which base, by which clause."""

    rule: Rule
    needed: int
    have: int
    base: Mapping[str, int]
    held: bool
    clause: Pair | None

    def as_json(self) -> dict[str, Any]:
        """As a vote keeps it."""
        return {
            "rule": str(self.rule),
            "label": self.rule.label(),
            "needed": self.needed,
            "have": self.have,
            "base": dict(self.base),
            "held": self.held,
            "clause": dict(self.clause) if self.clause else None,
        }


def judge(of: Rule, have: int, bases: Mapping[str, int], *, clause: Pair | None = None) -> Held:
    """Whether a count satisfies a rule. Nobody of nobody is no quorum: a count of nought never does."""
    needed = of.needed(bases)
    used: dict[str, int] = {name: bases[name] for name in of.bases()}
    return Held(of, needed, have, used, have >= max(needed, 1), clause)


def outcome(of: Rule, votes_for: int, votes_against: int, bases: Mapping[str, int]) -> Result:
    """What a count decides before any rule on ties.

    A tie (가부동수) is as many for as against where one more vote for would carry. So a further vote for never makes
    things worse: with many abstentions 3 to 3 is lost, as 4 to 3 is.
    """
    if votes_for >= max(of.needed(bases), 1):
        return "carried"
    with_one_more = {**bases, "cast": bases["cast"] + 1}
    tied = votes_for == votes_against > 0 and votes_for + 1 >= of.needed(with_one_more)
    return "tied" if tied else "lost"

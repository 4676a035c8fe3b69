"""What differs between two states of a plan: paragraph by paragraph, number by number, part by part.

A paragraph keeps its id when it moves, so a move is told as a move; one that was taken out and put in again elsewhere
with the same words counts as moved too. A paragraph whose order key changed while it still stands between the same
neighbours was *renumbered*. Numbers are found in the text (`numbers`) and among the attributes of tasks, budget lines
and targets. Pure: it compares two trees, from wherever they were read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any, Literal

from madang.entities.entity import MEMBER_OF_KIND, value_of
from madang.entities.patch import AttributeChange, diff
from madang.entities.vocabulary import type_info
from madang.errors import both
from madang.plan.numbers import NumberChange, change_text, number_changes, percent, written
from madang.plan.parts import Pair, pair_of, ref_of, title_of
from madang.plan.tree import PlanTree, type_of

Kind = Literal["added", "removed", "changed", "moved", "renumbered"]


@dataclass(frozen=True)
class AttributeDifference:
    """One attribute before and after, with the change in words where it is a number."""

    attribute: str
    label: Pair
    before: Any
    after: Any
    unit: str | None
    percent: float | None
    text: Pair | None

    def as_json(self) -> dict[str, Any]:
        """The difference for a page or a machine."""
        return {
            "attribute": self.attribute,
            "label": self.label,
            "before": self.before,
            "after": self.after,
            "unit": self.unit,
            "percent": self.percent,
            "text": self.text,
        }


@dataclass(frozen=True)
class ParagraphDifference:
    """One paragraph: what became of it, where it stood and stands, its text before and after, its numbers."""

    kind: Kind
    id: str
    section: str | None
    section_label: Pair
    from_section: str | None
    position: int
    before: Pair | None
    after: Pair | None
    numbers: tuple[NumberChange, ...]
    attributes: tuple[AttributeDifference, ...]
    was: str | None = None  # the id it had, when it was taken out and put in elsewhere

    def as_json(self) -> dict[str, Any]:
        """The difference for a page or a machine."""
        return {
            "kind": self.kind,
            "kindLabel": both(f"plans.diff-{self.kind}"),
            "id": self.id,
            "was": self.was,
            "section": self.section,
            "sectionLabel": self.section_label,
            "fromSection": self.from_section,
            "position": self.position,
            "before": self.before,
            "after": self.after,
            "numbers": [number_json(one) for one in self.numbers],
            "attributes": [one.as_json() for one in self.attributes],
        }


@dataclass(frozen=True)
class PartDifference:
    """One other part of the plan: a section, goal, task, budget line, target, service, area, or the plan itself."""

    kind: Kind
    id: str
    type: str
    title: Pair
    attributes: tuple[AttributeDifference, ...]

    def as_json(self) -> dict[str, Any]:
        """The difference for a page or a machine."""
        return {
            "kind": self.kind,
            "kindLabel": both(f"plans.diff-{self.kind}"),
            "id": self.id,
            "type": self.type,
            "typeLabel": dict(type_info(self.type).label),
            "title": self.title,
            "attributes": [one.as_json() for one in self.attributes],
        }


@dataclass(frozen=True)
class PlanDifference:
    """All that differs between two states of a plan."""

    paragraphs: tuple[ParagraphDifference, ...]
    parts: tuple[PartDifference, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both say the same."""
        return not self.paragraphs and not self.parts

    def as_json(self) -> dict[str, Any]:
        """The differences for a page or a machine; `numbers` repeats every changed number in one list."""
        numbers: list[dict[str, Any]] = []
        for paragraph in self.paragraphs:
            where = {"id": paragraph.id, "label": paragraph.section_label, "position": paragraph.position}
            numbers += [{**where, **number_json(one)} for one in paragraph.numbers]
        for part in self.parts:
            where = {"id": part.id, "label": part.title, "position": None}
            numbers += [{**where, **attribute_number(one)} for one in part.attributes if one.text is not None]
        return {
            "empty": self.is_empty,
            "counts": {"paragraphs": len(self.paragraphs), "parts": len(self.parts), "numbers": len(numbers)},
            "paragraphs": [one.as_json() for one in self.paragraphs],
            "parts": [one.as_json() for one in self.parts],
            "numbers": numbers,
        }


def number_json(change: NumberChange) -> dict[str, Any]:
    """A changed number of a text for a page or a machine."""
    either = change.after or change.before
    return {
        "kind": change.kind,
        "before": change.before.value if change.before else None,
        "after": change.after.value if change.after else None,
        "unit": either.unit if either else None,
        "percent": change.percent,
        "text": {"ko": change.text, "en": change.text},
    }


def attribute_number(one: AttributeDifference) -> dict[str, Any]:
    """A changed number of an attribute, told as the numbers of a text are."""
    kind = "added" if one.before is None else "removed" if one.after is None else "changed"
    return {
        "kind": kind,
        "attribute": one.attribute,
        "before": one.before,
        "after": one.after,
        "unit": one.unit,
        "percent": one.percent,
        "text": one.text,
    }


def differences(before: PlanTree | None, after: PlanTree | None) -> PlanDifference:
    """What turns one state of a plan into another; None is a state in which there is no such plan."""
    old, new = (tree.by_id if tree is not None else {} for tree in (before, after))
    texts: list[ParagraphDifference] = []
    parts: list[PartDifference] = []
    moved = _moved_within(before, after)
    for id in dict.fromkeys([*new, *old]):
        was, becomes = old.get(id), new.get(id)
        changes = diff(was, becomes) if was is not becomes else []
        if not changes:
            continue
        kind: Kind = "added" if was is None else "removed" if becomes is None else "changed"
        some = becomes or was
        assert some is not None  # an id stands in one of the two
        if type_of(some) == "Paragraph":
            texts.append(_paragraph(kind, id, changes, before, after, moved))
        else:
            title = title_of(some)
            parts.append(PartDifference(kind, id, type_of(some), title, _attributes(changes, type_of(some))))
    return PlanDifference(tuple(_joined(texts)), tuple(parts))


def _paragraph(
    kind: Kind,
    id: str,
    changes: Sequence[AttributeChange],
    before: PlanTree | None,
    after: PlanTree | None,
    moved: set[str],
) -> ParagraphDifference:
    was = before.by_id.get(id) if before is not None else None
    becomes = after.by_id.get(id) if after is not None else None
    old, new = (pair_of(value_of(doc, "text")) if doc else None for doc in (was, becomes))
    names = {change.attribute for change in changes}
    from_section = ref_of(was, "refSection") if was else None
    to_section = ref_of(becomes, "refSection") if becomes else None
    if kind == "changed" and names <= {"order", "refSection"}:
        kind = "moved" if from_section != to_section or id in moved else "renumbered"
    tree, section = (after, to_section) if becomes is not None else (before, from_section)
    assert tree is not None
    return ParagraphDifference(
        kind=kind,
        id=id,
        section=section,
        section_label=section_label(tree, section),
        from_section=from_section if was is not None else None,
        position=position_of(tree, id, section),
        before=old,
        after=new,
        numbers=tuple(_text_numbers(old, new)),
        attributes=_attributes([one for one in changes if one.attribute not in ("text", "type")], "Paragraph"),
    )


def _text_numbers(old: Pair | None, new: Pair | None) -> list[NumberChange]:
    """Changed numbers of the Korean text, or of the English where only that one changed."""
    language = "en" if old and new and old["ko"] == new["ko"] else "ko"
    return number_changes(old[language] if old else "", new[language] if new else "")


def section_label(tree: PlanTree, section: str | None) -> Pair:
    """A section as people name it: its number and title."""
    document = tree.by_id.get(section or "")
    if document is None:
        return both("plans.no-section")
    number = tree.section_numbers.get(document["id"], 0)
    return both("plans.section-label", number=number, title=title_of(document))


def position_of(tree: PlanTree, id: str, section: str | None) -> int:
    """Which paragraph of its section it is, from 1."""
    ids = [paragraph["id"] for paragraph in tree.text_of_section.get(section or "", ())]
    return ids.index(id) + 1 if id in ids else 0


def _moved_within(before: PlanTree | None, after: PlanTree | None) -> set[str]:
    """Paragraphs that stand between other neighbours of their own section than before."""
    if before is None or after is None:
        return set()
    found: set[str] = set()
    for section, paragraphs in after.text_of_section.items():
        new = [one["id"] for one in paragraphs]
        old = [one["id"] for one in before.text_of_section.get(section, ())]
        common = set(new) & set(old)
        new, old = [id for id in new if id in common], [id for id in old if id in common]
        if new != old:
            blocks = SequenceMatcher(a=old, b=new, autojunk=False).get_matching_blocks()
            kept = {id for block in blocks for id in new[block.b : block.b + block.size]}
            found |= common - kept
    return found


def _joined(texts: list[ParagraphDifference]) -> Iterable[ParagraphDifference]:
    """A paragraph taken out and one put in with the same words are one that moved."""
    gone: dict[str, list[ParagraphDifference]] = {}
    for one in texts:
        if one.kind == "removed" and one.before:
            gone.setdefault(_words(one.before), []).append(one)
    taken: set[str] = set()
    made = []
    for one in texts:
        same = gone.get(_words(one.after)) if one.kind == "added" and one.after else None
        if same:
            was = same.pop(0)
            taken.add(was.id)
            one = replace(one, kind="moved", was=was.id, from_section=was.from_section, before=was.before, numbers=())
        made.append(one)
    return [one for one in made if not (one.kind == "removed" and one.id in taken)]


def _words(text: Mapping[str, str]) -> str:
    return " ".join(text["ko"].split())


def _attributes(changes: Iterable[AttributeChange], kind: str) -> tuple[AttributeDifference, ...]:
    labels = type_info(kind).attributes
    return tuple(
        _attribute(one, dict(labels[one.attribute].label) if one.attribute in labels else None)
        for one in changes
        if one.attribute != "type"
    )


def _attribute(change: AttributeChange, label: Pair | None) -> AttributeDifference:
    old, new = _said(change.before), _said(change.after)
    unit = _unit(change.after) or _unit(change.before)
    numbers = [one for one in (old, new) if one is not None]
    is_number = bool(numbers) and all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers)
    if change.attribute in ("startYear", "endYear", "year", "baselineYear"):
        unit = unit or "year"
    share = percent(old, new, unit) if is_number and len(numbers) == 2 else None
    text = None
    if is_number and change.attribute != "order":
        text = {
            language: change_text(
                None if old is None else written(old, unit, language),
                None if new is None else written(new, unit, language),
                share,
            )
            for language in ("ko", "en")
        }
    name = label or {"ko": change.attribute, "en": change.attribute}
    return AttributeDifference(change.attribute, name, old, new, unit, share, text)


def _said(found: Any) -> Any:
    """The value of one instance of an attribute; several stay as they are."""
    if not isinstance(found, dict) or "type" not in found:
        return found
    return found.get(MEMBER_OF_KIND.get(found["type"], "value"))


def _unit(found: Any) -> str | None:
    return found.get("unitCode") if isinstance(found, dict) else None

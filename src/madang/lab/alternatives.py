"""What is compared: a branch, or a branch with levers turned that nobody recorded (a variant).

Levers are named as people see them: "<entity id>#<attribute>" turns an attribute that a model takes as a lever,
"<model>.<parameter>" a parameter of a model. A lever counts for the models that know it and for no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from madang.errors import CallerError, Pair, both
from madang.models import registry
from madang.models.base import Spec
from madang.store import Store

MAIN = "main"
MOST = 200
Given = "str | Mapping[str, Any] | Alternative"


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of the choices weighed: a branch, its title, and the levers turned on it."""

    id: str
    branch: str
    title: Pair
    levers: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_variant(self) -> bool:
        """Whether levers are turned that the branch does not hold."""
        return bool(self.levers)

    def as_json(self, *, baseline: str = "") -> dict[str, Any]:
        """The alternative as plain JSON values."""
        return {
            "id": self.id,
            "branch": self.branch,
            "title": dict(self.title),
            "levers": dict(self.levers),
            "isBaseline": self.id == baseline,
            "isVariant": self.is_variant,
        }


def title_of(store: Store, branch: str) -> Pair:
    """What a branch is called in both languages; 현행 for main."""
    if branch == MAIN:
        return both("lab.word-main")
    title = store.branch(branch).title or {}
    ko, en = title.get("ko"), title.get("en")
    return {"ko": str(ko or en or branch), "en": str(en or ko or branch)}


def read_alternative(store: Store, given: Any) -> Alternative:
    """An alternative from a branch's name or a mapping; refused where the branch or a number is wrong."""
    if isinstance(given, Alternative):
        store.branch(given.branch)
        return given
    said = {"branch": given} if isinstance(given, str) else given
    if not isinstance(said, Mapping) or not isinstance(said.get("branch") or said.get("id"), str):
        raise CallerError("lab.alternative-malformed", found=str(given)[:80])
    branch = str(said.get("branch") or said["id"])
    store.branch(branch)
    levers = said.get("levers") or {}
    if not isinstance(levers, Mapping):
        raise CallerError("lab.alternative-malformed", found=str(given)[:80])
    for name, value in levers.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise CallerError("lab.lever-no-number", name=name, found=value)
    turned = {str(name): float(value) for name, value in sorted(levers.items())}
    title = said.get("title")
    words = title if isinstance(title, Mapping) else {"ko": str(title), "en": str(title)} if title else None
    named = {lang: str(words.get(lang) or next(iter(words.values()))) for lang in ("ko", "en")} if words else None
    id = str(said.get("id") or (branch if not turned else f"{branch}*"))
    plain = title_of(store, branch)
    return Alternative(id, branch, named or (both("lab.variant-of", title=plain) if turned else plain), turned)


def read_alternatives(store: Store, given: Sequence[Any], *, against: Any = MAIN) -> tuple[Alternative, ...]:
    """All alternatives, what they are held against in front; two of one id are refused."""
    baseline = read_alternative(store, against)
    found = [read_alternative(store, one) for one in given]
    if all(one.id != baseline.id for one in found):
        found.insert(0, baseline)
    found.sort(key=lambda one: one.id != baseline.id)  # stable: the others stay as they were given
    ids = [one.id for one in found]
    twice = next((id for id in ids if ids.count(id) > 1), None)
    if twice is not None:
        raise CallerError("lab.alternative-twice", id=twice)
    if len(found) > MOST:
        raise CallerError("lab.alternatives-many", count=len(found), most=MOST)
    return tuple(found)


def params_for(spec: Spec, levers: Mapping[str, float], known: Sequence[str]) -> dict[str, float]:
    """Those of the levers that a model knows, as its parameters: attributes it turns, and its own by name."""
    own = {f"{spec.id}.{p.name}": p.name for p in spec.params}
    return {own.get(name, name): value for name, value in levers.items() if name in own or name in known}


def refuse_unknown(levers: Mapping[str, float], known: Sequence[str]) -> None:
    """Levers that no model knows are refused, with those there are."""
    parameters = {f"{id}.{p.name}" for id in registry.models() for p in registry.model(id).spec.params}
    for name in levers:
        if name not in known and name not in parameters:
            raise CallerError("models.lever-unknown", name=name, known=", ".join(known)[:300] or "-")

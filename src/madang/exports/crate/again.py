"""A bundle computed again in a temporary city, and how every figure stands: the same, near, different, impossible.

Runs and ensembles are judged as `madang verify` judges them (`models.verification`): from their pinned inputs, by key,
figures and draws. Of a large ensemble a sample of its members is computed again, chosen by its own key. Kept
evaluations are judged by whoever knows them (`weigh`); one that holds no figures of its own can't be. The temporary
city is gone afterwards, and no other city is looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, Protocol

from madang.entities.entity import Document, types_of, value_of
from madang.errors import DataError, Language, MadangError, sentence
from madang.exports.crate.contents import FigureRow, figures_of
from madang.exports.crate.layout import COMPUTED, EVALUATION, FIGURES, RUN
from madang.exports.crate.reading import Bundle, read_bundle
from madang.exports.crate.writing import figures_csv, software_of
from madang.models.base import Floats
from madang.models.canonical import unpack_arrays
from madang.models.runner import verify_run
from madang.models.verification import Difference, Verdict
from madang.store import Store

State = Literal["same", "within-tolerance", "differs", "cannot"]
STATES: tuple[State, ...] = ("differs", "cannot", "within-tolerance", "same")
Progress = Callable[[float, str], None]
Draws = Callable[[str, str], Floats | None]
ACTOR = "bundle"


class Weighed(Protocol):
    """One figure of a kept evaluation, computed again."""

    @property
    def figure(self) -> str: ...
    @property
    def stored(self) -> Any: ...
    @property
    def computed(self) -> Any: ...
    @property
    def kind(self) -> State: ...
    @property
    def why(self) -> str: ...


# An evaluation's result, values computed again by address, draws by branch and indicator -> its figures.
Weigh = Callable[[Mapping[str, Any], Mapping[str, float | None], Draws], Sequence[Weighed]]


@dataclass(frozen=True, slots=True)
class Standing:
    """How one figure stands: as it is kept in the bundle, and as it was computed now."""

    record: str
    model: str
    branch: str
    figure: str
    stored: Any
    computed: Any
    state: State
    why: str
    address: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The standing as plain JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Rerun:
    """A bundle computed again: every figure, and what is installed here in place of what was there."""

    bundle: str
    city: str
    subject: str
    title: Mapping[str, str]
    standings: tuple[Standing, ...]
    sampled: Mapping[str, tuple[int, int]]
    software: Mapping[str, tuple[str | None, str | None]]

    @property
    def ok(self) -> bool:
        """Whether no figure differs."""
        return all(one.state != "differs" for one in self.standings)

    def counts(self) -> dict[str, int]:
        """How many figures stand how."""
        found = Counter(one.state for one in self.standings)
        return {state: found[state] for state in STATES}

    def message(self, language: Language = "en") -> str:
        """All in one sentence."""
        said = "again-sound" if self.ok else "again-differs"
        counts = {name.replace("-", "_"): count for name, count in self.counts().items()}
        return sentence(f"bundles.{said}", language, bundle=self.bundle, **counts)

    def as_json(self) -> dict[str, Any]:
        """The answer as plain JSON values."""
        return {
            "bundle": self.bundle,
            "city": self.city,
            "subject": self.subject,
            "title": dict(self.title),
            "ok": self.ok,
            "counts": self.counts(),
            "figures": [one.as_json() for one in self.standings],
            "sampled": {id: {"checked": checked, "members": n} for id, (checked, n) in self.sampled.items()},
            "software": {name: {"then": then, "now": now} for name, (then, now) in self.software.items()},
        }


def rerun(path: Path, *, weigh: Weigh, progress: Progress | None = None) -> Rerun:
    """Compute everything in a bundle again; refused where the bundle is not whole."""
    bundle = read_bundle(path)
    try:
        return _rerun(bundle, weigh, progress or (lambda share, what: None))
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as problem:
        why = f"{type(problem).__name__}: {problem}"
        raise DataError("bundles.record-unreadable", bundle=path.name, why=why) from problem


def _rerun(bundle: Bundle, weigh: Weigh, progress: Progress) -> Rerun:
    records, head = bundle.records(), bundle.head
    computed = [doc for _, doc in records if set(types_of(doc)) & set(COMPUTED)]
    rows = list(figures_of(computed, str(head["city"]["uuid"])))
    standings = _unlike_table(bundle, computed)
    sampled: dict[str, tuple[int, int]] = {}
    with (
        TemporaryDirectory(prefix="madang-bundle-", ignore_cleanup_errors=True) as folder,
        _city(bundle, computed, Path(folder)) as store,
    ):
        for n, doc in enumerate(computed):
            progress(n / max(len(computed), 1), str(value_of(doc, "model")))
            verdict = verify_run(store, doc["id"])
            if verdict.members is not None:
                sampled[doc["id"]] = (verdict.checked or 0, verdict.members)
            standings += _of_record(doc, verdict, [row for row in rows if row.record == doc["id"]])
        known = {one.address: one.computed for one in standings if one.address and one.state != "cannot"}
        draws = _draws_of(store, computed)
        for _, doc in records:
            if EVALUATION in types_of(doc):
                standings += _of_evaluation(doc, weigh(value_of(doc, "evaluationResult"), known, draws))
    progress(1.0, "")
    return Rerun(
        bundle.path.name,
        str(head["city"]["id"]),
        str(head["subject"]),
        dict(head["title"]),
        tuple(standings),
        sampled,
        _software(head["software"]),
    )


def _city(bundle: Bundle, records: Sequence[Document], folder: Path) -> Store:
    """A city that holds the bytes and what was computed from them; more is not needed to compute it again."""
    city = bundle.head["city"]
    store = Store.create(folder / "bundle.gpkg", city_id=city["id"], title=city["title"], zone=city["zone"])
    try:
        with store.transact(actor=ACTOR, reason=bundle.path.name) as tx:
            for data in bundle.blobs().values():
                tx.put_blob(data, media_type="application/octet-stream")
            for doc in records:
                tx.put(doc)
    except BaseException:
        store.close()
        raise
    return store


# --- how figures stand ---------------------------------------------------------------------------------------------


def _of_record(doc: Document, verdict: Verdict, rows: Sequence[FigureRow]) -> list[Standing]:
    """Every figure of a run or an ensemble, and what else of its record is not as it was."""
    is_run, left = RUN in types_of(doc), list(verdict.differences)
    found = []
    for row in rows:
        mine = [one for one in left if _is_of(one, row.indicator, is_run)]
        left = [one for one in left if one not in mine]
        state: State = "same"
        if verdict.kind == "cannot":
            state = "cannot"
        elif mine:
            state = "within-tolerance" if verdict.kind == "within-tolerance" else "differs"
        value = next((one for one in mine if one.figure.endswith(".value")), None)
        computed = None if state == "cannot" else row.value if value is None else value.computed
        other = next((one for one in mine if one is not value), None)
        why = verdict.reason if state != "same" else ""
        if other is not None and value is None:
            why = f"{other.figure}: {other.stored} -> {other.computed}" + (f" ({why})" if why else "")
        found.append(_standing(doc, row.indicator, row.value, computed, state, why, row.address))
    near: State = "within-tolerance" if verdict.kind == "within-tolerance" else "differs"
    found += [_standing(doc, one.figure, one.stored, one.computed, near, verdict.reason) for one in left]
    return found


def _is_of(difference: Difference, indicator: str, is_run: bool) -> bool:
    """Whether a difference is one of a figure; other tables and keys of a record stand for themselves."""
    at = f"indicators.{indicator}" if is_run else indicator
    return difference.figure == at or (is_run and difference.figure.startswith(f"{at}."))


def _standing(
    doc: Document, figure: str, stored: Any, computed: Any, state: State, why: str, address: str | None = None
) -> Standing:
    model, branch = str(value_of(doc, "model") or ""), str(value_of(doc, "branch") or "")
    return Standing(doc["id"], model, branch, figure, stored, computed, state, why, address)


def _of_evaluation(doc: Document, weighed: Iterable[Weighed]) -> list[Standing]:
    return [_standing(doc, one.figure, one.stored, one.computed, one.kind, one.why) for one in weighed]


def _unlike_table(bundle: Bundle, computed: Sequence[Document]) -> list[Standing]:
    """A table of figures that does not say what the records say is a difference too."""
    head = bundle.head
    ordered = [one for type in COMPUTED for id in head["records"].get(type, ()) for one in computed if one["id"] == id]
    if bundle.files.get(FIGURES) == figures_csv(figures_of(ordered, str(head["city"]["uuid"]))):
        return []
    return [Standing(FIGURES, "", "", FIGURES, None, None, "differs", sentence("bundles.table-unlike"))]


def _draws_of(store: Store, computed: Sequence[Document]) -> Draws:
    """The draws of runs by branch and indicator; of several runs of one model the first."""

    def found(branch: str, indicator: str) -> Floats | None:
        for doc in computed:
            results = value_of(doc, "results")
            if RUN in types_of(doc) and value_of(doc, "branch") == branch and indicator in results["indicators"]:
                try:
                    return unpack_arrays(store.blob(results["draws"])).get(indicator) if results["draws"] else None
                except MadangError:
                    return None
        return None

    return found


def _software(then: Mapping[str, str]) -> dict[str, tuple[str | None, str | None]]:
    """What is not installed here as it was there."""
    now = software_of(None)
    names = sorted({*then, *now})
    return {name: (then.get(name), now.get(name)) for name in names if then.get(name) != now.get(name)}

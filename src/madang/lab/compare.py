"""A branch beside another: every indicator on both, the difference, and the band of the *difference*.

Both runs draw the same random numbers (streams are keyed by name and entity), so the band is that of branch minus main,
member by member, and a branch that changes nothing differs by exactly zero. The same question twice gives the same
bytes: no moment of time stands in a comparison.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from madang.entities.entity import Document, instance_of, provenance_of, value_of
from madang.entities.query import Query, parse_types
from madang.entities.vocabulary import attribute_info
from madang.errors import CallerError, Language, MadangError, sentence
from madang.indicators.quantity import format_value, rounded
from madang.models import registry, runner
from madang.models.base import Label, Port
from madang.models.canonical import json_bytes
from madang.models.ensemble import quantiles
from madang.models.inputs import is_assumption
from madang.models.runner import Figure, Run
from madang.store import Store

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

LEVER_REACH = 3.0  # a slider goes to three times the value it starts from
LEVER_STEPS = 300
FROM_NOTHING_KRW, FROM_NOTHING = 1e12, 100.0  # and so far where that is zero
KOREAN_FONTS = (
    "Noto Sans CJK KR",
    "Noto Sans KR",
    "NanumGothic",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "AppleGothic",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator on both branches; `main` is the value of what the branch is held against."""

    id: str
    label: Label
    unit: str
    main: float | None
    branch: float | None
    difference: float | None
    p05: float | None
    p50: float | None
    p95: float | None
    n: int | None
    direction: str | None
    status: str | None
    model: str
    run: str
    address: str
    main_address: str
    note: Label | None


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What a branch changes, indicator by indicator; shows itself as a table in a notebook."""

    city: str
    branch: str
    against: str
    seed: int
    runs: Mapping[str, Mapping[str, str]]
    rows: Sequence[Row]
    conservation: Mapping[str, float | None]
    tables: Mapping[str, Any]
    notes: Sequence[Label]
    warnings: Sequence[Label]
    recorded: bool

    def as_json(self) -> dict[str, Any]:
        """The comparison as plain JSON values, in a fixed order."""
        return {
            "city": self.city,
            "branch": self.branch,
            "against": self.against,
            "seed": self.seed,
            "recorded": self.recorded,
            "runs": {model: dict(runs) for model, runs in self.runs.items()},
            "conservation": dict(self.conservation),
            "indicators": [{name: getattr(row, name) for name in Row.__slots__} for row in self.rows],
            "tables": dict(self.tables),
            "notes": [dict(note) for note in self.notes],
            "warnings": [dict(warning) for warning in self.warnings],
        }

    def as_bytes(self) -> bytes:
        """The comparison in canonical JSON; equal questions give equal bytes."""
        return json_bytes(self.as_json())

    def row(self, id: str) -> Row:
        """One indicator."""
        return next(row for row in self.rows if row.id == id)

    def table(self, language: Language = "en") -> tuple[list[str], list[list[str]]]:
        """Headings and cells for people: indicator, both values, difference and its band, unknown as words."""
        words = ("indicator", "difference", "band")
        indicator, difference, band = (sentence(f"lab.word-{w}", language) for w in words)
        heads = [indicator, _name(self.against, language), _name(self.branch, language), difference, band]
        return heads, [_cells(row, language) for row in self.rows]

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas frame, one row an indicator; needs `pip install madang[notebook]`."""
        try:
            import pandas as pd
        except ImportError:
            raise CallerError("lab.needs-notebook", library="pandas") from None
        return pd.DataFrame([{n: getattr(row, n) for n in Row.__slots__} for row in self.rows]).set_index("id")

    def plot(self, language: Language | None = None) -> Axes:
        """The differences in money with their bands, as a matplotlib figure; needs `pip install madang[notebook]`."""
        try:
            from matplotlib.figure import Figure as Canvas
        except ImportError:
            raise CallerError("lab.needs-notebook", library="matplotlib") from None
        shown = [row for row in self.rows if row.unit == "KRW" and row.difference is not None][::-1]
        chosen, font = _drawable(language or _language())
        axes = Canvas(figsize=(8, 0.45 * len(shown) + 1.2), layout="constrained").add_subplot()
        values = np.array([float(row.difference or 0.0) for row in shown])
        low, high = (np.array([_or(getattr(row, p), row.difference) for row in shown]) for p in ("p05", "p95"))
        reach = np.maximum(np.stack([values - low, high - values]), 0.0)
        axes.barh([row.label[chosen] for row in shown], values, xerr=reach, color="#7aa6c2", ecolor="#334")
        axes.axvline(0.0, color="#334", linewidth=0.8)
        axes.xaxis.set_major_formatter(lambda value, _: format_value(value, "KRW", chosen))
        axes.tick_params(axis="x", labelrotation=20)
        axes.set_title(f"{_name(self.branch, chosen)} - {_name(self.against, chosen)}")
        for text in (axes.title, *axes.get_yticklabels(), *axes.get_xticklabels()):
            text.set_fontfamily(font)
        return axes

    def __repr__(self) -> str:
        return f"<Comparison of {self.branch} with {self.against}: {len(self.rows)} indicators>"

    def _repr_html_(self) -> str:
        heads, rows = self.table(_language())
        head = "".join(f"<th>{escape(h)}</th>" for h in heads)
        body = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in cells) + "</tr>" for cells in rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


@dataclass(frozen=True, slots=True)
class Lever:
    """Something on a branch that can be turned: an attribute that models take as a lever."""

    id: str
    model: str
    label: Label
    unit: str
    min: float
    max: float
    step: float
    value: float
    assumption: bool
    entity: str
    attribute: str
    source: str | None = None
    low: float | None = None  # where the attribute is stated as low, central and high
    high: float | None = None


def compare(
    store: Store,
    branch: str,
    *,
    against: str = "main",
    models: Sequence[str] | None = None,
    seed: int = 0,
    params: Mapping[str, Any] | None = None,
    actor: str = "local",
) -> Comparison:
    """Run models on both branches where nobody has yet, record the runs, and hold the answers against each other.

    Without `models`, those are taken whose inputs differ between the branches; when none differ, all that are quick.
    """
    chosen = _chosen(store, branch, against, seed) if models is None else list(models)

    def ran(model: str, on: str) -> Run:
        return runner.run(store, model, branch=on, params=params, seed=seed, actor=actor)

    return _beside(store, branch, against, seed, {m: (ran(m, against), ran(m, branch)) for m in chosen}, recorded=True)


def known_comparison(store: Store, branch: str, *, against: str = "main", seed: int = 0) -> Comparison | None:
    """The comparison from recorded runs alone, or None when one of them has not been made; computes nothing."""
    pairs = {}
    for model in _chosen(store, branch, against, seed):
        main, other = (runner.known_run(store, model, branch=on, seed=seed) for on in (against, branch))
        if main is None or other is None:
            return None
        pairs[model] = (main, other)
    return _beside(store, branch, against, seed, pairs, recorded=True)


def what_if(
    store: Store, branch: str, levers: Mapping[str, float], *, against: str = "main", seed: int = 0
) -> Comparison:
    """The comparison as it would be with these levers turned on the branch; nothing is recorded."""
    known = _models_of_levers(store, branch)
    for name in levers:
        if name not in known:
            raise CallerError("models.lever-unknown", name=name, known=", ".join(known) or "-")
    chosen = list(dict.fromkeys(known[name] for name in levers)) or _chosen(store, branch, against, seed)
    pairs = {}
    for model in chosen:
        turned = {name: value for name, value in levers.items() if known[name] == model}
        main = runner.preview(store, model, branch=against, seed=seed)
        pairs[model] = (main, runner.preview(store, model, branch=branch, levers=turned, seed=seed))
    return _beside(store, branch, against, seed, pairs, recorded=False)


def levers(store: Store, branch: str) -> list[Lever]:
    """What can be turned on a branch: the attributes that models declare as levers, with where they stand now."""
    view, found = store.view(branch), []
    for model_id in registry.models():
        for port in registry.model(model_id).spec.inputs:
            if port.lever is not None:
                ranges = registry.model(model_id).spec.lever_ranges(port.lever)
                docs = view.documents(Query(types=parse_types(port.entity)))
                ordered = sorted(docs, key=lambda d: str(d["id"]))
                found += [
                    _lever(doc, port, model_id, value, ranges)
                    for doc in ordered
                    if (value := _central(value_of(doc, port.lever))) is not None
                ]
    return found


# --- inside ----------------------------------------------------------------------------------------------------------


def _models_of_levers(store: Store, branch: str) -> dict[str, str]:
    return {lever.id: lever.model for lever in levers(store, branch)}


def _chosen(store: Store, branch: str, against: str, seed: int) -> list[str]:
    able, differ = [], []
    for model in registry.models():
        if not any(runner.has_subject(store, model, branch=on) for on in (against, branch)):
            continue  # nothing here that the model is about: asked for by name, it answers all the same
        try:
            keys = {runner.key_of(store, model, branch=on, seed=seed) for on in (against, branch)}
        except MadangError:
            continue  # an input is missing: asked for by name, the model says which
        able.append(model)
        if len(keys) > 1:
            differ.append(model)
    return differ or [model for model in able if registry.model(model).spec.quick]


def _beside(
    store: Store, branch: str, against: str, seed: int, pairs: Mapping[str, tuple[Run, Run]], *, recorded: bool
) -> Comparison:
    economy = pairs.get("economy")
    return Comparison(
        city=store.city.id,
        branch=branch,
        against=against,
        seed=seed,
        runs={model: {against: main.id, branch: other.id} for model, (main, other) in pairs.items()},
        rows=[
            _row(model, main, other, figure, then)
            for model, (main, other) in pairs.items()
            for figure, then in zip(other.indicators, main.indicators, strict=True)
        ],
        conservation={
            name: _difference(economy[1].diagnostics[name], economy[0].diagnostics[name], "KRW") if economy else None
            for name in ("shock_krw", "accounted_krw")
        },
        tables={model: dict(other.tables) for model, (_, other) in pairs.items()},
        notes=_once(note for _, other in pairs.values() for note in other.notes),
        warnings=_once(warning for _, other in pairs.values() for warning in other.warnings),
        recorded=recorded,
    )


def _row(model: str, main: Run, other: Run, figure: Figure, then: Figure) -> Row:
    now, before = figure.quantity, then.quantity
    draws = [run.draws.get(figure.id) for run in (main, other)]
    band: tuple[float | None, float | None, float | None] = (None, None, None)
    if draws[0] is not None and draws[1] is not None and now.value is not None and before.value is not None:
        band = quantiles(draws[1] - draws[0], now.unit)
    return Row(
        id=figure.id,
        label=dict(figure.label),
        unit=now.unit,
        main=before.value,
        branch=now.value,
        difference=_difference(now.value, before.value, now.unit),
        p05=band[0],
        p50=band[1],
        p95=band[2],
        n=now.n if band[0] is not None else None,
        direction=figure.direction,
        status=now.status,
        model=model,
        run=other.id,
        address=figure.address,
        main_address=then.address,
        note=now.note or before.note,
    )


def _difference(now: float | None, before: float | None, unit: str) -> float | None:
    return None if now is None or before is None else rounded(now - before, unit)


def _central(said: Any) -> float | None:
    """Where an attribute stands: its number, or the central one of low, central and high; None where it has none."""
    value = said.get("central") if isinstance(said, Mapping) else said
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        return None
    return float(value)


def _lever(doc: Document, port: Port, model: str, value: float, ranges: Sequence[tuple[float, float]]) -> Lever:
    attribute = str(port.lever)
    title = value_of(doc, "title") or value_of(doc, "name") or value_of(doc, "item") or doc["id"]
    known = attribute_info(attribute)
    usual = port.units.get(attribute) or (known.unit if known is not None else None)
    unit = (instance_of(doc, attribute) or {}).get("unitCode") or usual
    least, most = _reach(value, *next(iter(ranges), (0.0 if value >= 0 else -np.inf, np.inf)), unit=unit)
    said = value_of(doc, attribute)
    low, high = (said.get("low"), said.get("high")) if isinstance(said, Mapping) else (None, None)
    return Lever(
        id=f"{doc['id']}#{attribute}",
        model=model,
        label=dict(title) if isinstance(title, Mapping) else {"ko": str(title), "en": str(title)},
        unit=unit or "C62",
        min=least,
        max=most,
        step=(most - least) / LEVER_STEPS,
        value=value,
        assumption=is_assumption(doc, attribute),
        entity=doc["id"],
        attribute=attribute,
        source=provenance_of(doc, attribute).source,
        low=_central(low),
        high=_central(high),
    )


def _reach(value: float, low: float, high: float, *, unit: str | None) -> tuple[float, float]:
    """From where to where a slider goes: the values that can be true, as far as they are near enough to be meant."""
    far = _nice(abs(value) * LEVER_REACH) if value else (FROM_NOTHING_KRW if unit == "KRW" else FROM_NOTHING)
    if high <= 1:  # a share or a rate: the whole of what it can be
        far = 1.0
    return max(low, -far if low < 0 else 0.0), min(high, far)


def _nice(value: float) -> float:
    """The next number of the form 1.5, 3, 6 or 9 x 10^n: so that a three-hundredth of it is round."""
    size = 10.0 ** np.floor(np.log10(value))
    return float(next(size * n for n in (1.5, 3.0, 6.0, 9.0, 15.0) if size * n >= value))


def _once(labels: Any) -> list[Label]:
    found: list[Label] = []
    for label in labels:
        if label not in found:
            found.append(label)
    return found


def _cells(row: Row, language: Language) -> list[str]:
    values = [format_value(v, row.unit, language) for v in (row.main, row.branch, row.difference)]
    low, high = row.p05, row.p95
    band = "" if low is None or high is None else " ~ ".join(format_value(v, row.unit, language) for v in (low, high))
    return [row.label[language], *values, band]


def _name(branch: str, language: Language) -> str:
    return sentence("lab.word-main", language) if branch == "main" else branch


def _drawable(language: Language) -> tuple[Language, str]:
    """The language and font a picture can be drawn in: Korean only where a Korean font is installed."""
    from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    korean = next((name for name in KOREAN_FONTS if name in known), None)
    return (language, korean) if language == "ko" and korean else ("en", "DejaVu Sans")


def _or(value: float | None, other: float | None) -> float:
    return float(value if value is not None else other or 0.0)


def _language() -> Language:
    """The language of a notebook: MADANG_LANG, else the locale."""
    told = os.environ.get("MADANG_LANG") or os.environ.get("LANG") or ""
    return "ko" if told.lower().startswith("ko") else "en"

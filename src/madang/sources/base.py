"""What every source gives, which source reads a file, and how what was read gets into a city.

A source turns a file into `Loaded`: entities, the `Dataset` they come from, blobs, and a `SourceReport` whose counts
add up (`read == kept + left out`). It is all or nothing: the first problem is raised with the count of the others,
unless `skip_bad` allows leaving bad records out, each counted under its reason.

Sources are built in or come by the entry point group `madang.sources` (an object with `name`, `can_read`, `read`, or a
class of such). One that can't be used is left out with a warning; `broken_sources` says why.
A source never writes; `write` puts what several sources read into a store in one transaction.

A source that reads large files gives a `Flow` instead: entities in batches, so that no more than one batch of them
stands in memory, and the report when the last one has gone by. It is all or nothing as well: a problem that comes up
on the way, or at the end, ends the transaction with nothing written.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from madang.entities.entity import Document, value_of
from madang.entities.vocabulary import label_of
from madang.errors import CallerError, DataError, Language, MadangError, sentence
from madang.plugins import plugins

if TYPE_CHECKING:
    from madang.store import Store, View

Progress = Callable[[float, str], None]
Text = Mapping[str, str]


@dataclass(frozen=True)
class SourceReport:
    """What a source read, what it kept, and why it left out the rest.

    `counted` says what is counted ("rows", "features"); `left_out` counts by reason code, `examples` shows one of each;
    `notes` are sentences {"ko", "en"}; `facts` are further counts by name.
    """

    path: str
    counted: str
    read: int
    kept: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    examples: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()
    facts: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.read != self.kept + sum(self.left_out.values()):
            raise ValueError(f"{self.path}: {self.read} read, but {self.kept} kept and {dict(self.left_out)} left out")

    def example(self, reason: str) -> str:
        """One record that was left out for this reason, or ''."""
        return self.examples.get(reason, "")

    def reason(self, code: str, language: Language = "en") -> str:
        """The reason in words."""
        try:
            return sentence(f"sources.reason-{code}", language)
        except KeyError:
            return code

    def counts(self, language: Language = "en") -> list[tuple[str, int]]:
        """The further counts that are not 0, in words."""
        return [(_fact_in_words(name, language), count) for name, count in self.facts.items() if count]

    def as_json(self) -> dict[str, Any]:
        """The report as plain JSON, for machines."""
        return {
            "path": self.path,
            "counted": self.counted,
            "read": self.read,
            "kept": self.kept,
            "left_out": dict(self.left_out),
            "examples": dict(self.examples),
            "notes": [dict(note) for note in self.notes],
            "facts": dict(self.facts),
        }


def _fact_in_words(name: str, language: Language) -> str:
    """A fact's words in the catalogue; a reference by its attribute, a kind of city object by its type."""
    attribute, _, outcome = name.rpartition(".")
    if outcome in ("matched", "unmatched"):
        return sentence(f"facts.of-{outcome}", language, attribute=label_of(attribute, language))
    if name.startswith("lod") and name[3:].replace(".", "").isdigit():
        return sentence("facts.of-lod", language, level=name[3:])
    try:
        return sentence(f"facts.{name}", language)
    except KeyError:
        return label_of(name, language)


@dataclass(frozen=True)
class Join:
    """Records that refer to entities expected in the city: an attribute, and how many records name each target."""

    attribute: str
    targets: Mapping[str, int]


@dataclass(frozen=True)
class Loaded:
    """What a source read: entities, the datasets they come from, blobs by their SHA-256, and the report."""

    entities: Sequence[Document]
    datasets: Sequence[Document]
    blobs: Mapping[str, bytes]
    report: SourceReport
    joins: Sequence[Join] = ()

    def documents(self) -> Iterable[Document]:
        """Datasets first, then entities."""
        yield from self.datasets
        yield from self.entities


class Flow(Protocol):
    """What a source reads batch by batch: a file that need not stand in memory.

    `path` is the file's name as reports say it. `total` is about how many entities come, None where nobody knows.
    """

    path: str
    total: int | None

    def batches(self) -> Iterator[Sequence[Document]]:
        """The datasets first, then the entities, some thousand at a time; read anew each time this is called.

        Problems are raised no later than after the last batch.
        """

    def blobs(self) -> Iterator[bytes]:
        """Bytes that the entities name by their SHA-256; asked for before the batches."""

    def finished(self) -> tuple[SourceReport, Sequence[Join]]:
        """The report and the joins, once the batches have gone by; joins leave out the flow's own entities."""


class Source(Protocol):
    """A kind of file that Madang reads."""

    name: str

    def can_read(self, path: Path) -> bool:
        """Whether the file's mark and name say that it is of this kind."""

    def read(
        self, path: Path, *, type: str | None = None, mapping: Path | None = None, skip_bad: bool = False
    ) -> Loaded | Flow:
        """The file's entities, all or nothing."""


@dataclass
class Tally:
    """Counts while a source reads: what was kept, and under which reason the rest was left out."""

    counted: str
    read: int = 0
    kept: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    notes: list[Text] = field(default_factory=list)
    facts: dict[str, int] = field(default_factory=dict)

    def leave_out(self, reason: str, count: int = 1, *, example: str = "") -> None:
        """Count records under a reason; the first example is kept."""
        if count:
            self.left_out[reason] = self.left_out.get(reason, 0) + count
            if example:
                self.examples.setdefault(reason, example)

    def note(self, code: str, **facts: Any) -> None:
        """Add a sentence of the catalogue, in both languages."""
        self.notes.append(
            {"ko": sentence(f"sources.{code}", "ko", **facts), "en": sentence(f"sources.{code}", "en", **facts)}
        )

    def report(self, path: str) -> SourceReport:
        """The finished report; raises if the counts do not add up."""
        return SourceReport(
            path, self.counted, self.read, self.kept, self.left_out, self.examples, tuple(self.notes), self.facts
        )


class SeveralProblems(DataError):
    """The first of several problems in one file, with the count of the others."""

    def message(self, language: Language = "en") -> str:
        first: MadangError = self.facts["first"]
        more = self.facts["more"]
        code = "sources.and-one-more" if more == 1 else "sources.and-more"
        return f"{first.message(language)} {sentence(code, language, more=more)}"


@dataclass
class Problems:
    """Bad records: counted in the tally when skipping is allowed, else collected and raised together at the end."""

    tally: Tally
    skip_bad: bool
    first: MadangError | None = None
    count: int = 0

    def add(self, problem: MadangError, *, example: str = "") -> None:
        """One bad record."""
        if self.skip_bad:
            self.tally.leave_out(problem.code.partition(".")[2], example=example or str(problem))
            return
        self.first = self.first or problem
        self.count += 1

    def raise_any(self) -> None:
        """Raise the first problem, saying how many more there are; nothing if all is well."""
        if self.first is None:
            return
        if self.count == 1:
            raise self.first
        raise SeveralProblems(self.first.code, first=self.first, more=self.count - 1)


# --- which source reads a file ---------------------------------------------------------------------------------------


@cache
def sources() -> Mapping[str, Source]:
    """All sources by name: the built-in ones in the order in which they are asked, then plug-ins."""
    from madang.sources.citygml import CityGMLSource
    from madang.sources.cityjson import CityJSONSource
    from madang.sources.gtfs import GtfsSource
    from madang.sources.ngsild import EntitiesSource
    from madang.sources.osm.source import OsmSource
    from madang.sources.raster import RasterSource
    from madang.sources.registers.source import RegisterSource
    from madang.sources.table import TableSource
    from madang.sources.universities import UniversitiesSource
    from madang.sources.vector import VectorSource
    from madang.sources.workbook import WorkbookSource

    built_in: list[Source] = [
        GtfsSource(),
        OsmSource(),  # before those that read a JSON file whole to know it
        CityGMLSource(),
        CityJSONSource(),
        EntitiesSource(),
        WorkbookSource(),
        RegisterSource(),
        UniversitiesSource(),
        TableSource(),
        RasterSource(),
        VectorSource(),
    ]
    return {source.name: source for source in [*_plugged()[0], *built_in]}


def broken_sources() -> Mapping[str, DataError]:
    """Plug-ins that can't be used, by the name of their entry point, with what is wrong."""
    return dict(_plugged()[1])


@cache
def _plugged() -> tuple[list[Source], dict[str, DataError]]:
    found: list[Source] = []
    broken: dict[str, DataError] = {}
    for plugin in plugins("madang.sources", _lacks):
        if not plugin.why:
            found.append(plugin.brought)
            continue
        entry = f"{plugin.name} = {plugin.value}"
        wrong = DataError("sources.plugin-broken", entry=entry, distribution=plugin.distribution, why=plugin.why)
        broken[plugin.name] = wrong
        warnings.warn(wrong.message("en"), stacklevel=2)
    return found, broken


def _lacks(brought: Any) -> str:
    if not isinstance(getattr(brought, "name", None), str):
        return "it has no name"
    methods = ("can_read", "read")
    return next((f"it has no {method}" for method in methods if not callable(getattr(brought, method, None))), "")


def detect(path: Path) -> Source:
    """The source that reads this file; raises a DataError that says what the file looks like if none does."""
    check_file(path)
    for source in sources().values():
        if source.can_read(path):
            return source
    raise DataError("sources.unknown-file", file=path.name, looks=looks_like(path))


def check_file(path: Path) -> None:
    """Refuse what can't be a source: nothing there, a folder, an empty file, or a city file that is open."""
    from madang.store import is_open_city

    if not path.exists():
        raise CallerError("sources.no-file", file=path)
    if path.is_dir():
        raise CallerError("sources.folder", file=path)
    if path.stat().st_size == 0:
        raise DataError("sources.empty-file", file=path.name)
    if is_open_city(path):
        raise CallerError("sources.open-city", file=path.name)


def looks_like(path: Path) -> str:
    """What a file's first bytes say, in a few words."""
    with path.open("rb") as file:
        head = file.read(512)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    try:
        return f"text beginning {head.decode('utf-8').strip()[:40]!r}"
    except UnicodeDecodeError:
        return f"bytes beginning {head[:8].hex(' ')}"


_MARKS = (
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old Office or HWP document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"PAR1", "a Parquet file"),
    (b"glTF", "a glTF binary"),
    (b"<?xml", "XML"),
)


def read(
    path: Path, *, type: str | None = None, mapping: str | Path | None = None, skip_bad: bool = False
) -> Loaded | Flow:
    """What a file holds, read by the source that knows its kind; as a `Dataset` any file is kept whole, for models.

    `type` may also name a kind of register ("factories"), which the file must then be.
    """
    source = _source_for(path, type)
    return source.read(path, type=type, mapping=Path(mapping) if mapping else None, skip_bad=skip_bad)


def _source_for(path: Path, type: str | None) -> Source:
    from madang.sources.registers.layouts import layouts

    if type in layouts():
        check_file(path)
        return sources()["register"]
    if type != "Dataset":
        return detect(path)
    from madang.sources.whole import WholeFileSource

    check_file(path)
    return WholeFileSource()


def read_entities(path: Path) -> list[Document]:
    """The entities of a JSON file in any NGSI-LD form, checked; raises a DataError that names the bad one."""
    from madang.sources.ngsild import EntitiesSource

    check_file(path)
    return list(EntitiesSource().read(path).entities)


def unknown_source(name: str) -> MadangError:
    """The error for a `--from` that names no source, or one that is broken."""
    from madang.sources.korea import CITIES

    if name in (broken := broken_sources()):
        return broken[name]
    return CallerError("sources.unknown-source", found=name, known=", ".join(f"korea:{city}" for city in CITIES))


# --- into a city -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """The transaction that holds what was read, and a report for each part."""

    number: int
    reports: Sequence[SourceReport]


def write(
    store: Store,
    loaded: Sequence[Loaded | Flow],
    *,
    branch: str = "main",
    actor: str,
    reason: str,
    progress: Progress | None = None,
) -> Written:
    """Put what was read into a branch in one transaction, all or nothing."""
    view = store.view(branch)
    reports = {n: check_joins(view, part) for n, part in enumerate(loaded) if isinstance(part, Loaded)}
    source = ", ".join(_name_of(part) for part in loaded)
    with store.transact(branch=branch, actor=actor, reason=reason, source=source) as tx:
        for n, part in enumerate(loaded):
            for blob in part.blobs.values() if isinstance(part, Loaded) else part.blobs():
                tx.put_blob(blob, media_type="application/octet-stream")
            done, total = 0, len(part.entities) if isinstance(part, Loaded) else part.total
            for batch in _batches(part):
                tx.put_many(batch)
                done += len(batch)
                if progress:
                    share = done / total if total else done / (done + _BATCH)
                    progress((n + min(1.0, share)) / len(loaded), _name_of(part))
            if not isinstance(part, Loaded):
                reports[n] = _matched(view, *part.finished())
        return Written(tx.number, [reports[n] for n in range(len(loaded))])


def tried(view: View, loaded: Sequence[Loaded | Flow]) -> list[SourceReport]:
    """The reports as `write` would give them; everything is read and checked, nothing is written."""
    reports = []
    for part in loaded:
        if isinstance(part, Loaded):
            reports.append(check_joins(view, part))
            continue
        for _ in part.batches():
            pass
        reports.append(_matched(view, *part.finished()))
    return reports


_BATCH = 2000


def gathered(part: Loaded | Flow) -> Loaded:
    """A flow with everything it gives in memory; a `Loaded` as it is."""
    if isinstance(part, Loaded):
        return part
    entities = [document for batch in part.batches() for document in batch]
    report, joins = part.finished()
    return Loaded(entities, [], {hashlib.sha256(blob).hexdigest(): blob for blob in part.blobs()}, report, joins)


def _batches(part: Loaded | Flow) -> Iterator[Sequence[Document]]:
    if not isinstance(part, Loaded):
        yield from part.batches()
        return
    yield part.datasets
    for start in range(0, len(part.entities), _BATCH):
        yield part.entities[start : start + _BATCH]


def _name_of(part: Loaded | Flow) -> str:
    return part.report.path if isinstance(part, Loaded) else part.path


def check_joins(view: View, loaded: Loaded) -> SourceReport:
    """The report with matched and unmatched references counted; raises a DataError if a join matches nothing at all."""
    own = {document["id"] for document in loaded.entities}
    return _matched(view, loaded.report, loaded.joins, own)


def _matched(
    view: View, report: SourceReport, joins: Sequence[Join], own: Collection[str] = frozenset()
) -> SourceReport:
    for join in joins:
        missing = {target: n for target, n in join.targets.items() if target not in own and view.get(target) is None}
        matched = sum(join.targets.values()) - sum(missing.values())
        if missing and not matched:
            example = next(iter(missing))
            raise DataError(
                "sources.empty-join",
                file=report.path, attribute=join.attribute, count=sum(missing.values()), example=example,
            )  # fmt: skip
        name = join.attribute
        report = replace(
            report, facts={**report.facts, f"{name}.matched": matched, f"{name}.unmatched": sum(missing.values())}
        )
    return report


def joins_of(entities: Iterable[Document], attributes: Iterable[str]) -> list[Join]:
    """The joins that these relationships of these entities make."""
    counts: dict[str, dict[str, int]] = {name: {} for name in attributes}
    for document in entities:
        for name, targets in counts.items():
            target = value_of(document, name)
            if isinstance(target, str):
                targets[target] = targets.get(target, 0) + 1
    return [Join(name, targets) for name, targets in counts.items() if targets]

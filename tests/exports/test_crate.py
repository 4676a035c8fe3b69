"""Bundles: written whole, computed again to the same figures elsewhere, and every damage named."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "models"))

from invented_city import made_store

from madang.city import City, open_city, rerun_bundle
from madang.cli import run
from madang.errors import CallerError, DataError, FileError, ForbiddenError, MadangError, NotFoundError
from madang.exports.crate import writing
from madang.exports.crate.layout import MANIFEST, METADATA, blob_path
from madang.store import Store

CRITERIA = ["economy.value-added-city", "economy.imports"]
JUDGEMENTS = [[*CRITERIA, 3]]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The invented city: a plan, run and compared, in a study with evidence and two kept evaluations."""
    folder = tmp_path_factory.mktemp("crate")
    for store in made_store(folder):
        store.fork("more", parent="plan", actor="tests", reason="fork", title={"ko": "더 크게", "en": "Larger"})
    with open_city(folder / "city.gpkg", write=True) as found:
        study = found.studies.begin(title="투자 연구", question="무엇이 남는가?", reason="tests")["id"]
        runs = {name: found.branch(name).run("economy", by="t").id for name in ("main", "plan", "more")}
        for name, kind in (("main", "baseline"), ("plan", "alternative"), ("more", "alternative")):
            found.studies.add_alternative(
                study, title=name, kind=kind, branch=None if name == "main" else name, runs=[runs[name]], reason="t"
            )
        many = found.branch("plan").experiments.run("economy", n=64, by="t", executor="in-process")
        board = found.lab.board(["plan", "more"], models=["economy"])
        ranks = found.lab.ranks(board, CRITERIA, draws=500)
        kept = [found.weighing.keep(title="순위", result=ranks, reason="tests")["id"]]
        weights = found.weighing.judge(criteria=CRITERIA, judgements=JUDGEMENTS)
        told = weights.as_json() | {"criteria": CRITERIA, "judgements": JUDGEMENTS}
        kept.append(found.weighing.keep(title="가중치", result=told, reason="tests")["id"])
        found.studies.add_evidence(study, evidence=[many.id, *kept], reason="tests")
        yield found


@pytest.fixture(scope="module")
def bundle(city: City) -> Path:
    """The study's bundle, with the table whose terms were not checked."""
    out = city.path.parent / "study.zip"
    city.bundles.write(study_of(city), out, only_open=False)
    return out


def study_of(city: City) -> str:
    return city.studies.all()[0].id.rpartition(":")[2]


def files_of(bundle: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(bundle: Path, to: Path, change: Callable[[dict[str, bytes]], None], *, resum: bool = False) -> Path:
    """A copy of a bundle with changed files; with `resum` its checksums are made anew, as a forger would."""
    files = files_of(bundle)
    change(files)
    if resum:
        sums = [f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items() if name != MANIFEST]
        files[MANIFEST] = "".join(sums).encode()
    with zipfile.ZipFile(to, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return to


# --- round trip ------------------------------------------------------------------------------------------------------


def test_another_machine_computes_every_figure_of_the_study_again(city: City, bundle: Path) -> None:
    again = rerun_bundle(bundle)
    assert again.ok
    assert again.counts()["same"] == len(again.standings) > 100
    figures = {(one.branch, one.figure) for one in again.standings if one.state == "same"}
    assert {("plan", "economy.imports"), ("main", "economy.imports"), ("more", "economy.imports")} <= figures
    assert {name for branch, name in figures if not branch} >= {"weight economy.imports", "more acceptability"}
    assert again.sampled == {city.branch("plan").experiments.all()[0].id: (64, 64)}
    stored = next(one for one in again.standings if one.figure == "economy.imports" and one.address)
    assert stored.stored == city.explain(str(stored.address))["value"] == stored.computed


def test_the_same_city_gives_the_same_bytes_and_a_branch_has_its_bundle_too(city: City, bundle: Path) -> None:
    twice = bundle.with_name("twice.zip")
    city.bundles.write(study_of(city), twice, only_open=False)
    renamed = {name: data.replace(b"twice.zip", b"study.zip") for name, data in files_of(twice).items()}
    assert renamed.keys() == files_of(bundle).keys()
    same = city.bundles.make(study_of(city), bundle.name, only_open=False)
    assert same == bundle.read_bytes()
    of_branch = city.bundles.contents("plan", only_open=False)
    assert [one.name for one in of_branch.branches] == ["plan"]
    assert {one.branch for one in of_branch.figures} == {"main", "plan"}
    assert len(of_branch.of("Evaluation")) == 0  # none of them speaks of a run


def test_its_metadata_is_a_process_run_crate(bundle: Path) -> None:
    files = files_of(bundle)
    assert all(name.isascii() and "~" not in name and len(name) < 140 for name in files)
    graph = {one["@id"]: one for one in orjson.loads(files[METADATA])["@graph"]}
    root = graph["./"]
    assert graph[METADATA]["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    assert root["conformsTo"] == {"@id": "https://w3id.org/ro/wfrun/process/0.5"}
    assert {one["@id"] for one in root["hasPart"]} == files.keys() - {METADATA}
    for ref in root["mentions"]:
        action = graph[ref["@id"]]
        assert action["@type"] == "CreateAction"
        assert graph[action["instrument"]["@id"]]["@type"] == "SoftwareApplication"
        assert action["object"]
        assert action["result"]
    names = {one["@id"] for one in graph.values()} | {"http://schema.org/CompletedActionStatus"}
    assert not [
        ref for one in graph.values() for ref in refs(one) if not ref.startswith("https://") and ref not in names
    ]
    for name, data in files.items():
        if name not in (METADATA, MANIFEST):
            assert graph[name]["sha256"] == hashlib.sha256(data).hexdigest()
    licences = {one["name"] for id, one in graph.items() if id.startswith("#licence-")}
    assert "OECD terms not checked" in licences


def refs(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if set(value) == {"@id"}:
            yield value["@id"]
        for inner in value.values():
            yield from refs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from refs(inner)


def test_what_may_not_be_passed_on_is_refused_unless_asked_for(city: City, tmp_path: Path) -> None:
    with pytest.raises(ForbiddenError) as refused:
        city.bundles.write(study_of(city), tmp_path / "open.zip")
    assert refused.value.code == "bundles.not-open"
    assert not list(tmp_path.iterdir())
    with pytest.raises(NotFoundError, match="plan"):
        city.bundles.write("nobody", tmp_path / "open.zip")
    with pytest.raises(CallerError):
        city.bundles.write("plan", tmp_path / "open.tar", only_open=False)
    with pytest.raises(FileError):
        city.bundles.write("plan", tmp_path / "nowhere" / "open.zip", only_open=False)


# --- damage ----------------------------------------------------------------------------------------------------------


def test_a_changed_byte_is_named_with_its_file(bundle: Path, tmp_path: Path) -> None:
    record = next(name for name in files_of(bundle) if name.startswith("records/ModelRun"))

    def flip(files: dict[str, bytes]) -> None:
        files[record] = files[record].replace(b'"seed"', b'"sead"', 1)

    with pytest.raises(DataError, match=record) as found:
        rerun_bundle(rewritten(bundle, tmp_path / "b.zip", flip))
    assert found.value.code == "bundles.changed"
    raw = bytearray(bundle.read_bytes())
    with zipfile.ZipFile(bundle) as archive:
        entry = archive.getinfo(record)
        raw[entry.header_offset + 30 + len(record) + entry.compress_size // 2] ^= 0xFF
    (tmp_path / "c.zip").write_bytes(raw)
    with pytest.raises(DataError, match=record):
        rerun_bundle(tmp_path / "c.zip")


def test_a_forged_figure_differs_even_with_new_checksums(bundle: Path, tmp_path: Path) -> None:
    """A figure altered in the record and in the table, under checksums that fit: the computation gives it away."""
    record = next(n for n, data in files_of(bundle).items() if n.startswith("records/ModelRun") and b'"plan"' in data)

    def forge(files: dict[str, bytes]) -> None:
        doc = orjson.loads(files[record])
        figure = doc["results"]["json"]["indicators"]["economy.imports"]
        before = str(figure["value"]).encode()
        figure["value"] += 1_000_000
        files[record] = orjson.dumps(doc)
        table = files["figures.csv"].splitlines(keepends=True)
        of_it = [line.startswith(doc["id"].encode()) for line in table]
        after = str(figure["value"]).encode()
        files["figures.csv"] = b"".join(
            line.replace(before, after) if mine else line for line, mine in zip(table, of_it, strict=True)
        )

    forged = rewritten(bundle, tmp_path / "forged.zip", forge, resum=True)
    again = rerun_bundle(forged)
    assert not again.ok
    differs = [one for one in again.standings if one.state == "differs"]
    assert differs[0].figure == "economy.imports"
    assert differs[0].computed + 1_000_000 == differs[0].stored
    assert run(["bundle", "run", str(forged)]) == 1
    assert run(["bundle", "run", str(bundle)]) == 0


def test_what_is_missing_added_twice_or_leads_outward_is_refused_by_name(bundle: Path, tmp_path: Path) -> None:
    blob = next(name for name in files_of(bundle) if name.startswith("blobs/"))
    cases: dict[str, tuple[str, Callable[[dict[str, bytes]], Any]]] = {
        "bundles.missing": (blob, lambda files: files.pop(blob)),
        "bundles.stranger": ("extra.txt", lambda files: files.update({"extra.txt": b"x"})),
        "bundles.outward": ("../../evil", lambda files: files.update({"../../evil": b"x"})),
        "bundles.format": (
            "bundle/9",
            lambda files: files.update({"bundle.json": b'{"format":"bundle/9"}'}),
        ),
    }
    for code, (name, change) in cases.items():
        broken = rewritten(bundle, tmp_path / f"{code}.zip", change, resum=code == "bundles.format")
        with pytest.raises(DataError) as found:
            rerun_bundle(broken)
        assert (found.value.code, name in str(found.value)) == (code, True)
    rubbish = tmp_path / "rubbish.zip"
    rubbish.write_bytes(os.urandom(4000))
    with pytest.raises(DataError, match="no bundle"):
        rerun_bundle(rubbish)
    whole = bundle.read_bytes()
    (tmp_path / "half.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="no bundle"):
        rerun_bundle(tmp_path / "half.zip")
    with zipfile.ZipFile(tmp_path / "empty.zip", "w"):
        pass
    with pytest.raises(DataError, match=MANIFEST):
        rerun_bundle(tmp_path / "empty.zip")
    assert not (tmp_path.parent / "evil").exists()


def test_a_blob_that_the_city_lost_is_named(city: City, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = next(iter(city.bundles.contents("plan", only_open=False).blobs))
    kept = Store.blob

    def without(store: Store, sha256: str) -> bytes:
        if sha256 == lost:
            raise NotFoundError("store.blob-unknown", sha256=sha256)
        return kept(store, sha256)

    monkeypatch.setattr(Store, "blob", without)
    with pytest.raises(DataError, match="urn:ngsi-ld:ModelRun") as found:
        city.bundles.write("plan", bundle.with_name("lost.zip"), only_open=False)
    assert found.value.code == "bundles.blob-lost"
    assert not bundle.with_name("lost.zip").exists()
    assert blob_path(lost).startswith("blobs/")


def _killed_half_way(found: Any, out: Path) -> None:
    """Write a bundle in a process that kills itself after three files."""
    whole = zipfile.ZipFile.writestr
    done = []

    def dying(self: zipfile.ZipFile, *words: Any, **more: Any) -> None:
        done.append(1)
        if len(done) > 3:
            os.kill(os.getpid(), signal.SIGKILL)
        whole(self, *words, **more)

    zipfile.ZipFile.writestr = dying  # type: ignore[method-assign]
    writing.write_bundle(found, out)


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
def test_a_kill_half_way_leaves_what_stood_there(city: City, tmp_path: Path) -> None:
    found = city.bundles.contents("plan", only_open=False)
    out = tmp_path / "plan.zip"
    out.write_bytes(b"what stood there")
    child = multiprocessing.get_context("fork").Process(target=_killed_half_way, args=(found, out))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert out.read_bytes() == b"what stood there"


# --- doors -----------------------------------------------------------------------------------------------------------


def test_the_command_needs_no_word_write(city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "plan.zip"
    words = ["bundle", str(city.path), "plan", str(out)]
    assert run([*words, "--json"]) == 7
    assert not out.exists()
    capsys.readouterr()
    assert run([*words, "--closed", "--json"]) == 0
    assert orjson.loads(capsys.readouterr().out)["runs"] == 3  # main, plan and the ensemble
    assert run(["bundle", "run", str(out), "--json"]) == 0
    assert orjson.loads(capsys.readouterr().out)["ok"] is True


@pytest.mark.parametrize("word", ["bundle.json", "records/"])
def test_rubbish_within_a_bundle_is_said_not_raised(bundle: Path, tmp_path: Path, word: str) -> None:
    """Records that are JSON of another shape, under checksums that fit, end in an error of ours."""

    def spoil(files: dict[str, bytes]) -> None:
        for name in files:
            if name.startswith(word) and not name.startswith("records/Dataset"):
                doc = orjson.loads(files[name])
                doc.pop("results", None)
                doc.pop("city", None)
                files[name] = orjson.dumps(doc)

    with pytest.raises(MadangError):
        rerun_bundle(rewritten(bundle, tmp_path / "spoilt.zip", spoil, resum=True))

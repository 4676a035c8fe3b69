"""The three studies run, say the same twice, follow their data, and can be computed again from their bundles."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import madang
from madang.city import City, rerun_bundle
from madang.entities.entity import value_of
from madang.sources import korea

FOLDER = Path(__file__).parent.parent.parent / "examples" / "studies"
STUDIES = {"gwangyang": "gwangyang.gpkg", "belt": "belt.gpkg", "pangyo": "seongnam.gpkg"}


@dataclass(frozen=True)
class Done:
    """A study that was run: its program, the folder it wrote into, its pages and its bundle as they were first."""

    program: ModuleType
    folder: Path
    file: Path
    first: Mapping[str, bytes]

    def page(self, language: str) -> str:
        return self.first[f"study.{language}.md"].decode()


def written(folder: Path) -> dict[str, bytes]:
    """What a study hands in: pages, brief, bundle."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".md", ".html", ".zip")}


@pytest.fixture(scope="module", autouse=True)
def beside() -> Iterator[None]:
    """Programs find each other as they do when they are run: by the folder they stand in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield
    for name in (*STUDIES, "page"):
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def done(beside: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Done]:
    """All three, each run once into a folder of its own."""
    found = {}
    for name, file in STUDIES.items():
        folder = tmp_path_factory.mktemp(name)
        program = importlib.import_module(name)
        program.study(folder)
        found[name] = Done(program, folder, folder / file, written(folder))
    return found


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_run_twice_writes_the_same_bytes(done: dict[str, Done], name: str) -> None:
    one = done[name]
    one.program.study(one.folder)
    assert written(one.folder) == one.first


@pytest.mark.parametrize("name", STUDIES)
def test_its_bundle_is_computed_again_to_the_same_figures(done: dict[str, Done], name: str) -> None:
    again = rerun_bundle(done[name].folder / "bundle.zip")
    assert again.ok
    assert again.counts()["same"] == len(again.standings) > 100


@pytest.mark.parametrize("name", STUDIES)
def test_it_is_on_record_and_says_what_is_made_up_and_what_moves_it(done: dict[str, Done], name: str) -> None:
    with madang.open(done[name].file) as city:
        study = city.studies.all()[0]
        assert study.recommendation is not None
        assert all(need.met for need in study.needs)
        assert any(one.state == "rejected" and one.reason for one in study.alternatives)
        assert city.papers.compose("study", study.id).blocks
    korean, english = (done[name].page(language) for language in ("ko", "en"))
    for word in ("실측", "추정", "가상", "답을 가장 크게 바꾸는 입력", "## 권고", "## 한계"):
        assert word in korean
    for word in ("observed", "estimated", "made up", "change the answer most", "## Recommendation", "## Limits"):
        assert word.casefold() in english.casefold()
    assert "{" not in korean + english


# --- the figures are those of the data -------------------------------------------------------------------------------


def test_another_citys_data_give_another_text(
    done: dict[str, Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Suwon's data under Gwangyang's name: Suwon's page with Gwangyang's name, and none of Gwangyang's own figures."""
    program, page = done["gwangyang"].program, importlib.import_module("page")
    with page.city_file(tmp_path / "gwangyang-.gpkg", "korea:suwon", program.build) as city:
        own = program.page(program.answers(city), "ko")
    real = korea.city_from_packages
    monkeypatch.setattr(korea, "city_from_packages", lambda name: real("suwon"))
    with page.city_file(tmp_path / "gwangyang.gpkg", "korea:gwangyang", program.build) as city:
        swapped = program.page(program.answers(city), "ko")
    said = "\n".join(own).replace("수원시", "광양시").replace("gwangyang-.gpkg", "gwangyang.gpkg")
    assert "\n".join(swapped) == said
    assert own[4] not in done["gwangyang"].page("ko")


def test_without_the_citys_statistics_its_part_is_unknown_and_nothing_is_recommended(
    done: dict[str, Done], tmp_path: Path
) -> None:
    one = done["gwangyang"]
    shutil.copy(one.file, tmp_path / "less.gpkg")
    with madang.open(tmp_path / "less.gpkg", write=True) as city:
        held = [doc["id"] for doc in city.query("Statistic", 'table=="economy/grdp"')]
        for branch in (city, *(city.branch(name) for name in one.program.BRANCHES)):
            branch.write(lambda tx: [tx.delete(id) for id in held], reason="the source is gone")
        said = "\n".join(one.program.page(one.program.answers(city), "ko"))
    answer = next(line for line in said.splitlines() if line.startswith("협약 전액이 집행되면"))
    assert "**자료 없음**" in answer
    assert "권고하지 않는다" in said
    assert "추가" not in answer


class Titled:
    """A city's data under another city's name."""

    def __init__(self, data: City, title: Mapping[str, str]) -> None:
        self.query, self.title = data.query, title


def test_two_cities_of_the_belt_swapped_swap_their_losses(done: dict[str, Done], tmp_path: Path) -> None:
    one = done["belt"]
    shutil.copy(one.file, tmp_path / "belt.gpkg")
    with (
        madang.open(one.folder / "cities" / "icheon.gpkg") as icheon,
        madang.open(one.folder / "cities" / "suwon.gpkg") as suwon,
        madang.open(tmp_path / "belt.gpkg", write=True) as belt,
    ):
        losses: list[dict[str, Any]] = []
        pairs: list[list[Any]] = [[icheon, suwon], [Titled(suwon, icheon.title), Titled(icheon, suwon.title)]]
        for n, members in enumerate(pairs):
            branch = belt.fork(f"swap-{n}", reason="tests")
            for member in members:
                one.program.restrict(branch, member)
            losses.append({row.buyer: row.loss.won for row in branch.clusters.dependencies.restrictions()})
    there, swapped = losses
    first, second = there
    assert there[first] != there[second]
    assert (swapped[first], swapped[second]) == (there[second], there[first])


def test_a_member_of_the_belt_without_statistics_makes_the_sum_unknown(
    done: dict[str, Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, page = done["belt"], importlib.import_module("page")
    known = one.program.manufacturing
    monkeypatch.setattr(one.program, "manufacturing", lambda city: None if city.id == "suwon" else known(city))
    members = {
        name: page.city_file(one.folder / "cities" / f"{name}.gpkg", None, lambda city: None)
        for name in ("suwon", "hwaseong")
    }
    with page.city_file(tmp_path / "belt.gpkg", None, one.program.build_belt(list(members.values()))) as belt:
        said = "\n".join(one.program.page(one.program.Answers(belt, members, one.program.ensembles(belt)), "ko"))
    for city in members.values():
        city.close()
    assert "돈으로 **자료 없음**" in said
    assert "빠진 자료: 수원시" in said


def test_two_programmes_swapped_swap_values_and_ranks(
    done: dict[str, Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = done["pangyo"].program
    shutil.copy(done["pangyo"].file, tmp_path / "city.gpkg")
    with madang.open(tmp_path / "city.gpkg", write=True) as city:
        before = program.answers(city)
        hub, campus = (program.PROGRAMMES[name] for name in ("hub", "campus"))
        monkeypatch.setitem(program.PROGRAMMES, "hub", campus)
        monkeypatch.setitem(program.PROGRAMMES, "campus", hub)
        for name in ("hub", "campus"):
            program.add(city.fork(f"swapped-{name}", reason="tests", by="t"), name)
        board = city.lab.board(["swapped-hub", "swapped-campus", "line"], models=program.MODELS)
        ranks = city.lab.ranks(board, program.CRITERIA, weights=before.judged.weights, draws=2000)
        for id in program.NAMES:
            then, now = before.board.row(id), board.row(id)
            for one, other in (("hub", "swapped-campus"), ("campus", "swapped-hub")):
                quantities = then.cell(one).quantity, now.cell(other).quantity
                assert quantities[0].value == pytest.approx(quantities[1].value)
        order = [one.alternative for one in ranks.ranking.standings]
        swap = {"hub": "swapped-campus", "campus": "swapped-hub"}
        assert order == [swap.get(one.alternative, one.alternative) for one in before.ranks.ranking.standings]


def test_without_the_demand_a_programme_is_left_out_and_named(done: dict[str, Done], tmp_path: Path) -> None:
    program = done["pangyo"].program
    shutil.copy(done["pangyo"].file, tmp_path / "city.gpkg")
    with madang.open(tmp_path / "city.gpkg", write=True) as city:
        branch = city.branch("hub").fork("nobody-asked", reason="tests", by="t")
        held = [one["id"] for one in branch.query("TalentDemand")]
        branch.write(lambda tx: [tx.delete(id) for id in held], reason="the source is gone")
        board = city.lab.board(["nobody-asked", "campus", "line"], models=program.MODELS)
        cell = board.row(program.PEOPLE).cell("nobody-asked")
        assert (cell.state, cell.quantity.value) == ("unknown", None)
        left = city.lab.ranks(board, program.CRITERIA, draws=500).left_out
        assert [(one.alternative, one.criterion) for one in left] == [("nobody-asked", program.PEOPLE)]
        assert value_of(branch.query("Programme")[0], "amount")


def test_programs_say_how_they_are_run() -> None:
    """Each program stands in the folder's page, with its prose beside it in both languages."""
    about = (FOLDER / "README.md").read_text("utf-8")
    for name in STUDIES:
        assert f"{name}.py" in about
        assert (FOLDER / f"{name}.toml").is_file()
        assert f"python examples/studies/{name}.py" in (FOLDER / f"{name}.py").read_text("utf-8")

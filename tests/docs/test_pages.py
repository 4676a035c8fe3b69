"""Every block of these pages is run, in order, in a folder of its own."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from docs.pages import DOCS, Block, Run
from madang.sources import mapping
from madang.store import schema, verify
from madang.web.ngsi import parameters, service


def test_python_page(tmp_path: Path) -> None:
    """The Python API does what its page says."""
    Run("python.md", tmp_path).all()


def test_data_in_page(tmp_path: Path, icheon_file: Path) -> None:
    """Sources read what their page says, and refuse what it says they refuse; a plug-in reads its own."""
    assert icheon_file.parent == tmp_path
    site = tmp_path / "site"
    page = Run("data-in.md", tmp_path, {"PYTHONPATH": str(site)})

    def install(line: str) -> str | None:
        answer = installed(line, tmp_path, site)
        page.in_process = page.in_process and answer is None  # a Python that starts now finds the plug-in
        return answer

    page.instead = install
    page.all()


def test_writing_a_model_page(tmp_path: Path, icheon_file: Path) -> None:
    """A model that is installed by its entry point is listed, runs, and is verified."""
    assert icheon_file.parent == tmp_path
    site = tmp_path / "site"
    page = Run("writing-a-model.md", tmp_path, {"PYTHONPATH": str(site)}, lambda line: installed(line, tmp_path, site))
    page.in_process = False  # the model is found by a Python that starts after it was installed
    page.all()


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page speaks with curl")
def test_http_page(tmp_path: Path) -> None:
    """A server started as the page says answers every request of the page as the page says."""
    with ExitStack() as ends:
        page = Run("http.md", tmp_path)

        def by_test(block: Block) -> str:
            if "start" in block.options:
                server = ends.enter_context(serving(block.text.split(), tmp_path))
                return "\n".join(server)
            links = re.findall(r"(http://[\d.:]+)/\?token=(\S+)", page.said)
            page.environment |= {"URL": links[0][0], "TOKEN": links[0][1], "READER": links[2][1]}
            assert set(re.findall(r"^(\w+)=", block.text, re.MULTILINE)) <= page.environment.keys()
            return ""

        page.by_test = by_test
        page.all()


@contextmanager
def serving(words: list[str], folder: Path) -> Iterator[list[str]]:
    """A command that listens, until the page is done; gives the two lines it says."""
    program = [sys.executable, "-m", words[0], *words[1:]]
    with subprocess.Popen(program, cwd=folder, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield [server.stdout.readline().strip() for _ in range(3)]
        finally:
            server.terminate()


def test_http_page_names_every_operation_and_parameter() -> None:
    """Each NGSI-LD resource, parameter and address under /api that the server has stands on the page."""
    page = (DOCS / "http.md").read_text("utf-8")
    written = set(re.findall(r"`([^`\n]+)`", page))
    assert written >= parameters.QUERY_PARAMETERS, sorted(parameters.QUERY_PARAMETERS - written)
    resources = {path.removeprefix(service.NGSI_BASE).split("/")[-1] for _, path, _ in service.OPERATIONS}
    for word in resources - {"{entity_id}", "{term}"}:
        assert word in page, word


def test_file_page(tmp_path: Path, icheon_file: Path) -> None:
    """The file opens elsewhere, keeps its history, refuses a second writer, and a damage is found."""
    assert icheon_file.parent == tmp_path
    Run("file.md", tmp_path).all()


ROOMS = ("rules", "plan", "promises", "procedure", "investment", "alliances", "studies", "documents", "lab")


@pytest.mark.parametrize("room", ROOMS)
def test_page_of_a_room(room: str, tmp_path: Path) -> None:
    """What the page of a room of planning says is done and answered as it says, from top to bottom."""
    Run(f"{room}.md", tmp_path).all()


def test_file_page_names_every_table_and_problem() -> None:
    """Each table of the schema and each problem that verification knows stands on the page."""
    written = set(re.findall(r"`([\w.-]+)`", (DOCS / "file.md").read_text("utf-8")))
    tables = set(re.findall(r"TABLE (md_\w+)", schema.CITY)) | {"md_schema"}
    problems = set(re.findall(r"^(store\.[\w-]+) ", verify.__doc__ or "", re.MULTILINE))
    assert tables | problems <= written, sorted((tables | problems) - written)


def test_data_in_page_explains_every_key_of_a_mapping() -> None:
    """Each key, type, status and reason that a mapping file may use stands on the page."""
    written = set(re.findall(r"`([\w-]+)`", (DOCS / "data-in.md").read_text("utf-8")))
    known = {*mapping._KEYS, *mapping._COLUMN_KEYS, *mapping.TYPES, *mapping.STATUSES, *mapping.LEAVABLE}
    assert known <= written, sorted(known - written)


def installed(line: str, folder: Path, site: Path) -> str | None:
    """Instead of `pip install ./NAME`: its modules and entry points in a folder on Python's path, without a network."""
    if not line.startswith("pip install ./"):
        return None
    package = folder / line.removeprefix("pip install ./").strip()
    project = tomllib.loads((package / "pyproject.toml").read_text("utf-8"))["project"]
    about = site / f"{project['name']}-{project['version']}.dist-info"
    about.mkdir(parents=True)
    for module in package.glob("*.py"):
        shutil.copy(module, site)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    points = [
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in entries.items())
        for group, entries in project["entry-points"].items()
    ]
    (about / "entry_points.txt").write_text("\n".join(points), "utf-8")
    return ""


DECISIONS = sorted((DOCS / "why" / "decisions").glob("*.md"))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_is_one_page_with_its_refusals(page: Path) -> None:
    """Setting, choice, what was refused, what would change our mind: on at most forty lines."""
    lines = page.read_text("utf-8").splitlines()
    wanted = ["## Setting", "## Choice", "## Refused", "## What it costs", "## What would change our mind"]
    assert [line for line in lines if line.startswith("## ")] == wanted
    assert len(lines) <= 40


def test_the_index_or_the_readme_leads_to_every_page() -> None:
    """A page that nobody finds is not there."""
    index, readme = (DOCS / "index.md").read_text("utf-8"), (DOCS.parent / "README.md").read_text("utf-8")
    pages = [str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md") if page.name != "index.md"]
    assert not [page for page in pages if f"({page})" not in index and f"(docs/{page})" not in readme]

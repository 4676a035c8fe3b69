"""Every block of these pages is run, in order, in a folder of its own."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from docs.pages import DOCS, Run
from madang.entities.vocabulary import all_types
from madang.sources import mapping
from madang.store import schema, verify


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


def test_file_page(tmp_path: Path, icheon_file: Path) -> None:
    """The file opens elsewhere, keeps its history, refuses a second writer, and a damage is found."""
    assert icheon_file.parent == tmp_path
    Run("file.md", tmp_path).all()


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

"""The docs are true: the tutorial's commands run, and every command and model has its page."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from madang.models import registry

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[str, dict[str, str], str]]:
    """Fenced blocks of a page as (language, options, text)."""
    found = BLOCK.findall(page.read_text("utf-8"))
    return [(kind, dict(option.split("=", 1) for option in more.split()), text) for kind, more, text in found]


def test_the_tutorial_runs_from_top_to_bottom(tmp_path: Path) -> None:
    scripts = Path(sys.executable).parent
    for kind, options, text in blocks(DOCS / "tutorial.md"):
        if "file" in options:
            (tmp_path / options["file"]).write_text(text, "utf-8")
        if kind != "sh":
            continue
        for line in text.strip().splitlines():
            done = subprocess.run(
                line, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=300,
                env={"PATH": f"{scripts}:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(tmp_path)},
            )  # fmt: skip
            assert done.returncode == int(options.get("exit", 0)), f"{line}\n{done.stdout}\n{done.stderr}"


def test_the_page_of_commands_is_what_the_program_says() -> None:
    sys.path.insert(0, str(ROOT / "scripts"))
    from commands_page import page

    written, said = (_commands(text) for text in ((DOCS / "commands.md").read_text("utf-8"), page()))
    assert written == said, "run: python scripts/commands_page.py"


def _commands(page: str) -> dict[str, set[str]]:
    """The options and example that a page gives each command; how help is laid out is the library's matter."""
    sections = [section.partition("\n") for section in page.split("\n## ")[1:]]
    return {name: set(re.findall(r"--[a-z-]+|Example: .+", text)) for name, _, text in sections}


@pytest.mark.parametrize("name", registry.models())
def test_every_model_has_its_page(name: str) -> None:
    assert (DOCS / "models" / f"{name}.md").is_file()


@pytest.mark.parametrize("page", sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")]), ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}, which is not there"

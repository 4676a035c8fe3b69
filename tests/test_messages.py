"""Every error code that the code raises has a Korean and an English sentence with the same facts."""

import ast
import string
from pathlib import Path

import pytest

from madang import errors

SOURCE = Path(__file__).parent.parent / "src" / "madang"
ERRORS = {name for name in dir(errors) if name.endswith("Error")}


def raised_codes() -> dict[str, str]:
    """Codes given as literals to an error class, with the module that does so."""
    found: dict[str, str] = {}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ERRORS and isinstance(node.args[0].value, str):
                found[node.args[0].value] = str(path.relative_to(SOURCE))
    return found


def facts_of(template: str) -> set[str]:
    return {name.split(".")[0].split("[")[0] for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize(("code", "module"), sorted(raised_codes().items()))
def test_a_raised_code_has_its_sentence(code: str, module: str) -> None:
    assert code in errors.codes(), f"{module} raises {code}, which messages/{code.partition('.')[0]}.toml does not hold"


@pytest.mark.parametrize(("code", "templates"), sorted(errors.codes().items()))
def test_both_languages_say_the_same_facts(code: str, templates: dict[str, str]) -> None:
    assert set(templates) == {"ko", "en"}
    assert facts_of(templates["ko"]) == facts_of(templates["en"])
    assert all(text.strip() for text in templates.values())

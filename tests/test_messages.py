"""Every error code that the code raises has a Korean and an English sentence with the same facts."""

import ast
import string
from pathlib import Path

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


def test_every_raised_code_has_its_sentence() -> None:
    known = errors.codes()
    missing = [f"{module} raises {code}" for code, module in sorted(raised_codes().items()) if code not in known]
    assert not missing, "no sentence in messages/ for: " + "; ".join(missing)


def test_both_languages_say_the_same_facts() -> None:
    wrong = [
        code
        for code, templates in sorted(errors.codes().items())
        if set(templates) != {"ko", "en"}
        or facts_of(templates["ko"]) != facts_of(templates["en"])
        or not all(text.strip() for text in templates.values())
    ]
    assert not wrong, "Korean and English do not say the same facts: " + ", ".join(wrong)

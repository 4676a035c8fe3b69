"""The one table from an error to its HTTP status."""

from __future__ import annotations

import pytest

from madang import errors
from madang.web.problems import BY_CLASS, BY_CODE, problem, row_of

KINDS = [kind for name, kind in vars(errors).items() if name.endswith("Error") and kind is not errors.MadangError]


def test_every_code_in_the_table_is_one_that_somebody_raises() -> None:
    assert set(BY_CODE) <= set(errors.codes())


@pytest.mark.parametrize("kind", KINDS)
def test_every_class_of_error_has_a_status_with_a_title_in_both_languages(kind: type[errors.MadangError]) -> None:
    assert any(issubclass(kind, row[0]) for row in BY_CLASS)
    error = kind("web.batch-empty", found="[]")
    for language in ("ko", "en"):
        told = problem(error, language)  # type: ignore[arg-type]
        assert told["status"] == row_of(error).status
        assert told["title"]
        assert told["code"] == "web.batch-empty"


@pytest.mark.parametrize("status", sorted({row.status for row in (*BY_CODE.values(), *(row for _, row in BY_CLASS))}))
def test_every_status_of_the_table_has_a_title(status: int) -> None:
    assert {"ko", "en"} == set(errors.codes()[f"web.status-{status}"])


def test_what_nobody_foresaw_tells_nothing_of_the_inside() -> None:
    told = problem(RuntimeError("/home/me/secret"))
    assert (told["status"], told["code"]) == (500, "web.unexpected")
    assert "secret" not in str(told)


def test_a_refusal_does_not_send_a_megabyte_back() -> None:
    told = problem(errors.DataError("web.id-not-a-uri", id="x" * 1_000_000))
    assert len(str(told)) < 10_000
    assert told["facts"]["id"].startswith("xxx")


def test_facts_that_have_no_json_are_told_as_text() -> None:
    told = problem(errors.ConflictError("web.batch-empty", found=object))
    assert isinstance(told["facts"]["found"], str)

"""Rules by Python, by the shell and over HTTP."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from madang import clock
from madang.city import City, new_city
from madang.cli import run_in_server
from madang.errors import ConflictError, DataError, NotFoundError

ORDINANCE = Path(__file__).parent / "ordinance.yaml"


@pytest.fixture(autouse=True)
def _on_one_day() -> Iterator[None]:
    with clock.standing_at(datetime(2026, 11, 22, 3, tzinfo=UTC)):
        yield


def test_a_city_adds_its_ordinance_and_every_branch_sees_it(icheon: City) -> None:
    before = icheon.rules.fingerprint()
    kept = icheon.rules.add(ORDINANCE, reason="ordinance in force", by="tests")
    assert kept["type"] == "RulePack"
    branch = icheon.fork("b", reason="r", by="tests")
    council = next(one for one in branch.rules.judge("smart-city-plan", {}) if one.step == "council-opinion")
    assert (council.force, council.pack) == ("must", "seongnam-smart-city")
    after = icheon.rules.fingerprint()
    assert before["hash"] != after["hash"]
    assert [pack["id"] for pack in after["packs"]][-1] == "seongnam-smart-city"
    assert icheon.log(kept["id"])[0].reason == "ordinance in force"


def test_the_same_pack_again_is_no_harm_but_changed_contents_need_a_new_version(icheon: City, tmp_path: Path) -> None:
    icheon.rules.add(ORDINANCE, reason="r", by="tests")
    icheon.rules.add(ORDINANCE, reason="r", by="tests")
    changed = tmp_path / "changed.yaml"
    text = ORDINANCE.read_text("utf-8").replace("The council is heard", "The council gives its opinion")
    changed.write_text(text, "utf-8")
    with pytest.raises(ConflictError) as refused:
        icheon.rules.add(changed, reason="r", by="tests")
    assert refused.value.code == "rules.pack-not-newer"
    changed.write_text(text.replace('"2024-12-16"', '"2025-12-16"', 1), "utf-8")
    icheon.rules.add(changed, reason="r", by="tests")
    assert [pack.version for pack in icheon.rules.packs() if pack.kind == "ordinance"] == ["2025-12-16"]


def test_a_wrong_pack_leaves_the_city_as_it_was(icheon: City, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(ORDINANCE.read_text("utf-8").replace("step: briefing", "step: dinner"), "utf-8")
    with pytest.raises(DataError) as refused:
        icheon.rules.add(wrong, reason="r", by="tests")
    assert (refused.value.code, refused.value.facts["file"]) == ("rules.step-unknown", "wrong.yaml")
    assert "RulePack" not in icheon.types()
    wrong.write_text(ORDINANCE.read_text("utf-8").replace("id: seongnam-smart-city", "id: smart-city-act"), "utf-8")
    with pytest.raises(DataError, match="comes with Madang"):
        icheon.rules.add(wrong, reason="r", by="tests")


def test_a_fingerprint_changes_when_a_rule_comes_into_force(icheon: City) -> None:
    rules = icheon.rules
    assert rules.fingerprint(date(2026, 6, 2))["hash"] != rules.fingerprint(date(2026, 6, 3))["hash"]
    assert rules.fingerprint(date(2026, 6, 3))["hash"] == rules.fingerprint(date(2026, 11, 22))["hash"]


def test_a_clause_has_its_dates(icheon: City) -> None:
    assert icheon.rules.clause("act-8-1-9-2").law["ko"] == "스마트도시법 제8조제1항제9호의2"
    assert icheon.rules.clause("smart-city-act:10(2)").law["en"] == "Smart City Act Art. 10(2)"
    with pytest.raises(NotFoundError) as refused:
        icheon.rules.clause("smart-city-act:8(1).9-2", as_of=date(2026, 6, 2))
    assert refused.value.code == "rules.clause-not-in-force"
    assert "2026-06-03부터" in refused.value.message("ko")
    with pytest.raises(NotFoundError) as unknown:
        icheon.rules.clause("smart-city-act:99")
    assert unknown.value.code == "rules.clause-unknown"


def test_a_city_below_half_a_million_may_not_found_an_institute(icheon: City) -> None:
    found = icheon.rules.eligible("institute-founding")
    assert found.eligible is False
    assert "제4조제2항" in found.clause["ko"]
    assert "2020 기준" in found.detail["ko"]
    larger = icheon.rules.eligible("institute-founding", {"city": {"population": 500_000}})
    assert larger.eligible is True
    assert "기준" not in larger.detail["ko"].split("법은")[1]  # a population that was given brings its own date or none


def test_a_city_without_facts_gets_no_guess(tmp_path: Path) -> None:
    with new_city(tmp_path / "empty.gpkg", by="tests") as city:
        assert city.rules.eligible("institute-founding").eligible is None
        assert "자료 없음" in city.rules.eligible("institute-founding").detail["ko"]


def said(*argv: str) -> tuple[int, str, str]:
    """What a command says in Korean."""
    answer = run_in_server(argv, Path.cwd(), {}, {"language": "ko"})
    return answer["exit_code"], answer["stdout"], answer["stderr"]


def test_the_shell_lists_judges_counts_and_checks(icheon_file: Path) -> None:
    file = str(icheon_file)
    code, out, _ = said("rules", "list", file, "--json")
    assert code == 0
    assert {pack["id"] for pack in json.loads(out)["packs"]} >= {"smart-city-act", "special-zones"}
    code, out, _ = said(
        "rules", "judge", file, "smart-city-plan", "-f", "steps.hearing.state=running",
        "-f", "steps.hearing.starts_on=2026-12-21", "--json",
    )  # fmt: skip
    verdicts = {one["step"]: one for one in json.loads(out)}
    assert verdicts["hearing-notice"]["due"] == "2026-12-06"
    code, out, _ = said("rules", "show", file, "smart-city-plan")
    assert "국토교통부장관 승인" in out
    assert "act-8-1-9-2" in out
    code, out, _ = said("rules", "deadline", file, "decree-15-2", "2026-11-23")
    assert "2026-12-14" in out
    code, out, _ = said("rules", "eligible", file)
    assert "regulation-free-zone" in out
    assert said("rules", "check", str(ORDINANCE))[0] == 0
    assert said("rules", "add", file, str(ORDINANCE), "--reason", "조례")[0] == 0
    assert "성남시 스마트도시 조례 제21조" in said("rules", "judge", file, "smart-city-plan")[1]


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("show", "FILE", "smart-city-act:8(1).9-2", "--as-of", "2026-01-01"), "시행되고 있지 않았습니다"),
        (("judge", "FILE", "no-such-procedure"), "절차가 없습니다"),
        (("judge", "FILE", "smart-city-plan", "-f", "nonsense"), "사실이 아닙니다"),
        (("judge", "FILE", "smart-city-plan", "--as-of", "someday"), "날짜가 아닙니다"),
        (("deadline", "FILE", "act-9", "2026-01-01"), "날수가 없습니다"),
        (("eligible", "FILE", "back-door"), "법적 경로가 없습니다"),
    ],
)
def test_the_shell_says_what_is_wrong(icheon_file: Path, argv: tuple[str, ...], says: str) -> None:
    code, _, err = said("rules", *(str(icheon_file) if one == "FILE" else one for one in argv))
    assert code == 2
    assert says in err

"""University disclosure tables: found by their headings, counted honestly, never guessed; programmes on request."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest

from madang.entities.entity import value_of
from madang.errors import DataError
from madang.lab.talent import Talent
from madang.sources import base
from madang.sources.universities import UniversitiesSource
from madang.store import Store

HEAD = "기준연도,학교명,학과명,입학정원,졸업자,취업자\n"
SOURCE = UniversitiesSource()


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """The made-up table that ships."""
    path = tmp_path / "disclosure.csv"
    path.write_bytes(resources.files("madang.sources").joinpath("universities_sample.csv").read_bytes())
    return path


def table(folder: Path, rows: str, *, head: str = HEAD, encoding: str = "utf-8", name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes((head + rows).encode(encoding))
    return path


def figures(loaded: base.Loaded) -> list[dict[str, object]]:
    wanted = ("name", "year", "quota", "entrants", "graduates", "employed")
    found = [one for one in loaded.entities if one["type"] == "DepartmentYear"]
    return [{name: value_of(one, name) for name in wanted if value_of(one, name) is not None} for one in found]


def refused(path: Path) -> DataError:
    with pytest.raises(DataError) as caught:
        SOURCE.read(path)
    assert caught.value.message("ko") != caught.value.message("en")
    return caught.value


def test_the_sample_gives_departments_by_year_with_their_source_and_is_synthetic(sample: Path) -> None:
    assert SOURCE.can_read(sample)
    loaded = SOURCE.read(sample)
    assert (loaded.report.read, loaded.report.kept, dict(loaded.report.left_out)) == (8, 6, {"total": 2})
    last = figures(loaded)[3]
    assert last == {"name": {"ko": "반도체공학과"}, "year": 2024, "quota": 80, "entrants": 78, "graduates": 46}
    assert value_of(loaded.entities[-1], "enrolled") == 1118
    assert loaded.report.facts["unknown_counts"] == 3
    for one in loaded.entities:
        assert value_of(one, "status") == "synthetic"
        assert value_of(one, "source") == loaded.datasets[0]["id"]
    assert [one["type"] for one in loaded.entities].count("University") == 2
    assert "연락처" not in str(loaded.entities)
    assert any("1" in note["ko"] and "담당자" in note["ko"] for note in loaded.report.notes)


def test_a_withheld_count_is_unknown_and_a_zero_is_none(tmp_path: Path) -> None:
    found = figures(SOURCE.read(table(tmp_path, "2024,가대,전자과,40,-,\n2024,가대,화학과,0,0,0\n", encoding="cp949")))
    assert found[0] == {"name": {"ko": "전자과"}, "year": 2024, "quota": 40}
    assert (found[1]["quota"], found[1]["graduates"], found[1]["employed"]) == (0, 0, 0)


def test_headings_on_two_rows_with_a_title_above_are_read_and_men_and_women_are_added(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["2024년 졸업생 현황"],
        ["학교명(대학)", "학과", "졸업자", None, None, "취업자", None, "입학자", "정원외", "비고"],
        [None, None, "계", "남", "여", "남", "여", None, "입학자", None],
        ["가대", "전자과", 30, 20, 10, 12, "-", 35, 3, None],
        ["가대", "화학과", 20, 8, 12, 5, 6.0, 21, 1, "가"],
        ["총계", None, 50, 28, 22, 17, 6, 56, 4, None],
    ):
        sheet.append(row)
    sheet.merge_cells("C2:E2")
    book.save(tmp_path / "t.xlsx")
    assert SOURCE.can_read(tmp_path / "t.xlsx")
    first, second = figures(SOURCE.read(tmp_path / "t.xlsx"))
    assert first == {"name": {"ko": "전자과"}, "year": 2024, "graduates": 30, "entrants": 35}  # women are withheld
    assert second == {"name": {"ko": "화학과"}, "year": 2024, "graduates": 20, "employed": 11, "entrants": 21}


def test_headings_that_name_the_part_on_one_row(tmp_path: Path) -> None:
    head = "공시연도,대학명,학부·과(전공)명,졸업자_계,졸업자_남,재학생 수\n"
    path = table(tmp_path, "2023년,가대,전자과,30,20,110\n", head=head)
    (one,) = [e for e in SOURCE.read(path).entities if e["type"] == "DepartmentYear"]
    assert (value_of(one, "graduates"), value_of(one, "enrolled"), value_of(one, "year")) == (30, 110, 2023)


@pytest.mark.parametrize(
    ("rows", "code", "words"),
    [
        ("2024,가대,전자과,많음,3,1\n", "talent.file-number", "line 2"),
        ("2024,가대,전자과,4.5,3,1\n", "talent.file-number", "quota"),
        ("2024,가대,전자과,40,30,31\n", "talent.file-more", "31"),
        ("2024,가대,,40,30,1\n", "talent.file-without", "department"),
        (",가대,전자과,40,30,1\n", "talent.file-without", "year"),
        ("2024,가대,전자과,40,30,1\n2024,가대,전자과,41,30,1\n", "sources.duplicate-key", "line 3"),
    ],
)
def test_a_wrong_row_refuses_the_file_with_its_place(tmp_path: Path, rows: str, code: str, words: str) -> None:
    error = refused(table(tmp_path, rows))
    assert error.code == code
    assert words in str(error)
    skipped = SOURCE.read(table(tmp_path, rows), skip_bad=True).report
    assert sum(skipped.left_out.values()) == 1


def test_a_phone_number_or_mail_address_is_dropped_and_counted(tmp_path: Path) -> None:
    head = "기준연도,학교명,학과명,단과대학,졸업자,담당자 이메일\n"
    rows = "2024,가대,전자과,공대 010-1234-5678,3,a@b.kr\n2024,가대,화학과,c@d.kr,3,\n"
    loaded = SOURCE.read(table(tmp_path, rows, head=head))
    assert loaded.report.facts["contacts_dropped"] == 2
    assert "1234" not in str(loaded.entities)
    assert "@" not in str(loaded.entities)


def test_another_table_is_none_of_its_business(tmp_path: Path) -> None:
    assert not SOURCE.can_read(table(tmp_path, "1,판교역,127.1,37.4\n", head="정류장ID,이름,경도,위도\n"))
    assert not SOURCE.can_read(table(tmp_path, "가대,전자과,1\n", head="학교명,학과명,순위\n", name="u.csv"))
    assert refused(table(tmp_path, "1,2\n", head="a,b\n")).code == "talent.file-layout"


# --- programmes ------------------------------------------------------------------------------------------------------


class Desk(SimpleNamespace):
    """The least of a seat: a store and a branch."""

    def for_writing(self) -> Store:
        return self.store  # type: ignore[no-any-return]

    def actor(self, by: str | None) -> str:
        return by or "tests"


@pytest.fixture
def talent(tmp_path: Path) -> Talent:
    store = Store.create(tmp_path / "c.gpkg", city_id="t", title={"ko": "시험", "en": "Test"}, synchronous="OFF")
    with store:
        yield Talent(Desk(store=store, branch_name="main"))


def proposed(talent: Talent, *paths: Path, skills: dict[str, str], **more: object) -> list[dict]:
    seat = talent._seat
    base.write(seat.store, [SOURCE.read(path) for path in paths], actor="tests", reason="disclosed")
    return talent.propose(
        skills=skills, local_hire_rate=0.4, retention_rate=0.9, start_year=2026, reason="first draft", **more
    )


def test_departments_become_programmes_only_when_asked_and_say_how_they_were_derived(
    talent: Talent, sample: Path
) -> None:
    """Entrants of 2020: 58, graduates of 2024: 46. Quota 60, 60, 70, 80. The other two lack years or graduates."""
    (made,) = proposed(talent, sample, skills={"반도체공학과": "설계", "인공지능학과": "AI"})
    assert value_of(made, "seats") == {"low": 60, "central": 80, "high": 80}
    assert value_of(made, "graduationRate")["central"] == pytest.approx(46 / 58)
    assert "2024" in made["graduationRate"]["method"]["languageMap"]["en"]
    assert made["graduationRate"]["source"]["object"].endswith("disclosure.csv")
    assert value_of(made, "status") == "synthetic"
    (view,) = talent.programmes()
    assert view.assumed == ("localHireRate", "retentionRate")  # nobody discloses these
    assert talent.propose(
        skills={"반도체공학과": "설계"}, local_hire_rate=0.4, retention_rate=0.9, start_year=2026, reason="again"
    ) == []  # fmt: skip


def test_files_are_put_together_by_department_and_year_and_may_not_disagree(talent: Talent, tmp_path: Path) -> None:
    quota = table(tmp_path, "2020,가대,전자과,50\n2024,가대,전자과,60\n", head="연도,학교,학과,정원\n", name="q.csv")
    left = table(tmp_path, "2024,가대,전자과,40\n", head="연도,학교,학과,졸업자\n", name="g.csv")
    (made,) = proposed(talent, quota, left, skills={"전자과": "설계"}, study_years=4)
    assert value_of(made, "graduationRate")["central"] == pytest.approx(40 / 50)
    assert "quota" in made["graduationRate"]["method"]["languageMap"]["en"]
    other = table(tmp_path, "2024,가대,전자과,41\n", head="연도,학교,학과,졸업자\n", name="h.csv")
    with pytest.raises(DataError) as caught:
        proposed(talent, other, skills={"전자과": "설계"}, study_years=4)
    assert caught.value.code == "talent.figures-differ"


def test_people_at_work_count_in_the_quick_answer_where_all_at_work_are_wanted(talent: Talent) -> None:
    talent.add_at_work(skill="설계", year=2026, persons=200, retention_rate=0.5, reason="survey")
    for year, kind in ((2028, "standing"), (2029, "yearly")):
        talent.add_demand(skill="설계", year=year, persons=60, kind=kind, reason="survey")
    assert [one.gap.central for one in talent.gap(until=2029) if one.gap] == [-10, -60]
    with pytest.raises(DataError):
        talent.add_at_work(skill="설계", year=2027, persons=1, retention_rate=1, reason="again")
    with pytest.raises(DataError) as caught:
        talent.add_mix(skills={"설계": 1}, reason="of nothing")
    assert caught.value.code == "talent.mix-of-what"

"""The five documents as entities: who, what, when, and every figure with a check; facts only, no sentence of a text."""

import os
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from madang.civic.announced.announcements import packaged_announcements
from madang.civic.announced.entities import announcement_id, load_announcements
from madang.entities.entity import Document, types_of, value_of
from madang.entities.vocabulary import scope_of
from madang.plan.promises import promise_states

BELT = ["suwon", "yongin", "seongnam", "hwaseong", "pyeongtaek", "icheon", "anseong"]
DATA = Path(os.environ.get("MADANG_DATA") or Path(__file__).parents[3] / "shared" / "data")


def entities(city: str, type: str) -> list[Document]:
    return [document for document in load_announcements()[city].entities if type in types_of(document)]


def test_the_seven_tasks_are_three_clusters_one_zone_and_three_projects() -> None:
    seminar = announcement_id("seongnam-industry40-seminar")
    promises = [p for p in entities("seongnam", "Promise") if value_of(p, "refAnnouncement") == seminar]
    tasks = [promise for promise in promises if value_of(promise, "kind") == "task"]
    assert Counter(value_of(task, "category") for task in tasks) == {"cluster": 3, "zone": 1, "project": 3}
    assert all(value_of(task, "owner") for task in tasks)


def test_the_alliance_stands_in_all_seven_files_with_seven_members() -> None:
    found = [entities(city, "Alliance") for city in BELT]
    assert all(alliances == found[0] for alliances in found)
    assert len(value_of(found[0][0], "members")) == 7
    assert not entities("gwangyang", "Alliance")
    assert not entities("sejong", "Alliance")


def test_the_agreement_with_sejong_university_has_three_owned_commitments() -> None:
    mine = [c for c in entities("seongnam", "Commitment") if "seongnam-sejong-university" in c["id"]]
    assert len(mine) == 3
    assert {value_of(c, "refAgreement") for c in mine} == {"urn:ngsi-ld:Agreement:announced:seongnam-sejong-university"}
    assert all(value_of(c, "owner") for c in mine)


def test_every_figure_of_the_five_documents_is_a_claim() -> None:
    """7, about 100, 34, 1.3742 tn, 82.8 %, 2030, 3rd / 231st, 70 %, 2028, 8, 40 %, 2029; 500,000 and about 20."""
    stated = [claim.value for announcement in packaged_announcements() for claim in announcement.claims]
    expected = [7, 100, 500_000, 34, 1_374_200_000_000, 20, 7, 82.8, 2030, 3, 231, 70, 2028, 8, 40, 2029]
    assert sorted(stated) == sorted(expected)
    for loaded in load_announcements().values():
        for claim in (document for document in loaded.entities if "Claim" in types_of(document)):
            rule = value_of(claim, "rule")
            assert (
                rule["measure"] in ("target-year", "count-promises", "count-members", "population-above")
                or rule["answered_by"]
            )


def test_a_date_whose_year_is_not_stated_says_so_and_on_what_it_rests() -> None:
    for announcement in packaged_announcements():
        assert announcement.date.derived == (announcement.id != "gyeonggi-future-smart-belt")
        if announcement.date.derived:
            assert len(announcement.date.value) == 4, "no month or day that the document does not give"
    sogang = next(p for p in entities("seongnam", "Promise") if p["id"].endswith("seongnam-sogang-campus"))
    (state,) = promise_states([sogang], today=date(2026, 11, 22))
    assert (state.due, state.state, state.assumption) == ("2025-03", "overdue", True)
    assert state.due_stated == {"ko": "내년 3월", "en": "March of the next year"}
    assert state.note is not None


def test_records_are_records_and_every_figure_names_its_source() -> None:
    for loaded in load_announcements().values():
        sources = {dataset["id"] for dataset in loaded.datasets}
        assert loaded.report.read == 5
        for document in loaded.entities:
            (type,) = types_of(document)
            assert scope_of(type) == ("record" if type in ("Announcement", "Claim", "Promise") else "city")
            assert value_of(document, "source") in sources


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


@pytest.mark.needs_data
def test_no_sentence_of_the_documents_stands_in_the_file() -> None:
    """Names apart, no ten words in a row are shared with the documents."""
    folder = DATA / "documents"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    theirs = words(" ".join(path.read_text("utf-8") for path in sorted(folder.glob("*.txt"))))
    runs = {tuple(theirs[i : i + 10]) for i in range(len(theirs))}
    example = Path(__file__).parents[2] / "examples" / "announcements.yaml"
    for line in example.read_text("utf-8").splitlines():
        ours = words(line)
        shared = [ours[i : i + 10] for i in range(len(ours) - 9) if tuple(ours[i : i + 10]) in runs]
        assert not shared

"""Live figures of a real city: pinned to runs and records, never edited silently, out of date when a source changes."""

from typing import Any

import pytest

from madang import clock
from madang.city import City
from madang.documents.paper import Figure as OnPaper
from madang.entities.entity import Document, value_of
from madang.errors import CallerError, NotFoundError
from madang.plan.figures import Figure, Resolver, inlines, pin_figures, pins_of, resolve
from madang.plan.stale import Follower, stale_sections
from plan.promise_city import CITY, FAB, INDICATOR, PLEDGED, fab, on

PARAGRAPH = "urn:ngsi-ld:Paragraph:test:1"
SECTION = "urn:ngsi-ld:Section:test:1"
LIVE = f"{{{{indicator:{INDICATOR}}}}}"
POPULATION = f"{{{{entity:{CITY}#population}}}}"


def paragraph(text: str, id: str = PARAGRAPH) -> Document:
    return {
        "id": id,
        "type": "Paragraph",
        "text": {"type": "LanguageProperty", "languageMap": {"ko": text}},
        "refSection": {"type": "Relationship", "object": SECTION},
    }


def one_of(city: City, text: str, branch: str = "main") -> Figure:
    (found,) = (one for one in resolve(city.store, text, branch=branch) if isinstance(one, Figure))
    return found


def save(city: City, doc: Document) -> Document:
    pinned = pin_figures(doc, store=city.store, branch=city.branch_name)
    city.put(pinned, reason="save", by="t")
    return pinned


@pytest.fixture
def plan(icheon: City) -> City:
    """A branch with a programme, run on 22 November 2090: days of record lie after that on which the city was made."""
    with on("2090-11-22"):
        made = icheon.fork("fab", reason="try", by="t")
        made.put(fab(), reason="programme", by="t")
        made.run("economy", by="t")
    return made


def test_an_indicator_is_pinned_to_the_run_of_its_branch(icheon: City, plan: City) -> None:
    figure = one_of(icheon, f"{{{{indicator:{INDICATOR} of fab}}}}")
    assert figure == one_of(icheon, LIVE, "fab") or figure.address == one_of(icheon, LIVE, "fab").address
    assert figure.state == "live"
    assert icheon.explain(figure.address or "")["value"] == figure.value
    assert figure.text("ko").endswith("원")
    assert "~" in figure.text("ko", "band")


def test_as_of_a_day_means_the_last_run_recorded_until_then(icheon: City, plan: City) -> None:
    first = one_of(icheon, LIVE, "fab").value
    with on("2091-05-01"):
        plan.put(fab(amount={"value": 2 * PLEDGED, "unitCode": "KRW"}), reason="twice", by="t")
        plan.run("economy", by="t")
    assert one_of(icheon, LIVE, "fab").value == pytest.approx(2 * first)
    for when, wanted in (("2090-11-22", first), ("2090", first), ("2091-04", first), ("2091-05", 2 * first)):
        assert one_of(icheon, f"{{{{indicator:{INDICATOR} as of {when}}}}}", "fab").value == pytest.approx(wanted)
    missing = one_of(icheon, f"{{{{indicator:{INDICATOR} as of 2090-11-21}}}}", "fab")
    assert (missing.state, missing.value) == ("no-run", None)
    assert "2090-11-21" in (missing.why or {})["ko"]


def test_a_figure_whose_run_is_gone_says_so_and_is_refused_on_paper(icheon: City, plan: City) -> None:
    address = one_of(icheon, LIVE, "fab").address
    run = next(one["id"] for one in icheon.query("ModelRun"))
    icheon.delete(run, reason="lost", by="t")
    gone = one_of(icheon, f"{{{{address:{address}}}}}")
    assert gone.state == "gone"
    assert gone.text("ko") == (gone.why or {})["ko"]
    with pytest.raises(NotFoundError) as refused:
        resolve(icheon.store, f"{{{{address:{address}}}}}", strict=True)
    assert refused.value.code == "plan.figure-not-found"


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("{{entity:urn:ngsi-ld:City:kostat:nowhere#population}}", "gone"),
        (f"{{{{entity:{CITY}#happiness}}}}", "no-data"),
        (f"{{{{entity:{CITY}#location}}}}", "gone"),
        (f"{{{{entity:{CITY}#name}}}}", "live"),
        (f"{{{{indicator:{INDICATOR}}}}}", "no-run"),
        ("{{indicator:economy.happiness}}", "no-run"),
        (f"{{{{address:elsewhere/tx:1#{CITY}.population}}}}", "gone"),
    ],
)
def test_what_a_figure_lacks_is_named(icheon: City, text: str, state: str) -> None:
    found = one_of(icheon, text)
    assert found.state == state
    assert found.state == "live" or found.why is not None


def test_a_malformed_figure_never_gets_into_a_paragraph(icheon: City, plan: City) -> None:
    with pytest.raises(CallerError) as refused:
        save(plan, paragraph("인구는 {{entity:이천#인구}}명"))
    assert refused.value.code == "indicators.live-entity-wrong"
    assert plan.get(PARAGRAPH) is None


def test_a_paragraph_keeps_what_it_was_adopted_with(icheon: City, plan: City) -> None:
    saved = save(plan, paragraph(f"유발 {LIVE}, 인구 {POPULATION}명"))
    pins = pins_of(saved)
    assert len(pins) == 2
    before = inlines(saved, "ko")
    figures = [one for one in before if isinstance(one, OnPaper)]
    assert all(one.address for one in figures)
    plan.put({**plan.get(CITY), "population": {"value": 1}}, reason="moved", by="t")  # type: ignore[dict-item]
    again = save(plan, plan.get(PARAGRAPH) or {})
    assert pins_of(again) == pins
    assert inlines(again, "ko") == before


def test_a_changed_source_marks_the_section_and_accepting_it_is_a_change_of_the_branch(
    icheon: City, plan: City
) -> None:
    save(plan, paragraph(f"인구 {POPULATION}명, 유발 {LIVE}"))
    assert plan.promise_ledger.stale_figures() == []
    done = plan.put({**plan.get(CITY), "population": {"value": 1}}, reason="census", by="t")  # type: ignore[dict-item]
    (stale,) = plan.promise_ledger.stale_figures()
    assert (stale.section, stale.paragraph, stale.now, stale.cause) == (SECTION, PARAGRAPH, 1, done.number)
    assert stale.was > 1
    assert value_of(plan.get(PARAGRAPH) or {}, "text")["ko"].startswith("인구 {{")
    accepted = plan.promise_ledger.refresh(PARAGRAPH, reason="census of 2026", by="t")
    assert accepted.branch == "fab"
    assert plan.promise_ledger.stale_figures() == []
    assert next(iter(pins_of(plan.get(PARAGRAPH) or {}).values()))["value"] == 1


def test_changed_inputs_of_a_run_are_news_and_the_new_run_names_the_number(icheon: City, plan: City) -> None:
    save(plan, paragraph(f"유발 {LIVE}, 당시 {{{{indicator:{INDICATOR} as of 2090-11-22}}}}"))
    was = one_of(icheon, LIVE, "fab").value
    assert stale_sections(icheon.store, "fab") == []
    plan.put(fab(amount={"value": 2 * PLEDGED, "unitCode": "KRW"}), reason="twice", by="t")
    (stale,) = stale_sections(icheon.store, "fab")
    assert (stale.was, stale.now) == (was, None)
    assert "programmes" in stale.why["ko"]
    plan.run("economy", by="t")
    (stale,) = stale_sections(icheon.store, "fab")
    assert stale.now == pytest.approx(2 * was)
    plan.put(fab(), reason="as before", by="t")
    assert stale_sections(icheon.store, "fab") == []


def test_a_corrected_number_at_an_address_is_news_and_refreshing_moves_the_address(icheon: City, plan: City) -> None:
    address = one_of(icheon, POPULATION, "fab").address
    save(plan, paragraph(f"인구 {{{{address:{address}}}}}명"))
    plan.put({**plan.get(CITY), "population": {"value": 5}}, reason="corrected", by="t")  # type: ignore[dict-item]
    (stale,) = stale_sections(icheon.store, "fab")
    assert stale.now == 5
    plan.promise_ledger.refresh(PARAGRAPH, reason="corrected", by="t")
    assert stale_sections(icheon.store, "fab") == []
    text = value_of(plan.get(PARAGRAPH) or {}, "text")["ko"]
    assert address not in text
    assert one_of(icheon, text, "fab").value == 5


def test_a_deleted_source_a_deleted_paragraph_and_a_late_first_run_are_followed(icheon: City) -> None:
    made = icheon.fork("fab", reason="try", by="t")
    made.put(fab(), reason="programme", by="t")
    save(made, paragraph(f"{LIVE} {{{{entity:{FAB}#amount}}}}"))
    assert stale_sections(icheon.store, "fab") == []
    made.run("economy", by="t")
    (first,) = stale_sections(icheon.store, "fab")
    assert first.was is None
    assert first.now is not None
    made.promise_ledger.refresh(PARAGRAPH, reason="now there is a run", by="t")
    made.delete(FAB, reason="gone", by="t")
    assert {one.now for one in stale_sections(icheon.store, "fab")} == {None}
    assert len(stale_sections(icheon.store, "fab")) == 2
    made.delete(PARAGRAPH, reason="gone", by="t")
    assert stale_sections(icheon.store, "fab") == []


def test_following_gives_what_looking_at_everything_gives(icheon: City, plan: City) -> None:
    """Whatever happens in whatever order, the follower and a fresh look agree."""
    acts: list[Any] = [
        lambda: save(plan, paragraph(f"{LIVE} {POPULATION}")),
        lambda: plan.put({**plan.get(CITY), "population": {"value": 7}}, reason="a", by="t"),  # type: ignore[dict-item]
        lambda: save(plan, paragraph(f"{{{{entity:{FAB}#amount | exact}}}}", PARAGRAPH + "b")),
        lambda: plan.put(fab(amount={"value": 5, "unitCode": "KRW"}), reason="b", by="t"),
        lambda: icheon.put({"id": "urn:ngsi-ld:Thing:t:1", "type": "Thing"}, reason="c", by="t"),
        lambda: plan.run("economy", by="t"),
        lambda: plan.promise_ledger.refresh(PARAGRAPH, reason="d", by="t"),
        lambda: plan.delete(PARAGRAPH + "b", reason="e", by="t"),
    ]
    for act in acts:
        act()
        followed, fresh = stale_sections(icheon.store, "fab"), Follower("fab").follow(icheon.store)
        assert [(one.paragraph, one.expression, one.was, one.now) for one in followed] == [
            (one.paragraph, one.expression, one.was, one.now) for one in fresh
        ]


def test_one_changed_source_among_thousands_of_figures_costs_what_changed(icheon: City, plan: City) -> None:
    """1,000 figures in 200 paragraphs over 100 sources: looking again at one source is far from looking at all."""
    sources = [
        {"id": f"urn:ngsi-ld:Reading:test:{n}", "type": "Meter", "level": {"type": "Property", "value": n}}
        for n in range(100)
    ]
    plan.put(sources, reason="sources", by="t")
    resolver = Resolver(plan.store, "fab")
    docs = []
    for n in range(200):
        text = " ".join(f"{{{{entity:{sources[(5 * n + k) % 100]['id']}#level}}}}" for k in range(5))
        docs.append(pin_figures(paragraph(text, f"{PARAGRAPH}{n}"), store=plan.store, branch="fab", resolver=resolver))
    plan.put(docs, reason="text", by="t")
    start = clock.elapsed_s()
    assert stale_sections(plan.store, "fab") == []
    every = clock.elapsed_s() - start
    plan.put({**sources[3], "level": {"type": "Property", "value": -1}}, reason="one", by="t")
    start = clock.elapsed_s()
    found = stale_sections(plan.store, "fab")
    one = clock.elapsed_s() - start
    assert len(found) == 10
    assert one < every
    with pytest.raises(CallerError):
        icheon.promise_ledger.refresh(PARAGRAPH, reason="on main", by="t")

"""A sum of the register has an address: a document that prints it is verified, and another digit is named."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from civic.investing import empty_city, standing
from madang.city import City
from madang.civic.investment.register import write_register
from madang.civic.investment.register_sample import sample_register
from madang.errors import NotFoundError


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with standing(), empty_city(tmp_path / "city.gpkg") as made:
        write_register(tmp_path / "register.xlsx", sample_register())
        made.investment.import_register(tmp_path / "register.xlsx", status="synthetic", reason="가상 명부", by="t")
        yield made


def sheet(city: City, suffix: str = ".docx") -> bytes:
    return city.papers.make(city.papers.compose("investment"), suffix).data


def with_text(data: bytes, was: str, now: str) -> bytes:
    """The document with another text where the body shows the first one."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "word/document.xml":
                assert was.encode() in content
                content = content.replace(was.encode(), now.encode())
            new.writestr(entry, content)
    return made.getvalue()


def test_every_sum_on_the_sheet_is_summed_again(city: City) -> None:
    found = city.papers.verify_bytes(sheet(city), name="sheet.docx")
    assert found.ok
    assert set(found.counts()) == {"same"}
    sums = [one for one in found.figures if one.address and "InvestmentPipeline" in one.address]
    assert {1_374_200_000_000} < {one.now for one in sums}
    assert len(sums) >= 5 + 4 * 6


def test_one_digit_of_a_total_is_named(city: City) -> None:
    found = city.papers.verify_bytes(with_text(sheet(city), "1조 3,742억", "1조 3,743억"), name="sheet.docx")
    assert not found.ok
    wrong = [one for one in found.figures if one.state != "same"]
    assert {one.state for one in wrong} == {"edited"}
    assert {one.value for one in wrong} == {1_374_200_000_000}
    assert all("1조 3,743억" in one.said["ko"] and "1조 3,742억" in one.said["ko"] for one in wrong)


def test_a_stage_recorded_later_makes_the_sheet_stale_and_not_wrong(city: City) -> None:
    before = sheet(city)
    company = next(one for one in city.investment.pipeline().companies if one.stage == "pledged")
    city.investment.record_stage(
        company.id, stage="contracted", contracted=company.standing.pledged, on="2026-11-20", reason="계약", by="t"
    )
    found = city.papers.verify_bytes(before, name="sheet.docx")
    assert found.ok
    stale = {
        (one.address or "").rpartition("register.")[2].partition("@")[0]
        for one in found.figures
        if one.state == "stale"
    }
    assert {"weighted", "weighted.low", "weighted.high", "stage.contracted.weighted", "stage.pledged.count"} <= stale
    assert "pledged" not in stale
    assert set(city.papers.verify_bytes(sheet(city), name="new.docx").counts()) == {"same"}


def test_each_sum_of_the_page_is_explained_with_its_parts(city: City) -> None:
    page = city.investment.pipeline().as_json()
    for name in ("pledged", "weighted", "realised", "contracted", "standing"):
        total = page["totals"][name]
        told = city.explain(total["address"])
        assert (told["value"], told["unit"], told["status"] is None) == (total["value"], "KRW", False)
        assert told["parts"]
        assert not told["stale"]
    for by in ("by_stage", "by_sector", "by_site"):
        for group in page[by]:
            for name in ("pledged", "weighted", "realised", "count"):
                assert city.explain(group["addresses"][name])["value"] == group[name]
    pledged = city.explain(page["totals"]["pledged"]["address"])
    assert sum(city.explain(part)["value"] for part in pledged["parts"]) == pledged["value"]


@pytest.mark.parametrize(
    "change", [("pledged@", "colour@"), ("pledged@", "stage.pledged.colour@"), ("@2026-11-22", ""), ("tx:", "tx:9999")]
)
def test_an_address_of_no_sum_is_refused(city: City, change: tuple[str, str]) -> None:
    address = city.investment.pipeline().pledged["address"]
    with pytest.raises(NotFoundError):
        city.explain(address.replace(*change))

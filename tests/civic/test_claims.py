"""Published figures against the city's own: to the digits stated, in the same unit, and nothing missing counted in."""

from typing import Any, cast

import pytest

from madang.civic.announced.claims import Facts, check_claim
from madang.entities.entity import Document, json_property, property_, relationship


class Held:
    """A city that holds these documents, in the place of one read from a file."""

    def __init__(self, *documents: Document) -> None:
        self.held = documents

    def documents(self, type: str) -> list[Document]:
        return [document for document in self.held if document["type"] == type]


def verdict(value: Any, unit: str | None, measure: str, *held: Document, **rule: Any) -> str:
    claim = {
        "id": "urn:ngsi-ld:Claim:t:1",
        "type": "Claim",
        "rule": json_property({"measure": measure, "same_quantity": True, **rule}),
    }
    if value is not None:
        claim["value"] = property_(value, unit=unit)
    return check_claim(claim, cast(Facts, Held(*held))).check


def alliance(members: int | None) -> Document:
    made: Document = {"id": "urn:ngsi-ld:Alliance:t:belt", "type": "Alliance"}
    if members is not None:
        made["members"] = relationship([f"urn:ngsi-ld:City:t:{n}" for n in range(members)])
    return made


def city(population: Any) -> Document:
    return {"id": "urn:ngsi-ld:City:t:1", "type": "City", "population": population}


@pytest.mark.parametrize(
    ("value", "unit", "members", "expected"),
    [
        (7, "C62", 7, "reproduced"),
        (7, None, 7, "reproduced"),
        (7, "P1", 7, "nearest"),
        (7, "C62", 8, "nearest"),
        (None, None, 7, "nearest"),
        (1, "C62", None, "not-reproducible"),
    ],
    ids=["equal", "no unit", "per cent", "other", "no value", "no list"],
)
def test_a_count_is_reproduced_only_in_its_unit_and_from_a_list_that_is_there(
    value: Any, unit: str | None, members: int | None, expected: str
) -> None:
    assert verdict(value, unit, "count-members", alliance(members), alliance="belt") == expected


@pytest.mark.parametrize(
    ("population", "expected"),
    [
        (property_(900_001), "reproduced"),
        (property_(900_000), "nearest"),
        ({"type": "JsonProperty", "json": None}, "not-reproducible"),
        (property_("unknown"), "not-reproducible"),
    ],
)
def test_a_population_that_is_not_known_answers_nothing(population: Any, expected: str) -> None:
    assert verdict(900_000, "IE", "population-above", city(population)) == expected


class Shares(Held):
    """National tables of three districts; the values are those of one industry in each, None where it is hidden."""

    def __init__(self, *values: float | None) -> None:
        super().__init__()
        self.grdp = {
            (2020, code): {} if value is None else {"made": value}
            for code, value in zip(("31020", "1", "2"), values, strict=True)
        }
        self.dataset = {"id": "urn:ngsi-ld:Dataset:t:1", "type": "Dataset"}

    @property
    def national(self) -> "Shares":
        return self


@pytest.mark.parametrize(
    ("values", "claimed", "expected"),
    [
        ((825.0, 100.0, 75.0), 82.5, "reproduced"),
        ((8245.0, 1000.0, 755.0), 82.5, "reproduced"),
        ((824.0, 100.0, 76.0), 82.5, "nearest"),
        ((825.0, 100.0, 75.0), 0.825, "nearest"),
        ((825.0, 175.0, None), 82.5, "nearest"),
    ],
    ids=["exact", "a half goes up", "other", "a share is no percentage", "one district is unknown"],
)
def test_a_share_is_reproduced_to_its_digits_and_of_a_whole_that_is_known(
    values: tuple[float | None, ...], claimed: float, expected: str
) -> None:
    rule = {"measure": "share-of-national", "same_quantity": True, "table": "economy/grdp", "year": 2020,
            "item": "made", "cities": ["seongnam"], "label": {"ko": "a", "en": "a"}}  # fmt: skip
    claim = {"id": "urn:ngsi-ld:Claim:t:1", "type": "Claim", "rule": json_property(rule),
             "value": property_(claimed, unit="P1")}  # fmt: skip
    found = check_claim(claim, cast(Facts, Shares(*values)))
    assert found.check == expected
    assert found.measured is not None
    assert found.measured.taken_from["districts_unknown"] == values.count(None)

"""What types and attributes there are (5.7.5-5.7.11; 6.25-6.28)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from brokers import CONTEXT_LINK, loopback, serving_context

NewId = Callable[..., str]
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


def made(api: httpx.Client, id: str, type: Any, **attributes: Any) -> str:
    assert api.post("/entities", json={"id": id, "type": type, **attributes}).status_code == 201
    return f"/entities/{id}"


def value(given: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": given, **more}


@pytest.mark.clause("5.7.5", "5.7.6", "5.7.7", "5.2.24", "5.2.25", "5.2.26")
def test_types_with_their_attributes_follow_what_is_written(api: httpx.Client, new_id: NewId) -> None:
    first = made(api, new_id("Mast"), "Mast", height=value(3), owner={"type": "Relationship", "object": "urn:a:b"})
    second = made(api, new_id("Mast"), ["Mast", "Tower"], height=[value(1), value(2, datasetId="urn:d:1")])
    listed = api.get("/types").json()
    assert listed["type"] == "EntityTypeList"
    assert {"Mast", "Tower"} <= set(listed["typeList"])
    detailed = {one["typeName"]: one for one in api.get("/types", params={"details": "true"}).json()}
    assert sorted(detailed["Mast"]["attributeNames"]) == ["height", "owner"]
    assert detailed["Tower"]["attributeNames"] == ["height"]
    assert detailed["Mast"]["id"].endswith("/Mast")
    info = api.get("/types/Mast").json()
    assert (info["type"], info["entityCount"], info["typeName"]) == ("EntityTypeInfo", 2, "Mast")
    kinds = {one["attributeName"]: one["attributeTypes"] for one in info["attributeDetails"]}
    assert kinds == {"height": ["Property"], "owner": ["Relationship"]}
    attribute = api.get("/attributes/height").json()
    assert (attribute["attributeCount"], attribute["attributeTypes"]) == (3, ["Property"])
    assert attribute["typeNames"] == ["Mast", "Tower"]
    assert api.delete(first + "/attrs/owner").status_code == 204
    assert "owner" not in api.get("/attributes").json()["attributeList"]
    assert api.delete(second).status_code == 204
    assert api.get("/attributes/height").json()["attributeCount"] == 1
    assert "Tower" not in api.get("/types").json()["typeList"]
    assert api.get("/types/Tower").status_code == 404
    assert api.delete(first).status_code == 204
    assert api.get("/attributes/height").json()["type"] == ERRORS + "ResourceNotFound"


@pytest.mark.clause("5.7.8", "5.7.9", "5.7.10", "5.2.27", "5.2.28")
def test_attributes_and_the_types_that_have_them(api: httpx.Client, new_id: NewId) -> None:
    made(api, new_id("Pole"), "Pole", girth=value(1), note={"type": "LanguageProperty", "languageMap": {"en": "a"}})
    made(api, new_id("Tree"), "Tree", girth={"type": "ListProperty", "valueList": [1]})
    listed = api.get("/attributes").json()
    assert listed["type"] == "AttributeList"
    assert {"girth", "note"} <= set(listed["attributeList"])
    assert not {"id", "type", "scope", "createdAt", "modifiedAt", "expiresAt"} & set(listed["attributeList"])
    detailed = {one["attributeName"]: one for one in api.get("/attributes", params={"details": "true"}).json()}
    assert detailed["girth"]["typeNames"] == ["Pole", "Tree"]
    assert set(detailed["girth"]) == {"id", "type", "attributeName", "typeNames"}
    info = api.get("/attributes/girth").json()
    assert info["attributeTypes"] == ["ListProperty", "Property"]
    for member in ("id", "type", "scope", "createdAt", "nothing"):
        assert api.get(f"/attributes/{member}").status_code == 404


@pytest.mark.clause("5.7.7", "5.7.10", "6.3.20")
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/types?limit=5", "InvalidRequest"),
        ("/types/Pole?details=true", "InvalidRequest"),
        ("/attributes?limit=5", "InvalidRequest"),
        ("/attributes/girth?details=true", "InvalidRequest"),
        ("/types?details=perhaps", "BadRequestData"),
    ],
)
def test_parameters_that_discovery_does_not_have(api: httpx.Client, path: str, kind: str) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer.json()["type"]) == (400, ERRORS + kind)


@pytest.mark.clause("5.7.5", "5.7.8", "5.5.7")
def test_names_are_those_of_the_context(api: httpx.Client, new_id: NewId) -> None:
    with loopback(serving_context({"Kiosk": "urn:test:Kiosk", "width": "urn:test:width"})) as contexts:
        link = {"Link": CONTEXT_LINK.format(url=contexts.url)}
        body = {"id": new_id("Kiosk"), "type": "Kiosk", "width": value(1)}
        assert api.post("/entities", json=body, headers=link).status_code == 201
        assert "Kiosk" in api.get("/types", headers=link).json()["typeList"]
        assert "urn:test:Kiosk" in api.get("/types").json()["typeList"]
        info = api.get("/types/Kiosk", headers={**link, "Accept": "application/ld+json"}).json()
        assert (info["id"], info["typeName"]) == ("urn:test:Kiosk", "Kiosk")
        assert info["@context"]
        assert api.get("/types/urn%3Atest%3AKiosk").json()["entityCount"] == 1
        assert api.get("/types/Kiosk").status_code == 404
        assert api.get("/attributes/width", headers=link).json()["id"] == "urn:test:width"

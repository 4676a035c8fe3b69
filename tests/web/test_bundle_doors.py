"""A bundle over HTTP: what it would hold, the file, and the refusal where a licence is not open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from madang.city import rerun_bundle

if TYPE_CHECKING:
    from tests.web.conftest import Server


def test_a_branch_is_downloaded_as_a_bundle(server: Server, tmp_path: Path) -> None:
    city = server.cities["seongnam"]
    branch = city.fork("to-be-bundled", reason="tests")
    amount = {"type": "Property", "value": 1e12, "unitCode": "KRW"}
    shares = {"type": "JsonProperty", "json": {"electrical-equipment": 1.0}}
    one = {"id": "urn:ngsi-ld:Programme:test:b", "type": "Programme", "amount": amount, "sectorShares": shares}
    branch.put(one, by="tests")
    with server.client("read") as client:
        place = "/api/cities/seongnam/bundles/to-be-bundled"
        assert client.get(place).json()["code"] == "bundles.nothing-computed"
        branch.run("economy", by="tests")
        about = client.get(place).json()
        assert (about["runs"], about["isOpen"]) == (1, False)
        assert about["branches"][0]["changes"] == 1
        refused = client.get(f"{place}.zip")
        assert (refused.status_code, refused.json()["code"]) == (403, "bundles.not-open")
        assert client.get("/api/cities/seongnam/bundles/nobody.zip").status_code == 404
        file = client.get(f"{place}.zip", params={"closed": "true"})
    assert file.headers["content-type"] == "application/zip"
    assert "attachment" in file.headers["content-disposition"]
    (tmp_path / "b.zip").write_bytes(file.content)
    assert rerun_bundle(tmp_path / "b.zip").ok

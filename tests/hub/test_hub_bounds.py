"""What the hub remembers has a limit: names that clients make up, forms they ask for, brokers they name."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import apsw
import pytest

from madang.hub import mqtt
from madang.store import names
from madang.web.ngsi import output


def test_the_forms_of_entities_that_are_kept_have_a_size_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_forms", type(output._forms)())
    monkeypatch.setattr(output, "LOOK_EVERY_BYTES", 10_000)
    monkeypatch.setattr(output, "KEPT_BYTES", 100_000)
    monkeypatch.setattr(output, "ALL_BYTES", 400_000)
    kept = [output._Kept() for _ in range(output.KEPT_FORMS)]
    output._forms.update({("", "", False, number, None): (None, one) for number, one in enumerate(kept)})
    for number in range(500):
        for one in kept:
            one.keep(b"%d" % number, b"x" * 1000)
    total = sum(one.size for _, one in output._forms.values())
    assert 0 < total <= 400_000 + output.KEPT_FORMS * 12_000
    assert all(one.size <= 102_000 for one in kept)


def test_names_that_are_numbered_are_found_again_after_they_were_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "KEPT", 10)
    db, known = apsw.Connection(":memory:"), names.Names()
    db.execute("CREATE TABLE md_name(nid INTEGER PRIMARY KEY, name TEXT UNIQUE)")
    numbers = [known.take(db, f"name {number}") for number in range(100)]
    assert len(known._name) <= 10
    assert len(known._number) <= 10
    assert [known.take(db, f"name {number}") for number in range(100)] == numbers
    assert [known.name(db, number) for number in numbers] == [f"name {number}" for number in range(100)]


def test_turns_at_brokers_of_long_ago_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "MOST_MAKING", 10)
    own = mqtt.Mqtt(allow_local=True)
    connected: Any = SimpleNamespace(is_connected=lambda: True)
    monkeypatch.setattr(own, "_connected", lambda broker, within_s: connected)
    monkeypatch.setattr(mqtt, "_end", lambda client: None)
    for number in range(100):
        broker = mqtt.Broker("mqtt", "localhost", number, None, None, "mqtt5.0")
        assert own._client(broker, 1.0) is connected
    assert len(own._making) <= 10

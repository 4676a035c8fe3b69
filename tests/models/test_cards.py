"""Every model says what it is: in its card, in both languages, and on its page."""

from pathlib import Path

import pytest

from madang.indicators.catalogue import catalogue
from madang.models import registry

DOCS = Path(__file__).parent.parent.parent / "docs" / "models"


@pytest.mark.parametrize("name", registry.models())
def test_a_card_is_complete_in_both_languages(name: str) -> None:
    spec = registry.model(name).spec
    for group in ([spec.title, spec.question], spec.assumptions, spec.not_valid, spec.checked):
        assert group
        for pair in group:
            assert pair["ko"]
            assert pair["en"]
    assert all(p.label for p in spec.params)
    # What nobody has published stands without a source, to be named: an assumption card, never a lever.
    assert all(p.source or p.role != "lever" for p in spec.params)
    assert all(p.low <= p.default <= p.high for p in spec.params)
    assert all(port.label for port in spec.inputs)
    assert spec.references
    assert spec.constants
    assert spec.as_json()["engine_version"]


@pytest.mark.parametrize("name", registry.models())
def test_every_output_is_in_the_catalogue_and_every_parameter_and_output_on_the_page(name: str) -> None:
    spec, page = registry.model(name).spec, (DOCS / f"{name}.md").read_text("utf-8")
    assert set(spec.outputs) == {id for id in catalogue() if id.startswith(f"{name}.")}
    for word in (*spec.outputs, *(p.name for p in spec.params), *spec.words):
        assert f"`{word}`" in page, word

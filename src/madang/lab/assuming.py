"""A city's own assumption cards: an `Assumption` entity on a branch in place of the card that a model ships."""

from __future__ import annotations

from madang.entities.entity import Document, json_property, language_property, property_, urn, value_of
from madang.errors import CallerError, DataError, NotFoundError
from madang.lab.register import Title, entities_of, pair, write
from madang.models import registry
from madang.models.assumptions import cards_of
from madang.store import Seat

AUTHORITY = "madang"


def assume(
    seat: Seat,
    model: str,
    parameter: str,
    *,
    low: float,
    central: float,
    high: float,
    source: str | None = None,
    title: Title | None = None,
    reason: str,
    by: str | None = None,
) -> Document:
    """Write a card of the city for a model's parameter; one that stands already is replaced, its history kept."""
    spec = registry.model(model).spec
    params = {p.name: p for p in spec.params}
    if parameter not in params:
        raise NotFoundError("models.parameter-unknown", model=model, name=parameter, known=", ".join(params) or "-")
    p, view = params[parameter], seat.store.view(seat.branch_name)
    if not low <= central <= high:
        raise DataError("models.card-values", entity=f"{model}.{parameter}", name=parameter, found=[low, central, high])
    least, most = p.limits or (low, high)
    if not (least <= low and high <= most):
        found = [low, central, high]
        raise DataError(
            "models.card-range", entity=f"{model}.{parameter}", name=parameter, low=least, high=most, found=found
        )
    standing = cards_of(view, spec).get(parameter)
    named = pair(title) if title is not None else dict(p.label) or {"ko": parameter, "en": parameter}
    value = json_property({"low": low, "central": central, "high": high})
    value["assumption"] = property_(True)
    made: Document = {
        "id": standing.entity if standing else urn("Assumption", AUTHORITY, f"{model}.{parameter}"),
        "type": "Assumption",
        "title": language_property(named),
        "model": property_(model),
        "parameter": property_(parameter),
        "assumedValue": value,
        "status": property_("estimated"),
    }
    if source:
        made["source"] = property_(source)
    write(seat, made, reason=reason, by=by)
    return made


def withdraw(seat: Seat, model: str, parameter: str, *, reason: str, by: str | None = None) -> None:
    """Take a card of the city away, so that the model's own counts again."""
    if not reason.strip():
        raise CallerError("clusters.reason-missing")
    card = cards_of(seat.store.view(seat.branch_name), registry.model(model).spec).get(parameter)
    if card is None:
        raise NotFoundError("lab.no-card", model=model, parameter=parameter)
    with seat.for_writing().transact(branch=seat.branch_name, actor=seat.actor(by), reason=reason) as tx:
        tx.delete(card.entity)


def assumptions(seat: Seat) -> list[Document]:
    """The cards that the branch holds, by id."""
    found = entities_of(seat.store.view(seat.branch_name), "Assumption")
    return [one for one in found if value_of(one, "model") is not None]

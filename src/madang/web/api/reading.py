"""What the pages read of a city: the list of cities, a city's front page, its layers, entities and log."""

from __future__ import annotations

from typing import Any

from madang.city import City
from madang.entities.entity import attributes, value_of
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, NotFoundError
from madang.indicators.stored import address_of
from madang.store import Branch
from madang.web.api.figures import figure, flat, label_of_attribute, label_of_type, name_of
from madang.web.exchange import Request, parse_parameters

LOG_LINES = 200
HEADLINES = ("population", "grdp")


def city_row(city: City) -> dict[str, Any]:
    """One city for the header: its name, time zone, headline figures and branches."""
    places = city.view().documents(Query(types=parse_types("City"), limit=1))
    return {
        "id": city.id,
        "title": dict(city.title),
        "zone": city.store.city.zone,
        **{name: figure(city, places[0], name) if places else None for name in HEADLINES},
        "branches": [branch_row(branch) for branch in city.branches() if branch.name != "main"],
    }


def branch_row(branch: Branch) -> dict[str, Any]:
    """One branch by name, title, parent and state."""
    return {"name": branch.name, "title": branch.title, "parent": branch.parent, "state": branch.state}


def home(city: City) -> dict[str, Any]:
    """Everything the right-hand panel shows, in one answer; a comparison only where its runs are there already."""
    branch = None if city.branch_name == "main" else city.store.branch(city.branch_name)
    comparison = city.compared() if branch is not None else None
    return {
        "city": {"id": city.id, "title": dict(city.title)},
        "branch": branch_row(branch) if branch is not None else None,
        "question": city.question(),
        "comparison": comparison.as_json() if comparison is not None else None,
        "promises": [promise.as_json() for promise in city.promises()],
        "claims": city.claims(),
        "proposals": [flat(proposal) for proposal in city.proposals()],
        "layers": layers(city),
        "attributions": attributions(city),
    }


def layers(city: City) -> list[dict[str, Any]]:
    """What can be shown in 3D on this branch."""
    return [layer.as_json() for layer in city.twin_layers()]


def attributions(city: City) -> list[dict[str, Any]]:
    """Title, licence and attribution of every dataset the city was made from."""
    datasets = city.view().documents(Query(types=parse_types("Dataset")))
    wanted = ("title", "licence", "licenceUrl", "attribution", "publisher", "version", "status")
    return [{"id": one["id"], **{name: value_of(one, name) for name in wanted}} for one in datasets]


def log(city: City, request: Request) -> list[Any]:
    """The transactions of a branch, newest first; of one entity with `entity=`."""
    parameters = parse_parameters(request.query_string, known=("entity", "limit"))
    limit = parameters.get("limit", str(LOG_LINES))
    if not limit.isdigit():
        raise CallerError("web.parameter-value", parameter="limit", value=limit, expected="a whole number")
    return [transaction_row(one) for one in city.log(parameters.get("entity"), limit=int(limit))]


def transaction_row(transaction: Any) -> dict[str, Any]:
    """One line of the log."""
    names = ("number", "branch", "at", "actor", "reason", "source", "kind", "changes", "hash", "previous")
    return {name: getattr(transaction, name) for name in names}


def entity(city: City, entity_id: str) -> dict[str, Any]:
    """One entity with the names of its attributes in both languages, their addresses, and how often it changed."""
    view = city.view()
    document = view.document(entity_id)
    if document is None:
        raise NotFoundError("web.entity-unknown", id=entity_id, tenant=city.tenant)
    type_name = document["type"] if isinstance(document["type"], str) else document["type"][0]
    names = [name for name, dataset_id, _ in attributes(document) if dataset_id is None]
    return {
        "entity": document,
        "name": name_of(document),
        "label": label_of_type(type_name),
        "labels": {name: label_of_attribute(type_name, name) for name in names},
        "figures": {name: figure(city, document, name) for name in names},
        "address": address_of(city.store, entity_id, names[0], branch=city.branch_name) if names else None,
        "history": len(view.history(entity_id)),
    }

"""Where a number comes from, by its address; and the same number computed again.

A figure of a *run* comes from a model, its version, parameters, seed and pinned inputs, and can be computed again. A
figure of a *transaction* was read from a source: it has a data set, a licence and the one who loaded it, and there is
nothing to compute. Both are explained with the same words, so a page has one drawer for every number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from madang import clock
from madang.entities.entity import Document, Instance, instance_of, provenance_of, value_of
from madang.entities.vocabulary import attribute_info
from madang.errors import NotFoundError, sentence
from madang.indicators.address import Address
from madang.indicators.catalogue import catalogue
from madang.models import registry
from madang.models.records import find_run
from madang.models.verification import recomputed, stale, verify_run
from madang.store import Store

DATASET_FACTS = ("title", "publisher", "licence", "licenceUrl", "attribution", "version", "url", "status")


def explain(store: Store, address: str) -> dict[str, Any]:
    """Value, unit, label, status, sources with licence, model, run, transaction, staleness and assumptions."""
    where = _of_this_city(store, address)
    return _explain_run(store, where) if where.run else _explain_source(store, where)


def recompute(store: Store, address: str) -> dict[str, Any]:
    """The number computed again from pinned inputs: stored, recomputed, whether equal, and the verdict on its run."""
    where = _of_this_city(store, address)
    if not where.run:
        return {
            "address": address,
            "stored": _source_instance(store, where)[1].get("value"),
            "recomputed": None,
            "equal": None,
            "verdict": "cannot",
            "engine": None,
            "reason": _both("source-figure"),
        }
    doc = find_run(store, where.run)
    verdict = verify_run(store, doc["id"])
    stored = _figure(doc, where)["value"]
    again = None if verdict.kind == "cannot" else recomputed(store, doc)["indicators"][where.attribute]["value"]
    return {
        "address": address,
        "stored": stored,
        "recomputed": again,
        "equal": verdict.kind != "cannot" and stored == again,
        "verdict": verdict.kind,
        "engine": verdict.engine,
        "reason": {"ko": verdict.message("ko"), "en": verdict.message("en")},
    }


def _of_this_city(store: Store, address: str) -> Address:
    where = Address.parse(address)
    if where.city != str(store.city.uuid):
        raise NotFoundError("lab.address-elsewhere", address=address, city=store.city.id)
    return where


def _explain_run(store: Store, where: Address) -> dict[str, Any]:
    doc = find_run(store, str(where.run))
    figure, inputs = _figure(doc, where), value_of(doc, "inputs")
    model_id, results = str(value_of(doc, "model")), value_of(doc, "results")
    entry = catalogue().get(where.attribute)
    recorded = store.view().version(doc["id"])
    return {
        "address": str(where),
        "value": figure["value"],
        "unit": figure["unit"],
        "band": {name: figure.get(name) for name in ("p05", "p50", "p95", "n")},
        "label": dict(entry.label) if entry else {"ko": where.attribute, "en": where.attribute},
        "method": dict(entry.method) if entry else None,
        "note": figure.get("note"),
        "status": figure.get("status"),
        "city": store.city.id,
        "source": [
            *_datasets(store, (id for port in inputs.values() for id in port.get("datasets") or ())),
            *_packaged(inputs),
        ],
        "model": registry.model(model_id).spec.as_json() if model_id in registry.models() else None,
        "run": {
            "id": doc["id"],
            "model": model_id,
            "version": value_of(doc, "modelVersion"),
            "engine": f"{value_of(doc, 'engine')} {value_of(doc, 'engineVersion')}",
            "branch": value_of(doc, "branch"),
            "seed": value_of(doc, "seed"),
            "parameters": value_of(doc, "parameters"),
            "members": value_of(doc, "ensembleSize"),
            "inputs": [{"port": port, **facts} for port, facts in inputs.items()],
            "recorded_at": clock.to_text(recorded.modified_at) if recorded else None,
        },
        "transaction": None,
        "stale": any(one.run == doc["id"] for one in stale(store)),
        "assumptions": [dict(note) for note in results["notes"]],
        "warnings": [dict(warning) for warning in results["warnings"]],
    }


def _explain_source(store: Store, where: Address) -> dict[str, Any]:
    doc, instance = _source_instance(store, where)
    provenance = provenance_of(doc, where.attribute)
    done = store.transaction(int(where.transaction or 0))
    now = store.view(done.branch).document(where.entity)
    info = attribute_info(where.attribute)
    value = value_of(doc, where.attribute, where.dataset_id)
    return {
        "address": str(where),
        "value": value,
        "unit": instance.get("unitCode"),
        "band": None,
        "label": dict(info.label) if info else {"ko": where.attribute, "en": where.attribute},
        "method": value_of(instance, "method"),
        "note": value_of(instance, "note"),
        "status": provenance.status,
        "period": value_of(instance, "period"),
        "assumption": bool(value_of(instance, "assumption")),
        "city": store.city.id,
        "entity": {"id": doc["id"], "type": doc["type"], "name": value_of(doc, "name")},
        "source": _datasets(store, [provenance.source] if provenance.source else []),
        "model": None,
        "run": None,
        "transaction": {
            "number": done.number,
            "branch": done.branch,
            "at": clock.to_text(done.at),
            "actor": done.actor,
            "reason": done.reason,
            "source": done.source,
            "hash": done.hash,
        },
        "stale": now is None or value_of(now, where.attribute, where.dataset_id) != value,
        "assumptions": [],
        "warnings": [],
    }


def _figure(doc: Document, where: Address) -> Mapping[str, Any]:
    figures: Mapping[str, Mapping[str, Any]] = value_of(doc, "results")["indicators"]
    if where.attribute not in figures:
        raise NotFoundError("lab.no-figure", address=str(where), known=", ".join(figures))
    return figures[where.attribute]


def _source_instance(store: Store, where: Address) -> tuple[Document, Instance]:
    done = store.transaction(int(where.transaction or 0))
    doc = store.view(done.branch, at=done.number).document(where.entity)
    instance = instance_of(doc, where.attribute, where.dataset_id) if doc else None
    if doc is None or instance is None:
        raise NotFoundError("lab.no-figure", address=str(where), known="")
    return doc, instance


def _datasets(store: Store, ids: Iterable[str]) -> list[dict[str, Any]]:
    """The data sets behind a figure, each once; one that is not in the file is named by its id alone."""
    view, found = store.view(), []
    for id in dict.fromkeys(ids):
        doc = view.document(id)
        found.append({"id": id, **{name: value_of(doc, name) if doc else None for name in DATASET_FACTS}})
    return found


def _packaged(inputs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Inputs that ship with the product and are no data set of the city, such as the input-output table."""
    return [
        {**dict.fromkeys(DATASET_FACTS), "id": None, "title": port["title"], "publisher": port["publisher"]}
        | {"licence": "; ".join(port["licences"]), "status": next(iter(port["statuses"]), None)}
        for port in inputs.values()
        if port["kind"] == "blob" and not port.get("datasets")
    ]


def _both(what: str) -> dict[str, str]:
    return {"ko": sentence(f"lab.{what}", "ko"), "en": sentence(f"lab.{what}", "en")}

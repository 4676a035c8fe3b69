"""`ro-crate-metadata.json`: what the files of a bundle are, and which model made which of what.

In the words of RO-Crate 1.1 and of Process Run Crate 0.5: every run and ensemble is a `CreateAction` whose `instrument`
is the model (a `SoftwareApplication` that requires its engine), whose `object`s are pinned inputs and parameters, and
whose `result`s are its record and its draws. Licences and data sets stand as entities of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from madang import clock
from madang.entities.entity import Document, types_of, value_of
from madang.errors import Pair
from madang.exports.crate.contents import Contents, Terms
from madang.exports.crate.layout import (
    COMPUTED,
    FIGURES,
    HEAD,
    MANIFEST,
    METADATA,
    README,
    RUN,
    blob_path,
    branch_path,
    record_path,
)
from madang.models.records import short_id

CONTEXT = ("https://w3id.org/ro/crate/1.1/context", "https://w3id.org/ro/terms/workflow-run/context")
CRATE = "https://w3id.org/ro/crate/1.1"
PROCESS_RUN = "https://w3id.org/ro/wfrun/process/0.5"
MADANG = "#madang"
Entity = dict[str, Any]
KINDS = {".json": "application/json", ".csv": "text/csv", ".md": "text/markdown", ".txt": "text/plain"}
NAMES = {
    README: "README",
    HEAD: "What the bundle holds, for machines",
    FIGURES: "Every figure with unit, band, status and address",
    MANIFEST: "Checksums (SHA-256) of all files but this one",
}


def metadata(found: Contents, files: Mapping[str, tuple[int, str]], software: Mapping[str, str]) -> dict[str, Any]:
    """The JSON-LD of a bundle; `files` gives size and hash of every file by its path."""
    terms = {one.key: f"#dataset-{n}" for n, one in enumerate(found.terms, 1)}
    licences = {name: f"#licence-{n}" for n, name in enumerate(sorted({one.licence for one in found.terms}), 1)}
    people = {name: f"#actor-{n}" for n, name in enumerate(sorted(set(found.actors.values())), 1)}
    actions = [_action(doc, found.moments[doc["id"]], people[found.actors[doc["id"]]]) for doc in found.of(*COMPUTED)]
    graph: list[Entity] = [
        {
            "@id": METADATA,
            "@type": "CreativeWork",
            "conformsTo": {"@id": CRATE},
            "about": {"@id": "./"},
        },
        _root(found, files, licences, people, [action["@id"] for action in actions]),
        *({"@id": id, "@type": "Person", "name": name} for name, id in people.items()),
        {"@id": PROCESS_RUN, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        *({"@id": id, "@type": "CreativeWork", "name": name} for name, id in licences.items()),
        *(_dataset(one, terms[one.key], licences) for one in found.terms),
        *_software(found, software),
        *actions,
        *_parameters(found),
        *_files(found, files, terms, licences),
    ]
    return {"@context": list(CONTEXT), "@graph": graph}


def _root(
    found: Contents,
    files: Mapping[str, tuple[int, str]],
    licences: Mapping[str, str],
    people: Mapping[str, str],
    actions: Sequence[str],
) -> Entity:
    about, authors = found.question or found.title, sorted({found.actors[doc["id"]] for doc in found.of(*COMPUTED)})
    return {
        "@id": "./",
        "@type": "Dataset",
        "conformsTo": {"@id": PROCESS_RUN},
        "name": _said(found.title),
        "description": _said(about),
        "identifier": f"{found.city['uuid']}/{found.subject}",
        "datePublished": clock.to_text(found.published),
        "inLanguage": ["ko", "en"],
        "author": _one_or_all(_refs(people[name] for name in authors)),
        "license": _one_or_all(_refs(licences.values())),
        "hasPart": _refs(sorted({*files, MANIFEST} - {METADATA})),
        "mentions": _refs(actions),
    }


def _dataset(one: Terms, id: str, licences: Mapping[str, str]) -> Entity:
    made: Entity = {
        "@id": id,
        "@type": "CreativeWork",
        "name": _said(one.title),
        "license": {"@id": licences[one.licence]},
        "creativeWorkStatus": one.status or "unknown",
    }
    if one.id is not None:
        made["identifier"] = one.id
    if any(one.publisher.values()):
        made["creditText"] = _said(one.publisher)
    for name, member in (("url", "url"), ("version", "version"), ("attribution", "copyrightNotice")):
        if name in one.facts:
            made[member] = str(one.facts[name])
    return made


def _software(found: Contents, software: Mapping[str, str]) -> list[Entity]:
    made: dict[str, Entity] = {}
    for doc in found.of(*COMPUTED):
        engine = _engine_id(doc)
        made[_model_id(doc)] = {
            "@id": _model_id(doc),
            "@type": "SoftwareApplication",
            "name": f"Madang model {value_of(doc, 'model')}",
            "softwareVersion": str(value_of(doc, "modelVersion")),
            "softwareRequirements": [{"@id": engine}, {"@id": MADANG}],
        }
        made[engine] = {
            "@id": engine,
            "@type": "SoftwareApplication",
            "name": str(value_of(doc, "engine")),
            "softwareVersion": str(value_of(doc, "engineVersion")),
        }
    made[MADANG] = {
        "@id": MADANG,
        "@type": "SoftwareApplication",
        "name": "Madang",
        "softwareVersion": software["madang"],
        "softwareRequirements": ", ".join(f"{name} {version}" for name, version in software.items()),
    }
    return [made[id] for id in sorted(made)]


def _action(doc: Document, recorded: datetime, agent: str) -> Entity:
    results, parameters = value_of(doc, "results"), value_of(doc, "parameters")
    inputs = sorted({blob_path(one["sha256"]) for one in value_of(doc, "inputs").values()})
    if results.get("design"):
        inputs.append(blob_path(results["design"]))
    made = [blob_path(results[name]) for name in ("draws", "outcomes") if results.get(name)]
    kind = "run" if RUN in types_of(doc) else "ensemble"
    return {
        "@id": f"#{kind}-{short_id(doc['id'])}",
        "@type": "CreateAction",
        "name": f"{value_of(doc, 'model')} on {value_of(doc, 'branch')}, seed {value_of(doc, 'seed')}",
        "identifier": doc["id"],
        "description": f"{value_of(doc, 'model')} {value_of(doc, 'modelVersion')} on branch {value_of(doc, 'branch')}",
        "agent": {"@id": agent},
        "endTime": recorded.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        "actionStatus": {"@id": "http://schema.org/CompletedActionStatus"},
        "instrument": {"@id": _model_id(doc)},
        "object": _refs([*inputs, *(_parameter_id(doc, name) for name in _values(parameters, doc))]),
        "result": _refs([record_path(types_of(doc)[0], doc["id"]), *made]),
    }


def _parameters(found: Contents) -> list[Entity]:
    return [
        {"@id": _parameter_id(doc, name), "@type": "PropertyValue", "name": name, "value": value}
        for doc in found.of(*COMPUTED)
        for name, value in _values(value_of(doc, "parameters"), doc).items()
    ]


def _values(parameters: Mapping[str, Any], doc: Document) -> dict[str, Any]:
    said = {"seed": value_of(doc, "seed"), "members": value_of(doc, "ensembleSize")}
    return {**parameters["values"], **parameters["levers"], **said}


def _files(
    found: Contents, files: Mapping[str, tuple[int, str]], terms: Mapping[str, str], licences: Mapping[str, str]
) -> list[Entity]:
    about: dict[str, Entity] = {}
    for doc in found.of(*COMPUTED):
        for port, one in value_of(doc, "inputs").items():
            said = about.setdefault(blob_path(one["sha256"]), {})
            said.setdefault("name", f"input: {port} ({one['name']})")
            said.setdefault("encodingFormat", _input_format(one))
            keys = one["datasets"] or ([f"{one['name']} {one['sha256']}"] if one["kind"] == "blob" else [])
            if known := sorted({terms[key] for key in keys if key in terms}):
                said["isBasedOn"] = _one_or_all(_refs(known))
                terms_of = {licences[name] for name in one["licences"] if name in licences}
                said["license"] = _one_or_all(_refs(sorted(terms_of)))
        for name in ("draws", "design", "outcomes"):
            if address := value_of(doc, "results").get(name):
                about[blob_path(address)] = {
                    "name": f"{name} of {short_id(doc['id'])}",
                    "encodingFormat": "application/vnd.madang.draws",
                }
    for docs in found.records.values():
        for doc in docs:
            path = record_path(types_of(doc)[0], doc["id"])
            about[path] = {
                "name": f"{types_of(doc)[0]} {doc['id']}",
                "dateModified": clock.to_text(found.moments[doc["id"]]),
            }
    for branch in found.branches:
        about[branch_path(branch.name)] = {"name": f"changes of branch {branch.name}: {_said(branch.title)}"}
    made: list[Entity] = [{"@id": MANIFEST, "@type": "File", "name": NAMES[MANIFEST], "encodingFormat": KINDS[".txt"]}]
    for path in sorted(files):
        if path == METADATA:
            continue
        size, digest = files[path]
        kind = KINDS.get(f".{path.rpartition('.')[2]}", "application/octet-stream")
        extra = {name: value for name, value in about.get(path, {}).items() if value not in (None, [])}
        named: Entity = {"@id": path, "@type": "File", "name": NAMES.get(path, path), "encodingFormat": kind}
        made.append({**named, **extra, "contentSize": str(size), "sha256": digest})
    return made


def _input_format(one: Mapping[str, Any]) -> str:
    if one["kind"] == "records":
        return "application/json"
    return KINDS.get(f".{one['name'].rpartition('.')[2]}", "application/octet-stream")


def _model_id(doc: Document) -> str:
    return f"#model-{value_of(doc, 'model')}-{value_of(doc, 'modelVersion')}"


def _engine_id(doc: Document) -> str:
    return f"#engine-{value_of(doc, 'engine')}-{value_of(doc, 'engineVersion')}".replace(" ", "-")


def _parameter_id(doc: Document, name: str) -> str:
    return f"#{short_id(doc['id'])}-{name}".replace(" ", "-")


def _refs(ids: Iterable[str]) -> list[Entity]:
    return [{"@id": id} for id in ids]


def _one_or_all(refs: list[Entity]) -> Entity | list[Entity]:
    """A single reference stands by itself, not in a list of one."""
    return refs[0] if len(refs) == 1 else refs


def _said(pair: Pair) -> str:
    ko, en = pair.get("ko", ""), pair.get("en", "")
    return ko if ko == en or not en else f"{ko} / {en}" if ko else en

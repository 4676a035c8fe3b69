"""What the temporal API gives to an entity: what of it becomes current, and what goes beside (5.6.11, 5.6.12)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from madang.entities.entity import Document, Instance, instance_of
from madang.entities.evolution import DEFAULT, Told, moment_of, shown
from madang.entities.patch import is_null


@dataclass(slots=True)
class Divided:
    """Instances given to an entity: the document as it then is, and those that go beside it."""

    document: Document
    beside: list[tuple[str, str, Instance]] = field(default_factory=list)


def divided(
    document: Document, given: Mapping[str, Sequence[Instance]], *, stands_since: Callable[[str, str], int]
) -> Divided:
    """The newest instance of each attribute and dataset is the current one if it is newer than what stands.

    What stands without a moment of its own stands since it was recorded (`stands_since`).
    """
    found = Divided(dict(document))
    for name, instances in given.items():
        for dataset, group in _by_dataset(instances).items():
            newest = group[-1]
            current = instance_of(document, name, dataset or None)
            if current is not None and not _is_newer(newest, current, lambda: stands_since(name, dataset)):  # noqa: B023
                found.beside += [(name, dataset, one) for one in group]
                continue
            kept = [one for one in _instances(found.document, name) if (one.get("datasetId") or DEFAULT) != dataset]
            if is_null(newest):
                found.beside += [(name, dataset, one) for one in group]
            else:
                found.beside += [(name, dataset, one) for one in group[:-1]]
                kept.append(newest)
            set_instances(found.document, name, kept)
    return found


def _by_dataset(instances: Sequence[Instance]) -> dict[str, list[Instance]]:
    """Instances by dataset in order of time, one a moment; what names no moment is of now."""
    made: dict[str, dict[Any, Instance]] = {}
    for place, instance in enumerate(instances):
        moment = moment_of(instance)
        made.setdefault(instance.get("datasetId") or DEFAULT, {})[
            (moment, -1) if moment is not None else (None, place)
        ] = instance
    far = 2**63
    return {
        dataset: [group[key] for key in sorted(group, key=lambda key: (far if key[0] is None else key[0], key[1]))]
        for dataset, group in made.items()
    }


def _is_newer(newest: Instance, current: Instance, since: Callable[[], int]) -> bool:
    moment, standing = moment_of(newest), moment_of(current)
    if moment is None:
        return True
    return moment >= (since() if standing is None else standing)


def _instances(document: Document, name: str) -> list[Instance]:
    found = document.get(name)
    return [] if found is None else found if type(found) is list else [found]


def set_instances(document: Document, name: str, instances: list[Instance]) -> None:
    """Make an attribute of a document these instances; of none, it goes."""
    if instances:
        document[name] = instances if len(instances) > 1 else instances[0]
    else:
        document.pop(name, None)


def with_current(document: Document, name: str, dataset: str, line: Sequence[Told]) -> Document:
    """The document with the newest of these instances as what stands now of an attribute and dataset."""
    kept = [one for one in _instances(document, name) if (one.get("datasetId") or DEFAULT) != dataset]
    newest = line[-1] if line else None
    if newest is not None and newest.deleted is None and not is_null(newest.instance):
        kept.append(shown(newest.instance))
    made = dict(document)
    set_instances(made, name, kept)
    return made

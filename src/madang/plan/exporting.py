"""A plan as a file: its entities as JSON, or the plan book as a paper in any format that `documents` writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson

from madang.documents import files
from madang.documents.paper import Paper
from madang.errors import CallerError
from madang.plan.check import PlanCheck
from madang.plan.tree import PlanTree


def plan_file(path: Path, tree: PlanTree, check: PlanCheck, *, book: Callable[[], Paper]) -> None:
    """Write a plan to a file, as its suffix asks; the file appears whole or not at all."""
    suffix = path.suffix.lower()
    if suffix == ".json":
        told = {"plan": tree.id, "check": check.as_json(), "entities": list(tree.all())}
        files.put_in_place(orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE), path)
    elif suffix in files.MEDIA_TYPES:
        files.write(book(), path)
    else:
        raise CallerError("plans.export-kind", found=suffix or "-", known=", ".join(files.MEDIA_TYPES))

"""Where everything stands in a bundle, and what it is called there.

ro-crate-metadata.json     what the files are, who ran what on what (RO-Crate 1.1, Process Run Crate 0.5)
README.md                  for people, Korean and English
bundle.json                what a machine needs first: format, city, subject, branches, versions of the software
figures.csv                every figure with unit, band, status and address
branches/<name>.json       what a branch changes, entity by entity
records/<type>/<id>.json   runs, ensembles, evaluations, the study and its data sets as the city keeps them
blobs/<sha256>             pinned inputs, draws and designs, under their own hash
manifest-sha256.txt        the checksum of every other file (as in BagIt: hash, two spaces, path)
"""

from __future__ import annotations

import re
from hashlib import sha256

FORMAT = "madang-bundle/1"
METADATA = "ro-crate-metadata.json"
README = "README.md"
HEAD = "bundle.json"
FIGURES = "figures.csv"
MANIFEST = "manifest-sha256.txt"
BRANCHES = "branches/"
RECORDS = "records/"
BLOBS = "blobs/"

COMPUTED = ("ModelRun", "Ensemble")
RUN, ENSEMBLE, EVALUATION, DATASET = "ModelRun", "Ensemble", "Evaluation", "Dataset"
STUDY_TYPES = ("Study", "StudyAlternative", "StudyEvidence", "Recommendation", "StudyUse")


LONGEST = 80
_PLAIN = re.compile(r"[^A-Za-z0-9._-]")


def record_path(type: str, id: str) -> str:
    """Where the record of an entity stands: by its type and the end of its id, in letters that every system takes."""
    tail = id.rpartition(f":{type}:")[2] or id
    return f"{RECORDS}{type}/{_safe(tail)}.json"


def branch_path(name: str) -> str:
    """Where the changes of a branch stand."""
    return f"{BRANCHES}{_safe(name)}.json"


def blob_path(sha256: str) -> str:
    """Where bytes stand under their hash."""
    return f"{BLOBS}{sha256}"


def _safe(text: str) -> str:
    """A text as the name of a file on any system; what does not fit is left out, and told apart by its hash."""
    kept = _PLAIN.sub("", text.replace(":", "_"))
    if kept == text.replace(":", "_") and "_" not in text and ".." not in text and len(text) <= LONGEST:
        return kept
    head = re.sub(r"([.-])[.-]+", r"\1", kept)[:LONGEST].strip(".-_")
    return f"{head}-{sha256(text.encode()).hexdigest()[:12]}".strip("-")

"""What GDAL and its kin say of a file they can't read: a few of their words for whoever knows them, without paths.

Their text names folders of this machine, "drivers", and options that only a programmer can set; the sentence around it
is ours, and says what to do.
"""

from __future__ import annotations

import re
from pathlib import Path

_FOLDERS = re.compile(r"(?:/vsi\w+)?(?:[A-Za-z]:)?[/\\][^'\"`,;]*[/\\]")
_ADVICE = re.compile(r"\s*(?:;\s*)?(?:It might help|Hint:|Set the |Try ).*")
_SAID = {"supported file format": "format not recognised", "SHAPE_RESTORE_SHX": "no .shx beside it"}
_LONGEST = 100


def short_reason(wrong: Exception, path: Path) -> str:
    """The first line of an error, shortened; the kind of error where it says nothing."""
    text = (str(wrong).splitlines() or [""])[0]
    for mark, said in _SAID.items():
        if mark in text:
            return said
    text = _ADVICE.sub("", _FOLDERS.sub("", text.replace(str(path), path.name))).strip(" .;")
    return text[:_LONGEST] or type(wrong).__name__

"""The server's log: one line an event on standard error, as text or as JSON.

JSON lines (`madang serve --log json`) have `time`, `level`, `logger`, `message`, and whatever facts the event has: the
door, the status and the duration of a request that failed, the code and the facts of an error, the trace of a defect.
Tokens and bodies never stand in it. Requests that went well are not logged unless `--log-requests` asks for it.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

import orjson

from madang import clock
from madang.errors import MadangError

KINDS = ("text", "json")
_OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        told: dict[str, Any] = {
            "time": clock.to_text(clock.now()),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        told |= {name: value for name, value in record.__dict__.items() if name not in _OWN}
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            if isinstance(error, MadangError):
                told["code"], told["facts"] = error.code, error.facts
            told["trace"] = self.formatException(record.exc_info)
        return orjson.dumps(told, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def start(kind: str = "text", *, to: TextIO | None = None) -> None:
    """Send what the server logs to standard error, in one of the kinds."""
    handler = logging.StreamHandler(to or sys.stderr)
    text = logging.Formatter("%(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if kind == "json" else text)
    for name in ("madang", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
    logging.getLogger("madang").setLevel(logging.INFO)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)

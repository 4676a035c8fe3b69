"""`POST /api/command`: a command of the command line, run in the process that holds the city's file.

While a server writes a city, no other process may (one writer a file). So `madang put` and its like send themselves
here and the server runs them on the open file. Only from this machine, and only with a token of the role `decide`, also
where nobody else is asked for one: a command can do whatever the server's user could do in a shell.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from madang.city import City
from madang.errors import CallerError, ForbiddenError
from madang.web.access import require
from madang.web.exchange import Caller, Reply, Request, json_reply, parse_json
from madang.web.inthreads import in_thread

RunInServer = Callable[[Sequence[str], Path, Mapping[Path, City]], dict[str, Any]]


async def run_command(
    request: Request, run: RunInServer | None, cities: Mapping[Path, City], *, client: str | None, known: Caller | None
) -> Reply:
    """The exit code and words of the command in the body {"argv": [...], "cwd": "..."}."""
    if known is None:
        raise ForbiddenError("web.token-needed")
    require(known, "decide")
    if not _on_this_machine(client):
        raise ForbiddenError("web.command-from-elsewhere")
    if run is None:
        raise CallerError("web.command-not-offered")
    given = request.headers.get("content-type", "-")
    if not given.startswith("application/json"):
        raise CallerError("web.media-type-unknown", given=given, known="application/json")
    asked = parse_json(await request.body())
    argv, cwd = (asked.get("argv"), asked.get("cwd")) if isinstance(asked, dict) else (None, None)
    if not isinstance(argv, list) or not all(isinstance(word, str) for word in argv) or not isinstance(cwd, str):
        raise CallerError("web.command-malformed")
    return json_reply(await in_thread(run, argv, Path(cwd), cities))


def _on_this_machine(client: str | None) -> bool:
    try:
        return client is not None and ipaddress.ip_address(client).is_loopback
    except ValueError:
        return False

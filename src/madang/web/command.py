"""`POST /api/command`: a command of the command line, run in the process that holds the city's file.

While a server writes a city, no other process may (one writer a file). So `madang put` and its like send themselves
here and the server runs them on the open file. A command can do whatever the server's user could do in a shell, also
read and write other files. So it takes a token out of the lock of a served file, which only that user can read, and
comes from this machine. The links of `madang serve` do not run commands, not even that of the role `decide`: who got
such a link by mail or through a proxy decides about a city, not about the machine.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from madang.city import City
from madang.errors import CallerError, ForbiddenError
from madang.web.exchange import Caller, Reply, Request, json_reply, parse_json
from madang.web.inthreads import in_thread

RunInServer = Callable[[Sequence[str], Path, Mapping[Path, City], Mapping[str, Any]], dict[str, Any]]


async def run_command(
    request: Request,
    run: RunInServer | None,
    cities: Mapping[Path, City],
    *,
    client: str | None,
    own: str | None,
    known: Caller | None,
) -> Reply:
    """The exit code and words of the command in the body {"argv": [...], "cwd": "...", "shell": {...}}."""
    if known is None:
        raise ForbiddenError("web.token-needed")
    if not known.may_command:
        raise ForbiddenError("web.command-not-yours")
    if not _on_this_machine(client, own):
        raise ForbiddenError("web.command-from-elsewhere")
    if run is None:
        raise CallerError("web.command-not-offered")
    given = request.headers.get("content-type", "-")
    if not given.startswith("application/json"):
        raise CallerError("web.media-type-unknown", given=given, known="application/json")
    asked = parse_json(await request.body())
    argv, cwd, shell = (asked.get(n) for n in ("argv", "cwd", "shell")) if isinstance(asked, dict) else [None] * 3
    if not isinstance(argv, list) or not all(isinstance(word, str) for word in argv) or not isinstance(cwd, str):
        raise CallerError("web.command-malformed")
    return json_reply(await in_thread(run, argv, Path(cwd), cities, shell if isinstance(shell, dict) else {}))


def _on_this_machine(client: str | None, own: str | None) -> bool:
    """Whether a client's address is loopback, or the very address of ours that it called (`serve --host ADDRESS`)."""
    try:
        return client is not None and (client == own or ipaddress.ip_address(client).is_loopback)
    except ValueError:
        return False

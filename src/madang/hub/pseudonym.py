"""The name this server bears in a Via header, one for each tenant (clauses 6.3.17, 6.3.18; RFC 9110, 7.6.3).

A pseudonym is a token of RFC 9110, 5.6.2: letters, digits and a few marks. A tenant `city~branch` is one as it stands,
because `~` is such a mark; `@`, `%` and letters beyond ASCII are not, so every byte that no token may hold is written
as `!` and two hexadecimal digits, and so is `!` itself. Two tenants never share a pseudonym, which is what tells a loop
over one city from a question that only passes from one branch of it to another.
"""

from __future__ import annotations

import string

PREFIX = "madang."
_PLAIN = frozenset((string.ascii_letters + string.digits + "#$&'*+-.^_`|~").encode())


def pseudonym(tenant: str, server: str = "") -> str:
    """The Via pseudonym of a tenant; `server` tells one server from another that serves a tenant of the same name."""
    return PREFIX + (f"{_token(server)}." if server else "") + _token(tenant)


def _token(name: str) -> str:
    return "".join(chr(byte) if byte in _PLAIN else f"!{byte:02x}" for byte in name.encode())

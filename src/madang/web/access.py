"""Who may come in, and by which door: Host and Origin first, then a token, then a role.

Rules
- The Host header must be ours: an IP address, `localhost`, or a name given at start. A page of somebody else's that
  has pointed its own name at this machine (DNS rebinding) arrives with that name in Host and is turned away.
- An Origin header must name the same host and port. Nothing of ours is meant for other sites' pages, so reading is
  refused as well as writing.
- Every start makes a token for each role; it comes in the URL once, becomes a cookie, and the URL is made clean.
  Programs send it as `Authorization: Bearer`. The name a change is recorded under is the token's, never what a
  request says.
- Roles: `read` looks, `propose` also makes branches, edits them and puts them up, `decide` also changes main and
  adopts.
- Where nobody is asked for a token (`--no-auth`) the server answers on loopback only.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from madang.errors import CallerError, ForbiddenError
from madang.web.exchange import Caller

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s,:/@\[\]]+)(:\d{1,5})?")
ROLES = ("read", "propose", "decide")
RANK = {role: rank for rank, role in enumerate(ROLES)}
COOKIE_DAYS = 30
MOST_HOSTS = 64


@dataclass(frozen=True)
class Access:
    """The tokens of one running server and the names it answers to; where it is open, nobody is asked for one."""

    tokens: Mapping[str, Caller]
    hosts: frozenset[str] = frozenset()
    loopback_only: bool = True
    is_open: bool = False
    _by_digest: dict[bytes, Caller] = field(init=False, repr=False, default_factory=dict)
    _known_hosts: set[str] = field(init=False, repr=False, default_factory=set)

    def __post_init__(self) -> None:
        for token, caller in self.tokens.items():
            self._by_digest[_digest(token)] = caller

    def also(self, tokens: Mapping[str, Caller]) -> Access:
        """The same access with further tokens."""
        return replace(self, tokens={**self.tokens, **tokens})

    def learn(self, token: str, caller: Caller) -> None:
        """Let in who holds a token that came to be after the start: that of a file made since."""
        self._by_digest[_digest(token)] = caller

    def caller(self, headers: Mapping[str, str]) -> Caller | None:
        """Who sends these headers; None when no token came with them or it is not one of ours."""
        known = self.known_caller(headers)
        return NOBODY_ASKED if known is None and self.is_open else known

    def known_caller(self, headers: Mapping[str, str]) -> Caller | None:
        """Whose token came with these headers, also where nobody is asked for one."""
        token = bearer_token(headers) or cookie_token(headers)
        return self._by_digest.get(_digest(token)) if token else None

    def caller_of_token(self, token: str) -> Caller | None:
        """Whose token this is."""
        return self._by_digest.get(_digest(token))

    def check_door(self, headers: Mapping[str, str]) -> None:
        """Refuse a request that was sent to another name, or by a page of another site."""
        host = headers.get("host", "")
        if host not in self._known_hosts:  # reading an address is a tenth of answering a GET
            if not self.is_ours(host):
                raise ForbiddenError("web.host-not-ours", host=host or "-")
            if len(self._known_hosts) < MOST_HOSTS:
                self._known_hosts.add(host)
        origin = headers.get("origin")
        if origin is not None and not _same_place(origin, host):
            raise ForbiddenError("web.origin-not-ours", origin=origin)
        site = headers.get("sec-fetch-site")
        if origin is None and site in ("cross-site", "same-site") and not _is_navigation(headers):
            raise ForbiddenError("web.origin-not-ours", origin=site)

    def is_ours(self, host_header: str) -> bool:
        """Whether a Host header names this server; an address can't be pointed elsewhere, a name can."""
        if not _HOST.fullmatch(host_header):  # two Host headers, joined, or what is no host at all
            return False
        name = host_name(host_header)
        if name in self.hosts or name == "localhost":
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or not self.loopback_only

    def url_for(self, base_url: str, role: str = "decide") -> str:
        """The link that lets its reader in with a role."""
        if self.is_open:
            return base_url
        token = next(token for token, caller in self.tokens.items() if caller.role == role)
        return f"{base_url}?{urlencode({'token': token})}"


NOBODY_ASKED = Caller("local", "decide")


def start_access(host: str, *, no_auth: bool = False, actor: str = "local", names: Iterable[str] = ()) -> Access:
    """Fresh tokens for a server that listens on a host: one a role, known to nobody yet."""
    loopback = is_loopback(host)
    if no_auth and not loopback:
        raise CallerError("web.no-auth-needs-loopback", host=host)
    hosts = frozenset(name.lower() for name in names) | ({host.lower()} if not _is_address(host) else frozenset())
    if no_auth:
        return Access({}, hosts, is_open=True)
    tokens = {
        secrets.token_urlsafe(24): Caller(actor if role == "decide" else f"{actor}-{role}", role) for role in ROLES
    }
    return Access(tokens, hosts, loopback_only=loopback)


def require(caller: Caller, role: str) -> None:
    """Refuse who may not do what this role does."""
    if RANK[caller.role] < RANK[role]:
        raise ForbiddenError("web.role-needed", role=role, held=caller.role)


def require_for_branch(caller: Caller, branch: str) -> None:
    """Changing main takes `decide`; changing a branch takes `propose`."""
    require(caller, "decide" if branch == "main" else "propose")


def bearer_token(headers: Mapping[str, str]) -> str | None:
    """The token of an Authorization header."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def cookie_token(headers: Mapping[str, str]) -> str | None:
    """The token of our cookie; its name holds the port, since cookies do not tell ports apart."""
    wanted = cookie_name(headers.get("host", ""))
    for part in headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == wanted:
            return value
    return None


def cookie_name(host_header: str) -> str:
    """The name of our cookie for one port."""
    return f"madang_{_port(host_header)}"


def cookie(token: str, headers: Mapping[str, str], *, secure: bool) -> str:
    """A Set-Cookie value that scripts can't read and other sites can't send."""
    return (
        f"{cookie_name(headers.get('host', ''))}={token}; Path=/; HttpOnly; SameSite=Strict; "
        f"Max-Age={COOKIE_DAYS * 86400}{'; Secure' if secure else ''}"
    )


def split_token(query_string: str) -> tuple[str | None, str]:
    """The token of a query string, and the query string without it."""
    pairs = parse_qsl(query_string, keep_blank_values=True)
    token = next((value for name, value in pairs if name == "token"), None)
    return token, urlencode([pair for pair in pairs if pair[0] != "token"])


def host_name(host_header: str) -> str:
    """The name or address of a Host header, without port and brackets, in lower case."""
    if host_header.startswith("["):
        return host_header[1:].partition("]")[0].lower()
    return host_header.partition(":")[0].lower()


def is_loopback(host: str) -> bool:
    """Whether a host to listen on can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _same_place(origin: str, host_header: str) -> bool:
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host_header.lower()


def _is_navigation(headers: Mapping[str, str]) -> bool:
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"


def _port(host_header: str) -> str:
    after = host_header.rpartition("]")[2] if host_header.startswith("[") else host_header
    port = after.partition(":")[2]
    return port if port.isdigit() else "80"


def _digest(token: str) -> bytes:
    # Looking a digest up tells nothing about how much of a wrong token was right.
    return hashlib.blake2b(token.encode("utf-8", "replace"), digest_size=16).digest()

"""Commands about other sources: register add, list, remove."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

import typer

from madang import clock
from madang.cli import output
from madang.cli.app import AsJson, By, CityFile, OnBranch, Reason, group
from madang.cli.files import on_branch, reading, writing
from madang.entities.context import city_context
from madang.errors import CallerError, NotFoundError, sentence
from madang.hub.proxies import check_proxy
from madang.hub.registration_checks import TYPE, check_registration
from madang.hub.registrations import compiled, renamed

register = group("register", "Other sources that are asked together with this city: NGSI-LD brokers, other cities.")

Named = Annotated[str, typer.Argument(metavar="ID", help="The registration's id, or the end of it.")]
SECRET = "***"


@register.callback()
def _register() -> None:
    """Other sources that are asked together with this city: NGSI-LD brokers, other cities."""


@register.command()
def add(
    file: CityFile,
    endpoint: Annotated[str, typer.Option("--endpoint", metavar="URL", help="Where the source answers NGSI-LD.")],
    type_: Annotated[str, typer.Option("--type", metavar="A,B", help="The types of entities it has.")],
    tenant: Annotated[str | None, typer.Option("--tenant", metavar="NAME", help="The tenant there.")] = None,
    attrs: Annotated[str | None, typer.Option("--attrs", metavar="A,B", help="Only these attributes.")] = None,
    id_: Annotated[str | None, typer.Option("--entity", metavar="ID", help="Only this entity.")] = None,
    pattern: Annotated[
        str | None, typer.Option("--id-pattern", metavar="REGEX", help="Only entities whose ids fit.")
    ] = None,
    mode: Annotated[
        str, typer.Option("--mode", metavar="M", help="inclusive, exclusive, redirect or auxiliary.")
    ] = "inclusive",
    operations: Annotated[
        str | None, typer.Option("--operations", metavar="A,B", help="What it offers, such as redirectionOps.")
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option("--header", metavar="NAME:VALUE", help="Sent along to it; repeat for more.")
    ] = None,
    timeout: Annotated[
        int | None, typer.Option("--timeout", metavar="MS", min=1, help="How long it may take to answer.")
    ] = None,
    branch: OnBranch = "main",
    reason: Reason = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Register a source: what it has is found from here as if it stood here.

    Example: madang register add alliance.gpkg --endpoint http://127.0.0.1:8080 --tenant seongnam --type Building,Dong
    """
    kinds: list[dict[str, Any]] = [{"type": name} for name in _listed(type_)]
    for kind in kinds:
        kind |= {"id": id_} if id_ else {}
        kind |= {"idPattern": pattern} if pattern else {}
    information: dict[str, Any] = {"entities": kinds}
    if attrs:
        information["propertyNames"] = _listed(attrs)
    given: dict[str, Any] = {
        "id": f"urn:ngsi-ld:{TYPE}:{uuid.uuid4()}",
        "type": TYPE,
        "endpoint": endpoint,
        "information": [information],
        "mode": mode,
    }
    given |= {"tenant": tenant} if tenant else {}
    given |= {"operations": _listed(operations)} if operations else {}
    given |= {"management": {"timeout": timeout}} if timeout else {}
    given |= {"contextSourceInfo": [_pair(one) for one in header]} if header else {}
    now = clock.now()
    context = city_context()
    document = renamed(check_registration(given, now=now), context.stored_name)
    text = clock.to_text(now)
    with writing(file) as city:
        at = on_branch(city, branch)
        actor, why = by or "local", reason or f"register {endpoint}"
        with at.store.transact(branch=at.branch_name, actor=actor, reason=why) as tx:
            check_proxy(tx, at.view(), document, now=now)
            tx.put_entry("registration", given["id"], {**document, "createdAt": text, "modifiedAt": text})
    if as_json:
        output.say_json(_without_secrets(given))
    else:
        output.say_text(_word("cli-added", id=given["id"], endpoint=endpoint))


@register.command("list")
def list_(file: CityFile, branch: OnBranch = "main", as_json: AsJson = False) -> None:
    """List the registered sources and how they fare.

    Example: madang register list alliance.gpkg
    """
    with reading(file) as city:
        at = on_branch(city, branch)
        entries = at.store.entries("registration", at.branch_name)
    found = [{**renamed(entry.doc, city_context().given_name), **entry.state} for entry in entries]
    if as_json:
        output.say_json([_without_secrets(one) for one in found])
        return
    if not found:
        output.say_text(_word("cli-none"))
    for one in found:
        ended = compiled(one).expired(clock.now())
        state = "ended" if ended else one.get("status", "unasked")
        names = ", ".join(_types(one)) or "*"
        where = f"{one['endpoint']} {one.get('tenant', '')}".strip()
        output.say_text(f"{one['id']}  {one.get('mode', 'inclusive')}  {_word(f'cli-{state}')}  {names}  {where}")


@register.command()
def remove(
    file: CityFile,
    named: Named,
    branch: OnBranch = "main",
    reason: Reason = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Take a source out: from then on it is not asked.

    Example: madang register remove alliance.gpkg urn:ngsi-ld:ContextSourceRegistration:seongnam
    """
    with writing(file) as city:
        at = on_branch(city, branch)
        known = [entry.id for entry in at.store.entries("registration", at.branch_name)]
        found = [id for id in known if id == named] or [id for id in known if id.endswith(named)]
        if len(found) > 1:
            raise CallerError("registrations.several", named=named, ids=", ".join(found[:5]))
        if not found:
            raise NotFoundError("registrations.unknown", id=named, tenant=at.tenant)
        actor, why = by or "local", reason or f"take {found[0]} out"
        with at.store.transact(branch=at.branch_name, actor=actor, reason=why) as tx:
            tx.remove_entry("registration", found[0])
    if as_json:
        output.say_json({"removed": found[0]})
    else:
        output.say_text(_word("cli-removed", id=found[0]))


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _pair(text: str) -> dict[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise CallerError("registrations.no-header", text=text)
    return {"key": name.strip(), "value": value.strip()}


def _types(one: dict[str, Any]) -> list[str]:
    found = [kind["type"] for info in one["information"] for kind in info.get("entities", ())]
    return [name for part in found for name in (part if isinstance(part, list) else [part])]


def _without_secrets(one: dict[str, Any]) -> dict[str, Any]:
    """A registration as it may be shown: what is sent along may be a password."""
    if "contextSourceInfo" not in one:
        return one
    return {**one, "contextSourceInfo": [{**pair, "value": SECRET} for pair in one["contextSourceInfo"]]}


def _word(what: str, /, **facts: Any) -> str:
    return sentence(f"registrations.{what}", output.language(), **facts)

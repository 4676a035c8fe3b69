"""Committees, meetings, votes, as the pages ask for them and change them.

The desk is one request: committees with members and terms, next and overdue meetings, votes, follow-ups, alerts.
Recording what happens at a meeting takes the role `propose`; appointing, opening, closing, recusal and the vote take
`decide`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from madang.errors import CallerError
from madang.web.api.door import Asked, Door, Table
from madang.web.api.fields import number_field, text_field, titles_field

CITY = "/api/cities/{tenant}"


def routes(door: Door) -> Table:
    """The paths of this room."""
    reads, writes = door.reads, door.writes
    of_days = ("as_of", "within_days")
    meeting, item = f"{CITY}/meetings/{{meeting}}", f"{CITY}/agenda-items/{{item}}"
    return [
        ("GET", f"{CITY}/committees", reads(_desk, parameters=of_days)),
        ("POST", f"{CITY}/committees", writes(_establish, role="decide")),
        ("GET", f"{CITY}/committees/{{committee}}", reads(_committee, parameters=("as_of",))),
        ("POST", f"{CITY}/committees/{{committee}}/charter", writes(_charter, role="decide")),
        ("POST", f"{CITY}/committees/{{committee}}/members", writes(_appoint, role="decide")),
        ("POST", f"{CITY}/memberships/{{membership}}/end", writes(_end_term, role="decide")),
        ("GET", f"{CITY}/committee-alerts", reads(_alerts, parameters=of_days)),
        ("GET", f"{CITY}/charters", reads(lambda asked: asked.city.committees.charters())),
        ("POST", f"{CITY}/meetings", writes(_call)),
        ("GET", meeting, reads(lambda asked: asked.city.committees.meeting(asked.parts["meeting"]))),
        ("POST", f"{meeting}/state", writes(_move, role="decide")),
        ("POST", f"{meeting}/attendance", writes(_attend, role="decide")),  # it makes a quorum
        ("POST", f"{meeting}/audience", writes(_audience)),
        ("POST", f"{meeting}/items", writes(_add_item)),
        ("POST", f"{meeting}/statements", writes(_say)),
        ("GET", item, reads(lambda asked: asked.city.committees.item(asked.parts["item"]))),
        ("POST", f"{item}/conclusion", writes(_conclude, role="decide")),
        ("POST", f"{item}/recusals", writes(_recuse, role="decide")),
        ("POST", f"{CITY}/recusals/{{recusal}}/decision", writes(_decide_recusal, role="decide")),
        ("POST", f"{item}/vote", writes(_vote, role="decide")),
        ("POST", f"{item}/follow-ups", writes(_follow_up)),
        ("POST", f"{CITY}/follow-ups/{{follow_up}}/done", writes(_done)),
    ]


# --- reading ----------------------------------------------------------------------------------------


def _desk(asked: Asked) -> Any:
    return asked.city.committees.desk(as_of=asked.parameters.get("as_of"), within_days=_days(asked))


def _committee(asked: Asked) -> Any:
    return asked.city.committees.committee(asked.parts["committee"], as_of=asked.parameters.get("as_of"))


def _alerts(asked: Asked) -> Any:
    found = asked.city.committees.alerts(as_of=asked.parameters.get("as_of"), within_days=_days(asked))
    return [one.as_json() for one in found]


def _days(asked: Asked) -> int:
    given = asked.parameters.get("within_days", "60")
    if not given.isdigit() or len(given) > 5:
        raise CallerError("web.field-missing", field="within_days", expected="a number of days")
    return int(given)


# --- who sits there ----------------------------------------------------------------------------------------


def _establish(asked: Asked) -> Any:
    body = asked.body
    return asked.city.committees.establish(
        name=_words(body, "name"),
        code=text_field(body, "code"),
        charter=_charter_given(body, optional=True),
        since=_text(body, "since"),
        reason=text_field(body, "reason"),
        by=asked.actor,
    )


def _charter(asked: Asked) -> Any:
    given = _charter_given(asked.body, optional=False)
    assert given is not None
    return asked.city.committees.set_charter(
        asked.parts["committee"], charter=given, reason=text_field(asked.body, "reason"), by=asked.actor
    )


def _appoint(asked: Asked) -> Any:
    body = asked.body
    made = asked.city.committees.appoint(
        asked.parts["committee"],
        person=_words(body, "person"),
        starts_on=text_field(body, "starts_on"),
        ends_on=_text(body, "ends_on"),
        role=text_field(body, "role", default="member"),
        kind=text_field(body, "kind", default="appointed"),
        organisation=_text(body, "organisation"),
        represents=_text(body, "represents"),
        reason=text_field(body, "reason"),
        by=asked.actor,
    )
    return made.as_json()


def _end_term(asked: Asked) -> Any:
    date, reason = text_field(asked.body, "date"), text_field(asked.body, "reason")
    return asked.city.committees.end_term(asked.parts["membership"], date=date, reason=reason, by=asked.actor).as_json()


# --- meetings ----------------------------------------------------------------------------------------


def _call(asked: Asked) -> Any:
    body = asked.body
    return asked.city.committees.call_meeting(
        _text(body, "committee"),
        date=text_field(body, "date"),
        kind=text_field(body, "kind", default="regular"),
        title=titles_field(body, "title"),
        venue=titles_field(body, "venue"),
        study=_text(body, "study"),
        reason=text_field(body, "reason"),
        by=asked.actor,
    )


def _move(asked: Asked) -> Any:
    """The meeting opened, closed or cancelled, as the body's `state` says."""
    state, named = text_field(asked.body, "state"), asked.parts["meeting"]
    committees = asked.city.committees
    moves = {
        "open": committees.open_meeting,
        "closed": committees.close_meeting,
        "cancelled": committees.cancel_meeting,
    }
    if state not in moves:
        raise CallerError("committees.not-one-of", field="state", found=state, known=", ".join(moves))
    return moves[state](named, reason=text_field(asked.body, "reason"), by=asked.actor)


def _attend(asked: Asked) -> Any:
    body = asked.body
    made = asked.city.committees.attend(
        asked.parts["meeting"],
        person=text_field(body, "person"),
        mode=text_field(body, "mode", default="in-person"),
        part=_text(body, "part"),
        affiliation=titles_field(body, "affiliation"),
        proxy=_text(body, "proxy"),
        from_item=_text(body, "from_item"),
        until_item=_text(body, "until_item"),
        by=asked.actor,
    )
    return made.as_json()


def _audience(asked: Asked) -> Any:
    count = number_field(asked.body, "count", low=0, high=10_000_000)
    return asked.city.committees.count_audience(
        asked.parts["meeting"], count=int(count), status=text_field(asked.body, "status"), by=asked.actor
    )


def _add_item(asked: Asked) -> Any:
    body = asked.body
    return asked.city.committees.add_item(
        asked.parts["meeting"],
        kind=text_field(body, "kind"),
        title=titles_field(body, "title"),
        text=titles_field(body, "text"),
        proposal=_text(body, "proposal"),
        concerns=_texts(body, "concerns"),
        rule=text_field(body, "rule", default="ordinary"),
        by=asked.actor,
    )


def _say(asked: Asked) -> Any:
    body = asked.body
    return asked.city.committees.say(
        asked.parts["meeting"],
        speaker=text_field(body, "speaker"),
        text=_words(body, "text"),
        item=_text(body, "item"),
        issue=titles_field(body, "issue"),
        affiliation=titles_field(body, "affiliation"),
        by=asked.actor,
    )


# --- items ----------------------------------------------------------------------------------------


def _conclude(asked: Asked) -> Any:
    return asked.city.committees.conclude(
        asked.parts["item"],
        state=text_field(asked.body, "state"),
        outcome=titles_field(asked.body, "outcome"),
        reason=text_field(asked.body, "reason"),
        by=asked.actor,
    )


def _recuse(asked: Asked) -> Any:
    body = asked.body
    accepted = body.get("accepted")
    if accepted is not None and not isinstance(accepted, bool):
        raise CallerError("web.field-missing", field="accepted", expected="true or false")
    return asked.city.committees.recuse(
        asked.parts["item"],
        member=text_field(body, "member"),
        kind=text_field(body, "kind"),
        ground=text_field(body, "ground"),
        accepted=accepted,
        requested_by=_text(body, "requested_by"),
        by=asked.actor,
    )


def _decide_recusal(asked: Asked) -> Any:
    votes_for, votes_against = (int(number_field(asked.body, name, low=0, high=9999)) for name in ("for", "against"))
    return asked.city.committees.decide_recusal(
        asked.parts["recusal"],
        votes_for=votes_for,
        votes_against=votes_against,
        reason=text_field(asked.body, "reason"),
        by=asked.actor,
    )


def _vote(asked: Asked) -> Any:
    body = asked.body
    for name, kinds in (("ballots", (list, dict)), ("counts", (dict,)), ("dissent", (list,)), ("conditions", (list,))):
        if name in body and not isinstance(body[name], kinds):
            raise CallerError("web.field-missing", field=name, expected=" / ".join(kind.__name__ for kind in kinds))
    return asked.city.committees.vote(
        asked.parts["item"],
        ballots=body.get("ballots"),
        counts=body.get("counts"),
        dissent=body.get("dissent", ()),
        conditions=_texts(body, "conditions"),
        reason=text_field(body, "reason", default="vote"),
        by=asked.actor,
    )


def _follow_up(asked: Asked) -> Any:
    return asked.city.committees.follow_up(
        asked.parts["item"],
        title=_words(asked.body, "title"),
        owner=text_field(asked.body, "owner"),
        due=text_field(asked.body, "due"),
        by=asked.actor,
    )


def _done(asked: Asked) -> Any:
    return asked.city.committees.follow_up_done(
        asked.parts["follow_up"],
        date=text_field(asked.body, "date"),
        evidence=text_field(asked.body, "evidence"),
        reason=text_field(asked.body, "reason"),
        by=asked.actor,
    )


# --- fields ----------------------------------------------------------------------------------------


def _text(body: Mapping[str, Any], name: str) -> str | None:
    """A text that may be left out."""
    return text_field(body, name) if body.get(name) is not None else None


def _texts(body: Mapping[str, Any], name: str) -> list[str]:
    """A list of texts that may be left out."""
    found = body.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, str) and one.strip() for one in found):
        raise CallerError("web.field-missing", field=name, expected="a list of texts")
    return found


def _words(body: Mapping[str, Any], name: str) -> str | dict[str, str]:
    """A text, or a text in both languages; it has to be there."""
    if isinstance(body.get(name), dict):
        return titles_field(body, name) or ""
    return text_field(body, name)


def _charter_given(body: Mapping[str, Any], *, optional: bool) -> Mapping[str, Any] | str | None:
    """A charter as data, or the name of one that comes with Madang."""
    found = body.get("charter")
    if found is None and optional:
        return None
    if isinstance(found, dict):
        return found
    return text_field(body, "charter")

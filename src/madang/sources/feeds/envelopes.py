"""Answers of open-data services, opened: JSON, XML or CSV as one tree, and errors that come with HTTP 200 told apart.

Korean portals answer 200 whatever happened. What happened stands in a header inside: `response.header.resultCode`
("00" is good; KMA, AirKorea), `cmmMsgHeader.returnReasonCode` (the gateway of data.go.kr, XML even where JSON was
asked for), `ServiceResult.msgHeader.headerCd` or `comMsgHeader` (traffic of cities), or `RESULT.CODE` "INFO-000"
(Seoul, Gyeonggi). XML becomes the same shape as JSON: repeated elements are lists, text is text.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from enum import Enum
from typing import Any

import orjson
from lxml import etree

from madang.errors import DataError

MOST_ROWS = 100_000
DEEPEST = 32


class Trouble(Enum):
    """What an error inside an answer means for the next request."""

    NOTHING = "no data for what was asked: no error"
    KEY = "the key is not taken: asking again soon is no use"
    QUOTA = "the requests of the day are used up"
    SERVICE = "the service has a problem: ask again later"


@dataclass(frozen=True, slots=True)
class Opened:
    """An answer as a tree, and its error, if it says one."""

    body: Any
    trouble: Trouble | None = None
    code: str = ""
    reason: str = ""


_GOOD = {"0", "00", "000", "0000", "INFO-000", "INFO-0", "NORMAL_SERVICE", "NORMAL SERVICE"}
_BY_CODE = {
    "3": Trouble.NOTHING, "03": Trouble.NOTHING, "4": Trouble.NOTHING, "INFO-200": Trouble.NOTHING,
    "20": Trouble.KEY, "30": Trouble.KEY, "31": Trouble.KEY, "32": Trouble.KEY, "33": Trouble.KEY,
    "INFO-100": Trouble.KEY, "ERROR-290": Trouble.KEY,
    "22": Trouble.QUOTA, "21": Trouble.KEY, "ERROR-337": Trouble.QUOTA,
}  # fmt: skip
_BY_WORD = (
    ("LIMITED_NUMBER_OF_SERVICE_REQUESTS", Trouble.QUOTA),
    ("SERVICE_KEY", Trouble.KEY),
    ("SERVICE_ACCESS_DENIED", Trouble.KEY),
    ("DEADLINE_HAS_EXPIRED", Trouble.KEY),
    ("UNREGISTERED_IP", Trouble.KEY),
    ("NODATA", Trouble.NOTHING),
    ("NO_DATA", Trouble.NOTHING),
)
# Where an envelope's code and reason stand.
_HEADERS = (
    (("OpenAPI_ServiceResponse", "cmmMsgHeader"), ("returnReasonCode",), ("returnAuthMsg", "errMsg")),
    (("cmmMsgHeader",), ("returnReasonCode",), ("returnAuthMsg", "errMsg")),
    (("response", "header"), ("resultCode",), ("resultMsg",)),
    (("header",), ("resultCode",), ("resultMsg",)),
    (("ServiceResult", "msgHeader"), ("headerCd",), ("headerMsg",)),
    (("response", "msgHeader"), ("resultCode",), ("resultMessage", "resultMsg")),
    (("response", "comMsgHeader"), ("returnCode", "resultCode"), ("errMsg",)),
    (("RESULT",), ("CODE",), ("MESSAGE",)),
)


def opened(data: bytes, form: str, envelope: str) -> Opened:
    """The tree in an answer; with the envelope "plain" nothing inside is taken for an error."""
    if form == "csv":
        return Opened(_rows(data))
    start = data.lstrip()[:1]
    if form == "xml" or (start == b"<" and envelope == "korean"):
        body = _from_xml(data)
    else:
        try:
            body = orjson.loads(data)
        except orjson.JSONDecodeError as wrong:
            raise DataError("feeds.bad-answer", format="JSON", why=str(wrong)[:100]) from None
    return Opened(body) if envelope == "plain" else _judged(body)


def _judged(body: Any) -> Opened:
    for steps, codes, reasons in _HEADERS:
        header = body
        for step in steps:
            header = header.get(step) if isinstance(header, dict) else None
        if not isinstance(header, dict):
            continue
        code = next((str(header[name]).strip() for name in codes if header.get(name) not in (None, "")), "")
        reason = next((str(header[name]).strip() for name in reasons if header.get(name) not in (None, "")), "")
        is_good = code in _GOOD or (not code and reason.upper() in ("", *_GOOD))
        if is_good and steps[-1] != "cmmMsgHeader":
            return Opened(body)
        for word, trouble in _BY_WORD:
            if word in reason.upper().replace(" ", "_"):
                return Opened(body, trouble, code, reason)
        return Opened(body, _trouble(steps, code), code, reason)
    return Opened(body)


def _trouble(steps: tuple[str, ...], code: str) -> Trouble:
    if steps[-1] == "msgHeader":  # bus services number otherwise: 4 is "no result", 7 a key that is not registered
        return {"4": Trouble.NOTHING, "7": Trouble.KEY, "22": Trouble.QUOTA}.get(code, Trouble.SERVICE)
    return Trouble.SERVICE if code in ("4", "04") else _BY_CODE.get(code, Trouble.SERVICE)


def _from_xml(data: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as wrong:
        raise DataError("feeds.bad-answer", format="XML", why=str(wrong)[:100]) from None
    return {etree.QName(root).localname: _element(root, 0)}


def _element(found: Any, depth: int) -> Any:
    if depth > DEEPEST:
        raise DataError("feeds.bad-answer", format="XML", why="nested too deep")
    children = [child for child in found if isinstance(child.tag, str)]
    if not children:
        return (found.text or "").strip()
    made: dict[str, Any] = {}
    for child in children:
        name, value = etree.QName(child).localname, _element(child, depth + 1)
        if name not in made:
            made[name] = value
        elif isinstance(made[name], list):
            made[name].append(value)
        else:
            made[name] = [made[name], value]
    return made


def _rows(data: bytes) -> list[dict[str, str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp949", errors="replace")
    rows: list[dict[str, str]] = []
    try:
        for row in csv.DictReader(io.StringIO(text)):
            rows.append({str(name).strip(): value.strip() for name, value in row.items() if isinstance(value, str)})
            if len(rows) >= MOST_ROWS:
                break
    except csv.Error as wrong:
        raise DataError("feeds.bad-answer", format="CSV", why=str(wrong)[:100]) from None
    return rows

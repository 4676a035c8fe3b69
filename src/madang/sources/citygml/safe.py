"""XML read as a stream that can't be made to hurt: one member of a city model at a time, each within bounds.

Nothing outside the file is ever opened. A document type, an entity, an XInclude or an object beyond the bounds refuses
the file with its line. What was read is let go at once, so a file of many gigabytes takes the memory of its largest
object; the triangles of a terrain go into plain numbers as they come.

The bounds hold before a tree is built: `Metered` counts bytes and tags on their way into the parser. The parser's own
limits (a text of 10 MB, 256 levels) stay on.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from madang.errors import DataError, MadangError
from madang.sources.citygml.names import XINCLUDE, is_city_model, local, split

OBJECT_BYTES = 160 << 20  # of one object, as text
OBJECT_TAGS = 4_000_000  # opening and closing
OBJECT_ATTRIBUTES = 2_000_000
OBJECT_NUMBERS = 15_000_000  # five million vertices

_TAGS = (
    "{*}cityObjectMember", "{*}featureMember", "{*}Triangle", "{*}appearanceMember", "{*}surfaceDataMember",
    "{*}target", "{*}Envelope", f"{{{XINCLUDE}}}*",
)  # fmt: skip


@dataclass
class Metered:
    """A stream that counts what goes by since the last mark, and stops when one object is too large."""

    stream: IO[bytes]
    where: str
    size: int = 0
    tags: int = 0
    attributes: int = 0

    def read(self, most: int = -1) -> bytes:
        """The next bytes."""
        data = self.stream.read(most)
        self.size += len(data)
        self.tags += data.count(b"<")
        self.attributes += data.count(b"=")
        if self.size > OBJECT_BYTES or self.tags > OBJECT_TAGS or self.attributes > OBJECT_ATTRIBUTES:
            raise DataError("citygml.object-too-large", file=self.where, megabytes=self.size >> 20)
        return data

    def mark(self) -> None:
        """Begin counting anew: an object is done."""
        self.size = self.tags = self.attributes = 0

    def counted(self) -> tuple[int, int, int]:
        """What was counted since the last mark."""
        return self.size, self.tags, self.attributes

    def back_to(self, counted: tuple[int, int, int]) -> None:
        """Forget what went by since this was counted: it is let go."""
        self.size, self.tags, self.attributes = counted


@dataclass
class Streamed:
    """What stands in the tree no longer, or once for the whole file: triangles, the file's envelope, what was counted.

    `triangles` has the coordinates of each stretch of triangle patches, by the patches' element.
    """

    triangles: dict[Any, tuple[Any, int]] = field(default_factory=dict)
    envelope: tuple[str | None, str | None, list[str]] = (None, None, [])
    appearances: int = 0
    wrong: DataError | None = None  # with a triangle of the member at hand


def members(stream: IO[bytes], where: str, streamed: Streamed) -> Iterator[Any]:
    """The features of a city model, one element at a time; each is gone when the next is asked for."""
    from lxml import etree

    metered = Metered(stream, where)
    checked = False
    begun: dict[str, tuple[Any, tuple[int, int, int]]] = {}
    try:
        events = etree.iterparse(
            metered, events=("start", "end"), tag=_TAGS,
            resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
            remove_comments=True, remove_pis=True,
        )  # fmt: skip
        for event, element in events:
            if not checked:
                _check_root(element.getroottree(), where)
                checked = True
            namespace, name = split(element.tag)
            if namespace == XINCLUDE:
                raise DataError("citygml.include", file=where, line=element.sourceline)
            if event == "start":
                continue
            if name == "Triangle":
                if local(element.getparent()) != "trianglePatches":
                    continue
                _keep_triangle(element, streamed, where)
            elif name == "Envelope":
                _keep_envelope(element, streamed)
                continue
            elif name in ("cityObjectMember", "featureMember"):
                if element.getparent() is not element.getroottree().getroot():
                    continue
                yield from (child for child in element if type(child.tag) is str)
                streamed.triangles.clear()
                streamed.wrong = None
            elif name == "appearanceMember":
                streamed.appearances += 1
            if element.getparent() is element.getroottree().getroot():
                metered.mark()
                begun.clear()
            else:
                _forget(metered, element.getparent(), name, begun)
            _let_go(element)
        if not checked:
            _check_root(events.root.getroottree(), where)
    except etree.XMLSyntaxError as wrong:
        line = wrong.lineno or 0
        if "XML_PARSE_HUGE" in str(wrong):  # a text of 10 MB, 256 levels
            raise DataError("citygml.too-long-or-deep", file=where, line=line) from None
        raise DataError("citygml.bad-xml", file=where, line=line, why=_plain(wrong)) from None
    except MadangError:
        raise
    except (UnicodeError, LookupError) as wrong:
        raise DataError("citygml.bad-xml", file=where, line=0, why=str(wrong)[:120]) from None


def _check_root(tree: Any, where: str) -> None:
    if tree.docinfo.internalDTD is not None:
        raise DataError("citygml.document-type", file=where)
    namespace, name = split(tree.getroot().tag)
    if not is_city_model(namespace, name):
        raise DataError("citygml.no-city-model", file=where, found=name[:60])


def _let_go(element: Any) -> None:
    """Empty an element that is done, and drop what stands before it: the parser may still write behind it."""
    element.clear(keep_tail=True)
    parent = element.getparent()
    while element.getprevious() is not None:
        del parent[0]


def _forget(metered: Metered, parent: Any, name: str, begun: dict[str, tuple[Any, tuple[int, int, int]]]) -> None:
    """Count a row of like elements as its first: those before are let go, with whatever stood between them."""
    known = begun.get(name)
    if known is not None and known[0] is parent:
        metered.back_to(known[1])
    else:
        begun[name] = (parent, metered.counted())


def _keep_triangle(element: Any, streamed: Streamed, where: str) -> None:
    if streamed.wrong is not None:
        return
    try:
        _add_triangle(element, streamed, where)
    except DataError as wrong:
        streamed.wrong = wrong


def _add_triangle(element: Any, streamed: Streamed, where: str) -> None:
    patches = element.getparent()
    numbers, dimension = streamed.triangles.get(patches) or (array("d"), 0)
    corners = array("d")
    for part in element.iter("{*}posList", "{*}pos", "{*}coordinates"):
        stated = part.get("srsDimension")
        dimension = int(stated) if stated in ("2", "3") else dimension
        corners.extend(floats(part.text or "", where, part.sourceline))
    dimension = dimension or 3
    if len(corners) not in (3 * dimension, 4 * dimension):
        raise DataError("citygml.bad-positions", place=f"{where}, line {element.sourceline}", found=len(corners))
    three = corners[: 3 * dimension]
    if dimension == 2:
        three = array("d", [three[0], three[1], 0.0, three[2], three[3], 0.0, three[4], three[5], 0.0])
    numbers.extend(three)
    check_count(len(numbers), where, element.sourceline)
    streamed.triangles[patches] = (numbers, dimension)


def _keep_envelope(element: Any, streamed: Streamed) -> None:
    """The envelope of the file; of an object where the file has none."""
    if streamed.envelope[0] is None:
        corners = [part.text or "" for part in element if type(part.tag) is str]
        streamed.envelope = (element.get("srsName"), element.get("srsDimension"), corners)


def floats(text: str, where: str, line: int) -> list[float]:
    """The numbers of a text, blanks or commas between them."""
    try:
        return [float(word) for word in text.split()]
    except ValueError:
        pass
    try:
        return [float(word) for word in text.replace(",", " ").split()]
    except ValueError as wrong:
        found = str(wrong).partition(":")[2].strip()[:40]
        raise DataError("citygml.not-a-number", place=f"{where}, line {line}", found=found) from None


def check_count(count: int, where: str, line: int) -> None:
    """Refuse an object of too many coordinates."""
    if count > OBJECT_NUMBERS:
        raise DataError("citygml.too-many-vertices", place=f"{where}, line {line}", most=OBJECT_NUMBERS // 3)


def _plain(wrong: Exception) -> str:
    """What the parser says, without its own place."""
    return str(wrong).partition(", line")[0][:160]

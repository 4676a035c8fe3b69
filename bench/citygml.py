"""What reading CityGML costs: buildings as PLATEAU writes them, with a block and a solid of references, in a made file.

    python bench/citygml.py [--megabytes 8]

The reader runs in a process of its own, so that its memory is its own. Compared with lxml letting the same file go by.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<core:CityModel xmlns:core="http://www.opengis.net/citygml/2.0" '
    'xmlns:bldg="http://www.opengis.net/citygml/building/2.0" xmlns:gml="http://www.opengis.net/gml" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:uro="https://www.geospatial.jp/iur/uro/3.0">\n'
    '<gml:boundedBy><gml:Envelope srsName="http://www.opengis.net/def/crs/EPSG/0/6697" srsDimension="3">'
    "<gml:lowerCorner>35.6 139.7 0</gml:lowerCorner><gml:upperCorner>35.7 139.8 50</gml:upperCorner></gml:Envelope>"
    "</gml:boundedBy>\n"
)
Ring = list[tuple[float, float, float]]


def polygon(ring: Ring, id: str = "") -> str:
    """A surface member, indented as files are."""
    text = " ".join(f"{value:.14f}" for corner in [*ring, ring[0]] for value in corner)
    named = f' gml:id="{id}"' if id else ""
    return (
        f"\t\t\t\t\t<gml:surfaceMember>\n\t\t\t\t\t\t<gml:Polygon{named}>\n\t\t\t\t\t\t\t<gml:exterior>\n"
        f"\t\t\t\t\t\t\t\t<gml:LinearRing>\n\t\t\t\t\t\t\t\t\t<gml:posList>{text}</gml:posList>\n"
        "\t\t\t\t\t\t\t\t</gml:LinearRing>\n\t\t\t\t\t\t\t</gml:exterior>\n\t\t\t\t\t\t</gml:Polygon>\n"
        "\t\t\t\t\t</gml:surfaceMember>\n"
    )


def building(n: int) -> str:
    """One building of twelve corners."""
    lat, lon, low, high = 35.6 + n // 300 * 0.0003, 139.7 + n % 300 * 0.0003, 3.0 + n % 7, 9.0 + n % 40
    steps = [(0, 0), (0, 2), (1, 2), (1, 3), (2, 3), (2, 5), (4, 5), (4, 3), (5, 3), (5, 1), (3, 1), (3, 0)]
    plan = [(lat + a * 0.00004, lon + b * 0.00004) for a, b in steps]
    ground, roof = [(*p, low) for p in reversed(plan)], [(*p, high) for p in plan]
    walls: list[Ring] = [[(*p, low), (*q, low), (*q, high), (*p, high)] for p, q in pairwise([*plan, plan[0]])]
    rings = [("GroundSurface", ground), ("RoofSurface", roof), *(("WallSurface", wall) for wall in walls)]
    shell = "<gml:Solid><gml:exterior><gml:CompositeSurface>\n{}</gml:CompositeSurface></gml:exterior></gml:Solid>"
    bounds = "".join(
        f"\t\t<bldg:boundedBy>\n\t\t\t<bldg:{kind}>\n\t\t\t\t<bldg:lod2MultiSurface><gml:MultiSurface>\n"
        f"{polygon(ring, f'f{n}_{k}')}\t\t\t\t</gml:MultiSurface></bldg:lod2MultiSurface>\n\t\t\t</bldg:{kind}>\n"
        "\t\t</bldg:boundedBy>\n"
        for k, (kind, ring) in enumerate(rings)
    )
    named = "".join(f'\t\t\t\t\t<gml:surfaceMember xlink:href="#f{n}_{k}"/>\n' for k in range(len(rings)))
    return (
        f'\t<core:cityObjectMember>\n\t\t<bldg:Building gml:id="bldg_{n:036d}">\n'
        f'\t\t<bldg:usage codeSpace="../../codelists/Building_usage.xml">411</bldg:usage>\n'
        f'\t\t<bldg:measuredHeight uom="m">{high - low:.1f}</bldg:measuredHeight>\n'
        f"\t\t<bldg:storeysAboveGround>{1 + n % 12}</bldg:storeysAboveGround>\n"
        f"\t\t<bldg:lod1Solid>{shell.format(''.join(polygon(ring) for _, ring in rings))}</bldg:lod1Solid>\n"
        f"\t\t<bldg:lod2Solid>{shell.format(named)}</bldg:lod2Solid>\n{bounds}"
        "\t\t<uro:buildingDetailAttribute><uro:BuildingDetailAttribute><uro:surveyYear>2021</uro:surveyYear>"
        '<uro:totalFloorArea uom="m2">310.5</uro:totalFloorArea></uro:BuildingDetailAttribute>'
        "</uro:buildingDetailAttribute>\n\t\t</bldg:Building>\n\t</core:cityObjectMember>\n"
    )


def made(path: Path, megabytes: int) -> None:
    """A file of about this size."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        n = 0
        while file.tell() < megabytes << 20:
            file.write("".join(building(k) for k in range(n, n + 50)))
            n += 50
        file.write("</core:CityModel>\n")


def read(path: Path) -> None:
    """Read the file and print what it cost."""
    from lxml import etree

    from madang.sources.citygml import CityGMLSource

    start = time.process_time()
    for _, element in etree.iterparse(str(path), tag="{*}cityObjectMember"):
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    parsing = time.process_time() - start
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    flow = CityGMLSource().read(path)
    count = sum(len(batch) for batch in flow.batches()) - 1
    spent = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report, _ = flow.finished()
    assert report.kept == count
    size = path.stat().st_size / 2**20
    print(f"{size:,.0f} MB, {count:,} buildings of two levels   {spent:6.1f} s   {count / spent:7,.0f} a second")
    print(f"{size / spent:.1f} MB a second, {spent / parsing:.1f} x lxml alone ({parsing:.1f} s)")
    print(f"most memory {peak / 1024:,.0f} MB, of which {before / 1024:,.0f} MB before reading")


def main() -> None:
    """Make a file, and read it in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=8)
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.read:
        read(given.read)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "city.gml"
        made(path, given.megabytes)
        subprocess.run([sys.executable, __file__, "--read", str(path)], check=True)


if __name__ == "__main__":
    main()

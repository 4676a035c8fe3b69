"""What QGIS does underneath: GDAL's driver for OGC API Features reads collections; run in a process of its own.

python by_gdal.py BASE [TOKEN]      says one line of JSON
"""

import json
import sys

import pyogrio
import shapely

BASE, TOKEN = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
if TOKEN:
    pyogrio.set_gdal_config_options({"GDAL_HTTP_AUTH": "BEARER", "GDAL_HTTP_BEARER": TOKEN})


def read(collection, **asked):
    meta, _, shapes, columns = pyogrio.raw.read(f"OAPIF:{BASE}", layer=collection, **asked)
    found = {name: column.tolist() for name, column in zip(meta["fields"], columns, strict=True)}
    return {"crs": meta["crs"], "shapes": [shape.wkb_hex for shape in shapely.from_wkb(shapes)], **found}


said = {
    "layers": sorted(name for name, _ in pyogrio.list_layers(f"OAPIF:{BASE}").tolist()),
    "count": pyogrio.read_info(f"OAPIF:{BASE}", layer="BusStop", force_feature_count=True)["features"],
    "stops": read("BusStop"),
    "box": read("BusStop", bbox=(127.0, 37.0, 127.0995, 37.01))["id"],
    "where": read("BusStop", where="boardings = 7")["id"],
    "dongs": read("Dong"),
}
print(json.dumps(said))

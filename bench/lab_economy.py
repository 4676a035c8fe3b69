"""What the economy model's provinces, structure and taxes cost: 10,000 alternatives by region, a slider with its band.

Run as `python bench/lab_economy.py`. Real figures of Gwangyang, from the data packages; 23 sectors in the city and 17
provinces (414 rows). Times are wall clock of one process, the best of some; the ratio is against solving the nested
system once for every alternative, measured in the same run.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

import numpy as np

from madang.entities.entity import json_property, property_
from madang.lab import compare as comparing
from madang.models import runner
from madang.models.economy import nested, shipped
from madang.models.economy.given import country_totals
from madang.models.economy.provinces import by_province, provinces_of
from madang.models.economy.system import system_of
from madang.models.industries import INDUSTRIES
from madang.sources import korea
from models import ALTERNATIVES, GWANGYANG, best, city, clocked, gwangyang, say

LOOP, SLIDES = 50, 20
CHANGE, PLANT, TAX = (f"urn:ngsi-ld:{kind}:bench:1" for kind in ("StructuralChange", "PlantOperation", "TaxChange"))


def main() -> None:
    table, region = shipped.table(), gwangyang()
    tables = korea.national_tables()
    data = tables.blobs[tables.dataset["blobs"]["json"]["grdp.csv"]]
    own = {i.id: tables.grdp[2020, GWANGYANG].get(i.id) for i in INDUSTRIES}
    two = system_of(table, region, None, delta=np.array([0.25]), import_factor=np.ones((1, len(table.codes))))
    country_totals(data, 2020)  # read once, as a city file does
    provinces = provinces_of(table, by_province(data, 2020), own, district=GWANGYANG)

    def nest() -> nested.Nest:
        return nested.nest_of(table, region, provinces, two, delta=0.25)

    say("17 provinces and the city: the system and its response", best(nest))
    spending = np.random.default_rng(0).random((ALTERNATIVES, len(table.codes))) * 1e11
    whole = best(lambda: nested.alternatives(table, nest(), two, spending))
    known = nest()
    product = best(lambda: nested.alternatives(table, known, two, spending))

    def one_by_one() -> None:
        for row in spending[:LOOP]:
            near, far = two.final_in_city((row * 0.97)[None, None], two.here_final[:, None, :])
            known.output(near[0].T, far[0].T)

    loop = best(one_by_one, times=2) / LOOP * ALTERNATIVES
    say(
        "10,000 alternatives by region, the system with them",
        whole,
        f"{loop / whole:,.0f}x a solve each ({loop:.0f} s)",
    )
    say("10,000 alternatives by region, the system known", product)

    with tempfile.TemporaryDirectory() as folder, city(Path(folder)) as store:
        with store.transact(branch="plan", actor="bench", reason="changes") as tx:
            shares = json_property({"electrical-equipment": 1.0})
            tx.put({"id": PLANT, "type": "PlantOperation", "plantOutput": property_(1e12, unit="KRW"),
                    "sectorShares": shares})  # fmt: skip
            tx.put({"id": CHANGE, "type": "StructuralChange", "sector": property_("electrical-equipment"),
                    "importsReplaced": json_property({"chemicals": 0.3}),
                    "adoption": property_(1.0, unit="C62")})  # fmt: skip
            tx.put({"id": TAX, "type": "TaxChange", "sector": property_("energy"), "appliesTo": property_("country"),
                    "rateChange": property_(0.05, unit="C62")})  # fmt: skip
        say(
            "run of 1,000 members with plant, structure and tax",
            clocked(lambda: runner.run(store, "economy", branch="plan")),
        )
        for lever, values in (
            ("urn:ngsi-ld:Programme:bench:1#amount", [1e12 + n * 1e10 for n in range(SLIDES)]),
            (f"{PLANT}#plantOutput", [1e12 + n * 1e10 for n in range(SLIDES)]),
            (f"{TAX}#rateChange", [0.01 + n * 0.001 for n in range(SLIDES)]),
            (f"{CHANGE}#adoption", [0.5 + n * 0.02 for n in range(SLIDES)]),
        ):
            slides = [clocked(lambda v=v, lever=lever: comparing.what_if(store, "plan", {lever: v})) for v in values]
            middle = statistics.median(slides)
            say(
                f"slider {lever.partition('#')[2]}: indicators with band, median",
                middle,
                f"slowest {max(slides) * 1e3:.0f} ms",
            )


if __name__ == "__main__":
    main()

"""Make the input-output table that Madang ships: an aggregate of the OECD table for Korea, in rounded coefficients.

    python scripts/io_table.py korea_io_total_oecd_ed2018.csv

It reads the table of total flows (domestic and imported together), sums its 36 sectors into those of
`models/economy/data/sectors.toml`, and writes `models/economy/data/korea-2015.csv`: coefficients per unit of output,
the share of imports in domestic use, and the patterns of household and investment demand. It ends with how far the
aggregate's multipliers stand from those of the full table, so that the loss is known.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from madang.models.economy import leontief, readers, shipped

PLACES = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="the OECD table of total flows, CSV")
    parser.add_argument("--out", type=Path, default=shipped.PATH)
    given = parser.parse_args()
    flows = readers.read_oecd_flows(given.source.read_bytes())
    groups = {sector.code: sector.oecd for sector in shipped.sectors()}
    small = readers.aggregate(flows, groups)
    given.out.write_text(shipped.write(small, places=PLACES), "utf-8", newline="\n")
    table, full = shipped.table(given.out), readers.table_of_flows(flows)
    sys.stdout.write(f"{len(table.codes)} sectors, spectral radius {leontief.spectral_radius(table.domestic):.4f}\n")
    sys.stdout.write(_loss(table, full, groups))


def _loss(table: leontief.Table, full: leontief.Table, groups: dict[str, tuple[str, ...]]) -> str:
    """Output multiplier and share kept as value added: of the aggregate, and the output-weighted mean of its parts."""
    small, large = leontief.multipliers(table), leontief.multipliers(full)
    lines = ["sector                   output: here / parts    value added: here / parts\n"]
    for n, (code, parts) in enumerate(groups.items()):
        at = [full.codes.index(p) for p in parts]
        weight = full.output[at] / full.output[at].sum()
        output, kept = (float(np.dot(weight, m[at])) for m in (large.output, large.value_added))
        lines.append(f"{code:24} {small.output[n]:8.4f} {output:8.4f}      {small.value_added[n]:8.4f} {kept:8.4f}\n")
    return "".join(lines)


if __name__ == "__main__":
    main()

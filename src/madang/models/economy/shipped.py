"""The table that ships with Madang: Korea 2015 in 23 sectors, coefficients rounded to five places.

Made by `scripts/io_table.py`; its source, year, terms and method stand in the header of the data file and go with every
result. The file: lines `# name: value`, then a CSV with one row a product and one column a buying sector, further the
columns `households` and `import_share`, and below the rows `taxes` and `taxes_abroad`. Value added is what is left of
one, so rounding can't unbalance a column.
"""

from __future__ import annotations

import csv
import io
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from madang.errors import DataError
from madang.models.base import Blob, Floats
from madang.models.economy.leontief import SOURCE_WORDS, Source, Table, checked
from madang.models.economy.readers import Flows, import_shares

PATH = Path(__file__).parent / "data" / "korea-2015.csv"
SECTORS = Path(__file__).parent / "data" / "sectors.toml"
BLOB_NAME = "io-table.madang.csv"
FORM = "Madang input-output table, form 1"

METHOD = (
    "36 sectors summed into 23; coefficients per unit of output rounded to 5 places; imports split off by import "
    "shares (imports / domestic use), the same for every buyer"
)
METHOD_KO = (
    "36부문을 23부문으로 합치고, 산출 한 단위당 계수를 소수 다섯째 자리까지 반올림함. "
    "수입은 품목마다 수입비중(수입 ÷ 국내 사용)으로 나누며 모든 수요자에게 같다고 봄"
)


@dataclass(frozen=True, slots=True)
class Sector:
    """One sector of the shipped table: code, name, the OECD sectors it is made of, and what it can't tell apart."""

    code: str
    label: dict[str, str]
    oecd: tuple[str, ...]
    note: dict[str, str] | None


@cache
def sectors() -> tuple[Sector, ...]:
    """The sectors of the shipped table, in its order."""
    found = tomllib.loads(SECTORS.read_text("utf-8"))
    return tuple(
        Sector(code, {"ko": s["ko"], "en": s["en"]}, tuple(s["oecd"]), s.get("note")) for code, s in found.items()
    )


def default_blob() -> Blob:
    """The shipped table as the default of an input port."""
    source = table().source
    title, publisher = ({lang: source.words(lang)[of] for lang in ("ko", "en")} for of in ("title", "publisher"))
    return Blob(BLOB_NAME, PATH.read_bytes(), title, publisher, source.terms, source.status)


@cache
def table(path: Path = PATH) -> Table:
    """The shipped table, checked."""
    return read(path.read_bytes())


@lru_cache(maxsize=4)  # parsed and checked once, not for every move of a slider
def read(data: bytes) -> Table:
    """The table in a file of Madang's own form."""
    lines = data.decode("utf-8-sig").splitlines()
    if not lines or lines[0].lstrip("# ").strip() != FORM:
        raise DataError("models.table-form-unknown", found=lines[0][:60] if lines else "")
    notes = {}
    for line in lines[1:]:
        if line.startswith("#"):
            name, _, value = line.lstrip("# ").partition(":")
            notes[name.strip()] = value.strip()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    codes = tuple(row["code"] for row in rows if row["code"] not in ("taxes", "taxes_abroad"))
    by_code = {row["code"]: row for row in rows}
    total = np.array([[float(by_code[i][j]) for j in codes] for i in codes])
    taxes, abroad = (np.array([float(by_code[r][j]) for j in codes]) for r in ("taxes", "taxes_abroad"))
    share = np.array([float(by_code[i]["import_share"]) for i in codes])
    names = {s.code: s.label for s in sectors()}
    korean = {name: notes[f"{name}.ko"] for name in SOURCE_WORDS if f"{name}.ko" in notes}
    return checked(
        Table(
            codes=codes,
            labels={c: names.get(c, {"ko": c, "en": c}) for c in codes},
            year=int(notes["year"]),
            total=total,
            imported=np.repeat(share[:, None], len(codes), axis=1),
            imported_final=share,
            value_added=1 - total.sum(axis=0) - taxes - abroad,
            taxes=taxes,
            taxes_abroad=abroad,
            households=np.array([float(by_code[i]["households"]) for i in codes]),
            household_taxes=float(by_code["taxes"]["households"]),
            household_taxes_abroad=float(by_code["taxes_abroad"]["households"]),
            propensity=float(notes["household spending per unit of value added"]),
            investment_taxes=float(notes["taxes per unit of investment"]),
            investment_taxes_abroad=float(notes["taxes abroad per unit of investment"]),
            source=Source(notes["title"], notes["publisher"], notes["terms"], notes["method"], notes["status"], korean),
            output=np.array([float(by_code[i]["output_share"]) for i in codes]),
        )
    )


def write(flows: Flows, *, places: int) -> str:
    """A table of flows in Madang's own form, as rounded coefficients."""
    share = import_shares(flows)
    spent = flows.households.sum() + sum(flows.household_taxes)
    invested = flows.investment.sum() + sum(flows.investment_taxes)
    made = io.StringIO()
    for line in (
        FORM,
        f"title: Korea {flows.year}, {len(flows.codes)} sectors, aggregated from {flows.source.title}",
        f"publisher: {flows.source.publisher} (figures), Madang (aggregate)",
        f"year: {flows.year}",
        f"terms: {flows.source.terms}",
        f"method: {METHOD}",
        f"title.ko: 한국 {flows.year}년 산업연관표 {len(flows.codes)}부문(OECD 산업연관표 2018년판에서 묶음)",
        "publisher.ko: OECD(원자료), 마당(묶음)",
        "terms.ko: 확인하지 않음(OECD)",
        f"method.ko: {METHOD_KO}",
        "status: observed",
        f"household spending per unit of value added: {spent / flows.value_added.sum():.{places}f}",
        f"taxes per unit of investment: {flows.investment_taxes[0] / invested:.{places}f}",
        f"taxes abroad per unit of investment: {flows.investment_taxes[1] / invested:.{places}f}",
    ):
        made.write(f"# {line}\n")
    out = csv.writer(made, lineterminator="\n")
    out.writerow(["code", *flows.codes, "households", "import_share", "output_share"])

    def shown(values: Floats) -> list[str]:
        return [f"{v:.{places}f}" for v in values]

    coefficients = flows.purchases / flows.output
    weight = flows.output / flows.output.sum()
    for i, code in enumerate(flows.codes):
        out.writerow(
            [code, *shown(coefficients[i]), *shown(np.array([flows.households[i] / spent, share[i], weight[i]]))]
        )
    home, abroad = flows.household_taxes
    out.writerow(["taxes", *shown(flows.taxes / flows.output), f"{home / spent:.{places}f}", "", ""])
    out.writerow(["taxes_abroad", *shown(flows.taxes_abroad / flows.output), f"{abroad / spent:.{places}f}", "", ""])
    return made.getvalue()

"""Input-output tables from files: the OECD layout and the Bank of Korea layout, into flows, then coefficients.

OECD (inter-country table cut to one country, or the single-country table, CSV): a row label and a column a sector;
rows TTL_<sector> hold all purchases, or DOM_<sector> and IMP_<sector> hold the two parts; then TXS_… (taxes less
subsidies on products: TXS_IMP… paid abroad, TXS_INT… at home), VALU and OUTPUT. Final demand: HFCE, NPISH, GGFC, GFCF,
INVNT, …, EXPO, and IMPO, which is negative.

Bank of Korea (투입산출표, CSV or XLSX): sector codes and names in the first two columns and in two header rows, then
민간소비지출, …, 수출, 수입(공제), 총산출; below the sectors 피용자보수, 영업잉여, 고정자본소모, 생산세, 순생산물세,
부가가치계, 총투입계. Sheets of domestic and imported transactions are not needed: imports are taken out by shares.

Imports are split off by import shares (Miller & Blair 2009, 4.2): m_i = imports_i / (output_i - exports_i + imports_i),
the same for every buyer, unless the file itself tells domestic and imported purchases apart.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from madang.errors import DataError
from madang.models.base import Floats
from madang.models.economy.leontief import Source, Table, checked, coefficients

FLOW_BALANCE = 1e-3  # of the largest output: rounding in published tables stays far below
FINAL_USE_AT_HOME = ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "CONS_ABR")


@dataclass(frozen=True, slots=True, eq=False)
class Flows:
    """A table in money: purchases between sectors, final demand, what each sector pays beside, imports and exports."""

    codes: tuple[str, ...]
    labels: Mapping[str, Mapping[str, str]]
    year: int
    purchases: Floats  # total, domestic and imported
    imported_purchases: Floats | None  # where the file tells them apart
    households: Floats
    investment: Floats
    home_use: Floats  # all final use at home
    exports: Floats
    imports: Floats
    taxes: Floats
    taxes_abroad: Floats
    value_added: Floats
    output: Floats
    household_taxes: tuple[float, float]  # at home, abroad
    investment_taxes: tuple[float, float]
    source: Source
    household_income: float | None = None  # compensation of employees where the file has it


def read_table(data: bytes, layout: str, *, source: Source, year: int) -> Table:
    """The checked table in a file of a known layout: "oecd" or "bok"."""
    readers = {"oecd": read_oecd_flows, "bok": read_bok_flows}
    if layout not in readers:
        raise DataError("models.table-layout-unknown", layout=layout, known=", ".join(readers))
    return table_of_flows(readers[layout](data, source=source, year=year))


def table_of_flows(flows: Flows) -> Table:
    """Coefficients of a table of flows, with imports taken out by the file's own split or by import shares."""
    share = import_shares(flows)
    total = coefficients(flows.purchases, flows.output)
    if flows.imported_purchases is None:
        imported = np.repeat(share[:, None], len(share), axis=1)
    else:
        imported = np.divide(
            flows.imported_purchases, flows.purchases, out=np.zeros_like(total), where=flows.purchases != 0
        )
    taxes, abroad = coefficients(flows.taxes, flows.output), coefficients(flows.taxes_abroad, flows.output)
    spent = flows.households.sum() + sum(flows.household_taxes)
    invested = flows.investment.sum() + sum(flows.investment_taxes)
    income = flows.value_added.sum() if flows.household_income is None else flows.household_income
    idle = flows.output == 0  # keeps the column sum of an empty sector at one
    return checked(
        Table(
            codes=flows.codes,
            labels=flows.labels,
            year=flows.year,
            total=total,
            imported=np.clip(imported, 0, 1),
            imported_final=share,
            value_added=np.where(idle, 1.0, 1 - total.sum(axis=0) - taxes - abroad),
            taxes=taxes,
            taxes_abroad=abroad,
            households=flows.households / spent if spent else np.zeros_like(share),
            household_taxes=flows.household_taxes[0] / spent if spent else 0.0,
            household_taxes_abroad=flows.household_taxes[1] / spent if spent else 0.0,
            propensity=float(min(spent, income) / flows.value_added.sum()),
            investment_taxes=flows.investment_taxes[0] / invested if invested else 0.0,
            investment_taxes_abroad=flows.investment_taxes[1] / invested if invested else 0.0,
            source=flows.source,
            output=flows.output,
        )
    )


def import_shares(flows: Flows) -> Floats:
    """The share of imports in domestic use of each product, between 0 and 1; a product nobody uses has none."""
    use = flows.purchases.sum(axis=1) + flows.home_use
    share = np.divide(flows.imports, use, out=np.zeros_like(use), where=use > 0)
    return np.asarray(np.clip(share, 0, 1), dtype=np.float64)


def aggregate(flows: Flows, groups: Mapping[str, Sequence[str]]) -> Flows:
    """The table with its sectors summed into groups; every sector must stand in exactly one group."""
    given = [code for parts in groups.values() for code in parts]
    if sorted(given) != sorted(flows.codes):
        odd = sorted(set(given) ^ set(flows.codes)) or sorted({c for c in given if given.count(c) > 1})
        raise DataError("models.table-groups", codes=", ".join(odd))
    s = np.array([[float(code in parts) for code in flows.codes] for parts in groups.values()])
    return Flows(
        codes=tuple(groups),
        labels={},
        year=flows.year,
        purchases=s @ flows.purchases @ s.T,
        imported_purchases=None if flows.imported_purchases is None else s @ flows.imported_purchases @ s.T,
        households=s @ flows.households,
        investment=s @ flows.investment,
        home_use=s @ flows.home_use,
        exports=s @ flows.exports,
        imports=s @ flows.imports,
        taxes=s @ flows.taxes,
        taxes_abroad=s @ flows.taxes_abroad,
        value_added=s @ flows.value_added,
        output=s @ flows.output,
        household_taxes=flows.household_taxes,
        investment_taxes=flows.investment_taxes,
        source=flows.source,
        household_income=flows.household_income,
    )


OECD_KOREA_2015 = Source(
    title="OECD Input-Output Tables, edition 2018: Korea 2015, total flows",
    publisher="OECD",
    terms="OECD terms not checked",
    method="",
)


def read_oecd_flows(data: bytes, *, source: Source = OECD_KOREA_2015, year: int = 2015) -> Flows:
    """The flows of a single-country table in the OECD layout."""
    rows = [row for row in csv.reader(io.StringIO(_text(data))) if any(cell.strip() for cell in row)]
    header = [cell.strip() for cell in rows[0]]
    first = next((n for n, name in enumerate(header) if name.startswith("D") and name[1:3].isdigit()), None)
    if first is None:
        raise DataError("models.table-no-sectors", layout="oecd", found=", ".join(header[:6]))
    names = header[first:]
    cells = {row[0].strip(): row[first:] for row in rows[1:] if row[0].strip() not in ("", "From")}
    labels = {row[0].strip().partition("_")[2]: row[1].strip() for row in rows[1:]} if first > 1 else {}
    codes = tuple(name for name in names if name.startswith("D") and name[1:3].isdigit())

    def line(name: str, *, needed: bool = True) -> Mapping[str, float]:
        if name not in cells:
            if needed:
                raise DataError("models.table-row-missing", layout="oecd", row=name)
            return dict.fromkeys(names, 0.0)
        return {column: _number(cell, name, column) for column, cell in zip(names, cells[name], strict=True)}

    def block(prefix: str) -> list[Mapping[str, float]]:
        return [line(prefix + code.removeprefix("D")) for code in codes]

    parts = any(name.startswith("DOM_") for name in cells)
    at_home, abroad = (block("DOM_"), block("IMP_")) if parts else (block("TTL_"), None)
    every = [{c: h[c] + (abroad[i][c] if abroad else 0.0) for c in names} for i, h in enumerate(at_home)]

    def column(*wanted: str) -> Floats:
        return np.array([sum(row.get(w, 0.0) for w in wanted) for row in every])

    def matrix(lines: Sequence[Mapping[str, float]]) -> Floats:
        return np.array([[row[c] for c in codes] for row in lines])

    def across(name: str, *, needed: bool = True) -> Floats:
        row = line(name, needed=needed)
        return np.array([row[c] for c in codes])

    home, foreign = line("TXS_INT_FNL", needed=False), line("TXS_IMP_FNL", needed=False)
    imports = -column("IMPO") if "IMPO" in names else column("EXPO") + _use(every, codes) - across("OUTPUT")
    flows = Flows(
        codes=codes,
        labels={c: {"en": labels.get(c.removeprefix("D"), c), "ko": labels.get(c.removeprefix("D"), c)} for c in codes},
        year=year,
        purchases=matrix(every),
        imported_purchases=matrix(abroad) if abroad else None,
        households=column("HFCE"),
        investment=column("GFCF"),
        home_use=column(*FINAL_USE_AT_HOME),
        exports=column("EXPO", "CONS_NONRES"),
        imports=np.maximum(imports, 0.0),
        taxes=across("TXS_INT_FNL", needed=False),
        taxes_abroad=across("TXS_IMP_FNL", needed=False),
        value_added=across("VALU"),
        output=across("OUTPUT"),
        household_taxes=(home.get("HFCE", 0.0), foreign.get("HFCE", 0.0)),
        investment_taxes=(home.get("GFCF", 0.0), foreign.get("GFCF", 0.0)),
        source=source,
    )
    return _balanced(flows)


def read_bok_flows(data: bytes, *, source: Source, year: int) -> Flows:
    """The flows of a table of total transactions in the Bank of Korea layout, CSV or XLSX."""
    grid = _grid(data)
    top = next((n for n, row in enumerate(grid) if sum(_is_bok_code(c) for c in row[2:]) >= 2), None)
    if top is None:
        raise DataError("models.table-no-sectors", layout="bok", found=", ".join(c for c in grid[0] if c)[:80])
    heads = [_squeeze(a) + "|" + _squeeze(b) for a, b in zip(grid[top], grid[top + 1], strict=True)]
    codes = tuple(c.strip() for c in grid[top][2:] if _is_bok_code(c))
    at = {c.strip(): n for n, c in enumerate(grid[top]) if n >= 2 and _is_bok_code(c)}
    body = grid[top + 2 :]
    by_code = {row[0].strip(): row for row in body if _is_bok_code(row[0])}
    by_name = {_squeeze(row[1] or row[0]): row for row in body if not _is_bok_code(row[0])}
    missing = [c for c in codes if c not in by_code]
    if missing:
        raise DataError("models.table-row-missing", layout="bok", row=missing[0])

    def place(*words: str, needed: bool = True) -> int | None:
        for n, head in enumerate(heads):
            if n >= 2 and any(word in head for word in words):
                return n
        if needed:
            raise DataError("models.table-column-missing", layout="bok", column=words[0])
        return None

    def down(*words: str, needed: bool = False) -> Floats:
        n = place(*words, needed=needed)
        if n is None:
            return np.zeros(len(codes))
        return np.array([_number(by_code[c][n], c, words[0]) for c in codes])

    def row_at(word: str, columns: Sequence[int], *, needed: bool = False) -> Floats:
        row = next((r for name, r in by_name.items() if word in name), None)
        if row is None:
            if needed:
                raise DataError("models.table-row-missing", layout="bok", row=word)
            return np.zeros(len(columns))
        return np.array([_number(row[n], word, grid[top][n]) for n in columns])

    sectors = [at[c] for c in codes]
    consumption, private = place("민간소비", needed=True), place("민간고정자본형성", needed=False)
    whole = private if private is not None else place("총고정자본형성", "고정자본형성")
    assert consumption is not None
    assert whole is not None
    investment = down("민간고정자본형성") + down("정부고정자본형성") if private is not None else down("고정자본형성")
    tax_on = row_at("순생산물세", [*sectors, consumption, whole])
    flows = Flows(
        codes=codes,
        labels={c: {"ko": by_code[c][1].strip(), "en": by_code[c][1].strip()} for c in codes},
        year=year,
        purchases=np.array([[_number(by_code[r][at[c]], r, c) for c in codes] for r in codes]),
        imported_purchases=None,
        households=down("민간소비", needed=True),
        investment=investment,
        home_use=down("민간소비") + down("정부소비") + investment + down("재고") + down("귀중품"),
        exports=down("수출", needed=True),
        imports=np.abs(down("수입", needed=True)),
        taxes=tax_on[: len(codes)],
        taxes_abroad=np.zeros(len(codes)),
        value_added=row_at("부가가치계", sectors, needed=True),
        output=row_at("총투입", sectors, needed=True),
        household_taxes=(float(tax_on[-2]), 0.0),
        investment_taxes=(float(tax_on[-1]), 0.0),
        source=source,
        household_income=float(row_at("피용자보수", sectors).sum()) or None,
    )
    return _balanced(flows)


def read_employment(data: bytes, codes: Sequence[str]) -> tuple[Floats, Mapping[str, str]]:
    """Persons employed per billion won of output, in the table's order, and the file's own header notes.

    CSV with the columns `code` and `persons_per_billion_krw`; lines that begin with # name title, source, year, terms.
    """
    text = _text(data)
    notes = dict(_note(line) for line in text.splitlines() if line.startswith("#") and ":" in line)
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    for needed in ("code", "persons_per_billion_krw"):
        if not rows or needed not in rows[0]:
            raise DataError("models.table-column-missing", layout="employment", column=needed)
    if not notes.get("source"):
        raise DataError("models.employment-without-source")
    found = {
        row["code"].strip(): _number(row["persons_per_billion_krw"], row["code"], "persons_per_billion_krw")
        for row in rows
    }
    missing = [code for code in codes if code not in found]
    if missing:
        raise DataError("models.table-row-missing", layout="employment", row=missing[0])
    return np.array([found[code] for code in codes]), notes


def _use(lines: Sequence[Mapping[str, float]], codes: Sequence[str]) -> Floats:
    wanted = [*codes, *FINAL_USE_AT_HOME]
    return np.array([sum(row.get(c, 0.0) for c in wanted) for row in lines])


def _balanced(flows: Flows) -> Flows:
    """The flows themselves, when rows and columns agree with output to the rounding of published tables."""
    columns = flows.purchases.sum(axis=0) + flows.taxes + flows.taxes_abroad + flows.value_added
    rows = flows.purchases.sum(axis=1) + flows.home_use + flows.exports - flows.imports
    for what, sums in (("column", columns), ("row", rows)):
        worst = int(np.argmax(np.abs(sums - flows.output)))
        if abs(sums[worst] - flows.output[worst]) > FLOW_BALANCE * flows.output.max():
            raise DataError(
                "models.table-flows-unbalanced",
                what=what,
                sector=flows.codes[worst],
                found=f"{sums[worst]:,.1f}",
                output=f"{flows.output[worst]:,.1f}",
            )
    return flows


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError("models.file-encoding")


def _grid(data: bytes) -> list[list[str]]:
    """Cells as text, row by row, of a CSV or of the first sheet of a workbook."""
    if data[:2] == b"PK":
        from openpyxl import load_workbook

        try:
            sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
            rows = [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
        except Exception as wrong:  # a damaged workbook fails wherever it is damaged: zip, XML, a number in it
            raise DataError("models.workbook-damaged", why=f"{type(wrong).__name__}: {wrong}") from None
    else:
        rows = list(csv.reader(io.StringIO(_text(data))))
    width = max((len(row) for row in rows), default=0)
    return [[cell.strip() for cell in row] + [""] * (width - len(row)) for row in rows]


def _is_bok_code(cell: str) -> bool:
    """A sector code of the Bank of Korea: a letter of the industry section, or digits ("C09", "F", "0911")."""
    text = cell.strip()
    return (
        bool(text)
        and len(text) <= 5
        and (text.isdigit() or (text[0] in "ABCDEFGHIJKLMNOPQRST" and (text[1:].isdigit() or text[1:] == "")))
    )


def _squeeze(text: str) -> str:
    return "".join(text.split())


def _note(line: str) -> tuple[str, str]:
    name, _, value = line.lstrip("# ").partition(":")
    return name.strip(), value.strip()


def _number(cell: str, row: str, column: str) -> float:
    text = cell.replace(",", "").strip()
    if text in ("", "-"):
        return 0.0  # published tables leave empty cells where nothing was bought
    try:
        return float(text)
    except ValueError:
        raise DataError("models.table-not-a-number", row=row, column=column, found=cell) from None

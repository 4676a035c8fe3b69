/** The rows of a layer's table: both sides' values by feature, what a text leaves of them, their order, their pages. Pure. */

import type { LayerValues } from "../../api/types";
import type { Side } from "../../geometry/panes";

export type CellValue = number | string | null;

export interface LayerRow {
  readonly id: string;
  readonly name: string;
  /** undefined where that side does not hold the feature. */
  readonly main: CellValue | undefined;
  readonly branch: CellValue | undefined;
  readonly mainAddress: string | null;
  readonly branchAddress: string | null;
}

export type OrderBy = "name" | Side;
export interface RowOrder {
  readonly by: OrderBy;
  readonly down: boolean;
}

/** One row for each feature of either side; without values of its own the 안 shows those of 현행. */
export function rowsOf(values: Readonly<Record<Side, LayerValues | null>>, nameOf: (id: string) => string): readonly LayerRow[] {
  const { main, branch } = values;
  const rows: LayerRow[] = [];
  const places = new Map<string, number>();
  main?.ids.forEach((id, i) => {
    const value = main.values[i] ?? null;
    const address = main.addresses?.[i] ?? null;
    const alike = branch === null;
    places.set(id, rows.length);
    rows.push({ id, name: nameOf(id), main: value, branch: alike ? value : undefined, mainAddress: address, branchAddress: alike ? address : null });
  });
  branch?.ids.forEach((id, i) => {
    const place = places.get(id);
    const own = { branch: branch.values[i] ?? null, branchAddress: branch.addresses?.[i] ?? null };
    if (place === undefined) rows.push({ id, name: nameOf(id), main: undefined, mainAddress: null, ...own });
    else rows[place] = { ...rows[place]!, ...own };
  });
  return rows;
}

/** A text without what does not count when one looks for it. */
export function folded(text: string): string {
  return text.normalize("NFC").toLowerCase().replace(/[\s\-_·,.]+/g, "");
}

/** Rows whose name, id or word of a category holds the text. */
export function matching(rows: readonly LayerRow[], text: string, wordOf: (value: string) => string): readonly LayerRow[] {
  const wanted = folded(text);
  if (wanted === "") return rows;
  const said = (value: CellValue | undefined): boolean => typeof value === "string" && (folded(value).includes(wanted) || folded(wordOf(value)).includes(wanted));
  return rows.filter((row) => folded(row.name).includes(wanted) || folded(row.id).includes(wanted) || said(row.main) || said(row.branch));
}

/** Above this many rows names are put in order by their letters alone, which for Hangul is the order of a dictionary. */
const MANY = 5_000;

/** The rows in an order; what is unknown stands last whichever way. */
export function ordered(rows: readonly LayerRow[], { by, down }: RowOrder, language: string): readonly LayerRow[] {
  const sign = down ? -1 : 1;
  const { compare } = new Intl.Collator(language, { numeric: true });
  const ofTexts = rows.length > MANY ? (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0) : compare;
  if (by === "name") return [...rows].sort((one, other) => sign * ofTexts(one.name, other.name));
  const known = rows.filter((row) => row[by] !== null && row[by] !== undefined);
  const unknown = rows.filter((row) => row[by] === null || row[by] === undefined);
  known.sort((one, other) => {
    const [a, b] = [one[by]!, other[by]!];
    return sign * (typeof a === "number" && typeof b === "number" ? a - b : ofTexts(String(a), String(b)));
  });
  return [...known, ...unknown];
}

export const PAGE = 100;

/** How many pages so many rows take; there is always one. */
export const pagesOf = (count: number): number => Math.max(1, Math.ceil(count / PAGE));

/** The page on which a feature stands; null where it stands on none. */
export function pageWith(rows: readonly LayerRow[], id: string): number | null {
  const place = rows.findIndex((row) => row.id === id);
  return place < 0 ? null : Math.floor(place / PAGE);
}

/** Tables of a model into what the charts draw: lines over time, bars of groups, values of places. Pure. */

import type { ModelTable, TableRow } from "../../api/rooms/lab";
import type { Pair, Text } from "../../api/types";

export const TIMES = ["year", "month", "day", "hour"] as const;

export interface Point {
  readonly x: number;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

const number = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);

export function isOverTime(table: ModelTable): boolean {
  return table.by !== null && (TIMES as readonly string[]).includes(table.by) && Object.values(table.rows).some((rows) => Array.isArray(rows) && rows.length > 0);
}

/** The names of the series in a table, in the order in which they come; one without a name is called null. */
export function seriesOf(table: ModelTable): readonly (Pair | null)[] {
  const found = new Map<string, Pair | null>();
  for (const rows of Object.values(table.rows)) for (const row of rows) found.set(keyOf(row["series"] as Text), (row["series"] as Pair | undefined) ?? null);
  return [...found.values()];
}

export const keyOf = (name: Text): string => (typeof name === "string" ? name : (name?.ko ?? ""));

/** One alternative's line of one series, in the order of time. */
export function lineOf(table: ModelTable, alternative: string, series: Pair | null): readonly Point[] {
  const key = keyOf(series);
  return (table.rows[alternative] ?? [])
    .filter((row) => keyOf(row["series"] as Text) === key && number(row[table.by!] ?? row["x"]) !== null)
    .map((row) => ({ x: number(row[table.by!] ?? row["x"])!, value: number(row["value"]), low: number(row["low"]), high: number(row["high"]) }))
    .sort((one, other) => one.x - other.x);
}

export interface Bar {
  readonly key: string;
  readonly label: Text;
  /** In the order of the alternatives that were asked for; null is unknown. */
  readonly values: readonly (number | null)[];
}

/** The rows of a table of groups or regions, one bar an alternative; rows in which nobody has anything are left out. */
export function barsOf(table: ModelTable, alternatives: readonly string[]): readonly Bar[] {
  const found = new Map<string, { label: Text; values: (number | null)[] }>();
  alternatives.forEach((name, n) => {
    for (const row of table.rows[name] ?? []) {
      const key = String(row[table.by!] ?? keyOf(row["label"] as Text));
      const mine = found.get(key) ?? { label: row["label"] as Text, values: alternatives.map(() => null) };
      mine.values[n] = number(row["value"]);
      found.set(key, mine);
    }
  });
  return [...found].map(([key, one]) => ({ key, ...one })).filter((one) => one.values.some((value) => value !== null && value !== 0));
}

/** The value of every place for an alternative. */
export function placesOf(table: ModelTable, alternative: string): ReadonlyMap<string, number | null> {
  return new Map((table.rows[alternative] ?? []).map((row: TableRow) => [String(row["place"]), number(row["value"])]));
}

/** What a board says: better or worse and how surely, which rows come first, a newer part in its place. Pure. */

import type { Alternative, Board, Cell, Failed, Row, Waiting } from "../../api/rooms/lab";

/** How an alternative stands against what it is compared with. */
export type Verdict = "better" | "worse" | "rather-better" | "rather-worse" | "same" | "changed";

const SURE = 0.95;

/** The verdict on a cell; null where nothing can be said. A band that holds zero on both sides is never called sure. */
export function verdictOf(row: Pick<Row, "direction">, cell: Cell): Verdict | null {
  const found = cell.difference;
  if (found === null || found.value === null) return null;
  if (found.value === 0 && !found.p05 && !found.p95) return "same";
  if (row.direction === null) return "changed";
  const good = row.direction === "higher" ? found.value > 0 : found.value < 0;
  const share = found.betterIn;
  if (share === null) return found.p05 === null ? (good ? "better" : "worse") : good ? "rather-better" : "rather-worse";
  if (share >= SURE) return "better";
  if (share <= 1 - SURE) return "worse";
  return share >= 0.5 ? "rather-better" : "rather-worse";
}

const FIRST = 4;
const NEXT = 3;

/** The few rows that a reader sees first: of each model those with a direction that differ somewhere, in its own order. */
export function firstIndicators(rows: readonly Row[]): readonly string[] {
  const models = [...new Set(rows.map((row) => row.model))];
  const found = models.flatMap((model) => {
    const mine = rows.filter((row) => row.model === model && row.direction !== null);
    const telling = mine.filter((row) => row.cells.some((cell) => cell.state === "waiting" || !(verdictOf(row, cell) ?? "same").startsWith("same")));
    return telling.slice(0, model === models[0] ? FIRST : NEXT);
  });
  const shown = found.length > 0 ? found : rows.filter((row) => row.direction !== null && row.cells.some((cell) => cell.value !== null)).slice(0, FIRST);
  return shown.map((row) => row.id);
}

export interface Group<Of> {
  readonly model: string;
  readonly rows: readonly Of[];
}

/** Rows under their model, in the order in which they come. */
export function byModel<Of extends { readonly model: string }>(rows: readonly Of[]): readonly Group<Of>[] {
  const found = new Map<string, Of[]>();
  for (const row of rows) found.set(row.model, [...(found.get(row.model) ?? []), row]);
  return [...found].map(([model, mine]) => ({ model, rows: mine }));
}

/** The board with the newer answers of a part of it: cells of the part's alternatives in the part's rows. */
export function mergeBoard(whole: Board, part: Board): Board {
  const names = new Set(part.alternatives.map((one) => one.id));
  const models = new Set(part.rows.map((row) => row.model));
  const newer = new Map(part.rows.map((row) => [row.id, new Map(row.cells.map((cell) => [cell.alternative, cell]))]));
  const keeps = (one: Waiting | Failed): boolean => !(models.has(one.model) && names.has(one.alternative));
  return {
    ...whole,
    alternatives: whole.alternatives.map((one) => part.alternatives.find((other) => other.id === one.id) ?? one),
    rows: whole.rows.map((row) => ({ ...row, cells: row.cells.map((cell) => newer.get(row.id)?.get(cell.alternative) ?? cell) })),
    tables: whole.tables.map((table) => ({ ...table, rows: { ...table.rows, ...part.tables.find((one) => one.id === table.id)?.rows } })),
    equity: whole.equity.map((one) => ({ ...one, cells: { ...one.cells, ...part.equity.find((other) => other.indicator === one.indicator && other.by === one.by)?.cells } })),
    waiting: [...whole.waiting.filter(keeps), ...part.waiting],
    failed: [...whole.failed.filter(keeps), ...part.failed],
  };
}

export interface Count {
  readonly better: readonly Row[];
  readonly worse: readonly Row[];
  readonly unsure: readonly Row[];
}

/** In which of the rows an alternative is surely better, surely worse, and neither. */
export function countOf(rows: readonly Row[], alternative: string): Count {
  const better: Row[] = [];
  const worse: Row[] = [];
  const unsure: Row[] = [];
  for (const row of rows) {
    const cell = row.cells.find((one) => one.alternative === alternative);
    const verdict = cell && verdictOf(row, cell);
    if (verdict === "better") better.push(row);
    else if (verdict === "worse") worse.push(row);
    else if (verdict === "rather-better" || verdict === "rather-worse") unsure.push(row);
  }
  return { better, worse, unsure };
}

/** The ends of a row's differences, 0 among them, so that the bands of one row can be held against each other. */
export function rowReach(cells: readonly Cell[]): readonly [number, number] | null {
  const known = cells.flatMap((cell) => (cell.difference ? [cell.difference.p05, cell.difference.p95, cell.difference.value] : [])).filter((value): value is number => value !== null);
  const [low, high] = [Math.min(0, ...known), Math.max(0, ...known)];
  return low === high ? null : [low, high];
}

/** The two rows that most often disagree about which of two alternatives is better; the first two where none do. */
export function mostOpposed(rows: readonly Row[]): readonly [string, string] | null {
  if (rows.length < 2) return null;
  const worth = rows.map((row) => row.cells.map((cell) => (cell.value ?? 0) * (row.direction === "lower" ? -1 : 1)));
  let [most, found]: [number, readonly [string, string]] = [0, [rows[0]!.id, rows[1]!.id]];
  rows.forEach((one, a) =>
    rows.slice(a + 1).forEach((other, b) => {
      const [first, second] = [worth[a]!, worth[a + 1 + b]!];
      const apart = first.flatMap((value, m) => first.slice(m + 1).map((next, n) => (value - next) * (second[m]! - second[m + 1 + n]!))).filter((product) => product < 0).length;
      if (apart > most) [most, found] = [apart, [one.id, other.id]];
    }),
  );
  return found;
}

/** The board with a column for a variant that was just made: it stands where its branch stands until it is answered. */
export function withColumn(whole: Board, made: Alternative): Board {
  const like = whole.alternatives.find((one) => one.branch === made.branch && !one.isVariant)?.id ?? whole.against;
  const copied = <Of>(of: Readonly<Record<string, Of>>): Readonly<Record<string, Of>> => (like in of ? { ...of, [made.id]: of[like]! } : of);
  return {
    ...whole,
    alternatives: [...whole.alternatives, made],
    rows: whole.rows.map((row) => {
      const cell = row.cells.find((one) => one.alternative === like);
      return cell ? { ...row, cells: [...row.cells, { ...cell, alternative: made.id, address: null, state: cell.state === "known" ? ("computed" as const) : cell.state }] } : row;
    }),
    tables: whole.tables.map((table) => ({ ...table, rows: copied(table.rows) })),
    equity: whole.equity.map((one) => ({ ...one, cells: copied(one.cells) })),
  };
}

/** Columns of a table and the order of its rows. Pure: it is drawn by components/DataTable. */

/** A number of the city: what it is, and where it comes from. */
export interface FigureLike {
  readonly value: number | string | null;
  readonly unit?: string | null;
  readonly address?: string | null;
  readonly status?: string | null;
}

export interface Column<Row> {
  readonly key: string;
  readonly head: string;
  /** What stands in the cell; a column without it is drawn by the table's own snippet. */
  readonly text?: (row: Row) => string;
  /** The figure behind the text, which opens its 산출근거. */
  readonly figure?: (row: Row) => FigureLike | null | undefined;
  /** What the rows are sorted by; a column without it does not sort. */
  readonly sort?: (row: Row) => number | string | null | undefined;
  readonly amount?: boolean;
}

export interface Order {
  readonly key: string;
  readonly down: boolean;
}

/** The rows in an order; what is unknown stands last whichever way. */
export function sorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[], order: Order | null, language: string): readonly Row[] {
  const by = order === null ? undefined : columns.find((column) => column.key === order.key)?.sort;
  if (order === null || by === undefined) return rows;
  const known = rows.filter((row) => !isUnknown(by(row)));
  const unknown = rows.filter((row) => isUnknown(by(row)));
  known.sort((one, other) => (order.down ? -1 : 1) * compared(by(one)!, by(other)!, language));
  return [...known, ...unknown];
}

function isUnknown(value: number | string | null | undefined): boolean {
  return value === null || value === undefined || value === "";
}

function compared(one: number | string, other: number | string, language: string): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  return String(one).localeCompare(String(other), language, { numeric: true });
}

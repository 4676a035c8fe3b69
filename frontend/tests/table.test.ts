import { expect, it } from "vitest";
import { sorted } from "../src/table";
import type { Column } from "../src/table";

interface Row {
  readonly id: string;
  readonly name: string;
  readonly amount: number | null;
}

const COLUMNS: readonly Column<Row>[] = [
  { key: "name", head: "이름", text: (row) => row.name, sort: (row) => row.name },
  { key: "amount", head: "금액", text: (row) => String(row.amount), sort: (row) => row.amount },
  { key: "note", head: "비고" },
];
const ROWS: readonly Row[] = [
  { id: "1", name: "나 10", amount: 3 },
  { id: "2", name: "나 9", amount: null },
  { id: "3", name: "가", amount: 12 },
];
const ids = (rows: readonly Row[]): string[] => rows.map((row) => row.id);

it("sorts numbers as numbers, and numbers inside names too", () => {
  expect(ids(sorted(ROWS, COLUMNS, { key: "amount", down: false }, "ko"))).toEqual(["1", "3", "2"]);
  expect(ids(sorted(ROWS, COLUMNS, { key: "name", down: false }, "ko"))).toEqual(["3", "2", "1"]);
});

it("keeps what is unknown last whichever way", () => {
  expect(ids(sorted(ROWS, COLUMNS, { key: "amount", down: true }, "ko"))).toEqual(["3", "1", "2"]);
});

it("leaves rows as they came where nothing sorts them", () => {
  expect(sorted(ROWS, COLUMNS, null, "ko")).toBe(ROWS);
  expect(sorted(ROWS, COLUMNS, { key: "note", down: true }, "ko")).toBe(ROWS);
});

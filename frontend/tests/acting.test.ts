import { expect, it } from "vitest";
import { bodyOf } from "../src/acting";
import { parseAmount } from "../src/format/amount";

it("reads sums as people write them", () => {
  expect(parseAmount("1조 3,742억 원")).toBe(1_374_200_000_000);
  expect(parseAmount("1,374,200,000,000")).toBe(1_374_200_000_000);
  expect(parseAmount("KRW 1.3742 tn")).toBe(1_374_200_000_000);
  expect(parseAmount("250억")).toBe(25_000_000_000);
  expect(parseAmount("-12.5")).toBe(-12.5);
  expect(parseAmount("0")).toBe(0);
});

it("does not guess what is no sum", () => {
  for (const text of ["", "많이", "3억 2조", "12..5", "1조 3억 x"]) expect(parseAmount(text), text).toBeNull();
});

it("sends what was told and nothing of what was left empty", () => {
  const fields = [
    { name: "on", label: "", kind: "date" },
    { name: "realised", label: "", kind: "won" },
    { name: "contracted", label: "", kind: "won" },
    { name: "because", label: "", kind: "text" },
  ] as const;
  expect(bodyOf(fields, { on: "2026-11-22", realised: " 12억 ", contracted: "", because: "  " })).toEqual({ on: "2026-11-22", realised: 1_200_000_000 });
  expect(bodyOf(fields, { realised: "약 12억" })).toEqual({ realised: "약 12억" });
});

import { expect, it } from "vitest";
import { fitting, isOpen, withAlternativesFirst } from "../src/fitting";

it("shows all where all fit", () => {
  expect(fitting([50, 50, 50], 150, 40, -1)).toEqual([0, 1, 2]);
});

it("shows the first ones beside the button where not all fit", () => {
  expect(fitting([50, 50, 50, 50], 150, 40, -1)).toEqual([0, 1]);
});

it("always shows the one that must not be missing", () => {
  expect(fitting([50, 50, 50, 50], 150, 40, 3)).toEqual([0, 3]);
  expect(fitting([50, 50, 50, 50], 60, 40, 2)).toEqual([2]);
});

it("puts cities with an alternative first and keeps their order otherwise", () => {
  const city = (id: string, n: number) => ({ id, branches: Array<string>(n).fill("") });
  expect(withAlternativesFirst([city("a", 0), city("b", 1), city("c", 0), city("d", 2)]).map((one) => one.id)).toEqual(["b", "d", "a", "c"]);
});

it("takes neither 현행 nor a merged branch for an open 안", () => {
  expect([{ name: "main" }, { name: "a", state: "merged" }, { name: "b", state: "open" }, { name: "c" }].filter(isOpen).map((one) => one.name)).toEqual(["b", "c"]);
});

import { expect, it } from "vitest";
import { filled, pinsOf, pointOf } from "../src/components/procedure/pins";
import { shares } from "../src/components/procedure/tally";
import type { EntityChange, Indicator } from "../src/api/types";

const change = (id: string, kind: EntityChange["kind"], attributes: Record<string, unknown>): EntityChange => ({
  id,
  type: "Thing",
  name: id,
  kind,
  attributes: Object.entries(attributes).map(([attribute, after]) => ({ attribute, before: null, after })),
});

it("an opinion can be pinned to the words, numbers and places that an 안 brings, not to what it takes away", () => {
  const pins = pinsOf(
    [
      change("p", "changed", { text: { ko: "글" }, order: 3 }),
      change("f", "added", { amount: 12, location: { type: "Point", coordinates: [127, 37] } }),
      change("gone", "removed", { text: "글", amount: 1 }),
    ],
    [{ id: "output", label: "생산유발", address: "a#b.c" } as unknown as Indicator, { id: "none", label: "x", address: null } as unknown as Indicator],
  );
  expect(pins.paragraph.map((one) => one.key)).toEqual(["p#text"]);
  expect(pins.number.map((one) => one.anchor)).toEqual([
    { kind: "number", address: "a#b.c" },
    { kind: "number", entity: "f", attribute: "amount" },
  ]);
  expect(pins.place.map((one) => one.key)).toEqual(["f"]);
});

it("a place is a point on earth, or none", () => {
  expect(pointOf("127.1", "37.4")).toEqual({ kind: "place", geometry: { type: "Point", coordinates: [127.1, 37.4] } });
  for (const [lon, lat] of [["", "37"], ["127", "95"], ["동경", "37"]] as const) expect(pointOf(lon, lat)).toBeNull();
});

it("a form leaves out what was left empty, and keeps a zero", () => {
  expect(filled({ a: "", b: null, c: false, d: 0, e: "x" })).toEqual({ d: 0, e: "x" });
});

it("shares of a vote add up, and nobody's vote has none", () => {
  expect(shares({ for: 4, against: 1, abstain: 0 })).toEqual([
    { kind: "for", share: 0.8 },
    { kind: "against", share: 0.2 },
  ]);
  expect(shares({ for: 0, against: 0, abstain: 0 })).toEqual([]);
});

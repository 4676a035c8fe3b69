import { describe, expect, it } from "vitest";
import { boundsAround, boundsBy, equalBounds, naturalBounds, ownBounds, spreadWithin } from "../src/colour/breaks";
import type { Rgb } from "../src/colour/classes";
import { PALETTES, divergingColours, paletteFor, stopsOf } from "../src/colour/palettes";
import { asSteps, ticksOver, withGaps } from "../src/charts/history";
import { PLAIN, colouringIn, countsIn, scaleOf } from "../src/colour/scale";
import { middleOf } from "../src/geometry/middle";
import { gradeOf } from "../src/rooms/twin/grades";
import { matching, ordered, pageWith, pagesOf, rowsOf } from "../src/rooms/twin/rows";

/** Numbers that look like chance and are always the same. */
function drawn(count: number, seed = 1): Float64Array {
  let state = seed;
  return Float64Array.from({ length: count }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  });
}

/** The best breaks there are, by trying all of them. */
function tried(sorted: Float64Array, wanted: number): number {
  const values = [...new Set(sorted)];
  const every = (from: number, left: number): number[][] =>
    left === 1 ? [[values.at(-1)!]] : values.slice(from, values.length - left + 1).flatMap((bound, n) => every(from + n + 1, left - 1).map((rest) => [bound, ...rest]));
  return Math.min(...every(0, wanted).map((bounds) => spreadWithin(sorted, bounds)));
}

describe("natural breaks", () => {
  it("are the best there are, as trying all of them shows", () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const sorted = drawn(14, seed).map((value) => Math.round(value * 30)).sort();
      for (const wanted of [2, 3, 4]) {
        if (new Set(sorted).size <= wanted) continue;
        const bounds = naturalBounds(sorted, wanted);
        expect(bounds).toHaveLength(wanted);
        expect(spreadWithin(sorted, bounds)).toBeCloseTo(tried(sorted, wanted), 8);
      }
    }
  });
  it("find groups that anybody sees, however large the figures", () => {
    const sorted = Float64Array.from([1, 2, 3, 101, 102, 103, 901, 902].map((value) => value + 1e12));
    expect(naturalBounds(sorted, 3)).toEqual([3 + 1e12, 103 + 1e12, 902 + 1e12]);
  });
  it("do not part equal values, and make no class of nothing", () => {
    expect(naturalBounds(Float64Array.from([4, 4, 4, 9]), 5)).toEqual([4, 9]);
    expect(boundsBy("natural", new Float64Array(0), 5)).toEqual([]);
  });
  it("take a hundred thousand different values without a pause", () => {
    const sorted = drawn(100_000, 3).map((value) => value ** 4 * 500).sort();
    const start = performance.now();
    const bounds = naturalBounds(sorted, 7);
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(spreadWithin(sorted, bounds)).toBeLessThan(spreadWithin(sorted, equalBounds(sorted, 7)));
  });
});

describe("other breaks", () => {
  const sorted = Float64Array.from([0, 1, 2, 3, 10]);
  it("of equal width hold the ends", () => expect(equalBounds(sorted, 4)).toEqual([2.5, 5, 7.5, 10]));
  it("of one's own are put in order, and what is above them is kept", () => {
    expect(ownBounds(sorted, [3, 1, 3])).toEqual([1, 3, 10]);
    expect(ownBounds(sorted, [5, 20])).toEqual([5, 20]);
  });
  it("part at a midpoint, so that no colour stands for both sides", () => {
    const values = Float64Array.from([-4, -3, -1, 2, 5, 6, 8, 9]);
    const { bounds, below } = boundsAround(0, "quantile", values, 5);
    expect(bounds[below - 1]).toBe(0);
    expect(bounds).toHaveLength(5);
    expect(boundsAround(-10, "equal", values, 4).below).toBe(0);
    expect(boundsAround(0, "own", values, 4, [5])).toEqual({ bounds: [0, 5, 9], below: 1 });
  });
});

describe("palettes", () => {
  const lightness = ([r, g, b]: Rgb): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;
  it("rise or fall in lightness, so that they read without hue", () => {
    for (const palette of PALETTES.filter((one) => one.kind === "sequential")) {
      const light = stopsOf(palette, false).map(lightness);
      const dark = stopsOf(palette, true).map(lightness);
      expect(light, palette.id).toEqual([...light].sort((a, b) => b - a));
      expect(dark, palette.id).toEqual([...dark].sort((a, b) => a - b));
    }
  });
  it("that diverge are palest about their midpoint, and as strong on one side as on the other", () => {
    const stops = stopsOf(paletteFor("rdbu", false), false);
    const colours = divergingColours(stops, 3, 2);
    expect(colours).toHaveLength(5);
    expect(colours[0]).toEqual(stops[0]);
    expect(lightness(colours[2]!)).toBeGreaterThan(lightness(colours[1]!));
    expect(lightness(colours[3]!)).toBeGreaterThan(lightness(colours[4]!));
  });
});

describe("a reader's own colouring", () => {
  it("is the city's own where the address says nothing", () => expect(colouringIn({})).toBe(PLAIN));
  it("is read from the address, and nonsense in it is left out", () => {
    expect(colouringIn({ by: "own", breaks: "10,x,20", ramp: "rdbu", flip: "1", middle: "12" })).toEqual({ method: "own", own: [10, 20], palette: "rdbu", reversed: true, midpoint: 12 });
    expect(colouringIn({ by: "magic", middle: "east" })).toBe(PLAIN);
  });
  it("leaves each value in one class, counted", () => {
    const scale = scaleOf([1, 5, 10, null, 30], false, 3, colouringIn({ by: "own", breaks: "5,10" }))!;
    expect(scale.bounds).toEqual([5, 10, 30]);
    expect(countsIn(scale, [1, 5, 10, null, 30])).toEqual({ counts: [2, 1, 1], unknown: 1 });
  });
  it("names kinds of things in as many colours as the palette has", () => {
    const scale = scaleOf([..."abcdefghijk"], false, 5, colouringIn({ ramp: "muted" }))!;
    expect(scale.entries).toHaveLength(10);
    expect(scale.entries.at(-1)!.category).toBeNull();
  });
});

describe("the table of a layer", () => {
  const side = (ids: string[], values: (number | null)[]) => ({ ids, values, addresses: null });
  const rows = rowsOf({ main: side(["a", "b", "c"], [3, null, 1]), branch: side(["a", "c", "d"], [9, 1, 5]) }, (id) => `집 ${id}`);
  it("has one row for each feature of either side, and says what one of them does not hold", () => {
    expect(rows.map((row) => [row.id, row.main, row.branch])).toEqual([["a", 3, 9], ["b", null, undefined], ["c", 1, 1], ["d", undefined, 5]]);
    expect(rowsOf({ main: side(["a"], [3]), branch: null }, (id) => id)[0]!.branch).toBe(3);
  });
  it("puts what is unknown last whichever way, and finds by name without its spaces", () => {
    expect(ordered(rows, { by: "main", down: true }, "ko").map((row) => row.id)).toEqual(["a", "c", "b", "d"]);
    expect(ordered(rows, { by: "main", down: false }, "ko").map((row) => row.id)).toEqual(["c", "a", "b", "d"]);
    expect(matching(rows, "집B", (value) => value).map((row) => row.id)).toEqual(["b"]);
  });
  it("holds a hundred thousand rows in order without a pause", () => {
    const ids = Array.from({ length: 100_000 }, (_, n) => `i${n}`);
    const many = rowsOf({ main: side(ids, [...drawn(100_000)]), branch: null }, (id) => `집 ${id}`);
    const start = performance.now();
    ordered(many, { by: "name", down: false }, "ko");
    ordered(many, { by: "main", down: true }, "ko");
    expect(performance.now() - start).toBeLessThan(2_000);
    expect([pagesOf(many.length), pageWith(many, "i250")]).toEqual([1_000, 2]);
  });
});

describe("grades of the air", () => {
  it("hold a value as the table is written, in the unit of the table", () => {
    expect([30, 30.4, 30.6, 80, 151].map((value) => gradeOf("pm10", "GQ", value))).toEqual(["good", "good", "moderate", "moderate", "worst"]);
    expect(gradeOf("o3", "59", 0.0304)).toBe("good");
    expect([gradeOf("o3", "GQ", 50), gradeOf("temperature", "CEL", 5), gradeOf("pm10", "GQ", null)]).toEqual([null, null, null]);
  });
});

describe("a history", () => {
  const at = (minutes: number, value: number) => ({ at: minutes * 60_000, value });
  it("breaks where readings failed to come, and steps where versions stand", () => {
    expect(withGaps([at(0, 1), at(10, 2), at(60, 3)], 600).map((point) => point.value)).toEqual([1, 2, null, 3]);
    expect(asSteps([at(0, 1), at(10, 2)], 1_200_000).map((point) => point.value)).toEqual([1, 1, 2, 2]);
  });
  it("has round moments of its own zone", () => {
    const { moments, stepS } = ticksOver(Date.UTC(2026, 0, 1, 1), Date.UTC(2026, 0, 4, 1), 4, 9 * 3_600);
    expect(stepS).toBe(86_400);
    expect(moments.every((moment) => (moment / 1_000 + 9 * 3_600) % 86_400 === 0)).toBe(true);
  });
});

it("the middle of a place is that of the box around it", () => {
  expect(middleOf({ type: "GeoProperty", value: { type: "Polygon", coordinates: [[[0, 0], [2, 0], [2, 4], [0, 0]]] } })).toEqual([1, 2]);
  expect(middleOf(undefined)).toBeNull();
});

import { describe, expect, it } from "vitest";
import { boundsAround, boundsBy, equalBounds, naturalBounds, ownBounds, spreadWithin } from "../src/colour/breaks";
import type { Rgb } from "../src/colour/classes";
import { PALETTES, divergingColours, paletteFor, stopsOf } from "../src/colour/palettes";
import { PLAIN, colouringIn, countsIn, scaleOf } from "../src/colour/scale";

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

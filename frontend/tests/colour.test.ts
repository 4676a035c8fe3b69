import { describe, expect, it } from "vitest";
import { RAMP_DARK, RAMP_LIGHT, classEdges, classOf, quantileClasses, rampColours } from "../src/colour/classes";
import { scaleOf } from "../src/colour/scale";

describe("quantile classes", () => {
  it("puts about as many values in each class", () => {
    const classes = quantileClasses(Array.from({ length: 50 }, (_, i) => i))!;
    expect(classes.bounds).toHaveLength(5);
    expect(classes.counts).toEqual([10, 10, 10, 10, 10]);
  });
  it("never splits equal values, and counts the unknown apart", () => {
    const classes = quantileClasses([1, 1, 1, 1, 1, 1, 2, null, undefined, NaN], 5)!;
    expect(classes.bounds).toEqual([1, 2]);
    expect(classes.counts).toEqual([6, 1]);
    expect(classes.unknown).toBe(3);
  });
  it("has no classes where nothing is known", () => {
    expect(quantileClasses([null, undefined])).toBeNull();
  });
  it("gives each value the class whose edges hold it", () => {
    const values = [3, 9, 4, 1, 7, 7, 20, 0.5];
    const classes = quantileClasses(values, 4)!;
    const edges = classEdges(classes);
    for (const value of values) {
      const [low, high] = edges[classOf(value, classes.bounds)]!;
      expect(value).toBeLessThanOrEqual(high);
      expect(value).toBeGreaterThanOrEqual(low === classes.least ? low : low);
    }
  });
});

describe("the ramps", () => {
  const lightness = ([r, g, b]: readonly number[]): number => 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  it("change lightness in one direction, so that they read without hue", () => {
    const light = RAMP_LIGHT.map(lightness);
    const dark = RAMP_DARK.map(lightness);
    expect(light).toEqual([...light].sort((a, b) => b - a));
    expect(dark).toEqual([...dark].sort((a, b) => a - b));
  });
  it("are spread over fewer classes without losing their ends", () => {
    const three = rampColours(RAMP_LIGHT, 3);
    expect(three[0]).toEqual(RAMP_LIGHT[0]);
    expect(three[2]).toEqual(RAMP_LIGHT[4]);
  });
});

describe("a layer's scale", () => {
  it("colours both sides' numbers alike and leaves the unknown without colour", () => {
    const scale = scaleOf([1, 2, 3, 4, 5, null], false)!;
    expect(scale.entries).toHaveLength(5);
    expect(scale.unknown).toBe(1);
    expect(scale.colourOf(null)).toBeNull();
    expect(scale.colourOf(5)).toEqual(scale.entries[4]!.colour);
  });
  it("colours the commonest categories and gathers the rest", () => {
    const scale = scaleOf(["a", "a", "b", "c", "d", "e", "f", "g", null], false)!;
    expect(scale.entries[0]!.category).toBe("a");
    expect(scale.entries.at(-1)!.category).toBeNull();
    expect(scale.colourOf("g")).toEqual(scale.entries.at(-1)!.colour);
  });
  it("is none where nothing is known", () => {
    expect(scaleOf([null, undefined], true)).toBeNull();
  });
});

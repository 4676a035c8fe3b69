import { describe, expect, it } from "vitest";
import { NO_CLASS, RowIndex, SEEN, classesOf, packed, paintRows, paintingOf, plainPainting, seenIn, seenOf } from "../src/colour/rows";
import { scaleOf } from "../src/colour/scale";
import { edgesOf } from "../src/geometry/edges";
import { SeenFeatures } from "../src/geometry/seen";

const UNKNOWN = [200, 200, 200] as const;

describe("colours by row", () => {
  const ids = ["a", "b", "c", "d"];
  const values = [1, null, 30, 2];
  const scale = scaleOf(values, false)!;
  it("give each feature the colour that the legend shows for its value", () => {
    const painting = paintingOf(classesOf(values, scale), scale, UNKNOWN);
    const index = new RowIndex(ids);
    const rows = Int32Array.from(["c", "nobody", "b", "a"], (id) => index.rowOf(id));
    const into = new Uint32Array(6);
    paintRows(into, rows, painting);
    expect(into[0]).toBe(packed(scale.colourOf(30)!));
    expect(into[1]).toBe(packed(UNKNOWN));
    expect(into[2]).toBe(packed(UNKNOWN));
    expect(into[3]).toBe(packed(scale.colourOf(1)!));
    expect([...into.slice(4)]).toEqual([0, 0]);
  });
  it("hold where a feature is seen beside its colour, in the order of a texture's bytes", () => {
    const colour = packed([1, 2, 3]);
    expect([...new Uint8Array(new Uint32Array([colour]).buffer)]).toEqual([1, 2, 3, 255]);
    expect(seenOf(seenIn(colour, SEEN.main))).toBe(SEEN.main);
    expect(seenIn(seenIn(colour, SEEN.nowhere), SEEN.both)).toBe(colour);
  });
  it("class categories as the legend lists them, and what is left over together", () => {
    const kinds = ["집", "집", "집", "a", "b", "c", "d", "e", "f", "g", null];
    const told = scaleOf(kinds, false)!;
    const classes = classesOf(kinds, told);
    expect(classes[0]).toBe(0);
    expect(classes.at(-1)).toBe(NO_CLASS);
    kinds.forEach((kind, i) => expect(told.entries[classes[i]!]?.colour ?? null).toEqual(told.colourOf(kind)));
  });
  it("are the same for a column of numbers as for a list of values", () => {
    const list = Array.from({ length: 500 }, (_, i) => (i % 7 === 0 ? null : Math.cos(i) * 9));
    const told = scaleOf(list, false)!;
    const column = Float64Array.from(list, (value) => value ?? NaN);
    expect(classesOf(column, told)).toEqual(classesOf(list, told));
  });
  it("are one plain colour where no figure is chosen", () => {
    const into = new Uint32Array(3);
    paintRows(into, new Int32Array(3).fill(-1), plainPainting([9, 9, 9]));
    expect(new Set(into)).toEqual(new Set([packed([9, 9, 9])]));
  });
  it("repaint 100,000 features for a time step in less than a frame", () => {
    const count = 100_000;
    const many = Array.from({ length: count }, (_, i) => `urn:ngsi-ld:Building:x:${i}`);
    const index = new RowIndex(many);
    const rows = Int32Array.from(many, (id) => index.rowOf(id));
    const steps = Array.from({ length: 12 }, (_, step) => Float64Array.from({ length: count }, (_, i) => Math.sin(i * 0.37 + step) * 50));
    const told = scaleOf([...steps[0]!], false)!;
    const classes = new Uint8Array(count);
    const into = new Uint32Array(count);
    const times = steps.map((column) => {
      const start = performance.now();
      paintRows(into, rows, paintingOf(classesOf(column, told, classes), told, UNKNOWN));
      return performance.now() - start;
    });
    expect(classesOf(steps[1]!, told, classes)).toBe(classes);
    // Told, not judged: how long it takes depends on the machine, and bench/ states what was measured where.
    console.info(`recolour of ${count} features: median ${times.sort((a, b) => a - b)[6]!.toFixed(2)} ms`);
    expect(into[0]).toBe(packed(told.colourOf(steps[11]![0])!));
  });
});

describe("features that have been seen", () => {
  it("have one number each, and a box around all their parts", () => {
    const seen = new SeenFeatures();
    for (let i = 0; i < 200; i += 1) expect(seen.meet(`f${i}`)).toBe(i);
    expect(seen.meet("f7")).toBe(7);
    expect(seen.boxOf("f7")).toBeNull();
    seen.grow(7, { min: [0, 0, 0], max: [1, 1, 1] });
    seen.grow(7, { min: [-4, 0, 0], max: [0, 2, 8] });
    expect(seen.boxOf("f7")).toEqual({ min: [-4, 0, 0], max: [1, 2, 8] });
    expect(seen.whole).toEqual({ min: [-4, 0, 0], max: [1, 2, 8] });
    expect(seen.boxOf("nobody")).toBeNull();
  });
});

describe("outlines", () => {
  // Two triangles of a square, with vertices of their own as flat shading needs them, and a wall that stands on one side.
  const square = [0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0];
  const wall = [0, 0, 0, 1, 0, 0, 1, 0, 1];
  it("leave out what is flat and keep borders and bends, each with its feature", () => {
    const flat = edgesOf(square, [0, 1, 2, 3, 4, 5], [0, 0, 0, 0, 0, 0]);
    expect(flat.positions.length / 6).toBe(4);
    const bent = edgesOf([...square, ...wall], [0, 1, 2, 3, 4, 5, 6, 7, 8], Array<number>(9).fill(5));
    expect(bent.positions.length / 6).toBe(6);
    expect(new Set(bent.features)).toEqual(new Set([5]));
  });
  it("keep houses apart that touch, and take a triangle without area for nothing", () => {
    const apart = edgesOf(square, [0, 1, 2, 3, 4, 5], [0, 0, 0, 1, 1, 1]);
    expect(apart.positions.length / 6).toBe(6);
    expect(edgesOf([0, 0, 0, 1, 0, 0, 2, 0, 0], [0, 1, 2], [0, 0, 0]).positions.length).toBe(0);
  });
});

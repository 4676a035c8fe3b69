import { describe, expect, it } from "vitest";
import { advance, stood } from "../src/geometry/free";
import { HeightField } from "../src/geometry/heights";
import { differs, homeOf } from "../src/geometry/home";
import { placeLabels } from "../src/geometry/labels";
import type { Box } from "../src/geometry/orbit";
import { shapeOf, signs } from "../src/geometry/symbols";
import { REACH_M, cutAt, stepped } from "../src/geometry/walls";
import { queryOf, viewOf, NO_VIEW } from "../src/twin/address";

/** A house of 10 x 10 m around a place, its walls and no more. */
function house(x: number, y: number, height: number, base = 0): { positions: number[]; triangles: number[] } {
  const corners = [[-5, -5], [5, -5], [5, 5], [-5, 5]] as const;
  const positions = corners.flatMap(([east, north]) => [x + east, y + north, base, x + east, y + north, base + height]);
  const triangles = [0, 1, 2, 3].flatMap((side) => {
    const [a, b] = [side * 2, ((side + 1) % 4) * 2];
    return [a, b, a + 1, a + 1, b, b + 1];
  });
  return { positions, triangles };
}

const box = (x: number, y: number, size = 20, height = 30): Box => ({ min: [x - size / 2, y - size / 2, 0], max: [x + size / 2, y + size / 2, height] });

describe("the height of the ground", () => {
  // A plane z = x / 2 + y over 40 x 40 m in cells of 4 m, with a skirt along its western edge.
  const positions: number[] = [];
  const triangles: number[] = [];
  for (let row = 0; row <= 10; row += 1) for (let column = 0; column <= 10; column += 1) positions.push(column * 4, row * 4, column * 2 + row * 4);
  for (let row = 0; row < 10; row += 1) {
    for (let column = 0; column < 10; column += 1) {
      const at = row * 11 + column;
      triangles.push(at, at + 1, at + 12, at, at + 12, at + 11);
    }
  }
  const skirt = positions.length / 3;
  positions.push(0, 0, -50, 0, 40, -50);
  triangles.push(0, 110, skirt, 110, skirt + 1, skirt);
  const field = new HeightField(Float64Array.from(positions), triangles);
  it("is that of the triangle there, also on its edges, and no wall's", () => {
    for (const [x, y] of [[0, 0], [40, 40], [13.7, 29.1], [4, 4], [39.999, 0.001]] as const) expect(field.at(x, y)).toBeCloseTo(x / 2 + y, 6);
    expect(field.at(0, 17)).toBeCloseTo(17, 6);
  });
  it("is unknown beside the mesh", () => {
    for (const [x, y] of [[-0.1, 5], [41, 5], [5, -3], [5, 44], [NaN, 1]] as const) expect(field.at(x, y)).toBeNull();
    expect(new HeightField(new Float64Array(0), []).at(0, 0)).toBeNull();
  });
});

describe("walls", () => {
  const { positions, triangles } = house(0, 0, 12);
  const lines = Float64Array.from(cutAt(positions, triangles, 1.1, { x: 0, y: -8, withinM: 60 }, () => true));
  it("are where a house is cut at the chest; not above a low wall, not of what the pane hides", () => {
    expect(lines.length).toBe(8 * 4);
    const kerb = house(0, 0, 0.4);
    expect(cutAt(kerb.positions, kerb.triangles, 1.1, { x: 0, y: 0, withinM: 60 }, () => true)).toEqual([]);
    expect(cutAt(positions, triangles, 1.1, { x: 0, y: 0, withinM: 60 }, () => false)).toEqual([]);
    expect(cutAt(positions, triangles, 1.1, { x: 900, y: 0, withinM: 60 }, () => true)).toEqual([]);
  });
  it("stop a walker, however long his step, and let him along and away", () => {
    expect(stepped([0, -8], [0, -7], lines)).toEqual([0, -7]);
    expect(stepped([0, -8], [0, 8], lines)).toEqual([0, -8]);
    const [x, y] = stepped([0, -8], [2, -4], lines);
    expect([x, y]).toEqual([2, -8]);
    expect(stepped([0, -5 - REACH_M / 2], [0, -9], lines)).toEqual([0, -9]);
  });
  it("are met on the way through the city", () => {
    let at = stood({ eye: [0, -20, 0], headingDeg: 0, pitchDeg: 0 }, 0);
    for (let i = 0; i < 100; i += 1) at = advance(at, { ahead: 1, right: 0, up: 0, fast: true }, 0.05, "walk", () => 0, (from, to) => stepped(from, to, lines));
    expect(at.eye[1]).toBeLessThan(-5);
    expect(at.eye[1]).toBeGreaterThan(-7);
  });
});

describe("a first view", () => {
  const town = Array.from({ length: 100 }, (_, i) => box((i % 10) * 60, Math.floor(i / 10) * 60));
  it("is of the town, not of a hut far away", () => {
    const found = homeOf([...town, box(30_000, -20_000)])!;
    expect(found.max[0]).toBeLessThan(700);
    expect(found.min[1]).toBeGreaterThan(-100);
  });
  it("of a large city is of its weightiest part", () => {
    const wide = Array.from({ length: 900 }, (_, i) => box((i % 30) * 500, Math.floor(i / 30) * 500, 20, 8));
    const towers = Array.from({ length: 900 }, (_, i) => box(9_000 + (i % 30) * 30, 4_000 + Math.floor(i / 30) * 30, 30, 120));
    const found = homeOf([...wide, ...towers])!;
    expect(found.max[0] - found.min[0]).toBeLessThan(3_000);
    expect(found.min[0]).toBeLessThan(9_900);
    expect(found.max[0]).toBeGreaterThan(9_000);
  });
  it("is nothing of nothing, and the thing of one thing", () => {
    expect(homeOf([])).toBeNull();
    expect(homeOf([box(5, 5)])).toEqual(box(5, 5));
    expect(differs(box(0, 0, 900), box(10, 0, 900))).toBe(false);
    expect(differs(box(0, 0, 900), box(300, 0, 900))).toBe(true);
  });
});

describe("signs", () => {
  it.each(["tree", "post", "pin"] as const)("a %s stands within its box and belongs to its feature", (shape) => {
    const boxes = [7, 9].map((feature) => ({ feature, box: box(feature * 10, 0, 3, 6) }));
    const made = signs(boxes, shape);
    expect(new Set(made.features)).toEqual(new Set([7, 9]));
    expect(Math.max(...made.triangles)).toBe(made.features.length - 1);
    for (let i = 0; i < made.features.length; i += 1) {
      const around = boxes.find(({ feature }) => feature === made.features[i])!.box;
      for (let axis = 0; axis < 3; axis += 1) {
        expect(made.positions[i * 3 + axis]!).toBeGreaterThanOrEqual(around.min[axis]! - 1e-9);
        expect(made.positions[i * 3 + axis]!).toBeLessThanOrEqual(around.max[axis]! + 1e-9);
      }
      expect(Math.hypot(made.normals[i * 3]!, made.normals[i * 3 + 1]!, made.normals[i * 3 + 2]!)).toBeCloseTo(1, 5);
    }
  });
  it("are drawn for trees, stops and sensors alone", () => {
    expect(["tree", "stop", "sensor", "building", "plain"].map(shapeOf)).toEqual(["tree", "post", "pin", null, null]);
  });
});

describe("names", () => {
  const name = (key: string, x: number, y: number, text = key, weight = 1) => ({ key, x, y, width: 60, height: 18, weight, text });
  it("stand under nothing that lies over the picture, and are not written twice side by side", () => {
    const written = placeLabels([name("a", 100, 100), name("b", 700, 100), name("c", 300, 100, "a", 0.5), name("d", 800, 500, "a", 0.5)], 1000, 800, 14, 6, [{ x: 650, y: 50, width: 200, height: 200 }]);
    expect(written.map(({ key }) => key)).toEqual(["a", "d"]);
  });
});

describe("layers that a first view leaves out", () => {
  it("an address that shows them all says so", () => {
    expect(queryOf({ ...NO_VIEW, hidden: [] })).toBe("hidden=-");
    expect(viewOf("hidden=-").hidden).toEqual([]);
    expect(viewOf("").hidden).toBeNull();
  });
});

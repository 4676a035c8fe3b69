import { describe, expect, it } from "vitest";
import { bandMarks } from "../src/geometry/band";
import { anchorOf, extentsOf, padded, unionOf } from "../src/geometry/features";
import { localFrame, toEarthCentred, toLonLat, transform } from "../src/geometry/geodesy";
import { gathered, held, middleOf, placeLabels } from "../src/geometry/labels";
import { between, eyeOf, fit, metresPerPixel, pan, rotate, zoom } from "../src/geometry/orbit";
import type { Orbit } from "../src/geometry/orbit";
import { locate, panesOf, place } from "../src/geometry/panes";

describe("the flat frame at a place", () => {
  it("puts the place at its origin, east on x, north on y, up on z", () => {
    const frame = localFrame(127.1, 37.4);
    const here = transform(frame, toEarthCentred(127.1, 37.4));
    here.forEach((at) => expect(Math.abs(at)).toBeLessThan(1e-6));
    const up = transform(frame, toEarthCentred(127.1, 37.4, 25));
    expect(up[2]).toBeCloseTo(25, 6);
    const north = transform(frame, toEarthCentred(127.1, 37.41));
    expect(north[1]).toBeGreaterThan(1100);
    expect(Math.abs(north[0])).toBeLessThan(1e-3);
    expect(transform(frame, toEarthCentred(127.11, 37.4))[0]).toBeCloseTo(885.5, 0);
  });
  it("comes back from earth-centred metres", () => {
    const [lon, lat, height] = toLonLat(toEarthCentred(127.7, 34.94, 312));
    expect(lon).toBeCloseTo(127.7, 9);
    expect(lat).toBeCloseTo(34.94, 9);
    expect(height).toBeCloseTo(312, 4);
  });
});

describe("the camera", () => {
  const start: Orbit = { target: [0, 0, 0], headingDeg: 0, elevationDeg: 45, distanceM: 1000 };
  it("looks north from the south and above", () => {
    const [x, y, z] = eyeOf(start);
    expect(x).toBeCloseTo(0);
    expect(y).toBeCloseTo(-707.1, 1);
    expect(z).toBeCloseTo(707.1, 1);
  });
  it("moves the ground with the pointer, whatever the heading", () => {
    const dragged = pan({ ...start, elevationDeg: 89 }, 100, 0, 500);
    expect(dragged.target[0]).toBeCloseTo(-100 * metresPerPixel(start, 500));
    const east = pan({ ...start, headingDeg: 90, elevationDeg: 89 }, 100, 0, 500);
    expect(east.target[1]).toBeCloseTo(100 * metresPerPixel(start, 500));
  });
  it("stays above the ground and within reach", () => {
    expect(rotate(start, 370, -400)).toMatchObject({ headingDeg: 10, elevationDeg: 8 });
    expect(zoom(start, 1e-9).distanceM).toBe(30);
  });
  it("fits a box so that all corners fall inside the picture", () => {
    const box = { min: [-5000, -8000, 0], max: [7000, 9000, 600] } as const;
    for (const aspect of [0.6, 1, 2.2]) {
      for (const headingDeg of [0, 25, 90, 200]) {
        const orbit = fit(box, aspect, { headingDeg, elevationDeg: 48 });
        for (const corner of corners(box)) {
          const [x, y] = project(orbit, corner, aspect);
          expect(Math.abs(x)).toBeLessThan(1);
          expect(Math.abs(y)).toBeLessThan(1);
        }
      }
    }
  });
  it("turns the short way between two views and ends where it should", () => {
    const to = { ...start, headingDeg: 350, distanceM: 4000 };
    expect(between(start, to, 0.5).headingDeg).toBeCloseTo(355);
    expect(between(start, to, 0.5).distanceM).toBeCloseTo(2000);
    expect(between(start, to, 1)).toMatchObject({ headingDeg: 350, distanceM: 4000 });
  });
});

describe("panes", () => {
  it("split the canvas without gap or overlap", () => {
    for (const mode of ["split", "swipe"] as const) {
      const panes = panesOf(mode, 801, 600, 0.3);
      expect(panes.map((p) => p.scissor.width * p.scissor.height).reduce((a, b) => a + b)).toBe(801 * 600);
    }
    expect(panesOf("split", 390, 600).map((p) => p.scissor.height)).toEqual([300, 300]);
  });
  it("find the side under the pointer, and the point back", () => {
    const panes = panesOf("split", 800, 600);
    const hit = locate(panes, 600, 150)!;
    expect(hit.pane.side).toBe("branch");
    expect(place(hit.pane, ...hit.ndc)).toEqual([600, 150]);
    expect(locate(panes, 900, 10)).toBeNull();
  });
  it("swipe shows one picture, cut at the divider", () => {
    const panes = panesOf("swipe", 800, 600, 0.25);
    expect(locate(panes, 100, 10)!.pane.side).toBe("main");
    expect(locate(panes, 300, 10)!.pane.side).toBe("branch");
    expect(locate(panes, 300, 10)!.ndc[0]).toBeCloseTo(-0.25);
  });
});

describe("features of a mesh", () => {
  it("have their extents and anchors", () => {
    const extents = extentsOf([0, 0, 0, 2, 2, 5, 9, 9, 1, 10, 10, 3], [0, 0, 4, 4]);
    expect(extents.map((e) => e.feature)).toEqual([0, 4]);
    expect(anchorOf(extents[0]!.box)).toEqual([1, 1, 5]);
    expect(unionOf(extents.map((e) => e.box))).toEqual({ min: [0, 0, 0], max: [10, 10, 5] });
    expect(unionOf([])).toBeNull();
  });
  it("are padded to a least width, never upwards", () => {
    expect(padded({ min: [0, 0, 0], max: [10, 10, 5] }, 0, 100)).toEqual({ min: [-45, -45, 0], max: [55, 55, 5] });
  });
});

describe("labels", () => {
  it("never overlap, and the weightier wins", () => {
    const at = (key: string, x: number, weight: number) => ({ key, x, y: 50, width: 60, height: 16, weight });
    const placed = placeLabels([at("a", 100, 1), at("b", 120, 9), at("c", 300, 2)], 400, 100, 9);
    expect(placed.map((p) => p.key)).toEqual(["b", "c"]);
  });
  it("stay inside the picture", () => {
    expect(placeLabels([{ key: "a", x: 5, y: 50, width: 60, height: 16, weight: 1 }], 400, 100, 9)).toEqual([]);
  });

  it("never leave out what is held: it is moved into the picture, and above what lies over it", () => {
    const label = { key: "a", x: 5, y: 90, width: 60, height: 16, weight: 1 };
    const card = { x: 0, y: 60, width: 400, height: 40 };
    expect(held(label, 400, 100)).toMatchObject({ x: 30, y: 90 });
    expect(held(label, 400, 100, [card])).toMatchObject({ x: 30, y: 59 });
    expect(placeLabels([held(label, 400, 100, [{ ...card, y: 0, height: 100 }])], 400, 100, 9, 6, [{ ...card, y: 0, height: 100 }])).toHaveLength(1);
  });
});

describe("a band's marks", () => {
  it("always hold zero, in order", () => {
    const marks = bandMarks(10, 20, 40)!;
    expect(marks.zero).toBeLessThan(marks.from);
    expect(marks.from).toBeLessThan(marks.middle);
    expect(marks.middle).toBeLessThan(marks.to);
    expect(bandMarks(-4, -3, -1)!.zero).toBeGreaterThan(bandMarks(-4, -3, -1)!.to);
    expect(bandMarks(null, 1, 2)).toBeNull();
    expect(bandMarks(0, 0, 0)).toEqual({ zero: 0.5, from: 0.5, to: 0.5, middle: 0.5 });
  });
});

function corners({ min, max }: { min: readonly number[]; max: readonly number[] }): [number, number, number][] {
  return [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => [0, 1, 2].map((axis) => (bits & (1 << axis) ? max[axis]! : min[axis]!)) as [number, number, number]);
}

function project(orbit: Orbit, point: readonly number[], aspect: number): [number, number] {
  const eye = eyeOf(orbit);
  const subtract = (a: readonly number[], b: readonly number[]): number[] => [a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!];
  const dot = (a: readonly number[], b: readonly number[]): number => a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;
  const h = (orbit.headingDeg * Math.PI) / 180;
  const e = (orbit.elevationDeg * Math.PI) / 180;
  const ahead = [Math.sin(h) * Math.cos(e), Math.cos(h) * Math.cos(e), -Math.sin(e)];
  const right = [Math.cos(h), -Math.sin(h), 0];
  const up = [Math.sin(h) * Math.sin(e), Math.cos(h) * Math.sin(e), Math.cos(e)];
  const v = subtract(point, eye);
  const scale = Math.tan((36 / 2) * (Math.PI / 180)) * dot(v, ahead);
  return [dot(v, right) / (scale * aspect), dot(v, up) / scale];
}

describe("names that stand together", () => {
  const at = (key: string, x: number, y = 50) => ({ key, x, y, width: 60, height: 20, weight: 1 });

  it("gathers what lies over each other, also by way of a third", () => {
    const groups = gathered([at("a", 0), at("c", 100), at("far", 400), at("b", 50)]);
    expect(groups.map((group) => group.map((one) => one.key).sort())).toEqual([["far"], ["a", "b", "c"]]);
  });

  it("leaves each alone where there is room, and stands in the middle", () => {
    expect(gathered([at("a", 0), at("b", 0, 200)])).toHaveLength(2);
    expect(middleOf([at("a", 0, 10), at("b", 100, 30)])).toEqual({ x: 50, y: 20 });
  });
});

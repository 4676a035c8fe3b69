import { describe, expect, it } from "vitest";
import { groundZ, meetGround } from "../src/geometry/flat";
import { CLEARANCE_M, EYE_HEIGHT_M, advance, aheadOf, betweenFree, leaving, look, orbiting, stood } from "../src/geometry/free";
import type { Free, Push } from "../src/geometry/free";
import { meansTilt, twoFingers } from "../src/geometry/gesture";
import { eyeOf, zoomTowards } from "../src/geometry/orbit";
import type { Orbit } from "../src/geometry/orbit";
import { DESK, LIGHT, START_PX, medianOf, paced, restingError, startingPace } from "../src/geometry/pace";
import { lengthText, scaleBar } from "../src/geometry/scalebar";
import { pushOf } from "../src/twin/steering";

const flat = (): number => 0;
const still: Free = { eye: [0, 0, 100], headingDeg: 0, pitchDeg: 0 };
const push = (part: Partial<Push>): Push => ({ ahead: 0, right: 0, up: 0, fast: false, ...part });

describe("free flight", () => {
  it("goes where one looks, and sideways at right angles to it", () => {
    const ahead = advance({ ...still, headingDeg: 90 }, push({ ahead: 1 }), 1, "fly", flat);
    expect(ahead.eye[0]).toBeGreaterThan(10);
    expect(ahead.eye[1]).toBeCloseTo(0);
    const right = advance(still, push({ right: 1 }), 1, "fly", flat);
    expect(right.eye[0]).toBeGreaterThan(10);
    expect(right.eye[1]).toBeCloseTo(0);
    const down = advance({ ...still, pitchDeg: -45 }, push({ ahead: 1 }), 0.5, "fly", flat);
    expect(down.eye[2]).toBeLessThan(100);
  });
  it("never goes through the ground, whatever the ground is", () => {
    const hill = (x: number): number => Math.max(0, x);
    let at: Free = { ...still, eye: [0, 0, 20], headingDeg: 90, pitchDeg: -80 };
    for (let i = 0; i < 60; i += 1) {
      at = advance(at, push({ ahead: 1 }), 0.1, "fly", hill);
      expect(at.eye[2]).toBeGreaterThanOrEqual(hill(at.eye[0]) + CLEARANCE_M - 1e-9);
    }
  });
  it("is as fast along a diagonal as straight on", () => {
    const one = advance(still, push({ ahead: 1 }), 1, "fly", flat).eye[1];
    const [x, y] = advance(still, push({ ahead: 1, right: 1 }), 1, "fly", flat).eye;
    expect(Math.hypot(x, y)).toBeCloseTo(one);
  });
  it("never looks straight up or down", () => {
    expect(look(still, 0, 500).pitchDeg).toBeLessThan(90);
    expect(look(still, -30, -500)).toMatchObject({ headingDeg: 330, pitchDeg: -85 });
  });
});

describe("walking", () => {
  it("keeps the eye at its height over a slope, and moves flat where one looks down", () => {
    const slope = (_: number, y: number): number => 0.1 * y;
    const at = advance(stood({ ...still, pitchDeg: -60 }, 0), push({ ahead: 1, up: 1 }), 2, "walk", slope);
    expect(at.eye[1]).toBeCloseTo(9);
    expect(at.eye[2]).toBeCloseTo(0.9 + EYE_HEIGHT_M);
  });
  it("stops before a wall", () => {
    const cliff = (_: number, y: number): number => (y > 3 ? 30 : 0);
    const at = advance(stood(still, 0), push({ ahead: 1 }), 1, "walk", cliff);
    expect(at.eye).toEqual([0, 0, EYE_HEIGHT_M]);
  });
});

describe("from one way of moving to another", () => {
  const orbit: Orbit = { target: [120, -40, 0], headingDeg: 35, elevationDeg: 30, distanceM: 800 };
  it("an orbit left and taken again looks at the same place", () => {
    const back = orbiting(leaving(orbit, eyeOf(orbit)), 0);
    expect(back.headingDeg).toBe(35);
    expect(back.distanceM).toBeCloseTo(800);
    back.target.forEach((at, axis) => expect(at).toBeCloseTo(orbit.target[axis]!));
  });
  it("a look at the sky becomes an orbit that sees the ground", () => {
    const found = orbiting({ ...still, pitchDeg: 40 }, 0);
    expect(found.elevationDeg).toBe(8);
    expect(found.target[2]).toBe(0);
  });
  it("turns the short way round", () => {
    expect(betweenFree({ ...still, headingDeg: 350 }, { ...still, headingDeg: 10 }, 0.5).headingDeg).toBeCloseTo(0);
    expect(aheadOf({ headingDeg: 90, pitchDeg: 0 })[0]).toBeCloseTo(1);
  });
  it("the wheel keeps the point under the pointer where it is", () => {
    const point = [500, 300, 0] as const;
    const seen = (of: Orbit): number => {
      const eye = eyeOf(of);
      const [x, y] = [point[0] - eye[0], point[1] - eye[1]];
      return Math.atan2(x, y);
    };
    expect(seen(zoomTowards(orbit, 0.5, point))).toBeCloseTo(seen(orbit), 6);
  });
});

describe("two fingers", () => {
  const before = [{ x: 100, y: 100 }, { x: 200, y: 100 }] as const;
  it("spread to come nearer, and turn the picture with them", () => {
    expect(twoFingers(before, [{ x: 50, y: 100 }, { x: 250, y: 100 }]).factor).toBeCloseTo(0.5);
    expect(twoFingers(before, [{ x: 150, y: 50 }, { x: 150, y: 150 }]).turnDeg).toBeCloseTo(90);
    expect(twoFingers(before, [{ x: 110, y: 120 }, { x: 210, y: 120 }])).toMatchObject({ dx: 10, dy: 20, factor: 1 });
  });
  it("tilt when both go up together, which is told once they have gone far enough", () => {
    expect(meansTilt(before, [{ x: 101, y: 96 }, { x: 201, y: 96 }])).toBeNull();
    expect(meansTilt(before, [{ x: 102, y: 70 }, { x: 201, y: 72 }])).toBe(true);
    expect(meansTilt(before, [{ x: 60, y: 100 }, { x: 240, y: 100 }])).toBe(false);
    expect(meansTilt(before, [{ x: 100, y: 70 }, { x: 200, y: 130 }])).toBe(false);
  });
});

describe("the ground without terrain", () => {
  it("falls away with the Earth, and a look meets it there", () => {
    expect(groundZ(10_000, 0)).toBeCloseTo(-7.85, 1);
    const hit = meetGround([0, 0, 1_000], [0.995, 0, -0.0998])!;
    expect(hit[2]).toBeCloseTo(groundZ(hit[0], hit[1]), 0);
    expect(meetGround([0, 0, 1_000], [1, 0, 0.01])).toBeNull();
  });
});

describe("the scale bar", () => {
  it("is a length that is easy to read, and fits", () => {
    for (const metresPerPx of [0.03, 0.4, 3.7, 11, 950]) {
      const { metres, px } = scaleBar(metresPerPx, 110)!;
      expect(px).toBeLessThanOrEqual(110);
      expect(px).toBeGreaterThan(40);
      expect(String(metres)).toMatch(/^(0\.0*)?[125]0*$/);
    }
    expect(lengthText(500)).toBe("500 m");
    expect(lengthText(2000)).toBe("2 km");
    expect(scaleBar(0, 110)).toBeNull();
  });
});

describe("the pace of the picture", () => {
  const run = (ms: number | null, triangles: number, times: number, limits = DESK) => {
    let pace = startingPace(limits);
    for (let i = 0; i < times; i += 1) pace = paced(pace, limits, ms, triangles);
    return pace.errorTarget;
  };
  it("grows coarser where frames are slow or hold too much, within its bounds", () => {
    expect(run(200, 50_000, 60)).toBe(DESK.sparsest);
    expect(run(200, 900_000, 500)).toBe(DESK.coarsest);
    expect(run(null, 900_000, 1)).toBeGreaterThan(startingPace(DESK).errorTarget);
    expect(run(200, 900_000, 500, LIGHT)).toBe(LIGHT.coarsest);
  });
  it("grows finer where there is room, and stays where there is none to gain", () => {
    expect(run(8, 50_000, 100)).toBe(DESK.finest);
    expect(run(30, 50_000, 100)).toBe(startingPace(DESK).errorTarget);
    expect(run(null, 50_000, 100)).toBe(startingPace(DESK).errorTarget);
  });
  it("is as fine at rest as the triangles allow, and comes to an end", () => {
    // Half the error shows four times as many, until all are there.
    const settled = (most: number): { error: number; triangles: number; steps: number } => {
      const shown = (error: number): number => Math.min(most, 28_000 * (START_PX / error) ** 2);
      let error = START_PX;
      for (let steps = 0; ; steps += 1) {
        const next = restingError(error, DESK, shown(error));
        if (next === error) return { error, triangles: shown(error), steps };
        error = next;
      }
    };
    expect(settled(20_000)).toMatchObject({ error: DESK.finest, triangles: 20_000 });
    const full = settled(5_000_000);
    expect(full.triangles).toBeGreaterThan(DESK.triangles * 0.5);
    expect(full.triangles).toBeLessThanOrEqual(DESK.triangles);
    expect(full.steps).toBeLessThan(8);
    expect(restingError(20, DESK, 700_000)).toBeGreaterThan(20);
    expect(restingError(20, DESK, 300_000)).toBe(20);
  });
  it("judges by the middle frame, not by one that was late", () => {
    expect(medianOf([8, 9, 400])).toBe(9);
    expect(medianOf([])).toBe(0);
  });
});

it("held keys push together, and opposite ones hold still", () => {
  expect(pushOf(["KeyW", "ArrowUp", "KeyD"])).toEqual({ ahead: 1, right: 1, up: 0 });
  expect(pushOf(["KeyW", "KeyS", "KeyE"])).toEqual({ ahead: 0, right: 0, up: 1 });
});

/**
 * The one camera of the split view: it looks at a point of the ground from a direction and a distance.
 * Values in, values out; the drawing side only copies `eye` and `target`.
 * Frame: x east, y north, z up, in metres. Heading 0 looks north, 90 looks east.
 */

import type { Vec3 } from "./geodesy";

export interface Orbit {
  readonly target: Vec3;
  readonly headingDeg: number;
  /** Angle of the eye above the ground: 90 looks straight down. */
  readonly elevationDeg: number;
  readonly distanceM: number;
}

export interface Box {
  readonly min: Vec3;
  readonly max: Vec3;
}

export const FIELD_OF_VIEW_DEG = 36;
const LOWEST_DEG = 8;
const HIGHEST_DEG = 89;
const NEAREST_M = 30;
const FARTHEST_M = 250_000;

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

/** Where the eye is. */
export function eyeOf(orbit: Orbit): Vec3 {
  const h = radians(orbit.headingDeg);
  const e = radians(orbit.elevationDeg);
  const flat = Math.cos(e) * orbit.distanceM;
  return [
    orbit.target[0] - Math.sin(h) * flat,
    orbit.target[1] - Math.cos(h) * flat,
    orbit.target[2] + Math.sin(e) * orbit.distanceM,
  ];
}

/** Metres of ground that one pixel covers at the target. */
export function metresPerPixel(orbit: Orbit, paneHeightPx: number): number {
  return (2 * orbit.distanceM * Math.tan(radians(FIELD_OF_VIEW_DEG / 2))) / Math.max(1, paneHeightPx);
}

/** The ground follows the pointer that drags it by (dx, dy) pixels. */
export function pan(orbit: Orbit, dxPx: number, dyPx: number, paneHeightPx: number): Orbit {
  const scale = metresPerPixel(orbit, paneHeightPx);
  const h = radians(orbit.headingDeg);
  const right = -dxPx * scale;
  const ahead = (dyPx * scale) / Math.max(0.35, Math.sin(radians(orbit.elevationDeg)));
  return {
    ...orbit,
    target: [
      orbit.target[0] + Math.cos(h) * right + Math.sin(h) * ahead,
      orbit.target[1] - Math.sin(h) * right + Math.cos(h) * ahead,
      orbit.target[2],
    ],
  };
}

export function rotate(orbit: Orbit, headingDeg: number, elevationDeg: number): Orbit {
  return {
    ...orbit,
    headingDeg: (((orbit.headingDeg + headingDeg) % 360) + 360) % 360,
    elevationDeg: clamp(orbit.elevationDeg + elevationDeg, LOWEST_DEG, HIGHEST_DEG),
  };
}

/** Nearer for a factor below one, farther above it. */
export function zoom(orbit: Orbit, factor: number): Orbit {
  return { ...orbit, distanceM: clamp(orbit.distanceM * factor, NEAREST_M, FARTHEST_M) };
}

/** Nearer or farther, so that a point of the ground stays where it is in the picture. */
export function zoomTowards(orbit: Orbit, factor: number, point: Vec3): Orbit {
  const nearer = zoom(orbit, factor);
  const part = 1 - nearer.distanceM / orbit.distanceM;
  const [x, y, z] = orbit.target;
  return { ...nearer, target: [x + (point[0] - x) * part, y + (point[1] - y) * part, z + (point[2] - z) * part] };
}

/** How far above the middle of the picture a fitted box stands, as a share of half its height: legends lie at the foot. */
const RAISED = 0.06;

/** The view in a direction that shows every corner of the box as large as a pane of this aspect (width / height) allows. */
export function fit(box: Box, aspect: number, direction: Pick<Orbit, "headingDeg" | "elevationDeg">): Orbit {
  const h = radians(direction.headingDeg);
  const e = radians(direction.elevationDeg);
  const upright = Math.tan(radians(FIELD_OF_VIEW_DEG / 2));
  let target: Vec3 = [(box.min[0] + box.max[0]) / 2, (box.min[1] + box.max[1]) / 2, box.min[2]];
  let distanceM = NEAREST_M;
  // Near things look larger, so the middle of the box is not the middle of its picture: step towards that one.
  for (let round = 0; round < 6; round += 1) {
    const seen = cornersOf(box).map((corner) => {
      const [x, y, z] = [0, 1, 2].map((axis) => corner[axis]! - target[axis]!) as unknown as Vec3;
      const flat = Math.sin(h) * x + Math.cos(h) * y;
      return {
        right: Math.cos(h) * x - Math.sin(h) * y,
        up: flat * Math.sin(e) + z * Math.cos(e),
        ahead: flat * Math.cos(e) - z * Math.sin(e),
      };
    });
    distanceM = Math.max(
      ...seen.map(({ right, up, ahead }) => Math.max(Math.abs(right) / (upright * aspect), Math.abs(up) / (upright * (1 - RAISED))) - ahead),
    );
    const heights = seen.map(({ up, ahead }) => up / (upright * (distanceM + ahead)));
    const shift = (((Math.max(...heights) + Math.min(...heights)) / 2 - RAISED) * distanceM * upright) / Math.sin(e);
    target = [target[0] + Math.sin(h) * shift, target[1] + Math.cos(h) * shift, target[2]];
  }
  return { ...direction, target, distanceM: clamp(distanceM * 1.06, NEAREST_M, FARTHEST_M) };
}

function cornersOf({ min, max }: Box): readonly Vec3[] {
  return [0, 1, 2, 3, 4, 5, 6, 7].map((corner) => [0, 1, 2].map((axis) => ((corner >> axis) & 1 ? max : min)[axis]!) as unknown as Vec3);
}

/** Part way from one view to another, turning the short way round. */
export function between(from: Orbit, to: Orbit, part: number): Orbit {
  const mix = (a: number, b: number): number => a + (b - a) * part;
  const turn = ((((to.headingDeg - from.headingDeg) % 360) + 540) % 360) - 180;
  return {
    target: [mix(from.target[0], to.target[0]), mix(from.target[1], to.target[1]), mix(from.target[2], to.target[2])],
    headingDeg: (((from.headingDeg + turn * part) % 360) + 360) % 360,
    elevationDeg: mix(from.elevationDeg, to.elevationDeg),
    distanceM: from.distanceM * Math.pow(to.distanceM / from.distanceM, part),
  };
}

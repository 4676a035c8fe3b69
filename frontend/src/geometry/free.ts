/**
 * Free flight and walking: an eye with a heading and a pitch, moved by keys or a stick, kept above the ground.
 * Values in, values out. Frame: x east, y north, z up, in metres; heading 0 looks north, pitch above zero looks up.
 */

import type { Vec3 } from "./geodesy";
import type { Orbit } from "./orbit";

export interface Free {
  readonly eye: Vec3;
  readonly headingDeg: number;
  readonly pitchDeg: number;
}

/** How far each way is pressed, -1..1: ahead, to the right, up. */
export interface Push {
  readonly ahead: number;
  readonly right: number;
  readonly up: number;
  readonly fast: boolean;
}

export type Footing = "fly" | "walk";

/** The eye of somebody who stands on the ground. */
export const EYE_HEIGHT_M = 1.7;
/** Nobody flies lower over the ground than this. */
export const CLEARANCE_M = 3;
const WALK_MPS = 4.5;
const FAST = 4;
const STEEPEST_DEG = 85;
/** What a walker steps over within one step; a higher rise stops the walk. */
const STEP_UP_M = 2.5;
/** Metres up for a metre ahead: a flight of stairs. */
const STEEPEST_WALK = 0.8;
const HIGHEST_M = 60_000;

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));
const turned = (degrees: number): number => ((degrees % 360) + 360) % 360;

/** The unit vector that the eye looks along. */
export function aheadOf({ headingDeg, pitchDeg }: Pick<Free, "headingDeg" | "pitchDeg">): Vec3 {
  const h = radians(headingDeg);
  const p = radians(pitchDeg);
  return [Math.sin(h) * Math.cos(p), Math.cos(h) * Math.cos(p), Math.sin(p)];
}

/** The head turned; it never looks straight up or down. */
export function look(free: Free, headingDeg: number, pitchDeg: number): Free {
  return { ...free, headingDeg: turned(free.headingDeg + headingDeg), pitchDeg: clamp(free.pitchDeg + pitchDeg, -STEEPEST_DEG, STEEPEST_DEG) };
}

/** Metres a second: faster high above the ground, where a city is small. */
export function speedOf(footing: Footing, aboveGroundM: number, fast: boolean): number {
  const base = footing === "walk" ? WALK_MPS : clamp(aboveGroundM * 0.7, 12, 2_500);
  return base * (fast ? FAST : 1);
}

/** Where a walker's step ends that leads from one place to another, his feet at this height: there, or before a wall. */
export type Step = (from: readonly [number, number], to: readonly [number, number], feetM: number) => readonly [number, number];

const EVERYWHERE: Step = (_, to) => to;

/**
 * Where the eye is after so many seconds. `groundAt` gives the height of the ground in this frame. A flyer follows his
 * look and stays above the ground; a walker moves flat, with his feet on the ground, and stops before what is too high
 * and before walls.
 */
export function advance(free: Free, push: Push, seconds: number, footing: Footing, groundAt: (x: number, y: number) => number, step: Step = EVERYWHERE): Free {
  const [x, y, z] = free.eye;
  const way = speedOf(footing, z - groundAt(x, y), push.fast) * seconds;
  const h = radians(free.headingDeg);
  const flat: Vec3 = [Math.sin(h), Math.cos(h), 0];
  const ahead = footing === "walk" ? flat : aheadOf(free);
  const length = Math.max(1, Math.hypot(push.ahead, push.right, footing === "walk" ? 0 : push.up));
  const to: Vec3 = [
    x + ((ahead[0] * push.ahead + Math.cos(h) * push.right) * way) / length,
    y + ((ahead[1] * push.ahead - Math.sin(h) * push.right) * way) / length,
    z + ((ahead[2] * push.ahead + push.up) * way) / length,
  ];
  if (footing === "fly") return { ...free, eye: [to[0], to[1], clamp(to[2], groundAt(to[0], to[1]) + CLEARANCE_M, HIGHEST_M)] };
  const feet = groundAt(x, y);
  const [endX, endY] = step([x, y], [to[0], to[1]], feet);
  const ground = groundAt(endX, endY);
  // A long step may climb what a short one could not.
  const most = Math.max(STEP_UP_M, Math.hypot(endX - x, endY - y) * STEEPEST_WALK);
  if (ground - feet > most) return stood(free, feet);
  return stood({ ...free, eye: [endX, endY, z] }, ground);
}

/** The eye at its own height over the ground. */
export function stood(free: Free, groundM: number): Free {
  return { ...free, eye: [free.eye[0], free.eye[1], groundM + EYE_HEIGHT_M] };
}

/** A flyer where the eye of an orbit is, who looks the same way. */
export function leaving(orbit: Orbit, eye: Vec3): Free {
  return { eye, headingDeg: orbit.headingDeg, pitchDeg: clamp(-orbit.elevationDeg, -STEEPEST_DEG, STEEPEST_DEG) };
}

/** An orbit around what the eye looks at: where its look meets the ground, or a point ahead when it looks at the sky. */
export function orbiting(free: Free, groundM: number): Orbit {
  const elevationDeg = clamp(-free.pitchDeg, 8, 89);
  const above = Math.max(10, free.eye[2] - groundM);
  const distanceM = clamp(above / Math.sin(radians(elevationDeg)), 60, 100_000);
  const ahead = aheadOf({ headingDeg: free.headingDeg, pitchDeg: -elevationDeg });
  return {
    target: [free.eye[0] + ahead[0] * distanceM, free.eye[1] + ahead[1] * distanceM, groundM],
    headingDeg: free.headingDeg,
    elevationDeg,
    distanceM,
  };
}

/** Part way from one stand to another, turning the short way round. */
export function betweenFree(from: Free, to: Free, part: number): Free {
  const mix = (a: number, b: number): number => a + (b - a) * part;
  const turn = ((((to.headingDeg - from.headingDeg) % 360) + 540) % 360) - 180;
  return {
    eye: [mix(from.eye[0], to.eye[0]), mix(from.eye[1], to.eye[1]), mix(from.eye[2], to.eye[2])],
    headingDeg: turned(from.headingDeg + turn * part),
    pitchDeg: mix(from.pitchDeg, to.pitchDeg),
  };
}

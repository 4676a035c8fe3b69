/**
 * Where the ground is without terrain. Frame: east, north, up at the middle of the city; the Earth falls away from its
 * flat plane by 8 m over 10 km.
 */

import type { Vec3 } from "./geodesy";

const EARTH_RADIUS_M = 6_371_000;

/** The height, in the flat frame, of the ground at height zero. */
export function groundZ(x: number, y: number): number {
  return -(x * x + y * y) / (2 * EARTH_RADIUS_M);
}

/** Where a ray meets the ground at this height; null where it looks at the sky, or too far away to tell. */
export function meetGround(from: Vec3, along: Vec3, heightM = 0, farthestM = 400_000): Vec3 | null {
  let level = heightM;
  let hit: Vec3 | null = null;
  for (let round = 0; round < 5; round += 1) {
    if (along[2] > -1e-4) return null;
    const way = (level - from[2]) / along[2];
    if (way < 0 || way > farthestM) return null;
    hit = [from[0] + along[0] * way, from[1] + along[1] * way, level];
    level = heightM + groundZ(hit[0], hit[1]);
  }
  return hit;
}

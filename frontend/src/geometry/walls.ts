/**
 * Walls as a walker meets them: where triangles cut the plane at the height of his chest they leave lines on the ground.
 * He stops an arm's length before a line, or goes along it. Pure; x east, y north, in metres.
 */

/** Lines one after another: x, y of one end, x, y of the other. */
export type Lines = Float64Array;

/** Nobody comes nearer to a wall than this. */
export const REACH_M = 0.5;

/** The lines that triangles leave in the plane at height `z`, within so many metres of a place. */
export function cutAt(positions: ArrayLike<number>, triangles: ArrayLike<number>, z: number, near: { readonly x: number; readonly y: number; readonly withinM: number }, isThere: (vertex: number) => boolean): number[] {
  const lines: number[] = [];
  for (let first = 0; first + 2 < triangles.length; first += 3) {
    const corners = [triangles[first]! * 3, triangles[first + 1]! * 3, triangles[first + 2]! * 3] as const;
    const heights = corners.map((at) => positions[at + 2]! - z);
    if (heights.every((one) => one >= 0) || heights.every((one) => one < 0)) continue;
    if (corners.every((at) => Math.abs(positions[at]! - near.x) > near.withinM * 4 || Math.abs(positions[at + 1]! - near.y) > near.withinM * 4)) continue;
    if (!isThere(triangles[first]!)) continue;
    const ends: number[] = [];
    for (let side = 0; side < 3; side += 1) {
      const [from, to] = [side, (side + 1) % 3];
      if (heights[from]! >= 0 === heights[to]! >= 0) continue;
      const part = heights[from]! / (heights[from]! - heights[to]!);
      const [a, b] = [corners[from]!, corners[to]!];
      ends.push(positions[a]! + (positions[b]! - positions[a]!) * part, positions[a + 1]! + (positions[b + 1]! - positions[a + 1]!) * part);
    }
    if (ends.length === 4 && gap(near.x, near.y, ends[0]!, ends[1]!, ends[2]!, ends[3]!) < near.withinM) lines.push(...ends);
  }
  return lines;
}

/** Where a step from one place towards another ends: there, along a wall, or where it began. */
export function stepped(from: readonly [number, number], to: readonly [number, number], walls: Lines): readonly [number, number] {
  const hit = hitBy(from, to, walls);
  if (hit < 0) return to;
  // Along the wall that is in the way, by as much of the step as leads along it.
  const [ax, ay, bx, by] = [walls[hit]!, walls[hit + 1]!, walls[hit + 2]!, walls[hit + 3]!];
  const length = Math.hypot(bx - ax, by - ay);
  if (length < 1e-6) return from;
  const [ux, uy] = [(bx - ax) / length, (by - ay) / length];
  const along = (to[0] - from[0]) * ux + (to[1] - from[1]) * uy;
  const slid = [from[0] + ux * along, from[1] + uy * along] as const;
  return hitBy(from, slid, walls) < 0 ? slid : from;
}

/** The first line in the way, by its place in the list; below zero where there is none. */
function hitBy(from: readonly [number, number], to: readonly [number, number], walls: Lines): number {
  let [found, nearest] = [-1, Infinity];
  for (let at = 0; at < walls.length; at += 4) {
    const [ax, ay, bx, by] = [walls[at]!, walls[at + 1]!, walls[at + 2]!, walls[at + 3]!];
    const before = gap(from[0], from[1], ax, ay, bx, by);
    const after = gap(to[0], to[1], ax, ay, bx, by);
    // Whoever stands too near already may go away from it.
    const blocks = crosses(from, to, ax, ay, bx, by) || (after < REACH_M && after < before - 1e-9);
    if (blocks && before < nearest) [found, nearest] = [at, before];
  }
  return found;
}

/** How far a point is from a line's nearest point. */
function gap(x: number, y: number, ax: number, ay: number, bx: number, by: number): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const part = length < 1e-12 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length));
  return Math.hypot(x - ax - dx * part, y - ay - dy * part);
}

function crosses([fx, fy]: readonly [number, number], [tx, ty]: readonly [number, number], ax: number, ay: number, bx: number, by: number): boolean {
  const side = (px: number, py: number, qx: number, qy: number, x: number, y: number): number => (qx - px) * (y - py) - (qy - py) * (x - px);
  return side(fx, fy, tx, ty, ax, ay) * side(fx, fy, tx, ty, bx, by) < 0 && side(ax, ay, bx, by, fx, fy) * side(ax, ay, bx, by, tx, ty) < 0;
}

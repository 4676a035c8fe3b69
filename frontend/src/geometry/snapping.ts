/**
 * Where a point that is being drawn comes to lie: on a corner or an edge that is there, or at a right angle to what was
 * drawn before. Pure. Metres in the flat frame of the scene.
 */

import { distance } from "./footprint";
import type { Flat } from "./footprint";

/** The outlines around, by which one draws. */
export interface Neighbours {
  readonly rings: readonly (readonly Flat[])[];
}

export const NO_NEIGHBOURS: Neighbours = { rings: [] };

/** What a point was laid on. */
export type Hold = "start" | "corner" | "edge" | "right" | "free";

export interface Snapped {
  readonly at: Flat;
  readonly hold: Hold;
}

/** The next point of a line: `points` are those before it, `reachM` how far a point is drawn to something. */
export function snapped(at: Flat, points: readonly Flat[], neighbours: Neighbours, reachM: number): Snapped {
  const start = points[0];
  if (start && points.length > 2 && distance(at, start) <= reachM) return { at: start, hold: "start" };
  const corner = nearest(neighbours.rings.flat(), at, reachM);
  if (corner) return { at: corner, hold: "corner" };
  const right = squared(at, points, reachM);
  const edge = onEdge(at, neighbours, reachM);
  if (right && (!edge || distance(at, right) <= distance(at, edge))) return { at: right, hold: "right" };
  if (edge) return { at: edge, hold: "edge" };
  return { at, hold: "free" };
}

/** The direction in which the outline next to a place lies: of its longest edge, between -45 and 45 degrees clockwise from east-west. */
export function directionAt(at: Flat, neighbours: Neighbours, withinM = 120): number {
  let best: { readonly ring: readonly Flat[]; readonly away: number } | null = null;
  for (const ring of neighbours.rings) {
    const away = Math.min(...ring.map((point) => distance(point, at)));
    if (away <= withinM && (!best || away < best.away)) best = { ring, away };
  }
  if (!best) return 0;
  const { ring } = best;
  let longest: readonly [Flat, Flat] = [ring[0]!, ring[0]!];
  ring.forEach((a, i) => {
    const b = ring[(i + 1) % ring.length]!;
    if (distance(a, b) > distance(...longest)) longest = [a, b];
  });
  const [[ax, ay], [bx, by]] = longest;
  const clockwise = -(Math.atan2(by - ay, bx - ax) * 180) / Math.PI;
  return ((((clockwise + 45) % 90) + 90) % 90) - 45;
}

/** On the straight on, or at a right angle, from the last edge; and, where that is near, at a right angle to the start too. */
function squared(at: Flat, points: readonly Flat[], reachM: number): Flat | null {
  if (points.length < 2) return null;
  const [before, last, start] = [points[points.length - 2]!, points[points.length - 1]!, points[0]!];
  const length = distance(before, last);
  if (length < 1e-6) return null;
  const along: Flat = [(last[0] - before[0]) / length, (last[1] - before[1]) / length];
  for (const way of [[-along[1], along[0]] as Flat, along]) {
    const foot = project(at, last, way);
    if (distance(at, foot) > reachM) continue;
    if (points.length < 3) return foot;
    // Level with the start: the corner from which the outline closes at a right angle.
    const level = project(start, last, way);
    return distance(foot, level) <= reachM ? level : foot;
  }
  return null;
}

function onEdge(at: Flat, neighbours: Neighbours, reachM: number): Flat | null {
  let found: Flat | null = null;
  for (const ring of neighbours.rings) {
    ring.forEach((a, i) => {
      const b = ring[(i + 1) % ring.length]!;
      const length = distance(a, b);
      if (length < 1e-6) return;
      const way: Flat = [(b[0] - a[0]) / length, (b[1] - a[1]) / length];
      const part = Math.min(length, Math.max(0, (at[0] - a[0]) * way[0] + (at[1] - a[1]) * way[1]));
      const foot: Flat = [a[0] + way[0] * part, a[1] + way[1] * part];
      if (distance(at, foot) <= reachM && (!found || distance(at, foot) < distance(at, found))) found = foot;
    });
  }
  return found;
}

function nearest(among: readonly Flat[], at: Flat, withinM: number): Flat | null {
  let found: Flat | null = null;
  for (const one of among) if (distance(one, at) <= withinM && (!found || distance(one, at) < distance(found, at))) found = one;
  return found;
}

function project(at: Flat, from: Flat, way: Flat): Flat {
  const part = (at[0] - from[0]) * way[0] + (at[1] - from[1]) * way[1];
  return [from[0] + way[0] * part, from[1] + way[1] * part];
}

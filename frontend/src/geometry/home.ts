/**
 * What a first view shows: where most of what stands is, without the few things far away from it; of a large city its
 * weightiest part. Pure; boxes are in the frame of the scene, in metres.
 */

import { unionOf } from "./features";
import type { Box } from "./orbit";

/** A first view is at most so wide: beyond that a house is a dot. */
const WIDEST_M = 2_600;
/** So much of what stands is left out at each end. */
const TAIL = 0.06;

/** The box of a first view; null around nothing. */
export function homeOf(boxes: readonly Box[]): Box | null {
  if (boxes.length === 0) return null;
  const [west, east] = spanOf(boxes, 0);
  const [south, north] = spanOf(boxes, 1);
  const within = boxes.filter((box) => middle(box, 0) >= west && middle(box, 0) <= east && middle(box, 1) >= south && middle(box, 1) <= north);
  return unionOf(within.length > 0 ? within : boxes);
}

/** Between which places along an axis the weight of what stands lies, narrowed around its middle to what a view can show. */
function spanOf(boxes: readonly Box[], axis: 0 | 1): readonly [number, number] {
  const order = boxes.map((box) => ({ at: middle(box, axis), weight: weightOf(box) })).sort((a, b) => a.at - b.at);
  const whole = order.reduce((sum, one) => sum + one.weight, 0);
  const at = (share: number): number => {
    let sum = 0;
    for (const one of order) {
      sum += one.weight;
      if (sum >= share * whole) return one.at;
    }
    return order.at(-1)!.at;
  };
  const [low, centre, high] = [at(TAIL), at(0.5), at(1 - TAIL)];
  if (high - low <= WIDEST_M) return [low, high];
  const start = Math.min(Math.max(low, centre - WIDEST_M / 2), high - WIDEST_M);
  return [start, start + WIDEST_M];
}

const middle = (box: Box, axis: 0 | 1): number => (box.min[axis] + box.max[axis]) / 2;

/** A tower weighs more than a shed, though not by all of its bulk. */
function weightOf({ min, max }: Box): number {
  const bulk = Math.max(1, max[0] - min[0]) * Math.max(1, max[1] - min[1]) * Math.max(1, max[2] - min[2]);
  return Math.min(40, Math.sqrt(Math.sqrt(bulk)));
}

/** Whether two boxes are so unlike that a view of one is no view of the other. */
export function differs(one: Box, other: Box): boolean {
  const size = Math.max(200, one.max[0] - one.min[0], one.max[1] - one.min[1]);
  return [0, 1].some((axis) => Math.abs(one.min[axis]! - other.min[axis]!) + Math.abs(one.max[axis]! - other.max[axis]!) > size * 0.12);
}

/** Per-feature facts read off a mesh whose vertices carry a feature number: extents, anchors, and the pick under a ray. */

import type { Vec3 } from "./geodesy";
import type { Box } from "./orbit";

export interface Extent {
  readonly feature: number;
  readonly box: Box;
}

/** The extent of every feature of a mesh; positions are already in the frame that is asked for. */
export function extentsOf(positions: ArrayLike<number>, features: ArrayLike<number>): readonly Extent[] {
  const boxes = new Map<number, { min: number[]; max: number[] }>();
  for (let vertex = 0; vertex < features.length; vertex += 1) {
    const feature = features[vertex]!;
    let box = boxes.get(feature);
    if (box === undefined) {
      box = { min: [Infinity, Infinity, Infinity], max: [-Infinity, -Infinity, -Infinity] };
      boxes.set(feature, box);
    }
    for (let axis = 0; axis < 3; axis += 1) {
      const at = positions[vertex * 3 + axis]!;
      if (at < box.min[axis]!) box.min[axis] = at;
      if (at > box.max[axis]!) box.max[axis] = at;
    }
  }
  return [...boxes].map(([feature, { min, max }]) => ({ feature, box: { min: min as unknown as Vec3, max: max as unknown as Vec3 } }));
}

/** Where a label of a feature stands: over the middle of its roof. */
export function anchorOf(box: Box): Vec3 {
  return [(box.min[0] + box.max[0]) / 2, (box.min[1] + box.max[1]) / 2, box.max[2]];
}

/** The smallest box around all; null around nothing. */
export function unionOf(boxes: Iterable<Box>): Box | null {
  let min: number[] | null = null;
  let max: number[] = [];
  for (const box of boxes) {
    if (min === null) {
      min = [...box.min];
      max = [...box.max];
      continue;
    }
    for (let axis = 0; axis < 3; axis += 1) {
      min[axis] = Math.min(min[axis]!, box.min[axis]!);
      max[axis] = Math.max(max[axis]!, box.max[axis]!);
    }
  }
  return min === null ? null : { min: min as unknown as Vec3, max: max as unknown as Vec3 };
}

/** The same box, wider by a share of its size and at least so many metres across. */
export function padded(box: Box, share: number, leastM: number): Box {
  const grown = [0, 1, 2].map((axis) => {
    const size = box.max[axis]! - box.min[axis]!;
    return axis === 2 ? 0 : Math.max(size * share, (leastM - size) / 2, 0);
  });
  return {
    min: [box.min[0] - grown[0]!, box.min[1] - grown[1]!, box.min[2]],
    max: [box.max[0] + grown[0]!, box.max[1] + grown[1]!, box.max[2]],
  };
}

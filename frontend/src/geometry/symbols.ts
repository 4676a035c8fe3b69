/**
 * Signs for things that are known by a place alone: a tree with a crown, a post with a board, a pin. A tileset draws
 * them as boxes; here each box gives way to a shape of its height. Pure; x east, y north, z up.
 */

import type { Box } from "./orbit";

export type Shape = "tree" | "post" | "pin";

export interface Solid {
  readonly positions: Float64Array;
  readonly normals: Float32Array;
  readonly features: Float32Array;
  readonly triangles: Uint32Array;
}

/** A ring of a turned body: so far from its axis, so high, as shares of the box's half width and of its height. */
type Profile = readonly (readonly [radius: number, height: number])[];

interface Form {
  readonly sides: number;
  readonly profiles: readonly Profile[];
}

const FORMS: Readonly<Record<Shape, Form>> = {
  // A trunk, and a crown that is widest below its middle; unknown kinds of trees all look alike.
  tree: { sides: 7, profiles: [[[0.13, 0], [0.1, 0.34]], [[0, 0.2], [0.78, 0.34], [1, 0.52], [0.74, 0.78], [0, 1]]] },
  post: { sides: 6, profiles: [[[0.12, 0], [0.12, 0.7]], [[0, 0.66], [0.62, 0.66], [0.62, 1], [0, 1]]] },
  pin: { sides: 6, profiles: [[[0.1, 0], [0.1, 0.8]], [[0, 0.72], [0.6, 0.86], [0, 1]]] },
};

/** The shape by which a layer's signs are drawn; null for boxes. */
export function shapeOf(tone: string): Shape | null {
  if (tone === "tree") return "tree";
  if (tone === "stop") return "post";
  return tone === "sensor" ? "pin" : null;
}

/** One shape for each box, in one mesh. */
export function signs(boxes: readonly { readonly feature: number; readonly box: Box }[], shape: Shape): Solid {
  const { sides, profiles } = FORMS[shape];
  const vertices = profiles.reduce((sum, profile) => sum + (profile.length - 1) * 2 * (sides + 1), 0);
  const faces = profiles.reduce((sum, profile) => sum + (profile.length - 1) * sides * 2, 0);
  const made = {
    positions: new Float64Array(boxes.length * vertices * 3),
    normals: new Float32Array(boxes.length * vertices * 3),
    features: new Float32Array(boxes.length * vertices),
    triangles: new Uint32Array(boxes.length * faces * 3),
  };
  let [vertex, corner] = [0, 0];
  for (const { feature, box } of boxes) {
    const [x, y] = [(box.min[0] + box.max[0]) / 2, (box.min[1] + box.max[1]) / 2];
    const half = Math.max(box.max[0] - box.min[0], box.max[1] - box.min[1]) / 2;
    const height = box.max[2] - box.min[2];
    // No two trees of a row show the same side.
    const turn = ((feature * 2.399963) % 1) * Math.PI;
    for (const profile of profiles) {
      for (let ring = 0; ring + 1 < profile.length; ring += 1) {
        const [low, high] = [profile[ring]!, profile[ring + 1]!];
        const [drop, rise] = [(low[0] - high[0]) * half, (high[1] - low[1]) * height];
        const steep = Math.hypot(drop, rise) || 1;
        const first = vertex;
        for (let side = 0; side <= sides; side += 1) {
          const angle = turn + (side / sides) * 2 * Math.PI;
          const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
          for (const [radius, share] of [low, high]) {
            made.positions.set([x + cos * radius * half, y + sin * radius * half, box.min[2] + share * height], vertex * 3);
            made.normals.set([(cos * rise) / steep, (sin * rise) / steep, drop / steep], vertex * 3);
            made.features[vertex] = feature;
            vertex += 1;
          }
        }
        for (let side = 0; side < sides; side += 1) {
          const at = first + side * 2;
          made.triangles.set([at, at + 2, at + 1, at + 1, at + 2, at + 3], corner);
          corner += 6;
        }
      }
    }
  }
  return made;
}

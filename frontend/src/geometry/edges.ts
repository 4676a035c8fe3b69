/** The lines along which a mesh bends: the edges of prisms and roofs, each with the feature it belongs to. */

export interface Edges {
  readonly positions: Float32Array;
  readonly features: Float32Array;
}

/** Points nearer together than this share of the mesh are one point. */
const STEPS = 2 ** 17 - 1;

/**
 * Edges where two faces of a feature meet at more than so many degrees, and edges that only one face has.
 * `positions` are any numbers in one scale; what comes out is in the same.
 */
export function edgesOf(positions: ArrayLike<number>, triangles: ArrayLike<number>, features: ArrayLike<number>, angleDeg = 40): Edges {
  const points = merged(positions, features);
  const least = Math.cos((angleDeg * Math.PI) / 180);
  const count = triangles.length / 3;
  const normals = new Float32Array(triangles.length);
  // For each edge the first face that has it; below zero once it has been settled.
  const faces = new Map<number, number>();
  const kept: number[] = [];
  for (let face = 0; face < count; face += 1) {
    const corners = [triangles[face * 3]!, triangles[face * 3 + 1]!, triangles[face * 3 + 2]!] as const;
    if (!normalOf(positions, corners, normals, face * 3)) continue;
    for (let side = 0; side < 3; side += 1) {
      const from = corners[side]!;
      const to = corners[(side + 1) % 3]!;
      const [a, b] = [points[from]!, points[to]!];
      const key = a < b ? a * 4_194_304 + b : b * 4_194_304 + a;
      const other = faces.get(key);
      if (other === undefined) {
        faces.set(key, face * 3 + side);
      } else if (other >= 0) {
        const at = Math.floor(other / 3) * 3;
        const bend = normals[at]! * normals[face * 3]! + normals[at + 1]! * normals[face * 3 + 1]! + normals[at + 2]! * normals[face * 3 + 2]!;
        if (bend < least) kept.push(from, to);
        faces.set(key, -1);
      }
    }
  }
  for (const at of faces.values()) {
    if (at < 0) continue;
    const face = Math.floor(at / 3);
    kept.push(triangles[at]!, triangles[face * 3 + ((at % 3) + 1) % 3]!);
  }
  const out = { positions: new Float32Array(kept.length * 3), features: new Float32Array(kept.length) };
  kept.forEach((vertex, i) => {
    for (let axis = 0; axis < 3; axis += 1) out.positions[i * 3 + axis] = positions[vertex * 3 + axis]!;
    out.features[i] = features[vertex]!;
  });
  return out;
}

/** A number for each vertex, the same for vertices of one feature at one point. */
function merged(positions: ArrayLike<number>, features: ArrayLike<number>): Uint32Array {
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < positions.length; i += 1) {
    min[i % 3] = Math.min(min[i % 3]!, positions[i]!);
    max[i % 3] = Math.max(max[i % 3]!, positions[i]!);
  }
  const scale = STEPS / Math.max(1e-9, max[0]! - min[0]!, max[1]! - min[1]!, max[2]! - min[2]!);
  const numbers = new Uint32Array(features.length);
  const known = new Map<number, Map<number, number>>();
  let next = 0;
  for (let vertex = 0; vertex < features.length; vertex += 1) {
    const step = (axis: number): number => Math.round((positions[vertex * 3 + axis]! - min[axis]!) * scale);
    const place = (step(0) * (STEPS + 1) + step(1)) * (STEPS + 1) + step(2);
    const own = known.get(features[vertex]!) ?? new Map<number, number>();
    if (own.size === 0) known.set(features[vertex]!, own);
    let number = own.get(place);
    if (number === undefined) {
      number = next;
      next += 1;
      own.set(place, number);
    }
    numbers[vertex] = number;
  }
  return numbers;
}

/** Writes the unit normal of a triangle; false for one without area. */
function normalOf(p: ArrayLike<number>, [a, b, c]: readonly [number, number, number], out: Float32Array, at: number): boolean {
  const along = (from: number, to: number, axis: number): number => p[to * 3 + axis]! - p[from * 3 + axis]!;
  const [ux, uy, uz] = [along(a, b, 0), along(a, b, 1), along(a, b, 2)];
  const [vx, vy, vz] = [along(a, c, 0), along(a, c, 1), along(a, c, 2)];
  const n = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx] as const;
  const length = Math.hypot(...n);
  if (length < 1e-12) return false;
  out.set([n[0] / length, n[1] / length, n[2] / length], at);
  return true;
}

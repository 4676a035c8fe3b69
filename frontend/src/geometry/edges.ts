/**
 * The lines along which a mesh bends: the edges of prisms and roofs, each with the feature it belongs to.
 * Runs over every tile that comes in, so corners and edges are found by hash tables of plain numbers.
 */

export interface Edges {
  /** The two corners of each line, as vertices of the mesh: enough to draw them from the mesh's own buffers. */
  readonly vertices: Uint32Array;
  readonly positions: Float32Array;
  readonly features: Float32Array;
}

/** Points nearer together than this share of the mesh are one point. */
const STEPS = 2 ** 17 - 1;
const NONE = -1;

/**
 * Edges where two faces of a feature meet at more than so many degrees, and edges that only one face has.
 * `positions` are any numbers in one scale; what comes out is in the same.
 */
export function edgesOf(positions: ArrayLike<number>, triangles: ArrayLike<number>, features: ArrayLike<number>, angleDeg = 40): Edges {
  const vertices = edgeVertices(positions, triangles, features, angleDeg);
  const out = { vertices, positions: new Float32Array(vertices.length * 3), features: new Float32Array(vertices.length) };
  for (let i = 0; i < vertices.length; i += 1) {
    const vertex = vertices[i]!;
    for (let axis = 0; axis < 3; axis += 1) out.positions[i * 3 + axis] = positions[vertex * 3 + axis]!;
    out.features[i] = features[vertex]!;
  }
  return out;
}

/** The same edges as pairs of vertices. */
export function edgeVertices(positions: ArrayLike<number>, triangles: ArrayLike<number>, features: ArrayLike<number>, angleDeg = 40): Uint32Array {
  const points = merged(positions, features);
  const least = Math.cos((angleDeg * Math.PI) / 180);
  const normals = new Float32Array(triangles.length);
  const mask = maskFor(triangles.length);
  // Corner of the first face that has the edge, where it begins; and whether another face has settled it.
  const first = new Int32Array(mask + 1).fill(NONE);
  const settled = new Uint8Array(triangles.length);
  const kept = new Uint32Array(triangles.length * 2);
  let count = 0;
  const keep = (corner: number): void => {
    kept[count] = triangles[corner]!;
    kept[count + 1] = triangles[next(corner)]!;
    count += 2;
  };
  for (let at = 0; at < triangles.length; at += 3) {
    if (!normalOf(positions, triangles, normals, at)) continue;
    for (let corner = at; corner < at + 3; corner += 1) {
      const from = points[triangles[corner]!]!;
      const to = points[triangles[next(corner)]!]!;
      let slot = mixed(Math.min(from, to), Math.max(from, to)) & mask;
      let other = first[slot]!;
      while (other !== NONE) {
        const a = points[triangles[other]!]!;
        const b = points[triangles[next(other)]!]!;
        if ((a === from && b === to) || (a === to && b === from)) break;
        slot = (slot + 1) & mask;
        other = first[slot]!;
      }
      if (other === NONE) {
        first[slot] = corner;
      } else if (settled[other] === 0) {
        settled[other] = 1;
        const face = other - (other % 3);
        const bend = normals[face]! * normals[at]! + normals[face + 1]! * normals[at + 1]! + normals[face + 2]! * normals[at + 2]!;
        if (bend < least) keep(corner);
      }
    }
  }
  for (const corner of first) {
    if (corner !== NONE && settled[corner] === 0) keep(corner);
  }
  return kept.slice(0, count);
}

/** The corner after this one, around its triangle. */
function next(corner: number): number {
  return corner % 3 === 2 ? corner - 2 : corner + 1;
}

/** A number for each vertex, the same for vertices of one feature at one point: the first of them. */
function merged(positions: ArrayLike<number>, features: ArrayLike<number>): Uint32Array {
  const steps = stepsOf(positions);
  const mask = maskFor(features.length);
  const slots = new Int32Array(mask + 1).fill(NONE);
  const numbers = new Uint32Array(features.length);
  for (let vertex = 0; vertex < features.length; vertex += 1) {
    const x = steps[vertex * 3]!;
    const y = steps[vertex * 3 + 1]!;
    const z = steps[vertex * 3 + 2]!;
    const feature = features[vertex]!;
    let slot = mixed(mixed(x, y), mixed(z, feature)) & mask;
    let known = slots[slot]!;
    while (known !== NONE) {
      if (steps[known * 3] === x && steps[known * 3 + 1] === y && steps[known * 3 + 2] === z && features[known] === feature) break;
      slot = (slot + 1) & mask;
      known = slots[slot]!;
    }
    if (known === NONE) slots[slot] = vertex;
    numbers[vertex] = known === NONE ? vertex : known;
  }
  return numbers;
}

/** The coordinates as whole steps across the mesh. */
function stepsOf(positions: ArrayLike<number>): Int32Array {
  const min = [Infinity, Infinity, Infinity];
  const max = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < positions.length; i += 3) {
    for (let axis = 0; axis < 3; axis += 1) {
      const at = positions[i + axis]!;
      if (at < min[axis]!) min[axis] = at;
      if (at > max[axis]!) max[axis] = at;
    }
  }
  const scale = STEPS / Math.max(1e-9, max[0]! - min[0]!, max[1]! - min[1]!, max[2]! - min[2]!);
  const steps = new Int32Array(positions.length);
  for (let i = 0; i < positions.length; i += 3) {
    for (let axis = 0; axis < 3; axis += 1) steps[i + axis] = Math.round((positions[i + axis]! - min[axis]!) * scale);
  }
  return steps;
}

/** At least twice as many slots as entries, a power of two less one. */
function maskFor(entries: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(4, entries * 2))) - 1;
}

/** Two whole numbers, well mixed into one. */
function mixed(a: number, b: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

/** Writes the unit normal of the triangle that begins at a corner; false for one without area. */
function normalOf(p: ArrayLike<number>, triangles: ArrayLike<number>, out: Float32Array, at: number): boolean {
  const a = triangles[at]! * 3;
  const b = triangles[at + 1]! * 3;
  const c = triangles[at + 2]! * 3;
  const ux = p[b]! - p[a]!;
  const uy = p[b + 1]! - p[a + 1]!;
  const uz = p[b + 2]! - p[a + 2]!;
  const vx = p[c]! - p[a]!;
  const vy = p[c + 1]! - p[a + 1]!;
  const vz = p[c + 2]! - p[a + 2]!;
  const nx = uy * vz - uz * vy;
  const ny = uz * vx - ux * vz;
  const nz = ux * vy - uy * vx;
  const length = Math.sqrt(nx * nx + ny * ny + nz * nz);
  if (length < 1e-12) return false;
  out[at] = nx / length;
  out[at + 1] = ny / length;
  out[at + 2] = nz / length;
  return true;
}

/** Numbers read off a three.js mesh for maths that know no three.js. */

import { Matrix4, Vector3 } from "three";
import type { BufferGeometry, Mesh, Object3D } from "three";

/** The corners of a mesh, x, y, z in turn, in the frame that a matrix leads to. */
export function positionsIn(geometry: BufferGeometry, matrix: Matrix4 | null): Float64Array {
  const position = geometry.getAttribute("position");
  const out = new Float64Array(position.count * 3);
  const point = new Vector3();
  for (let i = 0; i < position.count; i += 1) {
    point.fromBufferAttribute(position, i);
    if (matrix) point.applyMatrix4(matrix);
    out[i * 3] = point.x;
    out[i * 3 + 1] = point.y;
    out[i * 3 + 2] = point.z;
  }
  return out;
}

/** From a mesh's own frame to the frame its tile hangs in. */
export function matrixWithin(mesh: Mesh, scene: Object3D): Matrix4 {
  const matrix = new Matrix4();
  for (let at: Object3D | null = mesh; at !== null; at = at === scene ? null : at.parent) {
    at.updateMatrix();
    matrix.premultiply(at.matrix);
  }
  return matrix;
}

/** What stands in a walker's way: the walls near him, gathered anew when he has gone some way. */

import { Matrix4, Mesh, Sphere, Vector3 } from "three";
import type { Side } from "../geometry/panes";
import { cutAt, stepped } from "../geometry/walls";
import type { Lines } from "../geometry/walls";
import type { DrawnLayer } from "./layer";
import { positionsIn } from "./mesh";

const NEAR_M = 60;
/** He gathers anew before he could reach what he does not know. */
const ENOUGH_M = 30;
/** Where a walker's chest is: a kerb or a hedge is no wall. */
const CHEST_M = 1.1;

export class Walker {
  #lines: Lines = new Float64Array(0);
  #from: readonly [number, number, number] | null = null;
  #meshes = new Map<Mesh, Float64Array>();

  constructor(private readonly layers: () => Iterable<DrawnLayer>) {}

  /** Tiles came or went. */
  forget(): void {
    this.#from = null;
  }

  /** Where a step ends that leads from one place to another; feet stand at this height. */
  step(from: readonly [number, number], to: readonly [number, number], feetM: number, side: Side): readonly [number, number] {
    const at = this.#from;
    if (!at || Math.hypot(from[0] - at[0], from[1] - at[1]) > ENOUGH_M || Math.abs(feetM - at[2]) > 1) {
      this.#gather(from[0], from[1], feetM, side);
      this.#from = [from[0], from[1], feetM];
    }
    return stepped(from, to, this.#lines);
  }

  #gather(x: number, y: number, feetM: number, side: Side): void {
    const near = { x, y, withinM: NEAR_M };
    const here = new Vector3(x, y, feetM + CHEST_M);
    const lines: number[] = [];
    const kept = new Map<Mesh, Float64Array>();
    for (const layer of this.layers()) {
      const { plan } = layer;
      if (plan.drawn !== "solid" || plan.sinks || (plan.side !== "both" && plan.side !== side)) continue;
      for (const { mesh } of layer.shownTables()) {
        if (!mesh.geometry.index || !reaches(mesh, here)) continue;
        const positions = this.#meshes.get(mesh) ?? positionsIn(mesh.geometry, mesh.matrixWorld);
        kept.set(mesh, positions);
        lines.push(...cutAt(positions, mesh.geometry.index.array, here.z, near, (vertex) => layer.featureAt(mesh, vertex, side) !== null));
      }
    }
    this.#meshes = kept;
    this.#lines = Float64Array.from(lines);
  }
}

const sphere = new Sphere();

function reaches(mesh: Mesh, here: Vector3): boolean {
  const { geometry } = mesh;
  if (!geometry.boundingSphere) geometry.computeBoundingSphere();
  sphere.copy(geometry.boundingSphere!).applyMatrix4(mesh.matrixWorld as Matrix4);
  return sphere.center.distanceTo(here) < sphere.radius + NEAR_M;
}

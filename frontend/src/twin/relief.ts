/** The terrain that is drawn at the moment, asked for heights: one field a mesh, made when it is first asked. */

import type { Matrix4, Mesh } from "three";
import { groundZ } from "../geometry/flat";
import { HeightField } from "../geometry/heights";
import type { DrawnLayer } from "./layer";
import { positionsIn } from "./mesh";

export class Relief {
  readonly #fields = new WeakMap<Mesh, HeightField>();
  #now: readonly HeightField[] | null = null;
  #meshes: readonly Mesh[] = [];

  constructor(private readonly layers: () => Iterable<DrawnLayer>) {}

  /** Terrain came in or went. */
  forget(): void {
    this.#now = null;
  }

  get meshes(): readonly Mesh[] {
    void this.#fieldsNow();
    return this.#meshes;
  }

  /** Height of the ground at a place of the scene's frame; the flat ground's where no terrain is known. */
  z(x: number, y: number): number {
    let highest: number | null = null;
    for (const field of this.#fieldsNow()) {
      const z = field.at(x, y);
      if (z !== null && (highest === null || z > highest)) highest = z;
    }
    return highest ?? groundZ(x, y);
  }

  #fieldsNow(): readonly HeightField[] {
    if (this.#now) return this.#now;
    const terrain = [...this.layers()].filter((layer) => layer.plan.drawn === "terrain");
    // Ground that is not shown carries what stands on it all the same.
    this.#meshes = terrain.flatMap((layer) => layer.standing.map((table) => table.mesh));
    this.#now = this.#meshes.map((mesh) => this.#fieldOf(mesh, mesh.matrixWorld));
    return this.#now;
  }

  #fieldOf(mesh: Mesh, toScene: Matrix4): HeightField {
    const known = this.#fields.get(mesh);
    if (known) return known;
    const made = new HeightField(positionsIn(mesh.geometry, toScene), mesh.geometry.index!.array);
    this.#fields.set(mesh, made);
    return made;
  }
}

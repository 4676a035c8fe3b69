/** What lies under a point of the canvas: a feature, or the ground. And how high the ground is at a place. */

import { Raycaster, Vector2, Vector3 } from "three";
import type { Camera } from "three";
import { groundZ, meetGround } from "../geometry/flat";
import type { Side } from "../geometry/panes";
import type { DrawnLayer } from "./layer";
import type { Picked } from "./stage";

const DOWN = new Vector3(0, 0, -1);
const HIGH_M = 20_000;

export class Rays {
  readonly #caster = new Raycaster();
  readonly #probe = new Raycaster();
  /** Heights found since the terrain last changed, by whole metres. */
  readonly #heights = new Map<string, number>();

  constructor(private readonly layers: () => Iterable<DrawnLayer>) {}

  /** Terrain came in or went: what was known of heights is forgotten. */
  forget(): void {
    this.#heights.clear();
  }

  /** The nearest feature that the pane shows; the ground is none. */
  pick(ndc: readonly [number, number], camera: Camera, side: Side): Picked | null {
    this.#caster.setFromCamera(new Vector2(...ndc), camera);
    this.#caster.layers.mask = camera.layers.mask;
    const owners = new Map([...this.layers()].flatMap((layer) => layer.meshes.map((mesh) => [mesh as object, layer] as const)));
    const meshes = [...owners].filter(([, layer]) => layer.plan.drawn !== "terrain").map(([mesh]) => mesh as never);
    const hits = this.#caster.intersectObjects(meshes, false);
    // Of what lies on the ground the topmost sheet is seen, whatever ray meets it first.
    let lying: { readonly picked: Picked; readonly sheet: number; readonly distance: number } | null = null;
    for (const hit of hits) {
      const layer = owners.get(hit.object)!;
      const id = hit.face ? layer.featureAt(hit.object, hit.face.a, side) : null;
      if (id === null || id === "") continue;
      const picked = { side, layer: layer.plan.name, id };
      if (layer.plan.sheet === 0 && !layer.plan.sinks) return lying && lying.distance < hit.distance - 6 ? lying.picked : picked;
      if (!lying || layer.plan.sheet > lying.sheet) lying = { picked, sheet: layer.plan.sheet, distance: hit.distance };
    }
    return lying?.picked ?? null;
  }

  /** Where the look through a point meets the terrain, or the flat ground without one. */
  ground(ndc: readonly [number, number], camera: Camera): Vector3 | null {
    this.#caster.setFromCamera(new Vector2(...ndc), camera);
    this.#caster.layers.enableAll();
    const { origin, direction } = this.#caster.ray;
    const hit = this.#caster.intersectObjects(this.#terrain(), false)[0];
    if (hit) return hit.point.clone();
    const found = meetGround([origin.x, origin.y, origin.z], [direction.x, direction.y, direction.z]);
    return found ? new Vector3(...found) : null;
  }

  /** Height of the ground at a place of the scene's frame. */
  z(x: number, y: number): number {
    const terrain = this.#terrain();
    if (terrain.length === 0) return groundZ(x, y);
    const key = `${Math.round(x)} ${Math.round(y)}`;
    const known = this.#heights.get(key);
    if (known !== undefined) return known;
    this.#probe.set(new Vector3(x, y, HIGH_M), DOWN);
    this.#probe.layers.enableAll();
    const hit = this.#probe.intersectObjects(terrain, false)[0];
    const height = hit ? hit.point.z : groundZ(x, y);
    if (this.#heights.size > 5_000) this.#heights.clear();
    this.#heights.set(key, height);
    return height;
  }

  #terrain(): never[] {
    return [...this.layers()].filter((layer) => layer.plan.drawn === "terrain").flatMap((layer) => layer.meshes as never[]);
  }
}

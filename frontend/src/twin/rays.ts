/** What lies under a point of the canvas: a feature, or the ground. */

import { Raycaster, Vector2, Vector3 } from "three";
import type { Camera } from "three";
import { meetGround } from "../geometry/flat";
import type { Side } from "../geometry/panes";
import type { DrawnLayer } from "./layer";
import type { Relief } from "./relief";
import type { Picked } from "./stage";

/** A feature this much further away than the ground in front of it is hidden by it. */
const BEHIND = 1.02;
const BEHIND_M = 12;

export class Rays {
  readonly #caster = new Raycaster();

  constructor(
    private readonly layers: () => Iterable<DrawnLayer>,
    private readonly relief: Relief,
  ) {}

  /** The nearest feature that the pane shows; the ground is none. */
  pick(ndc: readonly [number, number], camera: Camera, side: Side): Picked | null {
    this.#caster.setFromCamera(new Vector2(...ndc), camera);
    this.#caster.layers.mask = camera.layers.mask;
    const owners = new Map([...this.layers()].flatMap((layer) => layer.meshes.map((mesh) => [mesh as object, layer] as const)));
    const meshes = [...owners].filter(([, layer]) => layer.plan.drawn !== "terrain").map(([mesh]) => mesh as never);
    const ground = this.#caster.intersectObjects([...this.relief.meshes], false)[0];
    const horizon = ground ? ground.distance * BEHIND + BEHIND_M : Infinity;
    const hits = this.#caster.intersectObjects(meshes, false).filter((hit) => hit.distance < horizon);
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
    const hit = this.#caster.intersectObjects([...this.relief.meshes], false)[0];
    if (hit) return hit.point.clone();
    const found = meetGround([origin.x, origin.y, origin.z], [direction.x, direction.y, direction.z]);
    return found ? new Vector3(...found) : null;
  }
}

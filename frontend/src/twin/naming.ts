/** Which names may be written over a pane, and where they stand in the camera's square. */

import { Vector3 } from "three";
import type { Camera } from "three";
import { anchorOf } from "../geometry/features";
import type { Box } from "../geometry/orbit";
import type { Side } from "../geometry/panes";
import type { Label } from "./labels";
import type { DrawnLayer } from "./layer";

/** The name of a feature and its weight, heavier ones first; null or an empty text writes none. */
export type LabelOf = (layer: string, id: string, side: Side) => { text: string; weight: number; kind: Label["kind"] } | null;

/** Layers of figures have few features and are named from anywhere; things are named from nearby. */
const NEAR_M = 5_000;
const MOST_PLACES = 400;
/** A name further off than this, or than what is looked at, belongs to the background. */
const FURTHEST_M = 1_000;
/** Of a tile only its greatest things are asked for; which of them are written is a matter of room. */
const MOST_OF_A_TILE = 60;

export interface Naming {
  readonly side: Side;
  readonly camera: Camera;
  readonly reachM: number;
  readonly labelOf: LabelOf;
  readonly marked: Iterable<string>;
  /** Whether something stands between the eye and a point. */
  readonly hides: (point: Vector3) => boolean;
}

export function labelsOf(layers: readonly DrawnLayer[], { side, camera, reachM, labelOf, marked, hides }: Naming): readonly Label[] {
  const labels: Label[] = [];
  const point = new Vector3();
  const put = (layer: DrawnLayer, id: string, box: Box | null, text: string, weight: number, kind: Label["kind"]): void => {
    if (!box || text === "") return;
    point.set(...anchorOf(box));
    point.z *= layer.risen;
    if (kind === "name" && !layer.plan.sinks && hides(point)) return;
    point.project(camera);
    if (point.z < -1 || point.z > 1 || Math.abs(point.x) > 1 || Math.abs(point.y) > 1) return;
    labels.push({ key: `${layer.plan.name} ${id}`, id, text, x: point.x, y: point.y, weight, kind });
  };
  const special = [...marked];
  for (const layer of layers) {
    const { plan } = layer;
    if (!layer.visible || (plan.side !== "both" && plan.side !== side)) continue;
    const written = new Set<string>();
    for (const id of special) {
      const box = layer.boxOf(id);
      const wanted = box ? labelOf(plan.name, id, side) : null;
      if (!wanted || (plan.side === "both" && side === "branch" && plan.hidden.includes(id))) continue;
      written.add(id);
      put(layer, id, box, wanted.text, wanted.weight, wanted.kind);
    }
    if (plan.sinks && layer.seen.ids.length <= MOST_PLACES) {
      layer.seen.ids.forEach((id, number) => {
        if (written.has(id)) return;
        const box = layer.seen.boxAt(number);
        if (!box || (reachM < PLACES_M && camera.position.distanceTo(point.set(...anchorOf(box)).setZ(0)) > PLACES_M * 1.5)) return;
        const wanted = labelOf(plan.name, id, side);
        if (wanted) put(layer, id, box, wanted.text, wanted.weight, wanted.kind);
      });
    } else if (!plan.sinks && reachM < NEAR_M && !NAMELESS.has(plan.tone)) {
      const hidden = side === "branch" ? new Set(plan.hidden) : null;
      const furthest = Math.max(FURTHEST_M, reachM * 1.5);
      for (const table of layer.shownTables()) {
        for (const { id, text, number } of table.named.slice(0, MOST_OF_A_TILE)) {
          if (written.has(id) || hidden?.has(id)) continue;
          const box = layer.seen.boxAt(number);
          if (!box) continue;
          const away = camera.position.distanceTo(point.set(...anchorOf(box)));
          if (away < furthest && (plan.drawn === "solid" || reachM < SMALL_THINGS_M)) put(layer, id, box, text, (importance(layer, box) * (NUMBER.test(text) ? 0.4 : 1)) / (1 + away / 900), "name");
        }
      }
    }
  }
  return labels;
}

/** Prisms of figures lie flat when the eye is nearer than this, and those far off are not named. */
const PLACES_M = 2_200;
/** A stop or a street is named from no further than this. */
const SMALL_THINGS_M = 900;
/** A block's number, which says little to whoever does not live there. */
const NUMBER = /^\d+\s*(동|호|호관|관)?$/;
const NAMELESS = new Set(["tree", "ground", "green"]);

/** Great things are named first, then stations; a street or a plot only after every house. */
function importance(layer: DrawnLayer, { min, max }: Box): number {
  if (layer.plan.name === "station") return 45;
  if (layer.plan.drawn === "symbol") return 6;
  if (layer.plan.drawn === "sheet") return 3;
  return 6 + Math.cbrt((max[0] - min[0]) * (max[1] - min[1]) * (max[2] - min[2]));
}

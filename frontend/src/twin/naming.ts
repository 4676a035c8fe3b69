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
const NEAR_M = 2_200;
const MOST_PLACES = 400;
/** A name further off than this, or than what is looked at, belongs to the background. */
const FURTHEST_M = 650;

export function labelsOf(layers: readonly DrawnLayer[], side: Side, camera: Camera, reachM: number, labelOf: LabelOf, marked: Iterable<string>): readonly Label[] {
  const labels: Label[] = [];
  const point = new Vector3();
  const put = (layer: DrawnLayer, id: string, box: Box | null, text: string, weight: number, kind: Label["kind"]): void => {
    if (!box || text === "") return;
    point.set(...anchorOf(box));
    point.z *= layer.risen;
    point.project(camera);
    if (point.z < -1 || point.z > 1 || Math.abs(point.x) > 1 || Math.abs(point.y) > 1) return;
    labels.push({ key: `${layer.plan.name} ${id}`, id, text, x: point.x, y: point.y, weight, kind });
  };
  const special = [...marked];
  for (const layer of layers) {
    if (!layer.visible || (layer.plan.side !== "both" && layer.plan.side !== side)) continue;
    const written = new Set<string>();
    for (const id of special) {
      const box = layer.boxOf(id);
      const wanted = box ? labelOf(layer.plan.name, id, side) : null;
      if (!wanted || (layer.plan.side === "both" && side === "branch" && layer.plan.hidden.includes(id))) continue;
      written.add(id);
      put(layer, id, box, wanted.text, wanted.weight, wanted.kind);
    }
    if (layer.plan.sinks && layer.seen.ids.length <= MOST_PLACES) {
      layer.seen.ids.forEach((id, number) => {
        if (written.has(id)) return;
        const box = layer.seen.boxAt(number);
        if (!box || (reachM < NEAR_M && camera.position.distanceTo(point.set(...anchorOf(box)).setZ(0)) > NEAR_M * 1.5)) return;
        const wanted = labelOf(layer.plan.name, id, side);
        if (wanted) put(layer, id, box, wanted.text, wanted.weight, wanted.kind);
      });
    } else if (!layer.plan.sinks && reachM < NEAR_M) {
      for (const { id, text, number } of layer.named()) {
        if (written.has(id)) continue;
        const box = layer.seen.boxAt(number);
        if (!box) continue;
        const away = camera.position.distanceTo(point.set(...anchorOf(box)));
        // Tall and near things are named first; a street or a plot only after every house.
        if (away < Math.max(FURTHEST_M, reachM * 1.5)) put(layer, id, box, text, 1 + (box.max[2] - box.min[2]) / (1 + away / 800), "name");
      }
    }
  }
  return labels;
}

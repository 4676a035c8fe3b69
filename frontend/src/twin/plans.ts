/**
 * Which tilesets are drawn for which side. Pure.
 *
 * On an 안 the base tileset of 현행 serves both sides; what the 안 removes or changes is hidden in its own pane, and a
 * small tileset, seen in that pane alone, draws what it adds or changes. Without such a difference each side draws its own.
 */

import type { Layer } from "../api/types";
import type { Side } from "../geometry/panes";
import { tenantOf } from "../route";

export type Drawn = NonNullable<Layer["drawn"]>;

/** What is to be drawn; one that sinks gives way to what stands on the ground as the eye comes near. */
export interface LayerPlan {
  readonly key: string;
  readonly name: string;
  readonly side: Side | "both";
  readonly sinks: boolean;
  readonly url: string;
  readonly drawn: Drawn;
  /** What it stands for, in a word: its colour and the shape of its symbols go by it. */
  readonly tone: string;
  /** The place among what lies on the ground, 1 the lowest; 0 for what stands. */
  readonly sheet: number;
  /** Ids that the pane of the 안 does not show. */
  readonly hidden: readonly string[];
}

export interface Asked {
  readonly city: string;
  readonly branch: string | null;
  /** Layers as this branch, and as 현행, has them. */
  readonly layers: readonly Layer[];
  readonly mainLayers: readonly Layer[];
  readonly changedTypes: ReadonlySet<string>;
}

/** What lies lower is drawn first: land under green, green under water, roads over them, rails over roads. */
const SHEETS: readonly string[] = ["landuse", "land-use", "zone", "zoning", "parcel", "green", "park", "water", "flood", "plot", "road", "path", "rail", "railway"];

/** How a layer is drawn: as the server says, else by what it stands for. */
export function drawnAs(layer: Layer): Drawn {
  return layer.drawn ?? (layer.id === "road" ? "sheet" : "solid");
}

/** The place of a layer among the sheets; an unknown one lies over land and under roads. */
export function sheetOf(layer: Layer): number {
  if (drawnAs(layer) !== "sheet") return 0;
  const at = SHEETS.findIndex((name) => layer.id.toLowerCase().startsWith(name));
  return at < 0 ? SHEETS.indexOf("plot") + 1 : at + 1;
}

/** The tilesets of a picture. */
export function plansOf(asked: Asked): readonly LayerPlan[] {
  const { city, branch, layers, mainLayers, changedTypes } = asked;
  return layers.flatMap((layer): readonly LayerPlan[] => {
    const held = (list: readonly Layer[]): boolean => list.some((one) => one.id === layer.id && one.features > 0);
    const base = {
      name: layer.id,
      drawn: drawnAs(layer),
      tone: layer.tone ?? layer.id,
      sheet: sheetOf(layer),
      sinks: Boolean(layer.heightAttribute),
      hidden: [] as readonly string[],
    };
    const own = (tenant: string): string => `/tiles/${encodeURIComponent(tenant)}/${encodeURIComponent(layer.id)}/tileset.json`;
    const tiles = layer.tiles ?? own(city);
    if (branch === null) return held(layers) ? [{ ...base, key: `both ${layer.id}`, side: "both", url: tiles }] : [];
    if (layer.tiles !== undefined && layer.delta !== undefined) {
      const plans: LayerPlan[] = [];
      if (layer.tiles !== null) plans.push({ ...base, key: `both ${layer.id}`, side: "both", url: layer.tiles, hidden: layer.delta?.hidden ?? [] });
      // Something added or changed is drawn by the difference; a difference that only removes has nothing to draw.
      const { delta } = layer;
      if (delta && (delta.added ?? 1) + (delta.changed ?? 0) > 0) plans.push({ ...base, key: `branch ${layer.id}`, side: "branch", url: delta.tiles });
      return plans;
    }
    if (!changedTypes.has(layer.type)) return held(layers) ? [{ ...base, key: `both ${layer.id}`, side: "both", url: tiles }] : [];
    const sides: LayerPlan[] = [];
    if (held(mainLayers)) sides.push({ ...base, key: `main ${layer.id}`, side: "main", url: own(city) });
    if (held(layers)) sides.push({ ...base, key: `branch ${layer.id}`, side: "branch", url: own(tenantOf(city, branch)) });
    return sides;
  });
}

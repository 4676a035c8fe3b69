/** What the picture costs at the moment: counts of its layers, its renderer and its meter in one answer. */

import type { WebGLRenderer } from "three";
import type { DrawnLayer } from "./layer";
import type { Meter } from "./meter";
import type { Stats } from "./stage";

export function statsOf(layers: readonly DrawnLayer[], renderer: WebGLRenderer, meter: Meter): Stats {
  const tiles = { visible: 0, loaded: 0, loading: 0, failed: 0 };
  for (const layer of layers) {
    const stats = countsOf(layer);
    tiles.visible += layer.visible ? (stats["visible"] ?? 0) : 0;
    tiles.loaded += stats["loaded"] ?? 0;
    tiles.loading += loadingIn(layer);
    tiles.failed += stats["failed"] ?? 0;
  }
  const { memory } = renderer.info;
  return {
    frameMs: meter.frameMs,
    cpuMs: meter.cpuMs,
    tiles,
    triangles: meter.triangles,
    features: layers.reduce((sum, layer) => sum + layer.seen.ids.length, 0),
    geometries: memory.geometries,
    textures: memory.textures,
    // All layers share one cache.
    cacheBytes: (layers[0]?.tiles.lruCache as { cachedBytes?: number } | undefined)?.cachedBytes ?? 0,
    errorTarget: meter.errorTarget,
    paintMs: meter.paintMs,
    frames: meter.frames,
  };
}

/** How many tiles of a layer are on their way. */
export function loadingIn(layer: DrawnLayer): number {
  const stats = countsOf(layer);
  return (stats["downloading"] ?? 0) + (stats["parsing"] ?? 0) + (stats["queued"] ?? 0);
}

export function visibleIn(layer: DrawnLayer): number {
  return countsOf(layer)["visible"] ?? 0;
}

function countsOf(layer: DrawnLayer): Readonly<Record<string, number>> {
  return (layer.tiles as unknown as { stats: Readonly<Record<string, number>> }).stats;
}

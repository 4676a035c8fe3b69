/**
 * Setting points on the ground one after the other: for a distance, an area, a height, a plot. A click sets a point,
 * Backspace takes the last one back, Enter or a second click at the same place ends, Escape puts the tool away.
 */

import type { Place } from "../../geometry/measuring";
import type { Stage, Tool, ToolEvent } from "../stage";

export interface Tracing {
  readonly kind: "line" | "ring" | "height";
  /** Another point, at the place that was clicked. */
  add(place: Place, picked: string | null): void;
  /** The place under the pointer, for what is drawn ahead; null when it left. */
  hover(place: Place | null): void;
  undo(): void;
  /** The drawing is done; false where it still lacks points. */
  end(): boolean;
}

export class PointsTool implements Tool {
  readonly cursor = "crosshair";

  constructor(
    private readonly stage: Stage,
    private readonly tracing: Tracing,
    private readonly gone: () => void,
  ) {}

  move(event: ToolEvent): boolean {
    this.tracing.hover(this.#place(event));
    return false;
  }

  click(event: ToolEvent): boolean {
    const place = this.#place(event);
    if (place) this.tracing.add(place, event.picked?.id ?? null);
    return true;
  }

  doubleClick(): boolean {
    // Its first click has set the point.
    this.tracing.end();
    return true;
  }

  key(event: ToolEvent): boolean {
    switch (event.key) {
      case "Enter":
        return this.tracing.end();
      case "Backspace":
      case "Delete":
        this.tracing.undo();
        return true;
      case " ":
        // The middle of the picture, where the keys lead the camera.
        return this.click(event);
      default:
        return false;
    }
  }

  dispose(): void {
    this.tracing.hover(null);
    this.gone();
  }

  /** The ground; for a height the top of what stands there. */
  #place(event: ToolEvent): Place | null {
    if (event.key !== undefined) return middleOf(this.stage);
    const { ground } = event;
    if (!ground) return null;
    const top = this.tracing.kind === "height" && event.picked ? topOf(this.stage, event.picked.id) : null;
    return top ?? { lon: ground.lon, lat: ground.lat, height: ground.height };
  }
}

/** The ground in the middle of what is seen. */
export function middleOf(stage: Stage): Place | null {
  const view = stage.view();
  return view ? { lon: view.lon, lat: view.lat, height: stage.heightAt(view.lon, view.lat) } : null;
}

/** The top of a feature that has come in, over its middle; null for one that has not, or lies flat. */
export function topOf(stage: Stage, id: string): (Place & { readonly bottom: number }) | null {
  for (const layer of stage.layers) {
    const box = layer.visible ? layer.boxOf(id) : null;
    if (!box || box.max[2] - box.min[2] < 0.5) continue;
    const at = stage.toLocal(0, 0, 0).set((box.min[0] + box.max[0]) / 2, (box.min[1] + box.max[1]) / 2, box.max[2]);
    const top = stage.toLonLat(at);
    return { ...top, bottom: stage.toLonLat(at.setZ(box.min[2])).height };
  }
  return null;
}

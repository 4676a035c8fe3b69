/**
 * The pen: outlines and lines by clicks, rectangles by a drag or by two clicks, single points. By keyboard the arrows lead
 * the pen by a metre (with Shift by ten), the space bar sets a point, Enter ends, Backspace takes the last point away.
 */

import { Vector3 } from "three";
import { cornersOf, distance, rectangleBetween } from "../../geometry/footprint";
import type { Flat, Rectangle } from "../../geometry/footprint";
import { directionAt, snapped } from "../../geometry/snapping";
import type { Hold, Neighbours } from "../../geometry/snapping";
import type { Stage, Tool, ToolEvent } from "../stage";

export type Shape = "rectangle" | "outline" | "line" | "point";

/** What the pen draws on; whoever holds it sees every stroke. */
export interface Paper {
  readonly shape: Shape;
  readonly neighbours: Neighbours;
  points: readonly Flat[];
  pen: Flat | null;
  hold: Hold;
  done: boolean;
  rectangle: Rectangle | null;
}

const REACH_PX = 12;
const SMALLEST_M = 1;
const STEPS: Readonly<Record<string, Flat>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class Pen implements Tool {
  readonly cursor = "crosshair";
  /** The first corner of a rectangle that is being drawn. */
  #from: Flat | null = null;
  #pressed: { readonly x: number; readonly y: number; readonly first: boolean } | null = null;

  constructor(
    private readonly stage: Stage,
    private readonly paper: Paper,
    private readonly metresPerPixel: () => number,
  ) {}

  down(event: ToolEvent): boolean {
    if (this.paper.shape !== "rectangle" || this.paper.done) return false;
    const at = this.#at(event);
    if (!at) return false;
    this.#pressed = { x: event.x, y: event.y, first: this.#from === null };
    if (this.#from) this.#stretch(at);
    else this.#from = at;
    this.paper.pen = at;
    return true;
  }

  move(event: ToolEvent): boolean {
    const { paper } = this;
    if (paper.done) return false;
    const at = this.#at(event);
    if (!at) return false;
    paper.pen = at;
    if (paper.shape === "rectangle" && this.#from) this.#stretch(at);
    return false;
  }

  up(event: ToolEvent): boolean {
    const pressed = this.#pressed;
    this.#pressed = null;
    if (!pressed || !this.#from) return false;
    const dragged = Math.hypot(event.x - pressed.x, event.y - pressed.y) > 8;
    // A tap sets the first corner, and the next one the opposite corner.
    if (dragged || !pressed.first) this.#end();
    else Object.assign(this.paper, { points: [], rectangle: null });
    return true;
  }

  click(event: ToolEvent): boolean {
    const { paper } = this;
    if (paper.done) return false;
    if (paper.shape === "rectangle") return true;
    const at = this.#at(event);
    if (at) this.#put(at, paper.hold);
    return at !== null;
  }

  doubleClick(): boolean {
    if (this.paper.done) return false;
    if (this.paper.shape !== "rectangle") this.#end();
    return true;
  }

  key(event: ToolEvent): boolean {
    const { paper } = this;
    if (paper.done) return false;
    const step = STEPS[event.key ?? ""];
    if (step) {
      const from = paper.pen ?? this.#middle();
      if (!from) return false;
      const far = event.shift ? 10 : 1;
      paper.pen = [from[0] + step[0] * far, from[1] + step[1] * far];
      paper.hold = "free";
      if (paper.shape === "rectangle" && this.#from) this.#stretch(paper.pen);
      return true;
    }
    switch (event.key) {
      case " ":
        return this.#set();
      case "Enter":
        if (paper.shape === "rectangle" || paper.shape === "point") return this.#set();
        this.#end();
        return true;
      case "Backspace":
        return this.back();
      case "Escape":
        if (paper.points.length === 0 && !this.#from) return false;
        this.again();
        return true;
      default:
        return false;
    }
  }

  /** Takes the last point away; false where there is none. */
  back(): boolean {
    const { paper } = this;
    if (paper.points.length === 0) return false;
    if (paper.shape === "rectangle") this.again();
    else [paper.points, paper.done] = [paper.points.slice(0, -1), false];
    return true;
  }

  /** Begins anew. */
  again(): void {
    this.#from = null;
    Object.assign(this.paper, { points: [], pen: null, done: false, rectangle: null, hold: "free" });
  }

  dispose(): void {
    this.paper.pen = null;
  }

  #set(): boolean {
    const { paper } = this;
    const at = paper.pen ?? this.#middle();
    if (!at) return false;
    paper.pen = at;
    if (paper.shape !== "rectangle") {
      this.#put(at, "free");
    } else if (this.#from) {
      this.#stretch(at);
      this.#end();
    } else {
      this.#from = at;
    }
    return true;
  }

  #put(at: Flat, hold: Hold): void {
    const { paper } = this;
    const last = paper.points[paper.points.length - 1];
    if (paper.shape === "point") {
      [paper.points, paper.done] = [[at], true];
    } else if (hold === "start" && paper.shape === "outline") {
      this.#end();
    } else if (!last || distance(last, at) > 0.05) {
      paper.points = [...paper.points, at];
    }
  }

  #stretch(to: Flat): void {
    const { paper } = this;
    const from = this.#from!;
    const rectangle = rectangleBetween(from, to, directionAt(from, paper.neighbours));
    if (rectangle.widthM < 0.2 || rectangle.depthM < 0.2) return;
    paper.rectangle = rectangle;
    paper.points = cornersOf(rectangle);
  }

  #end(): void {
    const { paper } = this;
    const { rectangle } = paper;
    this.#from = paper.shape === "rectangle" ? null : this.#from;
    if (paper.shape === "rectangle") {
      if (rectangle && rectangle.widthM >= SMALLEST_M && rectangle.depthM >= SMALLEST_M) paper.done = true;
      else this.again();
    } else if (paper.points.length >= (paper.shape === "line" ? 2 : 3)) {
      paper.done = true;
    }
    if (paper.done) paper.pen = null;
  }

  /** Where the pen is, drawn to what is there; with Shift free. */
  #at(event: ToolEvent): Flat | null {
    const { ground } = event;
    if (!ground) return null;
    const { paper } = this;
    const at: Flat = [ground.local.x, ground.local.y];
    const before = paper.shape === "rectangle" || paper.shape === "point" ? [] : paper.points;
    const found = event.shift ? { at, hold: "free" as const } : snapped(at, before, paper.neighbours, REACH_PX * this.metresPerPixel());
    paper.hold = found.hold;
    return found.at;
  }

  /** The place that the camera looks at. */
  #middle(): Flat | null {
    return middleOfView(this.stage);
  }
}

/** The place of the ground that the camera looks at, in the flat frame. */
export function middleOfView(stage: Stage): Flat | null {
  const view = stage.placed ? stage.view() : null;
  if (!view) return null;
  const { x, y } = stage.toLocal(view.lon, view.lat, view.height);
  return [x, y];
}

/** Positions of the flat frame as longitude and latitude, to a centimetre. */
export function toDegrees(stage: Stage, points: readonly Flat[]): readonly Flat[] {
  return points.map(([x, y]) => {
    const { lon, lat } = stage.toLonLat(new Vector3(x, y, 0));
    return [Number(lon.toFixed(7)), Number(lat.toFixed(7))];
  });
}

/** Longitudes and latitudes as positions of the flat frame. */
export function toFlat(stage: Stage, positions: readonly Flat[]): readonly Flat[] {
  return positions.map(([lon, lat]) => {
    const { x, y } = stage.toLocal(lon, lat);
    return [x, y];
  });
}

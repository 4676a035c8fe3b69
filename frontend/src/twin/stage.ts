/**
 * What the picture offers to those who draw into it and work in it: the stage, an overlay, a tool.
 *
 * The frame of the scene: x east, y north, z up, in metres around the middle of the city. An overlay puts its own
 * three.js objects into `stage.scene` and takes them out again; it sets `object.layers` by `MASKS` where only one side
 * may see them. A tool hears of the pointer before the camera does, and says whether it took what it heard.
 */

import type { Camera, Scene, Vector3 } from "three";
import type { Taken } from "../geometry/labels";
import type { Box } from "../geometry/orbit";
import type { Mode, Pane, Side } from "../geometry/panes";
import type { CameraView } from "./address";

export type { Pane, Side } from "../geometry/panes";

/** three.js layers of the camera: what both sides see, and what only one sees. */
export const MASKS: Readonly<Record<Side | "both", number>> = { both: 0, main: 1, branch: 2 };

/** Order of drawing: the ground first, what lies on it, what stands on it, and what is written over it. */
export const ORDER = { sky: -20, table: -10, ground: 0, sheets: 1, solids: 20, overlay: 40 } as const;

export interface Picked {
  readonly side: Side;
  readonly layer: string;
  readonly id: string;
}

/** A place of the ground: in degrees and metres above the datum, and in the frame of the scene. */
export interface GroundPoint {
  readonly lon: number;
  readonly lat: number;
  readonly height: number;
  readonly local: Vector3;
}

/** The sun that lights the picture. Without one of the clock's, light falls from the south-west, as on a map. */
export interface Sun {
  /** From the ground to the sun, of length one; below the horizon it is night. null is the light of a map. */
  direction: readonly [number, number, number] | null;
  /** Whether shadows are cast. */
  on: boolean;
}

/** A layer of the picture, as an overlay may ask for it. */
export interface StageLayer {
  readonly name: string;
  readonly side: Side | "both";
  readonly visible: boolean;
  /** The box of a feature that has come in; null before that. */
  boxOf(id: string): Box | null;
}

export interface Stage {
  readonly scene: Scene;
  readonly camera: Camera;
  readonly canvas: HTMLCanvasElement;
  /** The city's frame is known: from then on places can be turned into points of the scene. */
  readonly placed: boolean;
  readonly layers: readonly StageLayer[];
  readonly sun: Sun;
  readonly dark: boolean;
  /** A point of the scene; heights are metres above the datum. */
  toLocal(lon: number, lat: number, height?: number): Vector3;
  toLonLat(point: Vector3): { lon: number; lat: number; height: number };
  /** The ground (terrain where there is one) under a point of the canvas; null on the sky. */
  groundAt(xPx: number, yPx: number): GroundPoint | null;
  /** Height of the ground above the datum, from the terrain that has come in; 0 without terrain. */
  heightAt(lon: number, lat: number): number;
  /** The feature under a point of the canvas. */
  pick(xPx: number, yPx: number): Picked | null;
  /** Where a point of the scene lies on the canvas, in CSS pixels of the pane; null behind the eye or outside. */
  project(point: Vector3, pane: Pane): { x: number; y: number; depth: number } | null;
  panes(): readonly Pane[];
  readonly mode: Mode;
  /** Asks for another frame. */
  invalidate(): void;
  /** After the sun was turned: lights and shadows are set anew. */
  light(): void;
  /** Where the camera stands; null before the city has a place. */
  view(): CameraView | null;
}

/** Something drawn into the picture beside the layers. */
export interface Overlay {
  /** The side that alone is given to `update`; both without it. */
  readonly side?: Side | "both";
  attach(stage: Stage): void;
  /** Before each pane is drawn; true asks for another frame (something moves by itself). */
  update?(now: number, pane: Pane): boolean | void;
  /** The id of what it shows at a point of the canvas: asked before the features below it are. */
  pick?(xPx: number, yPx: number, pane: Pane): string | null;
  /** Where it writes over the picture, in CSS pixels of the canvas: no name is written there. */
  taken?(): readonly Taken[];
  /** The tiles, the frame or the theme changed: heights and colours may be read anew. */
  changed?(): void;
  dispose(): void;
}

export interface ToolEvent {
  /** CSS pixels from the canvas's top left corner. */
  readonly x: number;
  readonly y: number;
  /** Worked out when it is asked for. */
  readonly ground: GroundPoint | null;
  readonly picked: Picked | null;
  readonly shift: boolean;
  readonly key?: string;
}

/** What the pointer does while it is in hand. A method that returns true took the event; else the camera has it. */
export interface Tool {
  /** CSS cursor over the picture. */
  readonly cursor: string;
  down?(event: ToolEvent): boolean;
  move?(event: ToolEvent): boolean;
  up?(event: ToolEvent): boolean;
  click?(event: ToolEvent): boolean;
  doubleClick?(event: ToolEvent): boolean;
  key?(event: ToolEvent): boolean;
  dispose(): void;
}

/** What the picture costs at the moment. */
export interface Stats {
  readonly frameMs: { readonly last: number; readonly median: number; readonly worst: number };
  /** Milliseconds of our own work in the last frame, without the graphics card's. */
  readonly cpuMs: number;
  readonly tiles: { readonly visible: number; readonly loaded: number; readonly loading: number; readonly failed: number };
  readonly triangles: number;
  readonly features: number;
  readonly geometries: number;
  readonly textures: number;
  readonly cacheBytes: number;
  readonly errorTarget: number;
  /** Milliseconds the last recolour took. */
  readonly paintMs: number;
  readonly frames: number;
}

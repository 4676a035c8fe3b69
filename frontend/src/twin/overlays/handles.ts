/** Handles on a thing that is being moved: on its foot to move it, beside it to turn it, over it to raise it. Always as large. */

import { CanvasTexture, Group, SRGBColorSpace, Sprite, SpriteMaterial } from "three";
import type { Flat } from "../../geometry/footprint";
import { distance, middleOf } from "../../geometry/footprint";
import { FIELD_OF_VIEW_DEG } from "../../geometry/orbit";
import { MASKS, ORDER } from "../stage";
import type { Overlay, Pane, Side, Stage } from "../stage";
import { footOf } from "./preview";

export type Grip = "move" | "turn" | "raise";

/** What is held: its outline as it now stands, and how high it is; null for a thing that can't be raised. */
export interface Held {
  readonly ring: readonly Flat[];
  readonly heightM: number | null;
  /** How far it was turned, so that the handle goes round with it. */
  readonly turnedDeg: number;
}

const SIZE_PX = 34;
const REACH_PX = 24;
/** From afar the handles of a small thing still lie beside each other. */
const APART_PX = 46;

const ICONS: Readonly<Record<Grip, string>> = {
  move: "M24 10v28M10 24h28M24 10l-5 5M24 10l5 5M24 38l-5-5M24 38l5-5M10 24l5-5M10 24l5 5M38 24l-5-5M38 24l-5 5",
  turn: "M35 19a12.5 12.5 0 1 0 1.5 6M36 11v9h-9",
  raise: "M24 9v30M24 9l-6 6.5M24 9l6 6.5M24 39l-6-6.5M24 39l6-6.5",
};

export class Handles implements Overlay {
  readonly side: Side = "branch";
  readonly #group = new Group();
  readonly #sprites = new Map<Grip, Sprite>();
  #stage: Stage | null = null;
  #held: Held | null = null;
  #metresPerPx = 0;

  attach(stage: Stage): void {
    this.#stage = stage;
    for (const grip of ["move", "turn", "raise"] as const) {
      const sprite = new Sprite(new SpriteMaterial({ map: icon(ICONS[grip]), depthTest: false, sizeAttenuation: false }));
      sprite.renderOrder = ORDER.overlay + 10;
      sprite.layers.set(MASKS.branch);
      this.#sprites.set(grip, sprite);
      this.#group.add(sprite);
    }
    stage.scene.add(this.#group);
    this.#lay();
  }

  hold(held: Held | null): void {
    this.#held = held;
    this.#lay();
    this.#stage?.invalidate();
  }

  changed(): void {
    this.#lay();
  }

  update(_now: number, pane: Pane): void {
    const size = (SIZE_PX * 2 * Math.tan((FIELD_OF_VIEW_DEG * Math.PI) / 360)) / pane.viewport.height;
    for (const sprite of this.#sprites.values()) sprite.scale.set(size, size, 1);
    const middle = this.#sprites.get("move");
    const metres = middle && this.#stage ? (size / SIZE_PX) * this.#stage.camera.position.distanceTo(middle.position) : 0;
    if (Math.abs(metres - this.#metresPerPx) < 0.05 * metres) return;
    this.#metresPerPx = metres;
    this.#lay();
  }

  /** The handle under a point of the canvas. */
  at(x: number, y: number): Grip | null {
    const stage = this.#stage;
    if (!stage || !this.#group.visible) return null;
    for (const pane of stage.panes()) {
      if (pane.side !== "branch") continue;
      for (const [grip, sprite] of [...this.#sprites].reverse()) {
        const found = sprite.visible ? stage.project(sprite.position, pane) : null;
        if (found && Math.hypot(found.x - x, found.y - y) <= REACH_PX) return grip;
      }
    }
    return null;
  }

  /** Pixels that a metre of height takes at the thing. */
  pxPerMetreUp(): number {
    const stage = this.#stage;
    const held = this.#held;
    if (!stage || !held) return 1;
    const foot = footOf(stage, middleOf(held.ring), 0);
    for (const pane of stage.panes()) {
      if (pane.side !== "branch") continue;
      const [a, b] = [stage.project(foot, pane), stage.project(foot.clone().setZ(foot.z + 10), pane)];
      if (a && b) return Math.max(0.05, Math.abs(a.y - b.y) / 10);
    }
    return 1;
  }

  dispose(): void {
    this.#group.removeFromParent();
    for (const { material } of this.#sprites.values()) {
      material.map?.dispose();
      material.dispose();
    }
    this.#sprites.clear();
    this.#stage = null;
  }

  #lay(): void {
    const stage = this.#stage;
    const held = this.#held;
    this.#group.visible = Boolean(stage?.placed && held);
    if (!stage?.placed || !held) return;
    const middle = middleOf(held.ring);
    const foot = footOf(stage, middle, 0);
    const reach = Math.max(14, APART_PX * this.#metresPerPx - 10, ...held.ring.map((corner) => distance(corner, middle))) + 10;
    const way = (held.turnedDeg * Math.PI) / 180;
    this.#sprites.get("move")?.position.copy(foot);
    this.#sprites.get("turn")?.position.copy(footOf(stage, [middle[0] + Math.cos(way) * reach, middle[1] - Math.sin(way) * reach], 0));
    const raise = this.#sprites.get("raise");
    if (!raise) return;
    raise.visible = held.heightM !== null;
    // Beside the top: over its middle stands the thing's name.
    raise.position.copy(footOf(stage, [middle[0] - Math.cos(way) * reach, middle[1] + Math.sin(way) * reach], 0));
    raise.position.z = foot.z + (held.heightM ?? 0);
  }
}

function icon(path: string): CanvasTexture {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 96;
  const pen = canvas.getContext("2d")!;
  pen.scale(2, 2);
  pen.beginPath();
  pen.arc(24, 24, 21.5, 0, 2 * Math.PI);
  pen.fillStyle = "#1c2126";
  pen.fill();
  pen.lineWidth = 2.5;
  pen.strokeStyle = "#fffefb";
  pen.stroke();
  pen.lineWidth = 3;
  pen.lineCap = pen.lineJoin = "round";
  pen.stroke(new Path2D(path));
  const texture = new CanvasTexture(canvas);
  texture.colorSpace = SRGBColorSpace;
  return texture;
}

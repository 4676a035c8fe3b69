/** Words that stand at a place of the scene in a steady size, as part of the drawing: a picture that is saved has them. */

import { CanvasTexture, LinearFilter, SRGBColorSpace, Sprite, SpriteMaterial } from "three";
import type { Vector3 } from "three";
import { FIELD_OF_VIEW_DEG } from "../../geometry/orbit";
import type { Pane } from "../../geometry/panes";
import { ORDER } from "../stage";

const FINE = 2;
const FONT = '600 13px "Pretendard Variable", "Noto Sans KR", system-ui, sans-serif';
const HEIGHT_PX = 24;

export interface Ink {
  readonly ink: string;
  readonly paper: string;
  readonly line: string;
}

export class Written {
  readonly sprite: Sprite;
  readonly #canvas = document.createElement("canvas");
  #width = 1;

  constructor(text: string, at: Vector3, ink: Ink) {
    const pen = this.#canvas.getContext("2d")!;
    pen.font = FONT;
    this.#width = Math.ceil(pen.measureText(text).width) + 18;
    [this.#canvas.width, this.#canvas.height] = [this.#width * FINE, HEIGHT_PX * FINE];
    pen.scale(FINE, FINE);
    pen.fillStyle = ink.paper;
    pen.strokeStyle = ink.line;
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.roundRect(1, 1, this.#width - 2, HEIGHT_PX - 2, 7);
    pen.fill();
    pen.stroke();
    pen.font = FONT;
    pen.fillStyle = ink.ink;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(text, this.#width / 2, HEIGHT_PX / 2 + 0.5);
    const map = new CanvasTexture(this.#canvas);
    map.colorSpace = SRGBColorSpace;
    map.minFilter = LinearFilter;
    map.generateMipmaps = false;
    this.sprite = new Sprite(new SpriteMaterial({ map, depthTest: false, depthWrite: false, sizeAttenuation: false, fog: false, toneMapped: false }));
    this.sprite.position.copy(at);
    this.sprite.center.set(0.5, -0.35);
    this.sprite.renderOrder = ORDER.overlay + 10;
    this.sprite.raycast = () => undefined;
  }

  /** As large on every pane. */
  size(pane: Pane): void {
    const unit = (2 * Math.tan(((FIELD_OF_VIEW_DEG / 2) * Math.PI) / 180)) / pane.viewport.height;
    this.sprite.scale.set(this.#width * unit, HEIGHT_PX * unit, 1);
  }

  dispose(): void {
    this.sprite.removeFromParent();
    this.sprite.material.map?.dispose();
    this.sprite.material.dispose();
  }
}

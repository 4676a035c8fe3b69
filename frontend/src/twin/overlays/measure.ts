/** What was measured, in the picture: lines that lie on the ground, areas, heights that stand, and their figures beside them. */

import { BufferAttribute, BufferGeometry, DoubleSide, Group, Mesh, MeshBasicMaterial, ShapeUtils, Sprite, SpriteMaterial, CanvasTexture, Vector2, Vector3 } from "three";
import { Line2 } from "three/examples/jsm/lines/Line2.js";
import { LineGeometry } from "three/examples/jsm/lines/LineGeometry.js";
import { LineMaterial } from "three/examples/jsm/lines/LineMaterial.js";
import type { Place } from "../../geometry/measuring";
import { along } from "../../geometry/measuring";
import type { Pane } from "../../geometry/panes";
import { ORDER } from "../stage";
import type { Overlay, Stage } from "../stage";
import { Written } from "./written";
import type { Ink } from "./written";

export interface Drawing {
  readonly kind: "line" | "ring" | "height";
  readonly places: readonly Place[];
  readonly text: string;
  /** Being measured at the moment. */
  readonly open: boolean;
}

const LIFT_M = 0.8;
const SPACING_M = 12;
const MARK_PX = 9;

export class Measures implements Overlay {
  #stage: Stage | null = null;
  readonly #group = new Group();
  #drawings: readonly Drawing[] = [];
  #written: Written[] = [];
  #marks: Sprite[] = [];
  #made: { dispose(): void }[] = [];
  #mark: CanvasTexture | null = null;

  attach(stage: Stage): void {
    this.#stage = stage;
    stage.scene.add(this.#group);
    this.#draw();
  }

  show(drawings: readonly Drawing[]): void {
    this.#drawings = drawings;
    this.#draw();
  }

  update(_now: number, pane: Pane): void {
    for (const one of this.#written) one.size(pane);
    const unit = 0.65 / pane.viewport.height;
    for (const one of this.#marks) one.scale.set(MARK_PX * unit, MARK_PX * unit, 1);
  }

  changed(): void {
    this.#draw();
  }

  dispose(): void {
    this.#clear();
    this.#mark?.dispose();
    this.#group.removeFromParent();
    this.#stage = null;
  }

  #clear(): void {
    for (const one of this.#written) one.dispose();
    for (const one of this.#marks) one.material.dispose();
    for (const one of this.#made) one.dispose();
    [this.#written, this.#marks, this.#made] = [[], [], []];
    this.#group.clear();
  }

  #draw(): void {
    const stage = this.#stage;
    this.#clear();
    if (!stage?.placed) return;
    const ink: Ink = stage.dark ? { ink: "#ece9e2", paper: "#1b1f23", line: "#f2c14e" } : { ink: "#1c2126", paper: "#fffefb", line: "#7a1f5c" };
    for (const drawing of this.#drawings) this.#one(stage, drawing, ink);
    stage.invalidate();
  }

  #one(stage: Stage, { kind, places, text, open }: Drawing, ink: Ink): void {
    if (places.length === 0) return;
    const local = (place: Place): Vector3 => stage.toLocal(place.lon, place.lat, place.height).add(new Vector3(0, 0, LIFT_M));
    const followed = kind === "height" ? heightLine(places) : along(kind === "ring" && places.length > 2 ? [...places, places[0]!] : places, (lon, lat) => stage.heightAt(lon, lat), SPACING_M);
    const points = followed.map(local);
    if (kind === "ring" && places.length > 2) this.#fill(places.map(local), ink);
    if (points.length > 1) this.#line(points, ink, open);
    for (const place of places) this.#dot(local(place), ink);
    if (text !== "") {
      const at = kind === "ring" ? middle(places.map(local)) : kind === "height" ? middle(points.slice(0, 2)) : points[points.length >> 1]!;
      const written = new Written(text, at, ink);
      this.#written.push(written);
      this.#group.add(written.sprite);
    }
  }

  #line(points: readonly Vector3[], ink: Ink, open: boolean): void {
    // A line of paper under the line of ink: it can be told from any ground.
    for (const [colour, linewidth, order] of [[ink.paper, 6.5, 0], [ink.line, 3, 1]] as const) {
      const geometry = new LineGeometry().setPositions(points.flatMap(({ x, y, z }) => [x, y, z]));
      const material = new LineMaterial({ color: colour, linewidth, depthTest: false, depthWrite: false, transparent: true, opacity: open ? 0.85 : 1, fog: false });
      const line = new Line2(geometry, material);
      line.renderOrder = ORDER.overlay + 4 + order;
      line.frustumCulled = false;
      line.raycast = () => undefined;
      this.#made.push(geometry, material);
      this.#group.add(line);
    }
  }

  #fill(ring: readonly Vector3[], ink: Ink): void {
    const flat = ring.map(({ x, y }) => new Vector2(x, y));
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(Float32Array.from(ring.flatMap(({ x, y, z }) => [x, y, z])), 3));
    geometry.setIndex(ShapeUtils.triangulateShape(flat, []).flat());
    const material = new MeshBasicMaterial({ color: ink.line, transparent: true, opacity: 0.22, side: DoubleSide, depthTest: false, depthWrite: false, fog: false });
    const mesh = new Mesh(geometry, material);
    mesh.renderOrder = ORDER.overlay + 3;
    mesh.frustumCulled = false;
    mesh.raycast = () => undefined;
    this.#made.push(geometry, material);
    this.#group.add(mesh);
  }

  #dot(at: Vector3, ink: Ink): void {
    this.#mark ??= disc();
    const sprite = new Sprite(new SpriteMaterial({ map: this.#mark, color: ink.line, depthTest: false, depthWrite: false, sizeAttenuation: false, fog: false, toneMapped: false }));
    sprite.position.copy(at);
    sprite.renderOrder = ORDER.overlay + 6;
    sprite.raycast = () => undefined;
    this.#marks.push(sprite);
    this.#group.add(sprite);
  }
}

/** Up from the lower place, then across to the higher one. */
function heightLine(places: readonly Place[]): readonly Place[] {
  const [from, to] = places;
  if (!from || !to) return places;
  const [low, high] = from.height <= to.height ? [from, to] : [to, from];
  return [low, { ...low, height: high.height }, high];
}

function middle(points: readonly Vector3[]): Vector3 {
  return points.reduce((sum, one) => sum.add(one), new Vector3()).divideScalar(points.length);
}

function disc(): CanvasTexture {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 32;
  const pen = canvas.getContext("2d")!;
  pen.fillStyle = "#ffffff";
  pen.beginPath();
  pen.arc(16, 16, 15, 0, Math.PI * 2);
  pen.fill();
  return new CanvasTexture(canvas);
}

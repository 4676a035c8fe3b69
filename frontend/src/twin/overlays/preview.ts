/** What is about to be drawn, before it is written: a translucent body, a sheet or a band of road, its corners and the pen. */

import { BufferGeometry, CanvasTexture, Color, DoubleSide, Float32BufferAttribute, Group, Mesh, MeshBasicMaterial, Points, PointsMaterial, SRGBColorSpace, ShapeUtils, Vector2, Vector3 } from "three";
import type { Object3D } from "three";
import { LineMaterial } from "three/examples/jsm/lines/LineMaterial.js";
import { LineSegments2 } from "three/examples/jsm/lines/LineSegments2.js";
import { LineSegmentsGeometry } from "three/examples/jsm/lines/LineSegmentsGeometry.js";
import { CHANGED } from "../../colour/picture";
import { bandAlong } from "../../geometry/footprint";
import type { Flat } from "../../geometry/footprint";
import { MASKS, ORDER } from "../stage";
import type { Overlay, Side, Stage } from "../stage";

export interface Sketch {
  readonly kind: "body" | "sheet" | "road" | "point";
  readonly points: readonly Flat[];
  /** The ring is closed; else a line leads on to the pen. */
  readonly closed: boolean;
  readonly heightM: number;
  readonly widthM: number;
  readonly pen: Flat | null;
}

const LIFT_M = 0.8;
const POINT_PX = 11;
const PIN_M = 12;

export class Preview implements Overlay {
  readonly side: Side = "branch";
  readonly #group = new Group();
  readonly #fill = new MeshBasicMaterial({ transparent: true, opacity: 0.34, depthWrite: false, side: DoubleSide });
  readonly #seen = new LineMaterial({ linewidth: 2.5, transparent: true, dashed: false });
  /** What lies behind houses is seen through them, dashed. */
  readonly #through = new LineMaterial({ linewidth: 2, transparent: true, opacity: 0.55, dashed: true, dashSize: 3, gapSize: 2.4, depthTest: false });
  readonly #dots = new PointsMaterial({ size: POINT_PX, sizeAttenuation: false, transparent: true, depthTest: false, map: disc(), alphaTest: 0.1 });
  #stage: Stage | null = null;
  #sketch: Sketch | null = null;

  attach(stage: Stage): void {
    this.#stage = stage;
    stage.scene.add(this.#group);
    this.changed();
  }

  /** Draws this, and nothing where there is nothing. */
  show(sketch: Sketch | null): void {
    this.#sketch = sketch;
    this.#build();
    this.#stage?.invalidate();
  }

  changed(): void {
    const ink = new Color().setRGB(CHANGED[0] / 255, CHANGED[1] / 255, CHANGED[2] / 255, "srgb");
    for (const material of [this.#fill, this.#seen, this.#through]) material.color.copy(ink);
    this.#dots.size = POINT_PX * Math.min(2, window.devicePixelRatio);
    this.#build();
  }

  dispose(): void {
    this.#clear();
    this.#group.removeFromParent();
    this.#dots.map?.dispose();
    for (const material of [this.#fill, this.#seen, this.#through, this.#dots]) material.dispose();
    this.#stage = null;
  }

  #clear(): void {
    for (const object of [...this.#group.children]) {
      (object as Mesh).geometry.dispose();
      object.removeFromParent();
    }
  }

  #build(): void {
    this.#clear();
    const stage = this.#stage;
    const sketch = this.#sketch;
    if (!stage?.placed || !sketch) return;
    const { points, pen, closed, kind } = sketch;
    const way = closed || !pen ? points : [...points, pen];
    const feet = way.map((point) => footOf(stage, point));
    if (kind === "point") this.#pin(feet);
    else if (kind === "road") this.#road(stage, way, feet, sketch.widthM);
    else this.#area(way, feet, kind === "body" ? sketch.heightM : 0, closed);
    const dots = [...points, ...(pen && !closed ? [pen] : [])].map((point) => footOf(stage, point));
    if (dots.length > 0) this.#add(new Points(geometryOf(dots.flatMap(({ x, y, z }) => [x, y, z])), this.#dots), 3);
  }

  #area(way: readonly Flat[], feet: readonly Vector3[], heightM: number, closed: boolean): void {
    const n = feet.length;
    if (n < 2) return;
    const ring = closed || n > 2;
    const low = Math.min(...feet.map((foot) => foot.z));
    const top = low + heightM;
    const lines: number[] = [];
    const edge = (a: Vector3, b: Vector3, az = a.z, bz = b.z): void => void lines.push(a.x, a.y, az, b.x, b.y, bz);
    feet.forEach((foot, i) => {
      if (i === n - 1 && !ring) return;
      const next = feet[(i + 1) % n]!;
      edge(foot, next);
      if (heightM > 0 && ring) {
        edge(foot, next, top, top);
        edge(foot, foot, foot.z, top);
      }
    });
    this.#lines(lines);
    if (!ring) return;
    const triangles: number[] = [];
    const flat = way.map(([x, y]) => new Vector2(x, y));
    for (const [a, b, c] of ShapeUtils.triangulateShape(flat, []) as [number, number, number][]) {
      for (const i of [a, b, c]) triangles.push(feet[i]!.x, feet[i]!.y, heightM > 0 ? top : feet[i]!.z);
    }
    if (heightM > 0) {
      feet.forEach((a, i) => {
        const b = feet[(i + 1) % n]!;
        triangles.push(a.x, a.y, a.z, b.x, b.y, b.z, b.x, b.y, top, a.x, a.y, a.z, b.x, b.y, top, a.x, a.y, top);
      });
    }
    this.#add(new Mesh(geometryOf(triangles), this.#fill), 0);
  }

  #road(stage: Stage, way: readonly Flat[], feet: readonly Vector3[], widthM: number): void {
    const lines: number[] = [];
    for (let i = 1; i < feet.length; i += 1) lines.push(...feet[i - 1]!.toArray(), ...feet[i]!.toArray());
    this.#lines(lines);
    const triangles = bandAlong(way, widthM).flatMap((quad) => {
      const feet = quad.map((corner) => footOf(stage, corner).toArray());
      return [0, 1, 2, 0, 2, 3].flatMap((corner) => feet[corner]!);
    });
    if (triangles.length > 0) this.#add(new Mesh(geometryOf(triangles), this.#fill), 0);
  }

  #pin(feet: readonly Vector3[]): void {
    this.#lines(feet.flatMap(({ x, y, z }) => [x, y, z, x, y, z + PIN_M]));
  }

  #lines(positions: readonly number[]): void {
    if (positions.length === 0) return;
    for (const [material, order] of [[this.#through, 1], [this.#seen, 2]] as const) {
      const segments = new LineSegments2(new LineSegmentsGeometry().setPositions([...positions]), material);
      segments.computeLineDistances();
      this.#add(segments, order);
    }
  }

  #add(object: Object3D, order: number): void {
    object.renderOrder = ORDER.overlay + order;
    object.frustumCulled = false;
    object.layers.set(MASKS.branch);
    this.#group.add(object);
  }
}

/** A point of the flat frame on the ground. */
export function footOf(stage: Stage, [x, y]: Flat, liftM = LIFT_M): Vector3 {
  const { lon, lat } = stage.toLonLat(new Vector3(x, y, 0));
  return stage.toLocal(lon, lat, stage.heightAt(lon, lat) + liftM);
}

function geometryOf(positions: readonly number[]): BufferGeometry {
  return new BufferGeometry().setAttribute("position", new Float32BufferAttribute(positions, 3));
}

/** A round point with a rim, in place of WebGL's square. */
function disc(): CanvasTexture {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 48;
  const pen = canvas.getContext("2d")!;
  pen.beginPath();
  pen.arc(24, 24, 17, 0, 2 * Math.PI);
  pen.fillStyle = "#fffefb";
  pen.fill();
  pen.lineWidth = 8;
  pen.strokeStyle = `rgb(${CHANGED.join(" ")})`;
  pen.stroke();
  const texture = new CanvasTexture(canvas);
  texture.colorSpace = SRGBColorSpace;
  return texture;
}

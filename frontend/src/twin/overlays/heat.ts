/**
 * A surface over the city: the values of a grid as a picture that lies on the ground. On terrain it follows the heights,
 * which are asked for a few at a time, so that no frame waits for them. What stands hides it.
 */

import { BufferAttribute, BufferGeometry, DataTexture, DoubleSide, LinearFilter, Mesh, MeshBasicMaterial, RGBAFormat, SRGBColorSpace } from "three";
import type { Rgb } from "../../colour/classes";
import { alongRamp, shareOf } from "../../colour/ramp";
import { finer } from "../../geometry/surface";
import type { Surface } from "../../geometry/surface";
import type { Side } from "../../geometry/panes";
import { MASKS, ORDER } from "../stage";
import type { Overlay, Stage } from "../stage";

export interface HeatLook {
  readonly low: number;
  readonly high: number;
  readonly stops: readonly Rgb[];
}

const OPACITY = 0.78;
const FINER = 4;
const CELLS = 56;
const LIFT_M = 1.5;
/** So long a frame may ask for heights. */
const PATIENCE_MS = 5;

export class Heat implements Overlay {
  readonly side: Side | "both";
  #stage: Stage | null = null;
  #mesh: Mesh<BufferGeometry, MeshBasicMaterial> | null = null;
  #texture: DataTexture | null = null;
  #left: number[] = [];
  #surface: Surface | null = null;
  #look: HeatLook | null = null;
  readonly #pull = { value: 1 };

  constructor(side: Side | "both" = "both") {
    this.side = side;
  }

  attach(stage: Stage): void {
    this.#stage = stage;
    this.#draw();
  }

  /** Another surface; one of the same bounds only changes its colours. */
  show(surface: Surface, look: HeatLook): void {
    const before = this.#surface;
    [this.#surface, this.#look] = [surface, look];
    const same = before && before.west === surface.west && before.south === surface.south && before.east === surface.east && before.north === surface.north;
    if (same && this.#mesh) this.#colour();
    else this.#draw();
  }

  update(): boolean {
    const stage = this.#stage;
    if (!stage || this.#left.length === 0 || !this.#mesh) return false;
    const start = performance.now();
    while (this.#left.length > 0 && performance.now() - start < PATIENCE_MS) this.#raise(this.#left.pop()!);
    this.#mesh.geometry.getAttribute("position").needsUpdate = true;
    return this.#left.length > 0;
  }

  changed(): void {
    if (!this.#mesh) this.#draw();
    else this.#left = this.#vertices();
    this.#ground();
  }

  dispose(): void {
    this.#clear();
    this.#stage = null;
  }

  #clear(): void {
    this.#mesh?.removeFromParent();
    this.#mesh?.geometry.dispose();
    this.#mesh?.material.dispose();
    this.#texture?.dispose();
    [this.#mesh, this.#texture] = [null, null];
  }

  #draw(): void {
    const [stage, surface] = [this.#stage, this.#surface];
    this.#clear();
    if (!stage?.placed || !surface) return;
    const geometry = new BufferGeometry();
    const side = CELLS + 1;
    geometry.setAttribute("position", new BufferAttribute(new Float32Array(side * side * 3), 3));
    const uv = new Float32Array(side * side * 2);
    const index: number[] = [];
    for (let row = 0; row < side; row += 1) {
      for (let column = 0; column < side; column += 1) {
        const at = row * side + column;
        uv.set([column / CELLS, row / CELLS], at * 2);
        if (row < CELLS && column < CELLS) index.push(at, at + side, at + 1, at + 1, at + side, at + side + 1);
      }
    }
    geometry.setAttribute("uv", new BufferAttribute(uv, 2));
    geometry.setIndex(index);
    const material = new MeshBasicMaterial({ side: DoubleSide, transparent: true, opacity: OPACITY, depthWrite: false, toneMapped: false });
    // On terrain moved along the ray to the eye: the same place in the picture, nearer than the ground between two heights.
    material.onBeforeCompile = (shader) => {
      shader.uniforms["pull"] = this.#pull;
      shader.vertexShader = shader.vertexShader
        .replace("#include <common>", "#include <common>\nuniform float pull;")
        .replace("#include <project_vertex>", "#include <project_vertex>\nmvPosition.xyz *= pull;\ngl_Position = projectionMatrix * mvPosition;");
    };
    this.#ground();
    this.#mesh = new Mesh(geometry, material);
    this.#mesh.renderOrder = ORDER.solids - 1;
    this.#mesh.frustumCulled = false;
    this.#mesh.raycast = () => undefined;
    this.#mesh.layers.set(MASKS[this.side]);
    for (const at of this.#vertices()) this.#place(at, 0);
    this.#left = this.#vertices();
    this.#colour();
    stage.scene.add(this.#mesh);
    stage.invalidate();
  }

  #vertices(): number[] {
    return Array.from({ length: (CELLS + 1) ** 2 }, (_, at) => at);
  }

  #ground(): void {
    this.#pull.value = this.#stage?.layers.some(({ name }) => name === "terrain") ? 0.997 : 1;
  }

  #raise(at: number): void {
    const { lon, lat } = this.#lonLat(at);
    this.#place(at, this.#stage!.heightAt(lon, lat));
  }

  #lonLat(at: number): { lon: number; lat: number } {
    const { west, south, east, north } = this.#surface!;
    const [column, row] = [at % (CELLS + 1), Math.floor(at / (CELLS + 1))];
    return { lon: west + ((east - west) * column) / CELLS, lat: north - ((north - south) * row) / CELLS };
  }

  #place(at: number, height: number): void {
    const { lon, lat } = this.#lonLat(at);
    const point = this.#stage!.toLocal(lon, lat, height + LIFT_M);
    this.#mesh!.geometry.getAttribute("position").setXYZ(at, point.x, point.y, point.z);
  }

  #colour(): void {
    const [surface, look, mesh] = [this.#surface, this.#look, this.#mesh];
    if (!surface || !look || !mesh) return;
    const fine = finer(surface, FINER);
    const pixels = new Uint8Array(fine.columns * fine.rows * 4);
    fine.values.forEach((value, at) => {
      // What is unknown keeps the colour of the middle: only its opacity is nothing, and edges do not darken.
      const [red, green, blue] = alongRamp(look.stops, Number.isNaN(value) ? 0.5 : shareOf(value, look.low, look.high));
      pixels.set([red, green, blue, Number.isNaN(value) ? 0 : 255], at * 4);
    });
    this.#texture?.dispose();
    this.#texture = new DataTexture(pixels, fine.columns, fine.rows, RGBAFormat);
    this.#texture.colorSpace = SRGBColorSpace;
    this.#texture.minFilter = this.#texture.magFilter = LinearFilter;
    this.#texture.needsUpdate = true;
    mesh.material.map = this.#texture;
    mesh.material.needsUpdate = true;
    this.#stage?.invalidate();
  }
}

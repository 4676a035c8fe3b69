/**
 * The 3D picture of two cities: one canvas, one camera, one pane for 현행 and one for the 안.
 * A frame is drawn only when something has changed: the camera, a colour, the size, or a tile that came in.
 */

import { Color, DirectionalLight, HemisphereLight, Matrix4, PerspectiveCamera, Raycaster, Scene, Vector2, Vector3, WebGLRenderer } from "three";
import type { Rgb } from "../colour/classes";
import { anchorOf, padded, unionOf } from "../geometry/features";
import { localFrame, toLonLat } from "../geometry/geodesy";
import { FIELD_OF_VIEW_DEG, between, eyeOf, fit, pan, rotate, zoom } from "../geometry/orbit";
import type { Box, Orbit } from "../geometry/orbit";
import { locate, panesOf } from "../geometry/panes";
import type { Mode, Pane, Side } from "../geometry/panes";
import { Ground } from "./ground";
import { Labels } from "./labels";
import type { Label } from "./labels";
import { DrawnLayer, MASKS } from "./layer";
import type { LayerPlan } from "./layer";

export interface Picked {
  readonly side: Side;
  readonly layer: string;
  readonly id: string;
}

export type { LayerPlan } from "./layer";

export interface Look {
  readonly dark: boolean;
}

export interface Options {
  readonly canvas: HTMLCanvasElement;
  readonly labels: HTMLElement;
  readonly onFirstView: () => void;
  readonly onLost: () => void;
  /** Which names to write, heavier ones first; empty text writes none. */
  /** What stands where the names of several changes would lie over each other. */
  readonly severalText: (count: number) => string;
  readonly labelOf: (layer: string, id: string, side: Side) => { text: string; weight: number; kind: Label["kind"] } | null;
}

const FLIGHT_MS = 480;

export class Twin {
  #renderer: WebGLRenderer;
  #scene = new Scene();
  #camera = new PerspectiveCamera(FIELD_OF_VIEW_DEG, 1, 1, 1_000_000);
  #ground = new Ground();
  // Together they leave a roof's colour as the legend shows it, and darken the walls.
  #sun = new DirectionalLight(0xffffff, 1.75);
  #sky = new HemisphereLight(0xffffff, 0xc9c1b0, 1.78);
  #layers = new Map<string, DrawnLayer>();
  #labels: Labels;
  #frame: Matrix4 | null = null;
  #orbit: Orbit = { target: [0, 0, 0], headingDeg: 0, elevationDeg: 50, distanceM: 20_000 };
  #home: Box | null = null;
  #moved = false;
  #mode: Mode = "split";
  #divider = 0.5;
  #size = { width: 1, height: 1 };
  #request = 0;
  #flight: { from: Orbit; to: Orbit; start: number } | null = null;
  #seen = false;
  #gone = false;

  constructor(private readonly options: Options) {
    this.#renderer = new WebGLRenderer({ canvas: options.canvas, antialias: window.devicePixelRatio < 2, alpha: true, powerPreference: "high-performance" });
    this.#renderer.setClearColor(new Color(0, 0, 0), 0);
    this.#renderer.setScissorTest(true);
    this.#camera.up.set(0, 0, 1);
    this.#sun.position.set(-0.55, -0.75, 1.15);
    for (const light of [this.#sun, this.#sky]) light.layers.enableAll();
    this.#scene.add(this.#sun, this.#sky, this.#ground.mesh);
    this.#labels = new Labels(options.labels, { textOf: options.severalText, onOpen: (ids) => this.showFeatures(ids) });
    options.canvas.addEventListener("webglcontextlost", this.#lost);
  }

  setMode(mode: Mode): void {
    this.#mode = mode;
    if (!this.#moved) this.#fitHome();
    this.invalidate();
  }

  setDivider(divider: number): void {
    this.#divider = divider;
    this.invalidate();
  }

  setLook({ dark }: Look): void {
    this.#ground.ink(dark ? [210, 220, 225] : [60, 55, 40], dark ? 0.09 : 0.1);
    this.#sky.groundColor.set(dark ? 0x6a747c : 0xc9c1b0);
    this.invalidate();
  }

  resize(width: number, height: number): void {
    if (width < 2 || height < 2) return;
    this.#size = { width, height };
    this.#renderer.setPixelRatio(Math.min(window.devicePixelRatio, 2));
    this.#renderer.setSize(width, height, false);
    if (!this.#moved) this.#fitHome();
    this.#render();
  }

  /** Draws these layers and no others; those that are drawn already stay as they are. */
  draw(plans: readonly LayerPlan[]): void {
    const wanted = new Set(plans.map((plan) => plan.key));
    for (const [key, layer] of this.#layers) {
      if (wanted.has(key)) continue;
      layer.dispose();
      this.#layers.delete(key);
    }
    for (const plan of plans) {
      if (this.#layers.has(plan.key)) continue;
      const layer = new DrawnLayer(
        plan,
        () => this.invalidate(),
        (centre) => this.#framed(centre),
      );
      if (this.#frame) layer.place(this.#frame);
      this.#layers.set(plan.key, layer);
      this.#scene.add(layer.tiles.group);
    }
    this.invalidate();
  }

  layer(key: string): DrawnLayer | null {
    return this.#layers.get(key) ?? null;
  }

  show(key: string, visible: boolean): void {
    const layer = this.#layers.get(key);
    if (!layer || layer.visible === visible) return;
    layer.visible = visible;
    this.invalidate();
  }

  paint(key: string, colourOf: (id: string) => Rgb | null, outline: { colour: Rgb; opacity: number }): void {
    this.#layers.get(key)?.paint(colourOf, outline);
  }

  panBy(dx: number, dy: number): void {
    this.#go(pan(this.#orbit, dx, dy, this.#paneSize().height));
  }

  rotateBy(headingDeg: number, elevationDeg: number): void {
    this.#go(rotate(this.#orbit, headingDeg, elevationDeg));
  }

  zoomBy(factor: number): void {
    this.#go(zoom(this.#orbit, factor));
  }

  /** Back to the whole city. */
  reset(): void {
    this.#moved = false;
    if (this.#home) this.#fly(this.#overview(this.#home));
  }

  /** Flies to features by id, in whatever layer they are. */
  showFeatures(ids: Iterable<string>): boolean {
    const boxes: Box[] = [];
    for (const id of ids) {
      for (const layer of this.#layers.values()) {
        const box = layer.extents.get(id);
        if (box) boxes.push(box);
      }
    }
    const box = unionOf(boxes);
    if (!box) return false;
    this.#moved = true;
    this.#fly(this.#fitted(padded(box, 0.35, 700), { headingDeg: this.#orbit.headingDeg, elevationDeg: 42 }));
    return true;
  }

  /** The feature under a point of the canvas. */
  pick(x: number, y: number): Picked | null {
    const found = locate(this.#panes(), x, y);
    if (!found) return null;
    this.#aim(found.pane);
    const caster = new Raycaster();
    caster.setFromCamera(new Vector2(...found.ndc), this.#camera);
    caster.layers.mask = this.#camera.layers.mask;
    const meshes = [...this.#layers.values()].flatMap((layer) => layer.meshes.map((mesh) => ({ mesh, layer })));
    const hits = caster.intersectObjects(meshes.map(({ mesh }) => mesh), false);
    for (const hit of hits) {
      const layer = meshes.find(({ mesh }) => mesh === hit.object)?.layer;
      const feature = hit.face ? layer?.featureAt(hit.object, hit.face.a) : null;
      if (feature) return { side: found.pane.side, ...feature };
    }
    return null;
  }

  invalidate(): void {
    if (this.#request !== 0 || this.#gone) return;
    this.#request = requestAnimationFrame((now) => {
      this.#request = 0;
      this.#step(now);
      this.#render();
    });
  }

  dispose(): void {
    this.#gone = true;
    cancelAnimationFrame(this.#request);
    this.options.canvas.removeEventListener("webglcontextlost", this.#lost);
    for (const layer of this.#layers.values()) layer.dispose();
    this.#layers.clear();
    this.#labels.dispose();
    this.#ground.dispose();
    this.#renderer.dispose();
  }

  #lost = (event: Event): void => {
    event.preventDefault();
    this.options.onLost();
  };

  #go(orbit: Orbit): void {
    this.#flight = null;
    this.#moved = true;
    this.#orbit = orbit;
    this.invalidate();
  }

  #fly(to: Orbit): void {
    if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.#orbit = to;
    } else {
      this.#flight = { from: this.#orbit, to, start: performance.now() };
    }
    this.invalidate();
  }

  #step(now: number): void {
    if (!this.#flight) return;
    const part = Math.min(1, Math.max(0, (now - this.#flight.start) / FLIGHT_MS));
    this.#orbit = between(this.#flight.from, this.#flight.to, part * part * (3 - 2 * part));
    if (part >= 1) this.#flight = null;
    else this.invalidate();
  }

  /** The first tileset that says where it is lays the city flat around its middle. */
  #framed(centre: Vector3): void {
    if (this.#frame) return;
    const [lon, lat] = toLonLat([centre.x, centre.y, centre.z]);
    this.#frame = new Matrix4().fromArray([...localFrame(lon, lat)]);
    for (const layer of this.#layers.values()) layer.place(this.#frame);
    this.invalidate();
  }

  /** Grows the first view with what has loaded, until the reader takes the camera. */
  #fitHome(): void {
    const boxes = [...this.#layers.values()].flatMap((layer) => [...layer.extents.values()]);
    this.#home = unionOf(boxes);
    if (!this.#home) return;
    const reach = Math.hypot(this.#home.max[0] - this.#home.min[0], this.#home.max[1] - this.#home.min[1]);
    this.#ground.lie(this.#home.min[2] - 4, reach * 1.5 + 3000);
    if (!this.#moved && !this.#flight) this.#orbit = this.#overview(this.#home);
  }

  /** The whole box from the south; the narrower the pane, the steeper the view, so that the city fills it. */
  #overview(box: Box): Orbit {
    const { width, height } = this.#paneSize();
    return fit(box, width / height, { headingDeg: 0, elevationDeg: Math.min(66, Math.max(44, 28 + (22 * height) / width)) });
  }

  #fitted(box: Box, direction: Pick<Orbit, "headingDeg" | "elevationDeg">): Orbit {
    const { width, height } = this.#paneSize();
    return fit(box, width / height, direction);
  }

  #panes(): readonly Pane[] {
    return panesOf(this.#mode, this.#size.width, this.#size.height, this.#divider);
  }

  #paneSize(): { width: number; height: number } {
    return this.#panes()[0]!.viewport;
  }

  #aim(pane: Pane): void {
    const eye = eyeOf(this.#orbit);
    this.#camera.position.set(...eye);
    this.#camera.lookAt(...this.#orbit.target);
    this.#camera.aspect = pane.viewport.width / pane.viewport.height;
    this.#camera.near = Math.max(1, this.#orbit.distanceM * 0.02);
    this.#camera.far = this.#orbit.distanceM * 4 + 60_000;
    this.#camera.updateProjectionMatrix();
    this.#camera.updateMatrixWorld(true);
    this.#camera.layers.set(MASKS.both);
    this.#camera.layers.enable(MASKS[pane.side]);
  }

  #render(): void {
    if (this.#gone) return;
    if (!this.#moved) this.#fitHome();
    const panes = this.#panes();
    this.#aim(panes[0]!);
    const { width, height } = panes[0]!.viewport;
    for (const layer of this.#layers.values()) layer.update(this.#camera, width, height);
    const risen = risenAt(this.#orbit.distanceM);
    for (const layer of this.#layers.values()) layer.rise(risen);
    const written: { pane: Pane; labels: readonly Label[] }[] = [];
    let triangles = 0;
    for (const pane of panes) {
      this.#aim(pane);
      const { viewport: v, scissor: s } = pane;
      // WebGL counts from the lower edge.
      this.#renderer.setViewport(v.x, this.#size.height - v.y - v.height, v.width, v.height);
      this.#renderer.setScissor(s.x, this.#size.height - s.y - s.height, s.width, s.height);
      this.#renderer.render(this.#scene, this.#camera);
      triangles += this.#renderer.info.render.triangles;
      written.push({ pane, labels: this.#labelsOf(pane.side) });
    }
    this.#labels.draw(written);
    if (!this.#seen && this.#home && triangles > 0) {
      this.#seen = true;
      this.options.onFirstView();
    }
  }

  #labelsOf(side: Side): readonly Label[] {
    const labels: Label[] = [];
    const point = new Vector3();
    for (const layer of this.#layers.values()) {
      if (!layer.visible || (layer.plan.side !== "both" && layer.plan.side !== side)) continue;
      for (const [id, box] of layer.extents) {
        const wanted = this.options.labelOf(layer.plan.name, id, side);
        if (!wanted || wanted.text === "") continue;
        point.set(...anchorOf(box));
        point.z *= layer.risen;
        point.project(this.#camera);
        if (point.z < -1 || point.z > 1 || Math.abs(point.x) > 1 || Math.abs(point.y) > 1) continue;
        labels.push({ key: `${layer.plan.name} ${id}`, id, text: wanted.text, x: point.x, y: point.y, weight: wanted.weight, kind: wanted.kind });
      }
    }
    return labels;
  }
}

/** Prisms stand whole from afar, and lie flat below a few kilometres. */
function risenAt(distanceM: number): number {
  const part = Math.min(1, Math.max(0, (distanceM - 5_000) / 9_000));
  return part * part * (3 - 2 * part);
}

/** Whether this browser can draw in 3D at all. */
export function canDraw(): boolean {
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return context !== null;
}

/**
 * The 3D picture of two cities: one canvas, one camera, one pane for 현행 and one for the 안. It is the stage that
 * overlays and tools work on (`stage.ts`). A frame is drawn only when something has changed: the camera, a colour, the
 * size, a tile that came in, an overlay that moves.
 */

import { Matrix4, PerspectiveCamera, Scene, Vector3, WebGLRenderer } from "three";
import type { Painting, RowIndex } from "../colour/rows";
import { padded, unionOf } from "../geometry/features";
import { localFrame, toEarthCentred, toLonLat } from "../geometry/geodesy";
import { FIELD_OF_VIEW_DEG, fit } from "../geometry/orbit";
import type { Box, Orbit } from "../geometry/orbit";
import { locate, panesOf, place } from "../geometry/panes";
import type { Mode, Pane } from "../geometry/panes";
import type { CameraView, Way } from "./address";
import { Ground } from "./ground";
import { Labels } from "./labels";
import { labelsOf } from "./naming";
import type { LabelOf } from "./naming";
import { DrawnLayer } from "./layer";
import { Light } from "./light";
import { paneOfBranch } from "./material";
import { isSmall } from "./memory";
import { Meter } from "./meter";
import { asPng, composed } from "./picture";
import type { PictureText } from "./picture";
import { Pilot } from "./pilot";
import type { LayerPlan } from "./plans";
import { Rays } from "./rays";
import { MASKS } from "./stage";
import type { GroundPoint, Overlay, Picked, Stage, Stats, Sun, Tool, ToolEvent } from "./stage";
import type { Deed } from "./steering";
import type { Marks, Outline } from "./table";

export type { LayerPlan } from "./plans";
export type { Overlay, Picked, Stage, Stats, Tool, ToolEvent } from "./stage";

export interface Options {
  readonly canvas: HTMLCanvasElement;
  readonly labels: HTMLElement;
  readonly onFirstView: () => void;
  /** The graphics card was taken away, and may come back. */
  readonly onLost: () => void;
  readonly onRegained: () => void;
  /** The camera came to stand somewhere else. */
  readonly onMoved?: (view: CameraView) => void;
  /** Every frame: for what is written beside the picture. */
  readonly onFrame?: () => void;
  /** What stands where the names of several changes would lie over each other. */
  readonly severalText: (count: number) => string;
  readonly labelOf: LabelOf;
  /** Ids whose names are written wherever they are: what is picked, what an 안 changes. */
  readonly marked: () => Iterable<string>;
}

const SETTLED_MS = 350;

export class Twin implements Stage {
  readonly scene = new Scene();
  readonly camera = new PerspectiveCamera(FIELD_OF_VIEW_DEG, 1, 1, 1_000_000);
  readonly sun: Sun = { direction: null, on: false };
  readonly pilot: Pilot;
  readonly #renderer: WebGLRenderer;
  readonly #light: Light;
  readonly #ground = new Ground();
  readonly #rays = new Rays(() => this.#layers.values());
  readonly #layers = new Map<string, DrawnLayer>();
  readonly #labels: Labels;
  readonly #meter = new Meter(isSmall());
  readonly #overlays = new Set<Overlay>();
  #tool: Tool | null = null;
  #frame: Matrix4 | null = null;
  #back = new Matrix4();
  #wanted: CameraView | null = null;
  #home: Box | null = null;
  #moved = false;
  #mode: Mode = "split";
  #divider = 0.5;
  #dark = false;
  #size = { width: 1, height: 1 };
  #request = 0;
  #settling = 0;
  #told = "";
  #seen = false;
  #gone = false;
  #drawnLast = false;

  constructor(private readonly options: Options) {
    const { canvas } = options;
    this.#renderer = new WebGLRenderer({ canvas, antialias: window.devicePixelRatio < 2, alpha: false, powerPreference: "high-performance" });
    this.#renderer.setScissorTest(true);
    this.#renderer.info.autoReset = false;
    this.camera.up.set(0, 0, 1);
    this.#light = new Light(this.scene, this.#renderer);
    this.scene.add(this.#ground.mesh);
    this.pilot = new Pilot((x, y) => this.#rays.z(x, y));
    this.#labels = new Labels(options.labels, { textOf: options.severalText, onOpen: (ids) => this.showFeatures(ids) });
    canvas.addEventListener("webglcontextlost", this.#lost);
    canvas.addEventListener("webglcontextrestored", this.#regained);
  }

  // --- what overlays and tools may ask -------------------------------------------------------------------------------

  get canvas(): HTMLCanvasElement {
    return this.options.canvas;
  }

  get placed(): boolean {
    return this.#frame !== null;
  }

  get layers(): readonly DrawnLayer[] {
    return [...this.#layers.values()];
  }

  get mode(): Mode {
    return this.#mode;
  }

  get dark(): boolean {
    return this.#dark;
  }

  get tool(): Tool | null {
    return this.#tool;
  }

  toLocal(lon: number, lat: number, height = 0): Vector3 {
    return new Vector3(...toEarthCentred(lon, lat, height)).applyMatrix4(this.#frame ?? new Matrix4());
  }

  toLonLat(point: Vector3): { lon: number; lat: number; height: number } {
    const { x, y, z } = point.clone().applyMatrix4(this.#back);
    const [lon, lat, height] = toLonLat([x, y, z]);
    return { lon, lat, height };
  }

  groundAt(x: number, y: number): GroundPoint | null {
    const found = locate(this.panes(), x, y);
    if (!found || !this.#frame) return null;
    this.#aim(found.pane);
    const local = this.#rays.ground(found.ndc, this.camera);
    return local ? { ...this.toLonLat(local), local } : null;
  }

  heightAt(lon: number, lat: number): number {
    const flat = this.toLocal(lon, lat);
    return this.#frame ? this.toLonLat(new Vector3(flat.x, flat.y, this.#rays.z(flat.x, flat.y))).height : 0;
  }

  project(point: Vector3, pane: Pane): { x: number; y: number; depth: number } | null {
    this.#aim(pane);
    const at = point.clone().project(this.camera);
    if (at.z < -1 || at.z > 1 || Math.abs(at.x) > 1 || Math.abs(at.y) > 1) return null;
    const [x, y] = place(pane, at.x, at.y);
    return { x, y, depth: at.z };
  }

  panes(): readonly Pane[] {
    return panesOf(this.#mode, this.#size.width, this.#size.height, this.#divider);
  }

  pick(x: number, y: number): Picked | null {
    const found = locate(this.panes(), x, y);
    if (!found) return null;
    for (const overlay of this.#overlays) {
      const id = overlay.pick?.(x, y, found.pane);
      if (id) return { side: found.pane.side, layer: "", id };
    }
    this.#aim(found.pane);
    return this.#rays.pick(found.ndc, this.camera, found.pane.side);
  }

  light(): void {
    this.#light.set(this.sun);
    this.#paper();
    this.invalidate();
  }

  add(overlay: Overlay): void {
    if (this.#overlays.has(overlay)) return;
    this.#overlays.add(overlay);
    overlay.attach(this);
    this.invalidate();
  }

  remove(overlay: Overlay): void {
    if (!this.#overlays.delete(overlay)) return;
    overlay.dispose();
    this.invalidate();
  }

  /** Takes a tool in hand; null puts it away. */
  use(tool: Tool | null): void {
    if (tool === this.#tool) return;
    this.#tool?.dispose();
    this.#tool = tool;
    this.canvas.style.cursor = tool?.cursor ?? "";
    this.invalidate();
  }

  /** Tells the tool in hand what the pointer did; whether it took it. */
  tell(deed: Deed, at: { readonly x: number; readonly y: number; readonly shift: boolean; readonly key?: string }): boolean {
    return this.#tool?.[deed]?.(new Told(this, at)) ?? false;
  }

  // --- what the page sets --------------------------------------------------------------------------------------------

  setMode(mode: Mode): void {
    this.#mode = mode;
    if (!this.#moved) this.#fitHome();
    this.invalidate();
  }

  setDivider(divider: number): void {
    this.#divider = divider;
    this.invalidate();
  }

  setLook({ dark }: { readonly dark: boolean }): void {
    this.#dark = dark;
    this.#light.look(dark);
    this.#ground.ink(dark ? [210, 220, 225] : [60, 55, 40], dark ? 0.022 : 0.09);
    this.#paper();
    for (const overlay of this.#overlays) overlay.changed?.();
    this.invalidate();
  }

  resize(width: number, height: number): void {
    if (width < 2 || height < 2) return;
    this.#size = { width, height };
    this.#renderer.setPixelRatio(Math.min(window.devicePixelRatio, 2));
    this.#renderer.setSize(width, height, false);
    if (!this.#moved) this.#fitHome();
    this.#render(performance.now());
  }

  /** Draws these layers and no others; those that are drawn already stay as they are. */
  draw(plans: readonly LayerPlan[]): void {
    const wanted = new Map(plans.map((plan) => [plan.key, plan]));
    for (const [key, layer] of this.#layers) {
      if (wanted.get(key)?.url === layer.plan.url) continue;
      layer.dispose();
      this.#layers.delete(key);
    }
    for (const plan of plans) {
      if (this.#layers.has(plan.key)) continue;
      const layer = new DrawnLayer(plan, !isSmall(), () => this.#tilesChanged(plan), (centre) => this.#framed(centre));
      if (this.#frame) layer.place(this.#frame);
      this.#layers.set(plan.key, layer);
      this.scene.add(layer.tiles.group);
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
    this.#rays.forget();
    this.invalidate();
  }

  /** The rows, colours and marks of a layer; what stays the same need not be given again. */
  paint(key: string, told: { index?: RowIndex | null; painting?: Painting; marks?: Marks; outline?: Outline }): void {
    const layer = this.#layers.get(key);
    if (!layer) return;
    const start = performance.now();
    if (told.index !== undefined) layer.index(told.index);
    if (told.marks) layer.mark(told.marks);
    if (told.outline) layer.line(told.outline);
    layer.paint(told.painting ?? layer.painting);
    this.#meter.paintMs = performance.now() - start;
  }

  // --- where the camera is -------------------------------------------------------------------------------------------

  get way(): Way {
    return this.pilot.way;
  }

  setWay(way: Way): void {
    this.#take();
    this.pilot.take(way);
    this.invalidate();
  }

  panBy(dx: number, dy: number): void {
    this.#take();
    this.pilot.panBy(dx, dy, this.#paneSize().height);
    this.invalidate();
  }

  rotateBy(headingDeg: number, elevationDeg: number): void {
    this.#take();
    this.pilot.rotateBy(headingDeg, elevationDeg);
    this.invalidate();
  }

  /** Nearer or farther, towards a point of the canvas where one is given. */
  zoomBy(factor: number, x?: number, y?: number): void {
    this.#take();
    const towards = x !== undefined && y !== undefined ? this.groundAt(x, y)?.local : null;
    this.pilot.zoomBy(factor, towards ? [towards.x, towards.y, towards.z] : null);
    this.invalidate();
  }

  pushBy(ahead: number, right: number, up: number, fast: boolean): void {
    this.pilot.push = { ahead, right, up, fast };
    if (ahead !== 0 || right !== 0 || up !== 0) this.#take();
    this.invalidate();
  }

  northUp(): void {
    this.#take();
    const { pilot } = this;
    if (pilot.way === "orbit") pilot.fly({ ...pilot.orbit, headingDeg: 0 });
    else pilot.fly({ ...pilot.free, headingDeg: 0 });
    this.invalidate();
  }

  /** Back to the whole city. */
  reset(): void {
    this.#moved = false;
    if (this.#home) this.pilot.fly(this.#overview(this.#home));
    this.invalidate();
  }

  /** Flies to features by id, in whatever layer they are. */
  showFeatures(ids: Iterable<string>): boolean {
    const all = [...ids];
    const box = unionOf(all.flatMap((id) => this.layers.map((layer) => layer.boxOf(id)).filter((one): one is Box => one !== null)));
    if (!box) return false;
    this.#flyTo(padded(box, 0.35, 700));
    return true;
  }

  /** Flies to a place, so that about so many metres around it are seen. */
  showPlace(lon: number, lat: number, aroundM = 700): void {
    const { x, y } = this.toLocal(lon, lat);
    const z = this.#rays.z(x, y);
    this.#flyTo(padded({ min: [x, y, z], max: [x, y, z + 20] }, 0, aroundM));
  }

  view(): CameraView | null {
    if (!this.#frame) return this.#wanted;
    const { pilot } = this;
    const orbit = pilot.way === "orbit";
    const at = this.toLonLat(new Vector3(...(orbit ? pilot.orbit.target : pilot.free.eye)));
    return { way: pilot.way, lon: at.lon, lat: at.lat, height: at.height, distance: orbit ? pilot.orbit.distanceM : null, heading: pilot.headingDeg, elevation: pilot.elevationDeg };
  }

  /** Stands where a view says; before the city has a place, as soon as it has one. */
  goTo(view: CameraView, how: { readonly flies?: boolean } = {}): void {
    this.#moved = true;
    if (!this.#frame) {
      this.#wanted = view;
      return;
    }
    const { x, y, z } = this.toLocal(view.lon, view.lat, view.height);
    const { pilot } = this;
    if (view.way === "orbit") {
      const to: Orbit = { target: [x, y, z], headingDeg: view.heading, elevationDeg: Math.min(89, Math.max(3, view.elevation)), distanceM: view.distance ?? 2_000 };
      if (how.flies) pilot.fly(to);
      else [pilot.way, pilot.orbit] = ["orbit", to];
    } else {
      const to = { eye: [x, y, z] as const, headingDeg: view.heading, pitchDeg: -view.elevation };
      if (how.flies) pilot.fly(to);
      else pilot.free = to;
      pilot.way = view.way;
    }
    if (!how.flies) pilot.stop();
    this.invalidate();
  }

  /** Metres on the ground that a pixel covers in the middle of the picture. */
  metresPerPixel(): number {
    return this.pilot.metresPerPixel(this.#paneSize().height);
  }

  // --- what comes out ------------------------------------------------------------------------------------------------

  /** A PNG of what is seen, with its names, the captions, whose data they are, and a title. */
  picture(text: Omit<PictureText, "dark"> = {}): Promise<Blob> {
    this.#render(performance.now());
    return asPng(composed(this.canvas, this.#renderer.getPixelRatio(), this.panes(), this.#labels.written, { ...text, dark: this.#dark }));
  }

  stats(): Stats {
    const { info } = this.#renderer;
    const meter = this.#meter;
    const tiles = { visible: 0, loaded: 0, loading: 0, failed: 0 };
    for (const layer of this.#layers.values()) {
      const { stats } = layer.tiles as unknown as { stats: Readonly<Record<string, number>> };
      tiles.visible += layer.visible ? (stats["visible"] ?? 0) : 0;
      tiles.loaded += stats["loaded"] ?? 0;
      tiles.loading += (stats["downloading"] ?? 0) + (stats["parsing"] ?? 0) + (stats["queued"] ?? 0);
      tiles.failed += stats["failed"] ?? 0;
    }
    return {
      frameMs: meter.frameMs,
      cpuMs: meter.cpuMs,
      tiles,
      triangles: meter.triangles,
      features: this.layers.reduce((sum, layer) => sum + layer.seen.ids.length, 0),
      geometries: info.memory.geometries,
      textures: info.memory.textures,
      cacheBytes: (this.layers[0]?.tiles.lruCache as { cachedBytes?: number } | undefined)?.cachedBytes ?? 0,
      errorTarget: meter.errorTarget,
      paintMs: meter.paintMs,
      frames: meter.frames,
    };
  }

  invalidate(): void {
    if (this.#request !== 0 || this.#gone) return;
    this.#request = requestAnimationFrame((now) => {
      this.#request = 0;
      this.#render(now);
    });
  }

  dispose(): void {
    this.#gone = true;
    cancelAnimationFrame(this.#request);
    clearTimeout(this.#settling);
    this.canvas.removeEventListener("webglcontextlost", this.#lost);
    this.canvas.removeEventListener("webglcontextrestored", this.#regained);
    for (const overlay of this.#overlays) overlay.dispose();
    this.#overlays.clear();
    this.#tool?.dispose();
    for (const layer of this.#layers.values()) layer.dispose();
    this.#layers.clear();
    this.#labels.dispose();
    this.#ground.dispose();
    this.#light.dispose();
    this.#renderer.dispose();
  }

  // --- how it works --------------------------------------------------------------------------------------------------

  #lost = (event: Event): void => {
    // Kept from ending: the browser gives the graphics card back when it can, and all is drawn anew.
    event.preventDefault();
    this.options.onLost();
  };

  #regained = (): void => {
    this.#light.set(this.sun);
    this.options.onRegained();
    this.invalidate();
  };

  #tilesChanged(plan: LayerPlan): void {
    if (plan.drawn === "terrain") {
      this.#rays.forget();
      for (const overlay of this.#overlays) overlay.changed?.();
    }
    this.invalidate();
  }

  /** The reader has the camera now. */
  #take(): void {
    this.#moved = true;
  }

  #flyTo(box: Box): void {
    this.#moved = true;
    const { width, height } = this.#paneSize();
    this.pilot.fly(fit(box, width / height, { headingDeg: this.pilot.headingDeg, elevationDeg: 42 }));
    this.invalidate();
  }

  #paper(): void {
    const { near, far } = this.#light.haze;
    this.#ground.air(this.#light.paper, this.#light.horizon, near, far);
  }

  /** The first tileset that says where it is lays the city flat around its middle. */
  #framed(centre: Vector3): void {
    if (this.#frame) return;
    const [lon, lat] = toLonLat([centre.x, centre.y, centre.z]);
    this.#frame = new Matrix4().fromArray([...localFrame(lon, lat)]);
    this.#back = this.#frame.clone().invert();
    for (const layer of this.#layers.values()) layer.place(this.#frame);
    if (this.#wanted) this.goTo(this.#wanted);
    for (const overlay of this.#overlays) overlay.changed?.();
    this.invalidate();
  }

  /** Grows the first view with what has loaded, until the reader takes the camera. */
  #fitHome(): void {
    this.#home = unionOf(this.layers.map((layer) => layer.seen.whole).filter((box): box is Box => box !== null));
    if (this.#home && !this.#moved && !this.pilot.flying) {
      this.pilot.way = "orbit";
      this.pilot.orbit = this.#overview(this.#home);
    }
  }

  /** The whole box from the south; the narrower the pane, the steeper the view, so that the city fills it. */
  #overview(box: Box): Orbit {
    const { width, height } = this.#paneSize();
    const orbit = fit(box, width / height, { headingDeg: 0, elevationDeg: Math.min(66, Math.max(44, 28 + (22 * height) / width)) });
    const [x, y] = orbit.target;
    return { ...orbit, target: [x, y, this.#rays.z(x, y)] };
  }

  #paneSize(): { width: number; height: number } {
    return this.panes()[0]!.viewport;
  }

  #aim(pane: Pane): void {
    this.pilot.aim(this.camera, pane.viewport.width / pane.viewport.height);
    this.camera.layers.set(MASKS.both);
    this.camera.layers.enable(MASKS[pane.side]);
  }

  #render(now: number): void {
    if (this.#gone) return;
    const start = performance.now();
    const moving = this.pilot.step(now);
    if (!this.#moved || !this.#home) this.#fitHome();
    const panes = this.panes();
    this.#aim(panes[0]!);
    const { width, height } = panes[0]!.viewport;
    const { reachM, centre, eye } = this.pilot;
    const risen = this.pilot.way === "orbit" ? risenAt(reachM) : 0;
    for (const layer of this.#layers.values()) {
      layer.update(this.camera, width, height, this.#meter.errorTarget);
      layer.rise(risen);
    }
    this.#light.aim(centre, reachM, Math.max(0, eye[2]));
    this.#paper();
    this.#ground.lie(centre[0], centre[1], Math.min(0, this.#home?.min[2] ?? 0), reachM * 5 + 60_000 + Math.max(0, eye[2]) * 5);
    const again = this.#drawPanes(panes, now);
    this.#meter.frame(now, performance.now() - start, this.#renderer.info.render.triangles, this.#drawnLast);
    this.#drawnLast = moving || again;
    if (moving || again) this.invalidate();
    if (!this.#seen && this.#home && this.#renderer.info.render.triangles > FURNITURE * panes.length) {
      this.#seen = true;
      this.options.onFirstView();
    }
    this.options.onFrame?.();
    this.#settle();
  }

  #drawPanes(panes: readonly Pane[], now: number): boolean {
    let again = false;
    this.#renderer.info.reset();
    const written = panes.map((pane) => {
      this.#aim(pane);
      for (const overlay of this.#overlays) {
        if ((overlay.side ?? "both") === "both" || overlay.side === pane.side) again = overlay.update?.(now, pane) === true || again;
      }
      const { viewport: v, scissor: s } = pane;
      // WebGL counts from the lower edge.
      this.#renderer.setViewport(v.x, this.#size.height - v.y - v.height, v.width, v.height);
      this.#renderer.setScissor(s.x, this.#size.height - s.y - s.height, s.width, s.height);
      paneOfBranch.value = pane.side === "branch" ? 1 : 0;
      this.#renderer.render(this.scene, this.camera);
      return { pane, labels: labelsOf(this.layers, pane.side, this.camera, this.pilot.reachM, this.options.labelOf, this.options.marked()) };
    });
    this.#labels.draw(written);
    return again;
  }

  /** Once the camera has come to rest, the page hears where it stands. */
  #settle(): void {
    if (!this.options.onMoved || !this.#frame || !this.#moved) return;
    clearTimeout(this.#settling);
    this.#settling = window.setTimeout(() => {
      const view = this.view();
      const told = JSON.stringify(view);
      if (!view || told === this.#told || this.pilot.flying) return;
      this.#told = told;
      this.options.onMoved?.(view);
    }, SETTLED_MS);
  }
}

/** What a tool hears; what lies under the pointer is worked out when it is asked for, and once. */
class Told implements ToolEvent {
  readonly x: number;
  readonly y: number;
  readonly shift: boolean;
  readonly key?: string;
  #ground: GroundPoint | null | undefined;
  #picked: Picked | null | undefined;

  constructor(
    private readonly stage: Stage,
    at: { readonly x: number; readonly y: number; readonly shift: boolean; readonly key?: string },
  ) {
    this.x = at.x;
    this.y = at.y;
    this.shift = at.shift;
    this.key = at.key;
  }

  get ground(): GroundPoint | null {
    if (this.#ground === undefined) this.#ground = this.stage.groundAt(this.x, this.y);
    return this.#ground;
  }

  get picked(): Picked | null {
    if (this.#picked === undefined) this.#picked = this.stage.pick(this.x, this.y);
    return this.#picked;
  }
}

/** Triangles of the sky and of the table, which show no city yet. */
const FURNITURE = 1_200;

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

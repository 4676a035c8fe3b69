/**
 * The 3D picture of two cities: one canvas, one camera, one pane for 현행 and one for the 안. It is the stage that
 * overlays and tools work on (`stage.ts`). A frame is drawn only when something has changed: the camera, a colour, the
 * size, a tile that came in, an overlay that moves.
 */

import { Matrix4, PerspectiveCamera, Scene, WebGLRenderer } from "three";
import type { Vector3 } from "three";
import type { Painting, RowIndex } from "../colour/rows";
import type { Taken } from "../geometry/labels";
import { FIELD_OF_VIEW_DEG } from "../geometry/orbit";
import { locate, panesOf, place } from "../geometry/panes";
import type { Mode, Pane } from "../geometry/panes";
import type { CameraView } from "./address";
import { Arrivals } from "./arrivals";
import { loadingIn, statsOf, visibleIn } from "./costs";
import { Ground } from "./ground";
import { Journey } from "./journey";
import { Labels } from "./labels";
import type { Label } from "./labels";
import { labelsOf } from "./naming";
import type { LabelOf } from "./naming";
import { DrawnLayer } from "./layer";
import { Light } from "./light";
import { paneOfBranch } from "./material";
import { isSmall, setLoading } from "./memory";
import { Meter } from "./meter";
import { asPng, composed } from "./picture";
import type { PictureText } from "./picture";
import type { LayerPlan } from "./plans";
import { Rays } from "./rays";
import { Sight } from "./sight";
import { MASKS } from "./stage";
import type { GroundPoint, Overlay, Picked, Stage, Stats, Sun, Tool } from "./stage";
import type { Deed } from "./steering";
import type { Marks, Outline } from "./table";
import { Told } from "./told";

export type { LayerPlan } from "./plans";
export type { Overlay, Picked, Stage, Stats, Tool, ToolEvent } from "./stage";

export interface Options {
  readonly canvas: HTMLCanvasElement;
  readonly context: WebGL2RenderingContext;
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
  /** What lies over the picture, in CSS pixels of the canvas: no name is written under it. */
  readonly taken?: () => readonly Taken[];
}

const SETTLED_MS = 350;
/** Names of things are written from no further than this, and what hides them is looked at as often. */
const NAMED_M = 5_000;
const LOOKED_MS = 300;
/** A camera that has not moved for so long rests: the picture grows finer. */
const RESTING_MS = 280;
/** So long lines are made before a frame: while the camera moves, and while it rests. */
const LINING_MS = { moving: 5, resting: 40 } as const;

export class Twin extends Journey implements Stage {
  readonly scene = new Scene();
  readonly camera = new PerspectiveCamera(FIELD_OF_VIEW_DEG, 1, 1, 1_000_000);
  readonly sun: Sun = { direction: null, on: false };
  readonly #renderer: WebGLRenderer;
  readonly #light: Light;
  readonly #ground = new Ground();
  readonly #rays: Rays;
  readonly #sight: Sight;
  readonly #drawn = new Map<string, DrawnLayer>();
  readonly #labels: Labels;
  readonly #meter = new Meter(isSmall());
  readonly #overlays = new Set<Overlay>();
  #tool: Tool | null = null;
  #mode: Mode = "split";
  #divider = 0.5;
  #dark = false;
  #size = { width: 1, height: 1 };
  #request = 0;
  readonly #arrivals = new Arrivals({ take: () => this.#take(), urgent: () => !this.#seen && this.layers.some((layer) => visibleIn(layer) > 0), draw: () => this.invalidate() });
  readonly #stood = new Matrix4();
  #movedAt = -Infinity;
  #movedBefore = -Infinity;
  #resting = 0;
  #settling = 0;
  #looking = 0;
  #told = "";
  #seen = false;
  #gone = false;
  #drawnLast = false;
  #newGround = false;

  constructor(private readonly options: Options) {
    super();
    setLoading();
    const { canvas } = options;
    this.#renderer = new WebGLRenderer({ canvas, context: options.context });
    this.#renderer.setScissorTest(true);
    this.#renderer.info.autoReset = false;
    this.camera.up.set(0, 0, 1);
    this.#rays = new Rays(() => this.#drawn.values(), this.relief);
    this.#light = new Light(this.scene, this.#renderer);
    this.#sight = new Sight(this.#renderer);
    this.scene.add(this.#ground.mesh);
    this.#labels = new Labels(options.labels, { textOf: options.severalText, onOpen: (ids) => this.showFeatures(ids) });
    canvas.addEventListener("webglcontextlost", this.#lost);
    canvas.addEventListener("webglcontextrestored", this.#regained);
  }

  // --- what overlays and tools may ask -------------------------------------------------------------------------------

  get canvas(): HTMLCanvasElement {
    return this.options.canvas;
  }

  get layers(): readonly DrawnLayer[] {
    return [...this.#drawn.values()];
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

  groundAt(x: number, y: number): GroundPoint | null {
    const found = locate(this.panes(), x, y);
    if (!found || !this.placed) return null;
    this.#aim(found.pane);
    const local = this.#rays.ground(found.ndc, this.camera);
    return local ? { ...this.toLonLat(local), local } : null;
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
    if (!this.moved) this.fitHome();
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
    if (!this.moved) this.fitHome();
    this.#render(performance.now());
  }

  /** Draws these layers and no others; those that are drawn already stay as they are. */
  draw(plans: readonly LayerPlan[]): void {
    const wanted = new Map(plans.map((plan) => [plan.key, plan]));
    for (const [key, layer] of this.#drawn) {
      if (wanted.get(key)?.url === layer.plan.url) continue;
      layer.dispose();
      this.#drawn.delete(key);
    }
    for (const plan of plans) {
      if (this.#drawn.has(plan.key)) continue;
      const layer = new DrawnLayer(plan, !isSmall(), (what) => this.#changed(plan, what), (centre) => this.#framed(centre));
      if (this.place.frame) layer.place(this.place.frame);
      this.#drawn.set(plan.key, layer);
      this.scene.add(layer.tiles.group);
    }
    this.invalidate();
  }

  layer(key: string): DrawnLayer | null {
    return this.#drawn.get(key) ?? null;
  }

  show(key: string, visible: boolean): void {
    const layer = this.#drawn.get(key);
    if (!layer || layer.visible === visible) return;
    layer.visible = visible;
    this.unframed = true;
    this.walker.forget();
    this.#sight.forget();
    this.invalidate();
  }

  /** The rows, colours and marks of a layer; what stays the same need not be given again. */
  paint(key: string, told: { index?: RowIndex | null; painting?: Painting; marks?: Marks; outline?: Outline }): void {
    const layer = this.#drawn.get(key);
    if (!layer) return;
    const start = performance.now();
    if (told.index !== undefined) layer.index(told.index);
    if (told.marks) layer.mark(told.marks);
    if (told.outline) layer.line(told.outline);
    layer.paint(told.painting ?? layer.painting);
    this.#meter.paintMs = performance.now() - start;
  }

  // --- what comes out ------------------------------------------------------------------------------------------------

  /** A PNG of what is seen, with its names, the captions, whose data they are, and a title. */
  picture(text: Omit<PictureText, "dark"> = {}): Promise<Blob> {
    this.#render(performance.now());
    return asPng(composed(this.canvas, this.#renderer.getPixelRatio(), this.panes(), this.#labels.written, { ...text, dark: this.#dark }));
  }

  stats(): Stats {
    return statsOf(this.layers, this.#renderer, this.#meter);
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
    clearTimeout(this.#looking);
    clearTimeout(this.#resting);
    this.#arrivals.dispose();
    this.canvas.removeEventListener("webglcontextlost", this.#lost);
    this.canvas.removeEventListener("webglcontextrestored", this.#regained);
    for (const overlay of this.#overlays) overlay.dispose();
    this.#overlays.clear();
    this.#tool?.dispose();
    for (const layer of this.#drawn.values()) layer.dispose();
    this.#drawn.clear();
    this.#labels.dispose();
    this.#ground.dispose();
    this.#sight.dispose();
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
    this.#sight.restart();
    this.#light.set(this.sun);
    this.options.onRegained();
    this.invalidate();
  };

  #changed(plan: LayerPlan, what: "tiles" | "loading" | "look"): void {
    if (what === "look") this.invalidate();
    else this.#arrivals.told();
    if (what !== "tiles") return;
    this.unframed = true;
    this.walker.forget();
    this.#sight.forget();
    if (plan.drawn === "terrain") this.#newGround = true;
  }

  /** The ground came in, or came in finer: everything that stands on it is told once a frame. */
  #stand(): void {
    if (!this.#newGround) return;
    this.#newGround = false;
    this.relief.forget();
    this.pilot.grounded();
    if (!this.moved) this.unframed = true;
    for (const overlay of this.#overlays) overlay.changed?.();
  }

  #paper(): void {
    const { near, far } = this.#light.haze;
    this.#ground.air(this.#light.paper, this.#light.horizon, near, far);
  }

  /** The first tileset that says where it is lays the city flat around its middle. */
  #framed(centre: Vector3): void {
    if (this.placed) return;
    const frame = this.place.lay(centre);
    for (const layer of this.#drawn.values()) layer.place(frame);
    this.goWhereWanted();
    for (const overlay of this.#overlays) overlay.changed?.();
    this.invalidate();
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
    const panes = this.#choose();
    const { reachM, centre, eye } = this.pilot;
    const until = start + LINING_MS[this.#rests ? "resting" : "moving"];
    const lines = [...this.#drawn.values()].map((layer) => layer.outline(this.camera.position, now, () => performance.now() < until));
    this.#light.aim(centre, reachM, Math.max(0, eye[2]));
    this.#paper();
    this.#ground.lie(centre[0], centre[1], Math.min(0, this.home?.min[2] ?? 0), reachM * 5 + 60_000 + Math.max(0, eye[2]) * 5);
    const again = this.#drawPanes(panes, now);
    const { triangles } = this.#renderer.info.render;
    this.#arrivals.drawn();
    this.#meter.frame(now, performance.now() - start, triangles, this.#drawnLast);
    if (lines.includes(true) || (this.#seen && this.#rests && !this.#loads() && this.#meter.rested(triangles))) this.#arrivals.told();
    // A hand that drags moves the camera, too.
    this.#drawnLast = moving || again || this.#movedAt !== this.#movedBefore;
    this.#movedBefore = this.#movedAt;
    if (moving || again) this.invalidate();
    if (!this.#seen && this.home && triangles > FURNITURE * panes.length) {
      this.#seen = true;
      this.options.onFirstView();
    }
    this.options.onFrame?.();
    this.#look(panes, now);
    this.#settle();
  }

  /** Chooses the tiles of what is seen: they are asked for, and those that are there will be drawn. */
  #choose(): readonly Pane[] {
    this.#stand();
    if (!this.moved || !this.home) this.fitHome();
    const panes = this.panes();
    this.#aim(panes[0]!);
    this.#watch();
    const { width, height } = panes[0]!.viewport;
    const risen = this.pilot.way === "orbit" ? risenAt(this.pilot.reachM) : 0;
    for (const layer of this.#drawn.values()) {
      layer.update(this.camera, width, height, this.#meter.errorTarget);
      layer.rise(risen);
    }
    return panes;
  }

  /** Tiles came in between two frames. */
  #take(): boolean {
    if (!this.#gone) this.#choose();
    return this.#loads();
  }

  /** Whether the camera moved; a little after it came to rest the picture is drawn finer. */
  #watch(): void {
    if (!this.camera.matrixWorld.equals(this.#stood)) this.#movedAt = performance.now();
    this.#stood.copy(this.camera.matrixWorld);
    this.#meter.resting = this.#rests;
    if (this.#rests || this.#resting !== 0) return;
    this.#resting = window.setTimeout(() => {
      this.#resting = 0;
      this.invalidate();
    }, RESTING_MS + 40);
  }

  get #rests(): boolean {
    return performance.now() - this.#movedAt > RESTING_MS;
  }

  #loads(): boolean {
    return this.layers.some((layer) => loadingIn(layer) > 0);
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
      return { pane, labels: this.#labelsIn(pane) };
    });
    this.#labels.draw(written, [...(this.options.taken?.() ?? []), ...[...this.#overlays].flatMap((overlay) => overlay.taken?.() ?? [])]);
    return again;
  }

  #labelsIn({ side }: Pane): readonly Label[] {
    const { camera, layers, options } = this;
    const hides = (point: Vector3): boolean => this.#sight.hides(side, point);
    return labelsOf(layers, { side, camera, reachM: this.pilot.reachM, labelOf: options.labelOf, marked: options.marked(), hides });
  }

  /** What stands before what, for the names; looked at again a little later while the camera moves. */
  #look(panes: readonly Pane[], now: number): void {
    if (!this.#seen || this.pilot.reachM > NAMED_M) return;
    const groups = this.layers.filter((layer) => layer.visible && layer.plan.sheet === 0).map((layer) => layer.tiles.group);
    const later = panes.map((pane) => {
      this.#aim(pane);
      return this.#sight.look(pane.side, groups, this.camera, now, () => this.invalidate());
    });
    clearTimeout(this.#looking);
    if (later.includes(true)) this.#looking = window.setTimeout(() => this.invalidate(), LOOKED_MS);
  }

  /** Once the camera has come to rest, the page hears where it stands. */
  #settle(): void {
    if (!this.options.onMoved || !this.placed || !this.moved) return;
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

/** Triangles of the sky and of the table, which show no city yet. */
const FURNITURE = 1_200;

/** Prisms stand whole from afar, and lie flat below a few kilometres. */
function risenAt(distanceM: number): number {
  const part = Math.min(1, Math.max(0, (distanceM - 5_000) / 9_000));
  return part * part * (3 - 2 * part);
}

/** Takes the graphics card in hand for a canvas; null where this browser can't draw in 3D. */
export function contextOf(canvas: HTMLCanvasElement): WebGL2RenderingContext | null {
  return canvas.getContext("webgl2", { antialias: window.devicePixelRatio < 2, alpha: false, depth: true, stencil: false, powerPreference: "high-performance" });
}

/** One layer of one side, or of both: its 3D Tiles as they come and go, and the features that have been seen in them. */

import { GLTFExtensionsPlugin } from "3d-tiles-renderer/plugins";
import { TilesRenderer } from "3d-tiles-renderer";
import { Matrix4, Mesh, Sphere } from "three";
import type { Camera, Object3D, Vector3 } from "three";
import { plainPainting } from "../colour/rows";
import type { Painting, RowIndex } from "../colour/rows";
import type { Box } from "../geometry/orbit";
import type { Side } from "../geometry/panes";
import { SeenFeatures } from "../geometry/seen";
import { shapeOf } from "../geometry/symbols";
import { identitiesOf } from "./identities";
import { bound, meshopt } from "./memory";
import type { LayerPlan } from "./plans";
import { MASKS } from "./stage";
import type { StageLayer } from "./stage";
import { matrixWithin } from "./mesh";
import { FeatureTable, NO_MARKS } from "./table";
import type { Marks, Outline, TableLook } from "./table";

export type { LayerPlan } from "./plans";

const LEAST_RADIUS_M = 6_000_000;
/** Ground is drawn finer than what stands on it: coarse ground buries houses, or leaves them in the air. */
const GROUND_SHARE = 0.14;
const MOST_GROUND_PX = 5;
const LEAST_GROUND_PX = 2;

export class DrawnLayer implements StageLayer {
  readonly tiles: TilesRenderer;
  readonly seen = new SeenFeatures();
  readonly #names = new Map<string, string>();
  readonly #tables = new Map<Object3D, FeatureTable>();
  readonly #look: TableLook;
  #index: RowIndex | null = null;
  #painting: Painting = plainPainting([200, 200, 200]);
  #marks: Marks = NO_MARKS;
  #outline: Outline = { colour: [0, 0, 0], opacity: 0.3 };
  #frame = new Matrix4();
  #risen = 1;
  #told = false;

  constructor(
    readonly plan: LayerPlan,
    outlined: boolean,
    private readonly changed: (what: "tiles" | "loading" | "look") => void,
    private readonly framed: (centre: Vector3) => void,
  ) {
    this.#look = { sheet: plan.sheet, terrain: plan.drawn === "terrain", sinks: plan.sinks, outlined, shape: plan.drawn === "symbol" ? shapeOf(plan.tone) : null };
    this.tiles = new TilesRenderer(plan.url);
    this.tiles.fetchOptions = { credentials: "same-origin" };
    this.tiles.errorTarget = 24;
    bound(this.tiles.lruCache);
    this.tiles.registerPlugin(new GLTFExtensionsPlugin({ metadata: true, autoDispose: true, meshoptDecoder: meshopt }));
    this.tiles.group.matrixAutoUpdate = false;
    this.tiles.addEventListener("load-model", ({ scene, tile }) => {
      this.#loaded(scene);
      forgetFile(scene, tile);
    });
    this.tiles.addEventListener("dispose-model", ({ scene }) => this.#disposed(scene));
    for (const event of ["load-root-tileset", "needs-update", "tiles-load-end"] as const) this.tiles.addEventListener(event, () => changed("loading"));
    this.tiles.addEventListener("tile-visibility-change", () => changed("tiles"));
  }

  get name(): string {
    return this.plan.name;
  }

  get side(): Side | "both" {
    return this.plan.side;
  }

  /** The earth-centred frame turned and moved so that the city lies flat around the origin. */
  place(frame: Matrix4): void {
    this.#frame.copy(frame);
    this.#rise(this.#risen);
  }

  /** How much of their height the features show: figures drawn as prisms sink as the eye comes near, so that houses stand free. */
  rise(part: number): void {
    if (this.plan.sinks && Math.abs(part - this.#risen) > 0.002) this.#rise(part);
  }

  get risen(): number {
    return this.#risen;
  }

  #rise(part: number): void {
    this.#risen = part;
    this.tiles.group.matrix.makeScale(1, 1, Math.max(part, 0.002)).multiply(this.#frame);
    this.tiles.group.updateMatrixWorld(true);
  }

  set visible(visible: boolean) {
    this.tiles.group.visible = visible;
  }

  get visible(): boolean {
    return this.tiles.group.visible;
  }

  update(camera: Camera, width: number, height: number, errorTarget: number): void {
    this.#tellPlace();
    const terrain = this.plan.drawn === "terrain";
    // Ground that is not shown carries what stands on it all the same.
    if (!this.visible && this.#told && !terrain) return;
    this.tiles.errorTarget = terrain ? Math.min(MOST_GROUND_PX, Math.max(LEAST_GROUND_PX, errorTarget * GROUND_SHARE)) : errorTarget;
    this.tiles.setCamera(camera);
    this.tiles.setResolution(camera, width, height);
    this.tiles.update();
  }

  /** The lines of what is near the eye; not all of them are made in one frame. */
  outline(eye: Vector3, now: number, may: () => boolean): boolean {
    let waiting = false;
    for (const table of this.shownTables()) waiting = table.near(eye, now, may) || waiting;
    return waiting;
  }

  /** The layer's list of ids: rows of its columns. */
  index(index: RowIndex | null): void {
    this.#index = index;
    for (const table of this.#tables.values()) table.index(index);
  }

  mark(marks: Marks): void {
    this.#marks = marks;
    for (const table of this.#tables.values()) table.mark(marks);
  }

  paint(painting: Painting): void {
    this.#painting = painting;
    for (const table of this.#tables.values()) table.paint(painting);
    this.changed("look");
  }

  line(outline: Outline): void {
    this.#outline = outline;
    for (const table of this.#tables.values()) table.line(outline);
  }

  /** The feature of a mesh's triangle, where the pane of this side shows it. */
  featureAt(mesh: Object3D, vertex: number, side: Side): string | null {
    return this.#tables.get(mesh)?.featureAt(vertex, side === "branch") ?? null;
  }

  boxOf(id: string): Box | null {
    return this.seen.boxOf(id);
  }

  nameOf(id: string): string | null {
    return this.#names.get(id) ?? null;
  }

  get painting(): Painting {
    return this.#painting;
  }

  get meshes(): readonly Mesh[] {
    return this.shownTables().map((table) => table.mesh);
  }

  shownTables(): readonly FeatureTable[] {
    return this.visible ? this.standing : [];
  }

  /** The tables of the tiles that are in the picture, or would be if the layer were shown. */
  get standing(): readonly FeatureTable[] {
    return [...this.#tables.values()].filter(({ mesh }) => isWithin(mesh, this.tiles.group));
  }

  dispose(): void {
    this.tiles.dispose();
    this.tiles.group.removeFromParent();
  }

  /** Tells once where on the Earth the layer lies; until then nothing can be aimed at it. */
  #tellPlace(): void {
    if (this.#told) return;
    const sphere = new Sphere();
    if (!this.tiles.root || !this.tiles.getBoundingSphere(sphere)) return;
    this.#told = true;
    // A tileset without features lies nowhere: in the middle of the Earth.
    if (sphere.center.length() > LEAST_RADIUS_M) this.framed(sphere.center);
  }

  #loaded(scene: Object3D): void {
    this.#tellPlace();
    const meshes: Mesh[] = [];
    scene.traverse((object) => {
      if (object instanceof Mesh && object.geometry.hasAttribute("_feature_id_0")) meshes.push(object);
    });
    for (const mesh of meshes) this.#take(scene, mesh);
    scene.traverse((object) => object.layers.set(MASKS[this.plan.side]));
    this.changed("tiles");
  }

  #take(scene: Object3D, mesh: Mesh): void {
    const toLocal = new Matrix4().multiplyMatrices(this.#frame, matrixWithin(mesh, scene));
    const table = new FeatureTable(mesh, identitiesOf(scene, mesh), toLocal, this.seen, this.#look);
    this.#tables.set(mesh, table);
    for (const { id, text } of table.named) this.#names.set(id, text);
    table.index(this.#index);
    table.mark(this.#marks);
    table.paint(this.#painting);
    table.line(this.#outline);
  }

  #disposed(scene: Object3D): void {
    scene.traverse((object) => {
      this.#tables.get(object)?.dispose();
      this.#tables.delete(object);
    });
  }
}

function isWithin(object: Object3D, group: Object3D): boolean {
  for (let at: Object3D | null = object; at !== group; at = at.parent) {
    if (at === null || !at.visible) return false;
  }
  return true;
}

/** What was read is known: the tile's file, its tables and who parsed it are let go. */
function forgetFile(scene: Object3D, tile: unknown): void {
  const { engineData } = tile as { engineData?: { metadata?: unknown } };
  if (engineData) engineData.metadata = null;
  scene.traverse(({ userData }) => {
    delete userData["structuralMetadata"];
    delete userData["meshFeatures"];
  });
}

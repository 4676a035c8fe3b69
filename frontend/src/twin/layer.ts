/** One layer of one side, or of both: its 3D Tiles, the names of its features, and their colours. */

import { GLTFExtensionsPlugin } from "3d-tiles-renderer/plugins";
import { TilesRenderer } from "3d-tiles-renderer";
import { EdgesGeometry, LineBasicMaterial, LineSegments, Matrix4, Mesh, Sphere, Vector3 } from "three";
import type { BufferGeometry, Camera, Material, Object3D } from "three";
import type { Rgb } from "../colour/classes";
import { extentsOf } from "../geometry/features";
import type { Box } from "../geometry/orbit";
import type { Side } from "../geometry/panes";
import { FeatureColours, featureMaterial } from "./material";

/** three.js layers of the camera: what both sides see, and what only one sees. */
export const MASKS: Readonly<Record<Side | "both", number>> = { both: 0, main: 1, branch: 2 };

/** Outlines are drawn for meshes of up to this many triangles: prisms, not whole cities of buildings. */
const MOST_OUTLINED = 40_000;

/** What is to be drawn; one that sinks gives way to what stands on the ground as the eye comes near. */
export interface LayerPlan {
  readonly key: string;
  readonly name: string;
  readonly side: Side | "both";
  readonly sinks: boolean;
  readonly url: string;
}

export interface FeatureOf {
  readonly layer: string;
  readonly id: string;
}

interface Table {
  readonly mesh: Mesh;
  readonly ids: readonly string[];
  readonly colours: FeatureColours;
  readonly outline: LineSegments | null;
}

export class DrawnLayer {
  readonly tiles: TilesRenderer;
  readonly extents = new Map<string, Box>();
  readonly names = new Map<string, string>();
  #tables = new Map<Mesh, Table>();
  #colourOf: (id: string) => Rgb | null = () => [200, 200, 200];
  #outline: { colour: Rgb; opacity: number } = { colour: [0, 0, 0], opacity: 0.3 };
  #frame = new Matrix4();
  #risen = 1;
  #told = false;

  constructor(
    readonly plan: LayerPlan,
    private readonly changed: () => void,
    private readonly framed: (centre: Vector3) => void,
  ) {
    this.tiles = new TilesRenderer(plan.url);
    this.tiles.fetchOptions = { credentials: "same-origin" };
    this.tiles.errorTarget = 24;
    this.tiles.registerPlugin(new GLTFExtensionsPlugin({ metadata: true, autoDispose: true }));
    this.tiles.group.matrixAutoUpdate = false;
    this.tiles.addEventListener("load-root-tileset", changed);
    this.tiles.addEventListener("load-model", ({ scene }) => this.#loaded(scene));
    this.tiles.addEventListener("dispose-model", ({ scene }) => this.#disposed(scene));
    for (const event of ["needs-update", "tile-visibility-change", "tiles-load-end"] as const) this.tiles.addEventListener(event, changed);
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

  update(camera: Camera, width: number, height: number): void {
    this.#tellPlace();
    this.tiles.setCamera(camera);
    this.tiles.setResolution(camera, width, height);
    this.tiles.update();
  }

  paint(colourOf: (id: string) => Rgb | null, outline: { colour: Rgb; opacity: number }): void {
    this.#colourOf = colourOf;
    this.#outline = outline;
    for (const table of this.#tables.values()) this.#paintTable(table);
    this.changed();
  }

  /** The feature of a mesh's triangle. */
  featureAt(mesh: Object3D, vertex: number): FeatureOf | null {
    const table = this.#tables.get(mesh as Mesh);
    if (!table) return null;
    const feature = Math.round(table.mesh.geometry.getAttribute("_feature_id_0").getX(vertex));
    const id = table.ids[feature];
    return id === undefined ? null : { layer: this.plan.name, id };
  }

  get meshes(): readonly Mesh[] {
    return this.visible ? [...this.#tables.keys()].filter((mesh) => isShown(mesh, this.tiles.group)) : [];
  }

  dispose(): void {
    this.tiles.dispose();
    this.tiles.group.removeFromParent();
  }

  /** Tells once where on the Earth the layer lies; until then nothing can be aimed at it. */
  #tellPlace(): void {
    if (this.#told) return;
    const centre = this.tiles.root ? rootCentre(this.tiles) : null;
    if (!centre) return;
    this.#told = true;
    this.framed(centre);
  }

  #loaded(scene: Object3D): void {
    this.#tellPlace();
    const meshes: Mesh[] = [];
    scene.traverse((object) => {
      if (object instanceof Mesh && object.geometry.hasAttribute("_feature_id_0")) meshes.push(object);
    });
    for (const mesh of meshes) this.#take(scene, mesh);
    scene.traverse((object) => object.layers.set(MASKS[this.plan.side]));
    this.changed();
  }

  #take(scene: Object3D, mesh: Mesh): void {
    const rows = featureRows(scene, mesh);
    const ids = rows.map((row) => String(row["id"] ?? ""));
    const colours = new FeatureColours(ids.length);
    (mesh.material as Material).dispose();
    mesh.material = featureMaterial(colours);
    const outline = outlineOf(mesh.geometry);
    if (outline) mesh.add(outline);
    const table: Table = { mesh, ids, colours, outline };
    this.#tables.set(mesh, table);
    rows.forEach((row, i) => {
      if (typeof row["name"] === "string" && row["name"] !== "") this.names.set(ids[i]!, row["name"]);
    });
    const local = new Matrix4().multiplyMatrices(this.#frame, matrixWithin(mesh, scene));
    for (const { feature, box } of extentsOf(positionsIn(mesh.geometry, local), mesh.geometry.getAttribute("_feature_id_0").array)) {
      const id = ids[feature];
      if (id !== undefined) this.extents.set(id, box);
    }
    this.#paintTable(table);
  }

  #paintTable({ ids, colours, outline }: Table): void {
    colours.paint(ids.length, (feature) => this.#colourOf(ids[feature]!));
    if (!outline) return;
    const material = outline.material as LineBasicMaterial;
    material.color.setRGB(...(this.#outline.colour.map((part) => part / 255) as [number, number, number]), "srgb");
    material.opacity = this.#outline.opacity;
    outline.visible = this.#outline.opacity > 0;
  }

  #disposed(scene: Object3D): void {
    scene.traverse((object) => {
      const table = this.#tables.get(object as Mesh);
      if (!table) return;
      table.colours.dispose();
      table.outline?.geometry.dispose();
      (table.outline?.material as Material | undefined)?.dispose();
      this.#tables.delete(table.mesh);
    });
  }
}

function rootCentre(tiles: TilesRenderer): Vector3 | null {
  const sphere = new Sphere();
  return tiles.getBoundingSphere(sphere) ? sphere.center : null;
}

interface PropertyTables {
  getPropertyTableData(table: number, feature: number): Readonly<Record<string, unknown>>;
}

/** The rows of the property table that a mesh's features point into (EXT_mesh_features, EXT_structural_metadata). */
function featureRows(scene: Object3D, mesh: Mesh): readonly Readonly<Record<string, unknown>>[] {
  const features = mesh.userData["meshFeatures"] as { featureIds: readonly { featureCount: number; propertyTable: number | null }[] } | undefined;
  const tables = (mesh.userData["structuralMetadata"] ?? scene.userData["structuralMetadata"]) as PropertyTables | undefined;
  const named = features?.featureIds[0];
  if (!tables || !named || named.propertyTable === null) return [];
  const table = named.propertyTable;
  return Array.from({ length: named.featureCount }, (_, feature) => tables.getPropertyTableData(table, feature));
}

/** From a mesh's own frame to the frame its tile hangs in. */
function matrixWithin(mesh: Mesh, scene: Object3D): Matrix4 {
  const matrix = new Matrix4();
  for (let at: Object3D | null = mesh; at !== null; at = at === scene ? null : at.parent) {
    at.updateMatrix();
    matrix.premultiply(at.matrix);
  }
  return matrix;
}

function positionsIn(geometry: BufferGeometry, matrix: Matrix4): Float64Array {
  const position = geometry.getAttribute("position");
  const out = new Float64Array(position.count * 3);
  const point = new Vector3();
  for (let i = 0; i < position.count; i += 1) {
    point.fromBufferAttribute(position, i).applyMatrix4(matrix);
    point.toArray(out, i * 3);
  }
  return out;
}

function outlineOf(geometry: BufferGeometry): LineSegments | null {
  const triangles = (geometry.index?.count ?? 0) / 3;
  if (triangles === 0 || triangles > MOST_OUTLINED) return null;
  const outline = new LineSegments(new EdgesGeometry(geometry, 40), new LineBasicMaterial({ transparent: true, opacity: 0.3 }));
  outline.frustumCulled = false;
  outline.raycast = () => undefined;
  return outline;
}

function isShown(object: Object3D, group: Object3D): boolean {
  for (let at: Object3D | null = object; at !== null; at = at.parent) {
    if (!at.visible) return false;
    if (at === group) return true;
  }
  return false;
}

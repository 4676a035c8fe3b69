/** The features of one mesh: their ids, their rows in the layer's columns, their colours, their outline. */

import { BufferAttribute, BufferGeometry, LineBasicMaterial, LineSegments, Matrix4, Mesh, Vector3 } from "three";
import type { Object3D } from "three";
import type { Rgb } from "../colour/classes";
import { SEEN, paintRows, seenIn, seenOf } from "../colour/rows";
import type { Packed, Painting, RowIndex, Seen } from "../colour/rows";
import { edgesOf } from "../geometry/edges";
import { extentsOf } from "../geometry/features";
import type { SeenFeatures } from "../geometry/seen";
import { ORDER } from "./stage";
import { FeatureBases, FeatureColours, disposeAll, featureMaterial, paneOfBranch, shadowMaterial } from "./material";

/** Outlines are drawn for meshes of up to this many triangles: prisms, not whole cities of buildings. */
const MOST_OUTLINED = 40_000;

/** What is told of single features over the colours of the layer. */
export interface Marks {
  readonly colours: ReadonlyMap<string, Packed>;
  /** What the 안 removes or draws anew. */
  readonly hiddenInBranch: ReadonlySet<string>;
}

export const NO_MARKS: Marks = { colours: new Map(), hiddenInBranch: new Set() };

export interface Outline {
  readonly colour: Rgb;
  readonly opacity: number;
}

/** How the features of a layer are drawn. */
export interface TableLook {
  /** 0 for what stands, else the place among what lies on the ground. */
  readonly sheet: number;
  readonly terrain: boolean;
  readonly sinks: boolean;
  readonly outlined: boolean;
}

export interface Named {
  readonly id: string;
  readonly text: string;
  readonly number: number;
}

export class FeatureTable {
  readonly ids: readonly string[];
  readonly named: readonly Named[];
  /** The number of each feature among those its layer has seen. */
  readonly numbers: Int32Array;
  readonly #colours: FeatureColours;
  readonly #bases: FeatureBases | null;
  readonly #outline: LineSegments | null;
  readonly #rows: Int32Array;
  #index: RowIndex | null = null;
  #marks: Marks = NO_MARKS;
  #marked: readonly { readonly feature: number; readonly colour: Packed | null; readonly seen: Seen }[] = [];

  constructor(
    readonly mesh: Mesh,
    rows: readonly Readonly<Record<string, unknown>>[],
    toLocal: Matrix4,
    seen: SeenFeatures,
    look: TableLook,
  ) {
    this.ids = rows.map((row) => String(row["id"] ?? ""));
    this.#rows = new Int32Array(this.ids.length).fill(-1);
    this.numbers = Int32Array.from(this.ids, (id) => seen.meet(id));
    const bases = new Float32Array(this.ids.length);
    const features = mesh.geometry.getAttribute("_feature_id_0").array;
    for (const { feature, box } of extentsOf(positionsIn(mesh.geometry, toLocal), features)) {
      const number = this.numbers[feature];
      if (number === undefined) continue;
      seen.grow(number, box);
      bases[feature] = box.min[2];
    }
    this.named = rows.flatMap((row, i) => (typeof row["name"] === "string" && row["name"] !== "" ? [{ id: this.ids[i]!, text: row["name"], number: this.numbers[i]! }] : []));
    const stands = look.sheet === 0 && !look.terrain && !look.sinks;
    this.#colours = new FeatureColours(this.ids.length);
    this.#bases = stands ? new FeatureBases(bases) : null;
    disposeAll(mesh.material);
    mesh.material = featureMaterial({ colours: this.#colours, bases: this.#bases, sheet: look.sheet, terrain: look.terrain });
    mesh.renderOrder = look.sheet > 0 ? ORDER.sheets + look.sheet : stands ? ORDER.solids : ORDER.ground;
    mesh.castShadow = stands;
    mesh.receiveShadow = true;
    if (stands) mesh.customDepthMaterial = shadowMaterial(this.#colours);
    this.#outline = look.outlined && look.sheet === 0 && !look.terrain ? outlineOf(mesh.geometry, this.#colours, stands) : null;
    if (this.#outline) {
      this.#outline.renderOrder = mesh.renderOrder;
      mesh.add(this.#outline);
    }
  }

  /** The rows of the features, looked up once for each list of ids. */
  index(index: RowIndex | null): void {
    if (index === this.#index) return;
    this.#index = index;
    for (let feature = 0; feature < this.ids.length; feature += 1) this.#rows[feature] = index ? index.rowOf(this.ids[feature]!) : -1;
  }

  mark(marks: Marks): void {
    if (marks === this.#marks) return;
    this.#marks = marks;
    const { colours, hiddenInBranch } = marks;
    const found: { feature: number; colour: Packed | null; seen: Seen }[] = [];
    if (colours.size > 0 || hiddenInBranch.size > 0) {
      this.ids.forEach((id, feature) => {
        const colour = colours.get(id) ?? null;
        const seen = hiddenInBranch.has(id) ? SEEN.main : SEEN.both;
        if (colour !== null || seen !== SEEN.both) found.push({ feature, colour, seen });
      });
    }
    this.#marked = found;
  }

  paint(painting: Painting): void {
    const into = this.#colours.packed;
    paintRows(into, this.#rows, painting);
    for (const { feature, colour, seen } of this.#marked) into[feature] = seenIn(colour ?? into[feature]!, seen);
    this.#colours.written();
  }

  line({ colour, opacity }: Outline): void {
    if (!this.#outline) return;
    const material = this.#outline.material as LineBasicMaterial;
    material.color.setRGB(colour[0] / 255, colour[1] / 255, colour[2] / 255, "srgb");
    material.opacity = opacity;
    this.#outline.visible = opacity > 0;
  }

  /** The feature at a vertex, if the pane of this side shows it. */
  featureAt(vertex: number, branch: boolean): string | null {
    const feature = Math.round(this.mesh.geometry.getAttribute("_feature_id_0").getX(vertex));
    const seen = seenOf(this.#colours.packed[feature] ?? 0);
    const shown = seen === SEEN.both || seen === (branch ? SEEN.branch : SEEN.main);
    return shown ? (this.ids[feature] ?? null) : null;
  }

  get triangles(): number {
    return (this.mesh.geometry.index?.count ?? this.mesh.geometry.getAttribute("position").count) / 3;
  }

  dispose(): void {
    this.#colours.dispose();
    this.#bases?.dispose();
    this.mesh.customDepthMaterial?.dispose();
    this.#outline?.geometry.dispose();
    (this.#outline?.material as LineBasicMaterial | undefined)?.dispose();
  }
}

interface PropertyTables {
  getPropertyTableData(table: number, feature: number): Readonly<Record<string, unknown>>;
}

/** The rows of the property table that a mesh's features point into (EXT_mesh_features, EXT_structural_metadata). */
export function featureRows(scene: Object3D, mesh: Mesh): readonly Readonly<Record<string, unknown>>[] {
  const features = mesh.userData["meshFeatures"] as { featureIds: readonly { featureCount: number; propertyTable: number | null }[] } | undefined;
  const tables = (mesh.userData["structuralMetadata"] ?? scene.userData["structuralMetadata"]) as PropertyTables | undefined;
  const named = features?.featureIds[0];
  if (!tables || !named || named.propertyTable === null) return Array.from({ length: named?.featureCount ?? 1 }, () => ({}));
  const table = named.propertyTable;
  return Array.from({ length: named.featureCount }, (_, feature) => tables.getPropertyTableData(table, feature));
}

/** From a mesh's own frame to the frame its tile hangs in. */
export function matrixWithin(mesh: Mesh, scene: Object3D): Matrix4 {
  const matrix = new Matrix4();
  for (let at: Object3D | null = mesh; at !== null; at = at === scene ? null : at.parent) {
    at.updateMatrix();
    matrix.premultiply(at.matrix);
  }
  return matrix;
}

function positionsIn(geometry: BufferGeometry, matrix: Matrix4 | null): Float64Array {
  const position = geometry.getAttribute("position");
  const out = new Float64Array(position.count * 3);
  const point = new Vector3();
  for (let i = 0; i < position.count; i += 1) {
    point.fromBufferAttribute(position, i);
    if (matrix) point.applyMatrix4(matrix);
    out[i * 3] = point.x;
    out[i * 3 + 1] = point.y;
    out[i * 3 + 2] = point.z;
  }
  return out;
}

/** The lines of a mesh; a feature that a pane hides has none there, and the lines of houses fade with distance. */
function outlineOf(geometry: BufferGeometry, colours: FeatureColours, fades: boolean): LineSegments | null {
  const triangles = geometry.index?.array;
  if (!triangles || triangles.length === 0 || triangles.length / 3 > MOST_OUTLINED) return null;
  const found = edgesOf(positionsIn(geometry, null), triangles, geometry.getAttribute("_feature_id_0").array);
  const lines = new BufferGeometry();
  lines.setAttribute("position", new BufferAttribute(found.positions, 3));
  lines.setAttribute("_feature_id_0", new BufferAttribute(found.features, 1));
  const material = new LineBasicMaterial({ transparent: true, opacity: 0.3, depthWrite: false });
  material.onBeforeCompile = (shader) => {
    shader.uniforms["featureColours"] = { value: colours.texture };
    shader.uniforms["paneOfBranch"] = paneOfBranch;
    shader.vertexShader = shader.vertexShader
      .replace("#include <common>", `#include <common>\n${LINE_HEAD}`)
      .replace("#include <project_vertex>", `#include <project_vertex>\n${LINE_BODY}\nvFade = ${fades ? "1.0 - smoothstep(900.0, 6000.0, -mvPosition.z)" : "1.0"};`);
    shader.fragmentShader = shader.fragmentShader
      .replace("#include <common>", "#include <common>\nvarying float vFade;")
      .replace("#include <color_fragment>", "#include <color_fragment>\ndiffuseColor.a *= vFade;");
  };
  material.customProgramCacheKey = () => `madang-outline ${fades}`;
  const outline = new LineSegments(lines, material);
  outline.frustumCulled = false;
  outline.raycast = () => undefined;
  return outline;
}

const LINE_HEAD = `
  attribute float _feature_id_0;
  uniform sampler2D featureColours;
  uniform float paneOfBranch;
  varying float vFade;`;

const LINE_BODY = `
  int feature = int(_feature_id_0 + 0.5);
  float seen = texelFetch(featureColours, ivec2(feature % 256, feature / 256), 0).a * 255.0;
  if (seen < 40.0 || (seen < 130.0 && paneOfBranch > 0.5) || (seen > 130.0 && seen < 210.0 && paneOfBranch < 0.5)) gl_Position = vec4(0.0, 0.0, 2.0, 0.0);`;

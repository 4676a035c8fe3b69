/** The features of one mesh: their ids, their rows in the layer's columns, their colours, their outline. */

import { BufferAttribute, BufferGeometry, Sphere } from "three";
import type { LineBasicMaterial, LineSegments, Matrix4, Mesh, Vector3 } from "three";
import type { Rgb } from "../colour/classes";
import { SEEN, paintRows, seenIn, seenOf } from "../colour/rows";
import type { Packed, Painting, RowIndex, Seen } from "../colour/rows";
import { extentsOf } from "../geometry/features";
import type { Extent } from "../geometry/features";
import type { SeenFeatures } from "../geometry/seen";
import { signs } from "../geometry/symbols";
import type { Shape } from "../geometry/symbols";
import type { Identities } from "./identities";
import { positionsIn } from "./mesh";
import { FADED_M, disposeOutline, outlineOf } from "./outline";
import { ORDER } from "./stage";
import { FeatureBases, FeatureColours, disposeAll, featureMaterial, shadowMaterial } from "./material";

const LOW_M = 4;
/** A sign comes as a box of so many corners at most; a thing with a body of its own keeps it. */
const BOX_CORNERS = 36;
/** Lines that were not near for so long are given back. */
const IDLE_MS = 30_000;
const REACH = new Sphere();

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
  /** By which shape the boxes of signs are replaced; null keeps them. */
  readonly shape: Shape | null;
}

export interface Named {
  readonly id: string;
  readonly text: string;
  readonly number: number;
}

export class FeatureTable {
  readonly ids: readonly string[];
  /** What has a name, the greatest first. */
  readonly named: readonly Named[];
  /** The number of each feature among those its layer has seen. */
  readonly numbers: Int32Array;
  readonly #colours: FeatureColours;
  readonly #bases: FeatureBases | null;
  /** undefined until it was near; null where there is none to draw. */
  #outline: LineSegments | null | undefined;
  #line: Outline = { colour: [0, 0, 0], opacity: 0.3 };
  #nearAt = 0;
  readonly #fades: boolean;
  readonly #rows: Int32Array;
  #index: RowIndex | null = null;
  #marks: Marks = NO_MARKS;
  #marked: readonly { readonly feature: number; readonly colour: Packed | null; readonly seen: Seen }[] = [];

  constructor(
    readonly mesh: Mesh,
    told: Identities,
    toLocal: Matrix4,
    seen: SeenFeatures,
    look: TableLook,
  ) {
    this.ids = told.ids;
    this.#rows = new Int32Array(this.ids.length).fill(-1);
    this.numbers = Int32Array.from(this.ids, (id) => seen.meet(id));
    const bases = new Float32Array(this.ids.length);
    const features = mesh.geometry.getAttribute("_feature_id_0").array;
    const extents = extentsOf(positionsIn(mesh.geometry, toLocal), features);
    for (const { feature, box } of extents) {
      const number = this.numbers[feature];
      if (number === undefined) continue;
      seen.grow(number, box);
      // What is low lies rather than stands, and has no wall to darken.
      bases[feature] = box.max[2] - box.min[2] < LOW_M ? box.min[2] - 1_000 : box.min[2];
    }
    const size = (number: number): number => {
      const box = seen.boxAt(number);
      return box ? (box.max[0] - box.min[0]) * (box.max[1] - box.min[1]) * (1 + box.max[2] - box.min[2]) : 0;
    };
    const named = told.names.flatMap((text, i) => (text !== "" ? [{ id: this.ids[i]!, text, number: this.numbers[i]! }] : []));
    const sizes = new Map(named.map(({ number }) => [number, size(number)]));
    this.named = named.sort((a, b) => sizes.get(b.number)! - sizes.get(a.number)!);
    const signed = look.shape !== null && features.length <= this.ids.length * BOX_CORNERS;
    if (signed) mesh.geometry = signsOf(mesh, extents, look.shape!, toLocal);
    const stands = look.sheet === 0 && !look.terrain && !look.sinks;
    this.#colours = new FeatureColours(this.ids.length);
    this.#bases = stands ? new FeatureBases(bases) : null;
    disposeAll(mesh.material);
    mesh.material = featureMaterial({ colours: this.#colours, bases: this.#bases, sheet: look.sheet, terrain: look.terrain });
    mesh.renderOrder = look.sheet > 0 ? ORDER.sheets + look.sheet : stands ? ORDER.solids : ORDER.ground;
    mesh.castShadow = stands;
    mesh.receiveShadow = true;
    if (stands) mesh.customDepthMaterial = shadowMaterial(this.#colours);
    this.#fades = stands;
    this.#outline = look.outlined && look.sheet === 0 && !look.terrain && !signed ? undefined : null;
  }

  /**
   * Lines are made when the eye first comes near, drawn while it is, and given back when it stays away. True when they
   * are to be made and `may` did not let them.
   */
  near(eye: Vector3, now: number, may: () => boolean): boolean {
    if (this.#outline === null || this.#line.opacity === 0) return false;
    const near = !this.#fades || this.#away(eye) < FADED_M;
    if (near) this.#nearAt = now;
    if (near && this.#outline === undefined) {
      if (!may()) return true;
      this.#outline = outlineOf(this.mesh.geometry, this.#colours, this.#fades);
      if (this.#outline === null) return false;
      this.#outline.renderOrder = this.mesh.renderOrder;
      this.#outline.layers.mask = this.mesh.layers.mask;
      this.mesh.add(this.#outline);
      this.#outline.updateMatrixWorld(true);
      this.line(this.#line);
    }
    if (this.#outline === undefined) return false;
    if (!near && now - this.#nearAt > IDLE_MS) {
      disposeOutline(this.#outline);
      this.#outline = undefined;
    } else {
      this.#outline.visible = near;
    }
    return false;
  }

  /** How far the eye is from the mesh, at least. */
  #away(eye: Vector3): number {
    const { geometry, matrixWorld } = this.mesh;
    if (!geometry.boundingSphere) geometry.computeBoundingSphere();
    return REACH.copy(geometry.boundingSphere!).applyMatrix4(matrixWorld).distanceToPoint(eye);
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

  line(outline: Outline): void {
    this.#line = outline;
    if (!this.#outline) return;
    const { colour, opacity } = outline;
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
    if (this.#outline) disposeOutline(this.#outline);
  }
}

/** The shapes of signs in place of their boxes, in the mesh's own frame. */
function signsOf(mesh: Mesh, extents: readonly Extent[], shape: Shape, toLocal: Matrix4): BufferGeometry {
  const made = signs(extents, shape);
  const back = toLocal.clone().invert();
  const geometry = new BufferGeometry();
  // Turned while the numbers are still exact: only in the mesh's own frame are they small.
  const e = back.elements;
  const placed = new Float32Array(made.positions.length);
  for (let i = 0; i < placed.length; i += 3) {
    const [x, y, z] = [made.positions[i]!, made.positions[i + 1]!, made.positions[i + 2]!];
    placed[i] = e[0]! * x + e[4]! * y + e[8]! * z + e[12]!;
    placed[i + 1] = e[1]! * x + e[5]! * y + e[9]! * z + e[13]!;
    placed[i + 2] = e[2]! * x + e[6]! * y + e[10]! * z + e[14]!;
  }
  geometry.setAttribute("position", new BufferAttribute(placed, 3));
  const normals = new BufferAttribute(made.normals, 3);
  normals.transformDirection(back);
  geometry.setAttribute("normal", normals);
  geometry.setAttribute("_feature_id_0", new BufferAttribute(made.features, 1));
  geometry.setIndex(new BufferAttribute(made.triangles, 1));
  geometry.computeBoundingSphere();
  mesh.geometry.dispose();
  return geometry;
}

/**
 * Which features a mesh shows: their ids and names, read off the property table of its tile (EXT_mesh_features,
 * EXT_structural_metadata). The table's other columns are not read: what a feature is like, the server is asked.
 */

import type { Mesh, Object3D } from "three";

export interface Identities {
  readonly ids: readonly string[];
  /** "" for what has none; empty where nothing has a name. */
  readonly names: readonly string[];
}

interface Column {
  readonly type: string;
  readonly array: boolean;
  readonly values: number | null;
  readonly stringOffsets: number | null;
  readonly stringOffsetType: string;
}

interface PropertyTable {
  readonly definition: { readonly properties: Readonly<Record<string, unknown>> };
  readonly properties: Readonly<Record<string, Column>>;
  readonly data: readonly (ArrayBuffer | Uint8Array | null)[];
  getPropertyValue(name: string, feature: number): unknown;
}

interface Metadata {
  readonly tableAccessors: readonly PropertyTable[];
}

export function identitiesOf(scene: Object3D, mesh: Mesh): Identities {
  const features = mesh.userData["meshFeatures"] as { featureIds: readonly { featureCount: number; propertyTable: number | null }[] } | undefined;
  const metadata = (mesh.userData["structuralMetadata"] ?? scene.userData["structuralMetadata"]) as Metadata | undefined;
  const named = features?.featureIds[0];
  const count = named?.featureCount ?? 1;
  const table = named && named.propertyTable !== null ? metadata?.tableAccessors[named.propertyTable] : undefined;
  if (!table) return { ids: Array.from({ length: count }, () => ""), names: [] };
  return { ids: column(table, "id", count) ?? Array.from({ length: count }, () => ""), names: column(table, "name", count) ?? [] };
}

/** A column as texts; null where the table has none. */
function column(table: PropertyTable, name: string, count: number): readonly string[] | null {
  if (!table.definition.properties[name]) return null;
  const told = table.properties[name]!;
  const { values, stringOffsets } = told;
  if (told.type !== "STRING" || told.array || values === null || stringOffsets === null) {
    return Array.from({ length: count }, (_, feature) => textOf(table.getPropertyValue(name, feature)));
  }
  return textsIn(bytesOf(table.data[values]!), offsetsOf(bytesOf(table.data[stringOffsets]!), told.stringOffsetType), count);
}

/** The texts of a column that stand one behind the other: decoded at once where a byte is a letter. */
function textsIn(bytes: Uint8Array, offsets: ArrayLike<number>, count: number): readonly string[] {
  const decoder = new TextDecoder();
  const whole = decoder.decode(bytes);
  const plain = whole.length === bytes.length;
  return Array.from({ length: count }, (_, i) => (plain ? whole.slice(offsets[i], offsets[i + 1]) : decoder.decode(bytes.subarray(offsets[i], offsets[i + 1]))));
}

function offsetsOf(bytes: Uint8Array, type: string): ArrayLike<number> {
  const { buffer, byteOffset, byteLength } = bytes;
  if (type === "UINT8") return bytes;
  if (type === "UINT16") return new Uint16Array(buffer, byteOffset, byteLength >> 1);
  if (type === "UINT64") return Array.from(new BigUint64Array(buffer, byteOffset, byteLength >> 3), Number);
  return new Uint32Array(buffer, byteOffset, byteLength >> 2);
}

function bytesOf(view: ArrayBuffer | Uint8Array): Uint8Array {
  return view instanceof Uint8Array ? view : new Uint8Array(view);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : value === null || value === undefined ? "" : String(value as number);
}

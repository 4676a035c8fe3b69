/**
 * Colours by row: the values of a layer stand in one column, a tile knows the row of each of its features, and a
 * recolour is array lookups only. No names and no maps on the way from a time step to the texture.
 */

import type { Rgb } from "./classes";
import type { Scale, Value } from "./scale";

/** Where each id of a layer stands in its columns. Made once for a list of ids. */
export class RowIndex {
  readonly #rows: ReadonlyMap<string, number>;

  constructor(readonly ids: readonly string[]) {
    this.#rows = new Map(ids.map((id, row) => [id, row]));
  }

  /** -1 for an id that the layer's list does not hold. */
  rowOf(id: string): number {
    return this.#rows.get(id) ?? NO_ROW;
  }
}

export const NO_ROW = -1;
/** The class of what is unknown. */
export const NO_CLASS = 255;

/** Four bytes in the order in which a texture holds them: red, green, blue, where it is seen. */
export type Packed = number;

/** Where a feature is seen: nowhere, only in the pane of 현행, only in that of the 안, in both. */
export const SEEN = { nowhere: 0, main: 85, branch: 170, both: 255 } as const;
export type Seen = (typeof SEEN)[keyof typeof SEEN];

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

export function packed([red, green, blue]: Rgb, seen: Seen = SEEN.both): Packed {
  return LITTLE_ENDIAN ? ((seen << 24) | (blue << 16) | (green << 8) | red) >>> 0 : ((red << 24) | (green << 16) | (blue << 8) | seen) >>> 0;
}

/** The same colour, seen elsewhere. */
export function seenIn(colour: Packed, seen: Seen): Packed {
  return LITTLE_ENDIAN ? ((colour & 0x00ffffff) | (seen << 24)) >>> 0 : ((colour & 0xffffff00) | seen) >>> 0;
}

export function seenOf(colour: Packed): number {
  return LITTLE_ENDIAN ? colour >>> 24 : colour & 0xff;
}

/** The colours of a layer: the class of each row and the colour of each class; or one plain colour. */
export interface Painting {
  readonly classes: Uint8Array | null;
  /** 256 colours; the last one is that of the unknown. */
  readonly palette: Uint32Array;
  readonly plain: Packed;
}

export function plainPainting(colour: Rgb): Painting {
  return { classes: null, palette: new Uint32Array(256), plain: packed(colour) };
}

/** A painting by a scale: one class for each of its entries. */
export function paintingOf(classes: Uint8Array, scale: Scale, unknown: Rgb): Painting {
  return { classes, palette: paletteOf(scale.entries.map((entry) => entry.colour), unknown), plain: packed(unknown) };
}

export function paletteOf(colours: readonly Rgb[], unknown: Rgb): Uint32Array {
  const palette = new Uint32Array(256).fill(packed(unknown));
  colours.slice(0, NO_CLASS).forEach((colour, i) => (palette[i] = packed(colour)));
  return palette;
}

/** The class of each value; `into` is written where it has the right length, so that a time step makes nothing new. */
export function classesOf(values: ArrayLike<Value>, scale: Pick<Scale, "classOf" | "bounds">, into?: Uint8Array): Uint8Array {
  const classes = into && into.length === values.length ? into : new Uint8Array(values.length);
  if (scale.bounds && (values instanceof Float64Array || values instanceof Float32Array)) return numbersInto(classes, values, scale.bounds);
  for (let row = 0; row < values.length; row += 1) {
    const found = scale.classOf(values[row]);
    classes[row] = found < 0 || found >= NO_CLASS ? NO_CLASS : found;
  }
  return classes;
}

/** The way of a time step: a column of numbers, where NaN is unknown, by a few bounds. */
function numbersInto(classes: Uint8Array, values: Float64Array | Float32Array, bounds: readonly number[]): Uint8Array {
  const last = bounds.length - 1;
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row]!;
    let found = 0;
    while (found < last && value > bounds[found]!) found += 1;
    classes[row] = Number.isFinite(value) ? found : NO_CLASS;
  }
  return classes;
}

/** Writes the colour of every feature of a tile; `rows` holds the row of each. */
export function paintRows(into: Uint32Array, rows: Int32Array, { classes, palette, plain }: Painting): void {
  if (classes === null) {
    into.fill(plain, 0, rows.length);
    return;
  }
  const unknown = palette[NO_CLASS]!;
  for (let feature = 0; feature < rows.length; feature += 1) {
    const row = rows[feature]!;
    into[feature] = row < 0 ? unknown : palette[classes[row]!]!;
  }
}

/** From the values of a layer to its colours and its legend: classes of numbers, or a few categories. */

import { METHODS, boundsAround, boundsBy } from "./breaks";
import type { Method } from "./breaks";
import { RAMP_DARK, RAMP_LIGHT, classEdges, classOf, quantileClasses, rampColours } from "./classes";
import type { Rgb } from "./classes";
import { CATEGORIES, divergingColours, paletteFor, stopsOf } from "./palettes";

export type Value = number | string | null | undefined;

export interface Entry {
  readonly colour: Rgb;
  /** A class of numbers from..to, or a category by its name; null is what is left over. */
  readonly range: readonly [number, number] | null;
  readonly category: string | null;
}

export interface Scale {
  readonly entries: readonly Entry[];
  readonly unknown: number;
  /** null for a value that is unknown. */
  readonly colourOf: (value: Value) => Rgb | null;
  /** The place of a value's entry; -1 for a value that is unknown. */
  readonly classOf: (value: Value) => number;
  /** Upper bounds of the classes of numbers; null for categories. */
  readonly bounds: readonly number[] | null;
}

/** How a reader wants classes and colours; what is left open is the city's own way: quantiles in its own ramp. */
export interface Colouring {
  readonly method: Method;
  readonly own: readonly number[];
  readonly palette: string | null;
  readonly reversed: boolean;
  /** Where a diverging palette turns; null leaves it to the values. */
  readonly midpoint: number | null;
}

export const PLAIN: Colouring = { method: "quantile", own: [], palette: null, reversed: false, midpoint: null };

const OTHER: Rgb = [150, 150, 146];

/** The scale of both sides' values together; null where nothing is known. */
export function scaleOf(values: readonly Value[], dark: boolean, classCount = 5, colouring: Colouring = PLAIN): Scale | null {
  if (values.some((value) => typeof value === "string")) return categories(values, colouring);
  return colouring === PLAIN ? classes(values, dark, classCount) : classesBy(values, dark, classCount, colouring);
}

function classes(values: readonly Value[], dark: boolean, wanted: number): Scale | null {
  const found = quantileClasses(
    values.map((value) => (typeof value === "number" ? value : null)),
    wanted,
  );
  if (!found) return null;
  return numbers(found.bounds, found.least, rampColours(dark ? RAMP_DARK : RAMP_LIGHT, found.bounds.length), found.unknown);
}

/** Classes by the reader's own method, palette and midpoint. */
function classesBy(values: readonly Value[], dark: boolean, wanted: number, { method, own, palette: id, reversed, midpoint }: Colouring): Scale | null {
  const known = Float64Array.from(values.filter((value): value is number => typeof value === "number" && Number.isFinite(value))).sort();
  if (known.length === 0) return null;
  const palette = paletteFor(id, false);
  const stops = stopsOf(palette, dark, reversed);
  const unknown = values.length - known.length;
  if (palette.kind !== "diverging") {
    const bounds = boundsBy(method, known, wanted, own);
    return numbers(bounds, known[0]!, rampColours(stops, bounds.length), unknown);
  }
  const { bounds, below } = boundsAround(midpoint ?? usualMidpoint(known), method, known, wanted, own);
  return numbers(bounds, known[0]!, divergingColours(stops, below, bounds.length - below), unknown);
}

/** Zero where values lie on both sides of it, else the middle one of them. */
export function usualMidpoint(sorted: ArrayLike<number>): number {
  const [least, most] = [sorted[0]!, sorted[sorted.length - 1]!];
  return least < 0 && most > 0 ? 0 : sorted[(sorted.length - 1) >> 1]!;
}

function numbers(bounds: readonly number[], least: number, colours: readonly Rgb[], unknown: number): Scale {
  const place = (value: Value): number => (typeof value === "number" && Number.isFinite(value) ? classOf(value, bounds) : -1);
  const edges = classEdges({ bounds, least: Math.min(least, bounds[0]!), counts: [], unknown });
  return {
    entries: edges.map((range, i) => ({ colour: colours[i]!, range, category: null })),
    unknown,
    colourOf: (value) => colours[place(value)] ?? null,
    classOf: place,
    bounds,
  };
}

function categories(values: readonly Value[], { palette, reversed }: Colouring): Scale {
  const named = palette === null ? CATEGORIES : paletteFor(palette, true).colours;
  const chosen = reversed ? [...named].reverse() : named;
  const counts = new Map<string, number>();
  for (const value of values) if (value !== null && value !== undefined) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  const ordered = [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([name]) => name);
  const colours = new Map(ordered.slice(0, chosen.length).map((name, i) => [name, chosen[i]!]));
  const entries: Entry[] = [...colours].map(([category, colour]) => ({ colour, range: null, category }));
  const places = new Map([...colours.keys()].map((name, i) => [name, i]));
  if (ordered.length > chosen.length) entries.push({ colour: OTHER, range: null, category: null });
  return {
    entries,
    unknown: values.filter((value) => value === null || value === undefined).length,
    colourOf: (value) => (value === null || value === undefined ? null : (colours.get(String(value)) ?? OTHER)),
    classOf: (value) => (value === null || value === undefined ? -1 : (places.get(String(value)) ?? places.size)),
    bounds: null,
  };
}

/** How many of these values each entry holds, and how many are unknown. */
export function countsIn(scale: Scale, values: ArrayLike<Value>): { readonly counts: readonly number[]; readonly unknown: number } {
  const counts = scale.entries.map(() => 0);
  let unknown = 0;
  for (let row = 0; row < values.length; row += 1) {
    const place = scale.classOf(values[row]);
    if (place < 0) unknown += 1;
    else counts[place]! += 1;
  }
  return { counts, unknown };
}

/** Words of an address that tell a colouring. */
export const COLOURING_WORDS = ["by", "breaks", "ramp", "flip", "middle"] as const;
export type ColouringWords = Readonly<Partial<Record<(typeof COLOURING_WORDS)[number], string | null>>>;

/** The colouring that an address tells; PLAIN itself where it tells nothing. */
export function colouringIn(words: ColouringWords): Colouring {
  const own = (words.breaks ?? "").split(",").filter((text) => text.trim() !== "").map(Number).filter(Number.isFinite).slice(0, 9);
  const midpoint = words.middle === null || words.middle === undefined || words.middle.trim() === "" ? NaN : Number(words.middle);
  const told: Colouring = {
    method: METHODS.find((one) => one === words.by) ?? "quantile",
    own,
    palette: words.ramp ?? null,
    reversed: words.flip === "1",
    midpoint: Number.isFinite(midpoint) ? midpoint : null,
  };
  const plain = told.method === "quantile" && told.palette === null && !told.reversed && told.midpoint === null;
  return plain ? PLAIN : told;
}

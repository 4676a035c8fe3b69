/** From the values of a layer to its colours and its legend: classes of numbers, or a few categories. */

import { RAMP_DARK, RAMP_LIGHT, classEdges, classOf, quantileClasses, rampColours } from "./classes";
import type { Rgb } from "./classes";

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

/** After Okabe and Ito, softened; without orange, which marks what an 안 changes. */
const CATEGORIES: readonly Rgb[] = [
  [90, 158, 202],
  [62, 148, 118],
  [196, 136, 172],
  [214, 202, 98],
  [44, 96, 148],
  [140, 118, 98],
];
const OTHER: Rgb = [150, 150, 146];

/** The scale of both sides' values together; null where nothing is known. */
export function scaleOf(values: readonly Value[], dark: boolean, classCount = 5): Scale | null {
  return values.some((value) => typeof value === "string") ? categories(values) : classes(values, dark, classCount);
}

function classes(values: readonly Value[], dark: boolean, wanted: number): Scale | null {
  const found = quantileClasses(
    values.map((value) => (typeof value === "number" ? value : null)),
    wanted,
  );
  if (!found) return null;
  const colours = rampColours(dark ? RAMP_DARK : RAMP_LIGHT, found.bounds.length);
  const place = (value: Value): number => (typeof value === "number" && Number.isFinite(value) ? classOf(value, found.bounds) : -1);
  return {
    entries: classEdges(found).map((range, i) => ({ colour: colours[i]!, range, category: null })),
    unknown: found.unknown,
    colourOf: (value) => colours[place(value)] ?? null,
    classOf: place,
    bounds: found.bounds,
  };
}

function categories(values: readonly Value[]): Scale {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== null && value !== undefined) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  const ordered = [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([name]) => name);
  const colours = new Map(ordered.slice(0, CATEGORIES.length).map((name, i) => [name, CATEGORIES[i]!]));
  const entries: Entry[] = [...colours].map(([category, colour]) => ({ colour, range: null, category }));
  const places = new Map([...colours.keys()].map((name, i) => [name, i]));
  if (ordered.length > CATEGORIES.length) entries.push({ colour: OTHER, range: null, category: null });
  return {
    entries,
    unknown: values.filter((value) => value === null || value === undefined).length,
    colourOf: (value) => (value === null || value === undefined ? null : (colours.get(String(value)) ?? OTHER)),
    classOf: (value) => (value === null || value === undefined ? -1 : (places.get(String(value)) ?? places.size)),
    bounds: null,
  };
}

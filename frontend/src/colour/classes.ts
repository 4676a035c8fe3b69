/**
 * Values into classes, and classes into colours that colour-blind readers can tell apart.
 *
 * Classes are quantiles: about as many features in each. Equal values never fall into different classes, so
 * there may be fewer classes than asked for. Unknown values have no class.
 */

export type Rgb = readonly [number, number, number];

export interface Classes {
  /** Upper bound of each class, ascending; a value belongs to the first class whose bound it does not exceed. */
  readonly bounds: readonly number[];
  readonly least: number;
  readonly counts: readonly number[];
  readonly unknown: number;
}

/** Quantile classes of the known values; null where nothing is known. */
export function quantileClasses(values: readonly (number | null | undefined)[], wanted = 5): Classes | null {
  const known = values.filter((v): v is number => typeof v === "number" && Number.isFinite(v)).sort((a, b) => a - b);
  if (known.length === 0) return null;
  const bounds: number[] = [];
  for (let i = 1; i <= wanted; i += 1) {
    const bound = known[Math.min(known.length - 1, Math.ceil((known.length * i) / wanted) - 1)]!;
    if (bounds.length === 0 || bound > bounds[bounds.length - 1]!) bounds.push(bound);
  }
  const counts = bounds.map(() => 0);
  for (const value of known) counts[classOf(value, bounds)]! += 1;
  return { bounds, least: known[0]!, counts, unknown: values.length - known.length };
}

/** The class of a value: the first whose upper bound it does not exceed. */
export function classOf(value: number, bounds: readonly number[]): number {
  let low = 0;
  let high = bounds.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= bounds[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Lower and upper edge of each class, for a legend. */
export function classEdges(classes: Classes): readonly (readonly [number, number])[] {
  return classes.bounds.map((bound, i) => [i === 0 ? classes.least : classes.bounds[i - 1]!, bound] as const);
}

/** One hue family, lightness falling (light theme) or rising (dark theme) with the value. */
export const RAMP_LIGHT: readonly Rgb[] = [
  [226, 236, 226],
  [178, 212, 196],
  [112, 174, 168],
  [52, 124, 138],
  [22, 72, 100],
];
export const RAMP_DARK: readonly Rgb[] = [
  [38, 62, 74],
  [42, 94, 106],
  [62, 134, 134],
  [122, 182, 158],
  [212, 232, 190],
];

/** Colours for `n` classes, spread over the whole ramp. */
export function rampColours(ramp: readonly Rgb[], n: number): readonly Rgb[] {
  if (n <= 1) return [ramp[Math.floor(ramp.length / 2)]!];
  return Array.from({ length: n }, (_, i) => {
    const at = (i * (ramp.length - 1)) / (n - 1);
    const low = Math.floor(at);
    const high = Math.min(ramp.length - 1, low + 1);
    const part = at - low;
    return [0, 1, 2].map((k) => Math.round(ramp[low]![k]! * (1 - part) + ramp[high]![k]! * part)) as unknown as Rgb;
  });
}

/** CSS text of a colour. */
export function css(colour: Rgb): string {
  return `rgb(${colour[0]} ${colour[1]} ${colour[2]})`;
}

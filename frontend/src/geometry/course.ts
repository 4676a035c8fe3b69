/** Values of a layer over time: which moments, in which order they are fetched, and the middle value of each. Pure. */

import type { Value } from "../colour/scale";

const MOST_STEPS = 120;
const USUAL_STEPS = 25;
/** So many values are asked for at once. */
const AT_ONCE = 150_000;

/** Evenly spread moments, both ends among them: one an interval where that is usual, else as many as a slider can show. */
export function timesOf(from: string, to: string, intervalS: number | null): readonly number[] {
  const [first, last] = [Date.parse(from), Date.parse(to)];
  if (!(last > first)) return [last];
  const whole = intervalS && intervalS > 0 ? Math.round((last - first) / (intervalS * 1000)) + 1 : USUAL_STEPS;
  const steps = Math.max(2, Math.min(MOST_STEPS, whole));
  return Array.from({ length: steps }, (_, n) => (n === steps - 1 ? last : first + (n * (last - first)) / (steps - 1)));
}

/** The frames as spans that are asked for together. */
export function chunksOf(steps: number, features: number): readonly (readonly [number, number])[] {
  const size = Math.max(2, Math.min(steps, Math.floor(AT_ONCE / Math.max(1, features))));
  return Array.from({ length: Math.ceil(steps / size) }, (_, n) => [n * size, Math.min(steps, (n + 1) * size)] as const);
}

/** The span to ask for next: that of the frame that is looked at, then those ahead of it, then those behind; null when all is there. */
export function nextChunk(chunks: readonly (readonly [number, number])[], here: number, done: ReadonlySet<number>): number | null {
  const at = Math.max(0, chunks.findIndex(([from, to]) => here >= from && here < to));
  for (let n = 0; n < chunks.length; n += 1) {
    const wanted = (at + n) % chunks.length;
    if (!done.has(wanted)) return wanted;
  }
  return null;
}

/** The index of the moment nearest to one. */
export function nearestTime(times: readonly number[], moment: number): number {
  let best = 0;
  times.forEach((time, i) => {
    if (Math.abs(time - moment) < Math.abs(times[best]! - moment)) best = i;
  });
  return best;
}

/** The column of a layer: numbers where all are, NaN for unknown; words as they are. */
export function columnOf(values: readonly Value[], rows: Int32Array, length: number): Float64Array | (string | null)[] {
  if (values.some((value) => typeof value === "string")) {
    const column = new Array<string | null>(length).fill(null);
    values.forEach((value, i) => rows[i]! >= 0 && (column[rows[i]!] = value === null || value === undefined ? null : String(value)));
    return column;
  }
  const column = new Float64Array(length).fill(NaN);
  values.forEach((value, i) => rows[i]! >= 0 && typeof value === "number" && (column[rows[i]!] = value));
  return column;
}

/** The middle value of the known numbers, and how many are known. */
export function medianOf(values: ArrayLike<Value>): { readonly median: number | null; readonly known: number } {
  if (values instanceof Float64Array) {
    const found = values.filter((value) => !Number.isNaN(value)).sort();
    return { median: found.length > 0 ? middle(found) : null, known: found.length };
  }
  let known = 0;
  for (let i = 0; i < values.length; i += 1) if (values[i] !== null && values[i] !== undefined) known += 1;
  return { median: null, known };
}

function middle(sorted: Float64Array): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** A line through known points as an SVG path; it breaks where nothing is known. */
export function pathOf(values: readonly (number | null)[], width: number, height: number): string {
  const known = values.filter((value): value is number => value !== null);
  if (known.length === 0) return "";
  const [low, high] = [Math.min(...known), Math.max(...known)];
  let broken = true;
  return values
    .map((value, i) => {
      if (value === null) {
        broken = true;
        return "";
      }
      const x = values.length > 1 ? (i / (values.length - 1)) * width : width / 2;
      const y = high > low ? height - ((value - low) / (high - low)) * height : height / 2;
      const text = `${broken ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
      broken = false;
      return text;
    })
    .join("");
}

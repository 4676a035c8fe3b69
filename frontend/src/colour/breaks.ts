/**
 * Where one class ends and the next begins: equal numbers, equal widths, natural breaks, breaks of one's own, and any
 * of these on both sides of a midpoint. Pure. A break is the upper bound of its class, and equal values are never parted.
 */

import { quantileClasses } from "./classes";

export type Method = "quantile" | "equal" | "natural" | "own";
export const METHODS: readonly Method[] = ["quantile", "equal", "natural", "own"];

/** Upper bounds, ascending, over known values in ascending order; the last one holds the greatest value. */
export function boundsBy(method: Method, sorted: Float64Array, wanted: number, own: readonly number[] = []): number[] {
  if (sorted.length === 0) return [];
  if (method === "equal") return equalBounds(sorted, wanted);
  if (method === "natural") return naturalBounds(sorted, wanted);
  if (method === "own" && own.length > 0) return ownBounds(sorted, own);
  return [...(quantileClasses(Array.from(sorted), wanted)?.bounds ?? [])];
}

/** Classes of the same width from the least to the greatest value; some may be empty. */
export function equalBounds(sorted: Float64Array, wanted: number): number[] {
  const [least, most] = [sorted[0]!, sorted[sorted.length - 1]!];
  if (least === most) return [most];
  return Array.from({ length: wanted }, (_, i) => (i === wanted - 1 ? most : least + ((most - least) * (i + 1)) / wanted));
}

/** Somebody's own breaks, in order and each once; what is above them all is a class of its own. */
export function ownBounds(sorted: Float64Array, own: readonly number[]): number[] {
  const bounds = [...new Set(own.filter(Number.isFinite))].sort((a, b) => a - b);
  const most = sorted[sorted.length - 1]!;
  if (bounds.length === 0 || most > bounds[bounds.length - 1]!) bounds.push(most);
  return bounds;
}

/**
 * Natural breaks: the classes whose values differ least from their means (Fisher 1958, Jenks 1977), found exactly.
 *
 * The best last break never moves back as values are added, so each row of the table is filled by halving: n log n
 * steps a class and not n squared. A hundred thousand different values take a fraction of a second.
 */
export function naturalBounds(sorted: Float64Array, wanted: number): number[] {
  const { values, cost } = tallied(sorted);
  const n = values.length;
  if (n <= wanted) return [...values];
  let before = Float64Array.from({ length: n }, (_, j) => cost(0, j));
  const starts: Int32Array[] = [];
  for (let row = 1; row < wanted; row += 1) {
    const least = new Float64Array(n).fill(Infinity);
    const start = new Int32Array(n);
    fill(row, n - 1, row, n - 1, (j, i) => before[i - 1]! + cost(i, j), least, start);
    starts.push(start);
    before = least;
  }
  const bounds: number[] = [];
  let end = n - 1;
  for (let row = wanted - 1; row >= 1; row -= 1) {
    bounds.push(values[end]!);
    end = starts[row - 1]![end]! - 1;
  }
  bounds.push(values[end]!);
  return bounds.reverse();
}

/** The spread within classes, which natural breaks make least: the sum of squared distances from each class's mean. */
export function spreadWithin(sorted: ArrayLike<number>, bounds: readonly number[]): number {
  let sum = 0;
  let from = 0;
  for (const bound of bounds) {
    let to = from;
    let total = 0;
    while (to < sorted.length && sorted[to]! <= bound) total += sorted[to++]!;
    const mean = total / (to - from);
    for (; from < to; from += 1) sum += (sorted[from]! - mean) ** 2;
  }
  return sum;
}

export interface Sided {
  readonly bounds: readonly number[];
  /** How many of the classes lie at or below the midpoint. */
  readonly below: number;
}

/** Classes on both sides of a midpoint, shared out by how many values each side has; the midpoint parts two of them. */
export function boundsAround(midpoint: number, method: Method, sorted: Float64Array, wanted: number, own: readonly number[] = []): Sided {
  const cut = sorted.findIndex((value) => value > midpoint);
  const low = cut < 0 ? sorted : sorted.subarray(0, cut);
  const high = cut < 0 ? sorted.subarray(0, 0) : sorted.subarray(cut);
  if (method === "own" && own.length > 0) {
    const bounds = ownBounds(sorted, low.length > 0 ? [...own, midpoint] : own);
    return { bounds, below: bounds.filter((bound) => bound <= midpoint).length };
  }
  if (low.length === 0 || high.length === 0) {
    const bounds = boundsBy(method, sorted, wanted);
    return { bounds, below: high.length === 0 ? bounds.length : 0 };
  }
  const share = Math.round((wanted * low.length) / sorted.length);
  const lower = Math.min(wanted - 1, Math.max(1, share));
  const under = boundsBy(method, low, lower);
  under[under.length - 1] = midpoint;
  return { bounds: [...under, ...boundsBy(method, high, wanted - lower)], below: under.length };
}

/** Different values with how often each stands there, and what a class of some neighbours costs. */
function tallied(sorted: Float64Array): { values: Float64Array; cost: (from: number, to: number) => number } {
  const values = new Float64Array(sorted.length);
  const counts = new Float64Array(sorted.length + 1);
  const sums = new Float64Array(sorted.length + 1);
  const squares = new Float64Array(sorted.length + 1);
  // Around the middle value, so that large figures lose no digits when they are squared.
  const middle = sorted[sorted.length >> 1] ?? 0;
  let n = 0;
  for (let at = 0; at < sorted.length; n += 1) {
    const value = sorted[at]!;
    let next = at;
    while (next < sorted.length && sorted[next] === value) next += 1;
    const [times, off] = [next - at, value - middle];
    values[n] = value;
    counts[n + 1] = counts[n]! + times;
    sums[n + 1] = sums[n]! + times * off;
    squares[n + 1] = squares[n]! + times * off * off;
    at = next;
  }
  const cost = (from: number, to: number): number => {
    const sum = sums[to + 1]! - sums[from]!;
    return Math.max(0, squares[to + 1]! - squares[from]! - (sum * sum) / (counts[to + 1]! - counts[from]!));
  };
  return { values: values.subarray(0, n), cost };
}

/** The least of `price(j, i)` for every j from..to, where the best i never falls as j rises. */
function fill(from: number, to: number, lowest: number, highest: number, price: (j: number, i: number) => number, least: Float64Array, start: Int32Array): void {
  if (from > to) return;
  const middle = (from + to) >> 1;
  let best = lowest;
  for (let i = lowest; i <= Math.min(middle, highest); i += 1) {
    const found = price(middle, i);
    if (found >= least[middle]!) continue;
    least[middle] = found;
    best = i;
  }
  start[middle] = best;
  fill(from, middle - 1, lowest, best, price, least, start);
  fill(middle + 1, to, best, highest, price, least, start);
}

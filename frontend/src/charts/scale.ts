/** Numbers to places on a drawing: round ticks, a straight scale, lines with holes where nothing is known. Pure. */

export interface Scale {
  readonly from: number;
  readonly to: number;
  /** Values worth a line or a word, round ones, within the ends. */
  readonly ticks: readonly number[];
  readonly at: (value: number) => number;
}

/** A scale whose ends are round and hold all of the values; `zero` makes 0 one of them. Unknown values are left out. */
export function scaleOver(values: readonly (number | null | undefined)[], start: number, end: number, { zero = false, about = 5 } = {}): Scale {
  const known = values.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  let low = Math.min(...known, ...(zero || known.length === 0 ? [0] : []));
  let high = Math.max(...known, ...(zero || known.length === 0 ? [0] : []));
  if (low === high) [low, high] = low === 0 ? [0, 1] : [Math.min(low, 0), Math.max(high, 0)];
  const step = roundStep((high - low) / about);
  const from = Math.floor(low / step + 1e-9) * step + 0;
  const to = Math.ceil(high / step - 1e-9) * step + 0; // never -0
  const count = Math.round((to - from) / step);
  const ticks = Array.from({ length: count + 1 }, (_, n) => tidy(from + n * step, step));
  return { from, to, ticks, at: (value) => start + ((value - from) / (to - from)) * (end - start) };
}

/** The next of 1, 2, 2.5, 5 or 10 times a power of ten. */
export function roundStep(step: number): number {
  if (!(step > 0) || !Number.isFinite(step)) return 1;
  const size = 10 ** Math.floor(Math.log10(step));
  return [1, 2, 2.5, 5, 10].map((n) => n * size).find((n) => n >= step * (1 - 1e-9)) ?? 10 * size;
}

/** A path through points; an unknown one leaves a hole, it is not drawn over. */
export function pathThrough(points: readonly { readonly x: number; readonly y: number | null }[]): string {
  let path = "";
  let broken = true;
  for (const { x, y } of points) {
    if (y !== null) path += `${broken ? "M" : "L"}${short(x)},${short(y)}`;
    broken = y === null;
  }
  return path;
}

/** The outline of a band between low and high, in pieces where it is known. */
export function bandBetween(points: readonly { readonly x: number; readonly low: number | null; readonly high: number | null }[]): string {
  const pieces: { x: number; low: number; high: number }[][] = [[]];
  for (const { x, low, high } of points) {
    if (low === null || high === null) pieces.push([]);
    else pieces.at(-1)!.push({ x, low, high });
  }
  return pieces
    .filter((piece) => piece.length > 1)
    .map((piece) => {
      const over = piece.map((one) => `${short(one.x)},${short(one.high)}`);
      const under = [...piece].reverse().map((one) => `${short(one.x)},${short(one.low)}`);
      return `M${[...over, ...under].join("L")}Z`;
    })
    .join("");
}

function tidy(value: number, step: number): number {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(step)));
  return digits > 15 ? value : Number(value.toFixed(Math.min(digits, 15)));
}

function short(value: number): number {
  return Math.round(value * 10) / 10;
}

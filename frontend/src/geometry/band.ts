/** Where a difference and its band stand on a small drawn scale that always contains zero. */

export interface BandMarks {
  readonly zero: number;
  readonly from: number;
  readonly to: number;
  readonly middle: number;
}

/** Positions between 0 and 1; null without a band. A share of the scale stays free at both ends. */
export function bandMarks(p05: number | null | undefined, p50: number | null | undefined, p95: number | null | undefined, margin = 0.06): BandMarks | null {
  if (typeof p05 !== "number" || typeof p95 !== "number") return null;
  const middle = typeof p50 === "number" ? p50 : (p05 + p95) / 2;
  const least = Math.min(0, p05);
  const most = Math.max(0, p95);
  const span = most - least;
  if (span === 0) return { zero: 0.5, from: 0.5, to: 0.5, middle: 0.5 };
  const at = (value: number): number => margin + ((value - least) / span) * (1 - 2 * margin);
  return { zero: at(0), from: at(p05), to: at(p95), middle: at(middle) };
}

/** Where on a range one alternative is the better one: the stretches to mark. Pure. */

export interface Turned {
  readonly low: number;
  readonly high: number;
  readonly at: number | null;
  readonly others: readonly number[];
  readonly holds: "above" | "below" | "between" | "outside" | "several" | "always" | "never";
}

/** The stretches of the range, 0 to 1, on which it holds; null where that can't be told from the points alone. */
export function stretches(one: Turned): readonly (readonly [number, number])[] | null {
  const points = [...(one.at === null ? [] : [one.at]), ...one.others].map((value) => shareIn(one, value)).sort((a, b) => a - b);
  switch (one.holds) {
    case "always":
      return [[0, 1]];
    case "never":
      return [];
    case "above":
      return points.length > 0 ? [[points[0]!, 1]] : null;
    case "below":
      return points.length > 0 ? [[0, points[0]!]] : null;
    case "between":
      return points.length > 1 ? [[points[0]!, points[1]!]] : null;
    case "outside":
      return points.length > 1 ? [[0, points[0]!], [points[1]!, 1]] : null;
    case "several":
      return null;
  }
}

/** Where a value lies in the range, 0 to 1. */
export function shareIn({ low, high }: { readonly low: number; readonly high: number }, value: number): number {
  return high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0.5;
}

/**
 * How fine the picture may be: the screen-space error (in pixels) that tiles are chosen by, steered by the time frames
 * take and by the triangles they hold. Coarser at once when it is too much, finer slowly when there is room.
 */

export interface Pace {
  readonly errorTarget: number;
  /** Milliseconds of the last frames, newest last. */
  readonly frames: readonly number[];
}

export interface Limits {
  readonly finest: number;
  readonly coarsest: number;
  /** A frame that takes longer is too slow. */
  readonly slowMs: number;
  readonly quickMs: number;
  readonly triangles: number;
}

export const DESK: Limits = { finest: 14, coarsest: 80, slowMs: 45, quickMs: 22, triangles: 350_000 };
/** A phone, or a machine on its battery. */
export const LIGHT: Limits = { finest: 28, coarsest: 110, slowMs: 50, quickMs: 24, triangles: 180_000 };

const KEPT = 40;
const JUDGED = 8;

export function startingPace(limits: Limits): Pace {
  return { errorTarget: Math.max(24, limits.finest), frames: [] };
}

/** The pace after a frame of so many milliseconds and triangles; null milliseconds for a frame after a rest, which tells no speed. */
export function paced(pace: Pace, limits: Limits, ms: number | null, triangles: number): Pace {
  const frames = ms === null ? pace.frames : [...pace.frames.slice(-(KEPT - 1)), ms];
  const to = (errorTarget: number, told: readonly number[]): Pace => ({
    errorTarget: Math.min(limits.coarsest, Math.max(limits.finest, errorTarget)),
    frames: told,
  });
  if (triangles > limits.triangles) return to(pace.errorTarget * Math.min(1.5, Math.max(1.1, triangles / limits.triangles)), frames);
  if (ms === null || frames.length < JUDGED) return { ...pace, frames };
  const usual = medianOf(frames.slice(-JUDGED));
  // What was judged is forgotten, so that the next judgement sees the new pace alone.
  if (usual > limits.slowMs && pace.errorTarget < limits.coarsest) return to(pace.errorTarget * 1.25, []);
  if (usual < limits.quickMs && triangles < limits.triangles * 0.6 && pace.errorTarget > limits.finest) return to(pace.errorTarget * 0.9, []);
  return { ...pace, frames };
}

export function medianOf(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

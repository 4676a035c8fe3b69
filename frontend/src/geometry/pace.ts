/**
 * How fine the picture may be: the screen-space error (in pixels) that tiles are chosen by, steered by the time frames
 * take and by the triangles they hold. Coarser at once when it is too much, finer when there is room. What is refined is
 * added: a coarse picture lacks houses. So it is coarse only while the camera moves and frames are slow; at rest it is as
 * fine as the triangles allow.
 */

export interface Pace {
  readonly errorTarget: number;
  /** Milliseconds of the last frames, newest last. */
  readonly frames: readonly number[];
}

export interface Limits {
  readonly finest: number;
  readonly coarsest: number;
  /** Slow frames make it no coarser than this; too many triangles do. */
  readonly sparsest: number;
  /** A frame that takes longer is too slow. */
  readonly slowMs: number;
  readonly quickMs: number;
  readonly triangles: number;
}

export const DESK: Limits = { finest: 5, coarsest: 80, sparsest: 40, slowMs: 45, quickMs: 22, triangles: 350_000 };
/** A phone, or a machine on its battery. */
export const LIGHT: Limits = { finest: 14, coarsest: 110, sparsest: 60, slowMs: 50, quickMs: 24, triangles: 180_000 };

const KEPT = 40;
const JUDGED = 6;
/** Of the triangles that may be drawn, so many are meant to be. */
const ROOM = 0.6;
/** What the first picture is chosen by, which is to be there soon. */
export const START_PX = 24;
/** A camera that begins to move is thought to do so on a fair machine. */
const MOVING_PX = 12;

export function startingPace(limits: Limits): Pace {
  return { errorTarget: Math.max(MOVING_PX, limits.finest), frames: [] };
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
  if (usual > limits.slowMs && pace.errorTarget < limits.sparsest) return to(Math.min(limits.sparsest, pace.errorTarget * Math.min(1.8, Math.sqrt(usual / limits.slowMs) * 1.1)), []);
  if (usual < limits.quickMs && triangles < limits.triangles * ROOM && pace.errorTarget > limits.finest) return to(pace.errorTarget * 0.85, []);
  return { ...pace, frames };
}

/** The error of a picture at rest, all of which has come in: towards the triangles there is room for, by half at most. */
export function restingError(errorTarget: number, limits: Limits, triangles: number): number {
  // Twice as fine is four times as many, at most.
  const share = Math.sqrt(triangles / (limits.triangles * ROOM));
  if (triangles > limits.triangles) return Math.min(limits.coarsest, errorTarget * share);
  if (share > 0.95) return errorTarget;
  return Math.min(errorTarget, Math.max(limits.finest, errorTarget * Math.max(0.5, share)));
}

export function medianOf(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

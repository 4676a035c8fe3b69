/**
 * A miss and its parts, laid out: what pulled the outcome below the promise stands left of zero, what pushed it above
 * stands right, and the mark between them is the miss itself. Pure: it is drawn by SplitBar and Waterfall.
 */

export interface Part {
  readonly group: string;
  readonly value: number;
}

/** A stretch of a drawn scale, both ends between 0 and 1. */
export interface Stretch {
  readonly group: string;
  readonly value: number;
  readonly from: number;
  readonly to: number;
}

export interface Split {
  readonly stretches: readonly Stretch[];
  readonly zero: number;
  readonly miss: number;
}

/** The parts side by side on a scale that holds all of them and zero; null where nothing was missed. */
export function sideBySide(parts: readonly Part[], miss: number): Split | null {
  const told = parts.filter((one) => one.value !== 0);
  const least = -sum(told.filter((one) => one.value < 0));
  const most = sum(told.filter((one) => one.value > 0));
  const span = least + most;
  if (span === 0) return null;
  let left = least;
  let right = least;
  const stretches = told.map((one) => {
    if (one.value > 0) {
      right += one.value;
      return { ...one, from: (right - one.value) / span, to: right / span };
    }
    left += one.value;
    return { ...one, from: left / span, to: (left - one.value) / span };
  });
  return { stretches, zero: least / span, miss: (least + miss) / span };
}

export interface Step extends Stretch {
  /** The number reached after this step. */
  readonly reached: number;
}

export interface Course {
  readonly steps: readonly Step[];
  readonly promised: number;
  readonly actual: number;
}

/** From the promise to what came, one part after the other; the last step ends at the outcome when the parts add up. */
export function course(parts: readonly Part[], promised: number, actual: number): Course {
  const reached = [promised];
  for (const one of parts) reached.push(reached.at(-1)! + one.value);
  const least = Math.min(0, actual, ...reached);
  const most = Math.max(0, actual, ...reached);
  const at = (value: number): number => (most === least ? 0 : (value - least) / (most - least));
  const steps = parts.map((one, i) => {
    const [before, after] = [reached[i]!, reached[i + 1]!];
    return { ...one, reached: after, from: at(Math.min(before, after)), to: at(Math.max(before, after)) };
  });
  return { steps, promised: at(promised), actual: at(actual) };
}

/** Whether the parts give the miss: whole units to the unit, decimals to the last place that is kept. */
export function addsUp(parts: readonly Part[], miss: number): boolean {
  return Math.abs(sum(parts) - miss) <= 1e-9 * Math.max(1, Math.abs(miss));
}

function sum(parts: readonly Part[]): number {
  return parts.reduce((total, one) => total + one.value, 0);
}

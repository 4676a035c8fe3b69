/** Which sliders are shown, how far they go, and what a value on them is. Pure. */

import type { Lever } from "../../api/rooms/lab";

export interface Range {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

const STEPS = 200;
const REACH = 0.5; // of the stated range, beyond its ends
const WIDE = 12; // times the stated range: a limit that far off is no scale to slide on

/** How far a slider goes: to the limits, or a little beyond low and high where the limits are far off. */
export function rangeOf(lever: Lever): Range {
  const span = lever.high - lever.low;
  let [min, max] = [lever.min, lever.max];
  if (span > 0 && max - min > WIDE * span) {
    min = Math.max(min, lever.low - REACH * span);
    max = Math.min(max, lever.high + REACH * span);
  }
  min = Math.min(min, lever.value);
  max = Math.max(max, lever.value);
  const step = fine((max - min) / STEPS);
  return { min: tidy(Math.floor(min / step + 1e-9) * step), max: tidy(Math.ceil(max / step - 1e-9) * step), step };
}

/** The nearest of 1, 2 and 5 times a power of ten below a step, so that values on the slider are round. */
function fine(step: number): number {
  if (!(step > 0) || !Number.isFinite(step)) return 1;
  const size = 10 ** Math.floor(Math.log10(step) + 1e-9);
  const found = [5, 2, 1].map((n) => n * size).find((n) => n <= step * (1 + 1e-9));
  return tidy(found ?? size);
}

function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

/** Where a value lies on a slider, 0 to 1. */
export function shareOf(value: number, { min, max }: Range): number {
  return max > min ? Math.min(1, Math.max(0, (value - min) / (max - min))) : 0;
}

export interface Sets {
  /** What the city decides. */
  readonly levers: readonly Lever[];
  /** What nobody decides. */
  readonly uncertainties: readonly Lever[];
  readonly constants: readonly Lever[];
}

/** The sliders of the models that are on the board, by who turns them. A range of nothing is no slider unless limits allow one. */
export function setsOf(levers: readonly Lever[], models: ReadonlySet<string>): Sets {
  const mine = levers.filter((one) => models.has(one.model) && one.max > one.min);
  return {
    levers: mine.filter((one) => one.role === "lever"),
    uncertainties: mine.filter((one) => one.role === "uncertainty"),
    constants: mine.filter((one) => one.role === "constant"),
  };
}

/** Levers with one turned; at its own value it is turned no longer. */
export function withTurned(levers: Readonly<Record<string, number>>, lever: Lever, value: number): Record<string, number> {
  const { [lever.id]: _, ...others } = levers;
  return Math.abs(value - lever.value) <= 1e-12 * Math.max(1, Math.abs(lever.value)) ? others : { ...others, [lever.id]: tidy(value) };
}

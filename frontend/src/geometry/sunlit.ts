/** Hours of sun of sample points: the classes of a legend, the sides of a building, and the difference of two runs. Pure. */

import type { SunSample } from "../api/rooms/twin-time";

/** Upper bounds of the classes, in minutes; the last class has none. */
export const HOURS_BOUNDS: readonly number[] = [60, 120, 240, 360, 480];

export function classOfMinutes(minutes: number): number {
  const found = HOURS_BOUNDS.findIndex((bound) => minutes < bound);
  return found < 0 ? HOURS_BOUNDS.length : found;
}

export const EIGHT = ["n", "ne", "e", "se", "s", "sw", "w", "nw"] as const;
export type Facing = (typeof EIGHT)[number] | "up";

/** Whither a sample looks: one of eight winds, or upwards from a roof or a plot. */
export function facingOf(azimuth: number | null): Facing {
  return azimuth === null ? "up" : EIGHT[Math.round((((azimuth % 360) + 360) % 360) / 45) % 8]!;
}

export interface SunlitSide {
  readonly facing: Facing;
  readonly samples: number;
  readonly least: number;
  readonly mean: number;
  readonly most: number;
}

/** Samples by whither they look, from the north round by the east, what looks up last. */
export function sidesOf(samples: readonly SunSample[]): readonly SunlitSide[] {
  return [...EIGHT, "up" as const].flatMap((facing) => {
    const found = samples.filter((one) => facingOf(one.azimuth) === facing).map((one) => one.minutes);
    if (found.length === 0) return [];
    return [{ facing, samples: found.length, least: Math.min(...found), mean: found.reduce((sum, one) => sum + one, 0) / found.length, most: Math.max(...found) }];
  });
}

/** Minutes that the 안 has more (or fewer) than 현행, sample by sample; null where only one of them has it. */
export function differencesOf(main: readonly SunSample[], branch: readonly SunSample[]): readonly { readonly sample: SunSample; readonly minutes: number | null }[] {
  const before = new Map(main.map((one) => [keyOf(one), one.minutes]));
  return branch.map((sample) => {
    const known = before.get(keyOf(sample));
    return { sample, minutes: known === undefined ? null : sample.minutes - known };
  });
}

/** A sample by its place to the decimetre and whither it looks. */
function keyOf({ lon, lat, height, azimuth }: SunSample): string {
  return `${lon.toFixed(6)} ${lat.toFixed(6)} ${height.toFixed(1)} ${azimuth === null ? "up" : Math.round(azimuth)}`;
}

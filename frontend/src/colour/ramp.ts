/** Colours of a surface without classes: every value its own place between the stops of a palette. Pure. */

import type { Rgb } from "./classes";
import { paletteFor, stopsOf } from "./palettes";

/** The colour at a share from 0 to 1 of the way along the stops. */
export function alongRamp(stops: readonly Rgb[], share: number): Rgb {
  const at = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  const part = at - low;
  return [0, 1, 2].map((axis) => Math.round(stops[low]![axis]! * (1 - part) + stops[low + 1]![axis]! * part)) as unknown as Rgb;
}

/** A ramp as a background of a page's element. */
export function gradientOf(stops: readonly Rgb[]): string {
  return `linear-gradient(to right, ${stops.map(([red, green, blue]) => `rgb(${red} ${green} ${blue})`).join(", ")})`;
}

/** Where a value lies between the least and the most. */
export function shareOf(value: number, low: number, high: number): number {
  return high > low ? (value - low) / (high - low) : 0.5;
}

/** Results of models: the more, the darker on a light page. No end of it is the colour of paper. */
export const heatStops = (dark: boolean): readonly Rgb[] => stopsOf(paletteFor("viridis", false), dark);

/** Hours of sun: from shade to light, whatever the page. */
export const SUN_STOPS: readonly Rgb[] = stopsOf(paletteFor("cividis", false), false, true);

/** Less and more sun than before. */
export const SUN_DIFFERENCE: readonly Rgb[] = stopsOf(paletteFor("rdbu", false), false);

/** Colours of the picture that no figure decides: plain things by layer, what changes, what is picked, what is unknown. */

import type { Rgb } from "./classes";

export type Shade = "light" | "dark";

const NEUTRAL: Readonly<Record<Shade, Readonly<Record<string, Rgb>>>> = {
  light: { dong: [226, 223, 213], building: [203, 198, 186], road: [168, 164, 155], facility: [150, 160, 170], other: [200, 196, 186] },
  dark: { dong: [52, 60, 67], building: [98, 106, 112], road: [82, 88, 94], facility: [120, 132, 142], other: [92, 99, 105] },
};

export const CHANGED: Rgb = [221, 106, 45];
export const SELECTED: Rgb = [240, 190, 60];
export const UNKNOWN: Readonly<Record<Shade, Rgb>> = { light: [206, 203, 197], dark: [60, 64, 68] };

/** The colour of a layer that shows no figure. */
export function neutralOf(layer: string, shade: Shade): Rgb {
  return NEUTRAL[shade][layer] ?? NEUTRAL[shade]["other"]!;
}

/** The lines around a layer's features. */
export function edgesOf(layer: string, shade: Shade): { readonly colour: Rgb; readonly opacity: number } {
  return { colour: shade === "dark" ? [10, 13, 16] : [40, 46, 50], opacity: layer === "dong" ? 0.38 : 0.22 };
}

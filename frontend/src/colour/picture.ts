/** Colours of the picture that no figure decides: plain things by layer, what changes, what is picked, what is unknown. */

import type { Rgb } from "./classes";

export type Shade = "light" | "dark";

/** Quiet tones, by the beginning of a layer's name: paper and stone for what is built, and a hint of colour for what grows and flows. */
const NEUTRAL: Readonly<Record<Shade, readonly (readonly [string, Rgb])[]>> = {
  light: [
    ["dong", [226, 223, 213]],
    ["building", [214, 209, 198]],
    ["road", [178, 174, 166]],
    ["rail", [128, 124, 126]],
    ["water", [156, 190, 206]],
    ["green", [186, 205, 164]],
    ["park", [182, 204, 160]],
    ["tree", [132, 164, 116]],
    ["vegetation", [150, 178, 130]],
    ["landuse", [232, 226, 208]],
    ["zon", [228, 220, 206]],
    ["parcel", [236, 231, 220]],
    ["plot", [236, 231, 220]],
    ["terrain", [228, 224, 210]],
    ["bridge", [190, 186, 178]],
    ["facility", [150, 160, 170]],
  ],
  dark: [
    ["dong", [52, 60, 67]],
    ["building", [96, 104, 111]],
    ["road", [70, 76, 82]],
    ["rail", [104, 102, 108]],
    ["water", [34, 58, 76]],
    ["green", [44, 64, 52]],
    ["park", [44, 66, 52]],
    ["tree", [62, 92, 68]],
    ["vegetation", [52, 78, 60]],
    ["landuse", [38, 42, 44]],
    ["zon", [42, 44, 46]],
    ["parcel", [36, 40, 43]],
    ["plot", [36, 40, 43]],
    ["terrain", [40, 46, 48]],
    ["bridge", [88, 94, 100]],
    ["facility", [120, 132, 142]],
  ],
};
const OTHER: Readonly<Record<Shade, Rgb>> = { light: [200, 196, 186], dark: [92, 99, 105] };

export const CHANGED: Rgb = [221, 106, 45];
export const SELECTED: Rgb = [240, 190, 60];
export const UNKNOWN: Readonly<Record<Shade, Rgb>> = { light: [206, 203, 197], dark: [60, 64, 68] };

/** The colour of a layer that shows no figure. */
export function neutralOf(layer: string, shade: Shade): Rgb {
  const name = layer.toLowerCase();
  return NEUTRAL[shade].find(([start]) => name.startsWith(start))?.[1] ?? OTHER[shade];
}

/** The lines around a layer's features. */
export function outlineColour(layer: string, shade: Shade): { readonly colour: Rgb; readonly opacity: number } {
  return { colour: shade === "dark" ? [10, 13, 16] : [58, 56, 50], opacity: layer === "dong" ? 0.38 : shade === "dark" ? 0.5 : 0.26 };
}

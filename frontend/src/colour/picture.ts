/** Colours of the picture that no figure decides: plain things by layer, what changes, what is picked, what is unknown. */

import type { Rgb } from "./classes";

export type Shade = "light" | "dark";

/** Quiet tones of what a layer stands for: paper and stone for what is built, a hint of colour for what grows and flows. */
const NEUTRAL: Readonly<Record<Shade, Readonly<Record<string, Rgb>>>> = {
  light: {
    ground: [228, 225, 211],
    figure: [226, 223, 213],
    building: [230, 226, 218],
    plan: [214, 178, 148],
    zone: [232, 214, 190],
    plain: [198, 194, 186],
    road: [192, 188, 180],
    rail: [138, 132, 134],
    transit: [150, 160, 186],
    stop: [86, 116, 138],
    water: [158, 194, 212],
    green: [192, 210, 170],
    tree: [128, 162, 112],
    land: [233, 226, 208],
    parcel: [240, 234, 222],
    sensor: [120, 108, 150],
  },
  dark: {
    ground: [56, 62, 63],
    figure: [52, 60, 67],
    building: [116, 124, 131],
    plan: [132, 96, 70],
    zone: [74, 62, 50],
    plain: [84, 91, 97],
    road: [84, 91, 96],
    rail: [108, 104, 110],
    transit: [88, 98, 128],
    stop: [118, 152, 176],
    water: [32, 60, 82],
    green: [44, 66, 50],
    tree: [66, 98, 70],
    land: [46, 48, 46],
    parcel: [54, 57, 58],
    sensor: [150, 138, 184],
  },
};
/** The tone of a layer whose server says none, by the beginning of its name. */
const TONES: readonly (readonly [string, string])[] = [
  ["dong", "figure"],
  ["building", "building"],
  ["facility", "plan"],
  ["terrain", "ground"],
  ["landuse", "land"],
  ["zon", "zone"],
  ["vegetation", "tree"],
  ["park", "green"],
  ["plot", "parcel"],
  ["busstop", "stop"],
  ["station", "stop"],
  ["rail", "rail"],
];
const OTHER: Readonly<Record<Shade, Rgb>> = { light: [200, 196, 186], dark: [92, 99, 105] };

export const CHANGED: Rgb = [221, 106, 45];
/** The same on a whole area, which would bury what stands on it in the full colour. */
export const CHANGED_AREA: Readonly<Record<Shade, Rgb>> = { light: [232, 176, 138], dark: [128, 78, 48] };
export const SELECTED: Rgb = [240, 190, 60];
export const UNKNOWN: Readonly<Record<Shade, Rgb>> = { light: [206, 203, 197], dark: [60, 64, 68] };

/** The colour of a layer that shows no figure, by its tone or its name. */
export function neutralOf(tone: string, shade: Shade): Rgb {
  const colours = NEUTRAL[shade];
  return colours[tone] ?? colours[TONES.find(([start]) => tone.toLowerCase().startsWith(start))?.[1] ?? ""] ?? OTHER[shade];
}

/** The lines around a layer's features. */
export function outlineColour(layer: string, shade: Shade): { readonly colour: Rgb; readonly opacity: number } {
  return { colour: shade === "dark" ? [10, 13, 16] : [58, 56, 50], opacity: layer === "dong" ? 0.38 : shade === "dark" ? 0.5 : 0.26 };
}

/**
 * Colours to choose from, all of which readers with any kind of colour vision can tell apart: the city's own ramps,
 * viridis and cividis (Nuñez, Anderton, Renslow 2018), ColorBrewer's colour-blind-safe ones (Brewer), and for kinds
 * of things those of Okabe and Ito and of Paul Tol. Without orange alone: it marks what an 안 changes.
 */

import { RAMP_DARK, RAMP_LIGHT, rampColours } from "./classes";
import type { Rgb } from "./classes";

export type PaletteKind = "sequential" | "diverging" | "categories";

export interface Palette {
  readonly id: string;
  readonly kind: PaletteKind;
  /** From little to much on a light page; from one end to the other where it diverges. */
  readonly colours: readonly Rgb[];
  /** The same on a dark page, where more is brighter; the other way round without it. */
  readonly dark?: readonly Rgb[];
}

const VIRIDIS: readonly Rgb[] = [[253, 231, 37], [180, 222, 44], [109, 205, 89], [53, 183, 121], [31, 158, 137], [38, 130, 142], [49, 104, 142], [62, 74, 137], [72, 40, 120], [68, 1, 84]];
const CIVIDIS: readonly Rgb[] = [[254, 232, 56], [225, 204, 85], [195, 179, 105], [165, 156, 116], [138, 134, 120], [112, 113, 115], [87, 93, 109], [59, 73, 108], [18, 53, 112], [0, 34, 78]];
const YLGNBU: readonly Rgb[] = [[255, 255, 204], [199, 233, 180], [127, 205, 187], [65, 182, 196], [29, 145, 192], [34, 94, 168], [12, 44, 132]];
const PURPLES: readonly Rgb[] = [[242, 240, 247], [218, 218, 235], [188, 189, 220], [158, 154, 200], [128, 125, 186], [106, 81, 163], [74, 20, 134]];
const BRBG: readonly Rgb[] = [[140, 81, 10], [191, 129, 45], [223, 194, 125], [246, 232, 195], [199, 234, 229], [128, 205, 193], [53, 151, 143], [1, 102, 94]];
const RDBU: readonly Rgb[] = [[178, 24, 43], [214, 96, 77], [244, 165, 130], [253, 219, 199], [209, 229, 240], [146, 197, 222], [67, 147, 195], [33, 102, 172]];
const PRGN: readonly Rgb[] = [[118, 42, 131], [153, 112, 171], [194, 165, 207], [231, 212, 232], [217, 240, 211], [166, 219, 160], [90, 174, 97], [27, 120, 55]];

/** After Okabe and Ito, softened. */
export const CATEGORIES: readonly Rgb[] = [[90, 158, 202], [62, 148, 118], [196, 136, 172], [214, 202, 98], [44, 96, 148], [140, 118, 98]];
const MUTED: readonly Rgb[] = [[136, 204, 238], [17, 119, 51], [221, 204, 119], [51, 34, 136], [204, 102, 119], [68, 170, 153], [136, 34, 85], [153, 153, 51], [170, 68, 153]];

export const PALETTES: readonly Palette[] = [
  { id: "madang", kind: "sequential", colours: RAMP_LIGHT, dark: RAMP_DARK },
  { id: "viridis", kind: "sequential", colours: VIRIDIS },
  { id: "cividis", kind: "sequential", colours: CIVIDIS },
  { id: "ylgnbu", kind: "sequential", colours: YLGNBU },
  { id: "purples", kind: "sequential", colours: PURPLES },
  { id: "brbg", kind: "diverging", colours: BRBG },
  { id: "rdbu", kind: "diverging", colours: RDBU },
  { id: "prgn", kind: "diverging", colours: PRGN },
  { id: "okabe", kind: "categories", colours: CATEGORIES },
  { id: "muted", kind: "categories", colours: MUTED },
];

/** The palette of that name where it suits numbers, or kinds of things; else the first that does. */
export function paletteFor(id: string | null, forCategories: boolean): Palette {
  const fitting = PALETTES.filter((one) => (one.kind === "categories") === forCategories);
  return fitting.find((one) => one.id === id) ?? fitting[0]!;
}

/** All stops of a palette on this page, in the order in which values rise. */
export function stopsOf(palette: Palette, dark: boolean, reversed = false): readonly Rgb[] {
  const turned = palette.kind === "sequential" && dark ? (palette.dark ?? [...palette.colours].reverse()) : palette.colours;
  return reversed ? [...turned].reverse() : turned;
}

/** Colours of classes around a midpoint, `below` of them under it: the farther from it, the stronger, alike on both sides. */
export function divergingColours(stops: readonly Rgb[], below: number, above: number): readonly Rgb[] {
  const half = stops.length / 2;
  const longest = Math.max(below, above);
  const arm = (pale: readonly Rgb[], count: number): readonly Rgb[] => rampColours(pale, longest).slice(0, count);
  const under = arm(stops.slice(0, half).reverse(), below);
  return [...[...under].reverse(), ...arm(stops.slice(half), above)];
}

/** Bars of a tornado: from what an answer is at a low end to what it is at a high one, about its centre. Pure. */

import { scaleOver } from "./scale";
import type { Scale } from "./scale";

export interface Turned {
  readonly atLow: number;
  readonly atHigh: number;
}

export interface Laid {
  readonly y: number;
  /** The part towards the low end of what is turned, and the part towards its high end; each a stretch on the drawing. */
  readonly low: { readonly x: number; readonly width: number };
  readonly high: { readonly x: number; readonly width: number };
}

export interface Tornado {
  readonly scale: Scale;
  readonly centre: number;
  readonly bars: readonly Laid[];
  readonly height: number;
}

/** Lays the bars out between two places across, one row high each. */
export function layTornado(central: number, bars: readonly Turned[], { left, right, row, top }: { left: number; right: number; row: number; top: number }): Tornado {
  const scale = scaleOver([central, ...bars.flatMap((one) => [one.atLow, one.atHigh])], left, right, { about: 4 });
  const stretch = (to: number): { x: number; width: number } => {
    const [a, b] = [scale.at(central), scale.at(to)];
    return { x: Math.min(a, b), width: Math.abs(b - a) };
  };
  return {
    scale,
    centre: scale.at(central),
    bars: bars.map((one, n) => ({ y: top + n * row, low: stretch(one.atLow), high: stretch(one.atHigh) })),
    height: top + bars.length * row,
  };
}

/** A text in lines that fit so many letters, broken at blanks; Hangul counts double. What is too long ends in an ellipsis. */
export function linesOf(text: string, most: number, count = 2): readonly string[] {
  const wide = (one: string): number => [...one].reduce((sum, letter) => sum + (/[\u1100-\uffdc]/.test(letter) ? 2 : 1), 0);
  const found: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line === "" || wide(`${line} ${word}`) <= most) line = line === "" ? word : `${line} ${word}`;
    else {
      found.push(line);
      line = word;
    }
  }
  found.push(line);
  const kept = found.slice(0, count);
  return kept.map((one, n) => (wide(one) > most || (n === count - 1 && found.length > count) ? `${cut(one, most - 1, wide)}…` : one));
}

function cut(text: string, most: number, wide: (one: string) => number): string {
  let found = "";
  for (const letter of text) {
    if (wide(found + letter) > most) break;
    found += letter;
  }
  return found;
}

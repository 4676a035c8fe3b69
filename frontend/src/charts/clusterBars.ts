/** Places of bars: parts of a change that add up (shift-share), and values held against one (a location quotient). Pure. */

import type { ShiftParts } from "../api/rooms/clusters";

export const PARTS = ["national", "mix", "competitive"] as const;
export type Part = (typeof PARTS)[number];

export interface Piece {
  readonly part: Part;
  readonly value: number;
  readonly from: number;
  readonly to: number;
}

/** The three parts laid end to end: what grows to the right of zero, what shrinks to its left. */
export function stacked(parts: ShiftParts): readonly Piece[] {
  let [up, down] = [0, 0];
  return PARTS.map((part) => {
    const value = parts[part];
    if (value >= 0) {
      const piece = { part, value, from: up, to: up + value };
      up += value;
      return piece;
    }
    const piece = { part, value, from: down + value, to: down };
    down += value;
    return piece;
  });
}

/** How far the bars reach on both sides. */
export function reach(rows: readonly ShiftParts[]): readonly number[] {
  return rows.flatMap((row) => [...stacked(row).flatMap((piece) => [piece.from, piece.to]), row.change]);
}

/** The columns of the pipeline, and the three amounts as shares of one bar. Pure. */

import type { Group } from "../../api/rooms/investment";

export interface StageColumn extends Group {
  /** Heights of the three amounts, of the largest pledge in any column: 0 to 1. */
  readonly heights: { readonly pledged: number; readonly weighted: number; readonly realised: number };
  readonly isOff: boolean;
}

/** Every stage in its order, empty ones too; cancelled stands apart at the end. */
export function stageColumns(groups: readonly Group[]): readonly StageColumn[] {
  const most = Math.max(1, ...groups.map((one) => Math.max(one.pledged, one.weighted, one.realised)));
  return groups.map((one) => ({
    ...one,
    heights: { pledged: one.pledged / most, weighted: one.weighted / most, realised: one.realised / most },
    isOff: one.key === "cancelled",
  }));
}

/** A sum as a share of the pledge, 0 to 1; null where nothing was pledged. */
export function shareOf(value: number, pledged: number): number | null {
  return pledged > 0 ? Math.min(1, Math.max(0, value / pledged)) : null;
}

/** Lines of "2026-03-31 45" as the points of a planned curve; null where a line is none. */
export function readPoints(text: string): readonly { readonly date: string; readonly percent: number }[] | null {
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const points = lines.map((line) => {
    const found = /^(\d{4}-\d{2}-\d{2})[\s,]+(\d+(?:\.\d+)?)\s*%?$/.exec(line);
    return found ? { date: found[1]!, percent: Number(found[2]) } : null;
  });
  return points.some((one) => one === null) ? null : (points as { date: string; percent: number }[]);
}

/** The columns of the pipeline, and the three amounts as shares of one bar. Pure. */

import type { Company, Group } from "../../api/rooms/investment";

export interface StageColumn extends Known {
  /** Heights of the three amounts, of the largest pledge in any column: 0 to 1. */
  readonly heights: { readonly pledged: number; readonly weighted: number; readonly realised: number };
  readonly isOff: boolean;
}

/** Every stage in its order, empty ones too; cancelled stands apart at the end. */
export function stageColumns(groups: readonly Known[]): readonly StageColumn[] {
  const most = Math.max(1, ...groups.map((one) => Math.max(one.pledged, one.weighted, one.realised ?? 0)));
  return groups.map((one) => ({
    ...one,
    heights: { pledged: one.pledged / most, weighted: one.weighted / most, realised: (one.realised ?? 0) / most },
    isOff: one.key === "cancelled",
  }));
}

type Member = Pick<Company, "realised" | "stage" | "sector" | "site">;

/** A group whose realised sum is unknown (null) where nobody has told it for a single member: unknown is no zero. */
export type Known = Omit<Group, "realised"> & { readonly realised: number | null };

export function withKnown(groups: readonly Group[], companies: readonly Member[], by: "stage" | "sector" | "site"): readonly Known[] {
  const told = new Set(companies.filter((one) => one.realised !== null).map((one) => one[by] ?? ""));
  return groups.map((one) => ({ ...one, realised: told.has(one.key) ? one.realised : null }));
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

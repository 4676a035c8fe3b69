/** What the page of an alliance computes before it draws: bars of membership, what blocks a form, shares side by side. */

import { Problem } from "../../api/client";
import type { Form, FormStep, Method, Period, Project, Shares } from "../../api/rooms/alliance";
import type { Figure, Pair } from "../../api/types";

/** Where a time of membership stands between the first day anybody joined and the day asked for, in per cent. */
export function spanOf(period: Period, first: string, last: string): { readonly from: number; readonly to: number } {
  const [begins, ends] = [days(first), Math.max(days(last), days(first) + 1)];
  const place = (day: number): number => Math.min(100, Math.max(0, (100 * (day - begins)) / (ends - begins)));
  return { from: period.joined === null ? 0 : place(days(period.joined)), to: period.left === null ? 100 : place(days(period.left)) };
}

/** The first day that any period begins; the day given where none says. */
export function firstDay(periods: readonly Period[], day: string): string {
  const known = periods.map((one) => one.joined).filter((one): one is string => one !== null);
  return known.length === 0 ? day : known.reduce((one, other) => (days(one) <= days(other) ? one : other));
}

function days(text: string): number {
  const [year, month = "01", day = "01"] = text.split("-");
  return Date.UTC(Number(year), Number(month) - 1, Number(day)) / 86_400_000;
}

/** The step that holds a form up: the first that must be and is not. */
export function blocking(form: Form): FormStep | null {
  return form.steps.find((step) => step.force === "must" && step.state !== "held") ?? null;
}

export type Answer = Shares | Problem;

/** One city's part of a cost by every method, beside what it would pay alone and what was agreed. */
export interface ShareRow {
  readonly id: string;
  readonly name: Pair;
  readonly shares: Readonly<Partial<Record<Method, { readonly won: number; readonly percent: number; readonly weight: Figure | null; readonly more: boolean }>>>;
  readonly alone: number | null;
  readonly benefit: number | null;
  readonly agreed: { readonly value: number; readonly address: string | null } | null;
}

/** The answers of the methods as rows of cities; a method that could not tell has no column entry. */
export function shareRows(project: Project, answers: Readonly<Partial<Record<Method, Answer>>>): readonly ShareRow[] {
  const told = Object.entries(answers).filter((entry): entry is [Method, Shares] => entry[1] !== undefined && !(entry[1] instanceof Problem));
  const first = told[0]?.[1];
  if (first === undefined) return [];
  return first.members.map((member) => {
    const shares: Record<string, ShareRow["shares"][Method]> = {};
    for (const [method, answer] of told) {
      const mine = answer.members.find((one) => one.city === member.city);
      if (mine) shares[method] = { won: mine.share, percent: mine.percent, weight: mine.weight, more: mine.alone !== null && mine.share > mine.alone };
    }
    const agreed = project.agreed.find((one) => one.city === member.city)?.share ?? null;
    const known = agreed?.value === null || agreed?.value === undefined ? null : { value: agreed.value, address: agreed.address ?? null };
    return { id: member.city, name: member.name, shares, alone: member.alone, benefit: member.benefit, agreed: known };
  });
}

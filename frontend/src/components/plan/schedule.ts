/** Where the bars, marks and arrows of a plan's time line stand, in years from its first. Pure: it is drawn by Schedule. */

import type { Milestone, Task } from "../../api/rooms/plan";

export interface Bar {
  readonly task: Task;
  readonly row: number;
  /** In years from the beginning; null where the task has no years. */
  readonly from: number | null;
  readonly until: number | null;
  readonly critical: boolean;
  readonly marks: readonly { readonly milestone: Milestone; readonly at: number }[];
}

export interface Arrow {
  readonly from: { readonly x: number; readonly row: number };
  /** The bar of the task that waits: from where to where it reaches. */
  readonly to: { readonly x: number; readonly until: number; readonly row: number };
  readonly critical: boolean;
}

export interface Layout {
  readonly first: number;
  readonly years: readonly number[];
  readonly bars: readonly Bar[];
  readonly arrows: readonly Arrow[];
}

/** The layout of tasks over the years of a plan, wide enough for tasks that lie outside them. */
export function scheduleOf(
  tasks: readonly Task[],
  milestones: readonly Milestone[],
  edges: readonly { readonly before: string; readonly after: string }[],
  critical: readonly string[],
  span: { readonly first: number | null; readonly last: number | null },
): Layout {
  const known = [span.first, span.last, ...tasks.flatMap((task) => [task.startYear, task.endYear])].filter((year) => year !== null);
  if (known.length === 0) return { first: 0, years: [], bars: tasks.map((task, row) => blank(task, row)), arrows: [] };
  const [first, last] = [Math.min(...known), Math.max(...known)];
  const onPath = new Set(critical);
  const due = new Map(milestones.map((one) => [one.id, one]));
  const bars = tasks.map((task, row): Bar => {
    const from = task.startYear ?? task.endYear;
    const until = task.endYear ?? task.startYear;
    const marks = task.milestones.flatMap((id) => {
      const milestone = due.get(id);
      const at = milestone ? yearOf(milestone.due) : null;
      return milestone && at !== null ? [{ milestone, at: at - first }] : [];
    });
    return { task, row, from: from === null ? null : from - first, until: until === null ? null : until + 1 - first, critical: onPath.has(task.id), marks };
  });
  const of = new Map(bars.map((bar) => [bar.task.id, bar]));
  const arrows = edges.flatMap(({ before, after }): readonly Arrow[] => {
    const [one, other] = [of.get(before), of.get(after)];
    if (one === undefined || other === undefined || one.until === null || other.from === null || other.until === null) return [];
    return [{ from: { x: one.until, row: one.row }, to: { x: other.from, until: other.until, row: other.row }, critical: follows(critical, before, after) }];
  });
  return { first, years: Array.from({ length: last - first + 1 }, (_, n) => first + n), bars, arrows };
}

function blank(task: Task, row: number): Bar {
  return { task, row, from: null, until: null, critical: false, marks: [] };
}

/** Whether two tasks stand one after the other on the critical path. */
function follows(path: readonly string[], before: string, after: string): boolean {
  const at = path.indexOf(before);
  return at >= 0 && path[at + 1] === after;
}

/** A date as a year with its part of the year; a month or a year alone stands at its end. */
export function yearOf(date: string | null): number | null {
  const found = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?/.exec(date ?? "");
  if (!found) return null;
  const [, year, month, day] = found;
  if (month === undefined) return Number(year) + 1;
  const days = day === undefined ? 30 : Number(day) - 1;
  return Number(year) + (Number(month) - 1) / 12 + days / 365;
}

/** The share of the largest that each amount is, for bars; unknown stays unknown. */
export function sharesOf(amounts: readonly (number | null)[]): readonly (number | null)[] {
  const most = Math.max(0, ...amounts.map((one) => one ?? 0));
  return amounts.map((one) => (one === null || most === 0 ? null : one / most));
}

import { expect, it } from "vitest";
import { scheduleOf, sharesOf, yearOf } from "../src/components/plan/schedule";
import { EMPTY, valuesOf } from "../src/components/plan/parts";
import { marked } from "../src/components/plan/wording";
import type { Milestone, Task } from "../src/api/rooms/plan";

const task = (id: string, startYear: number | null, endYear: number | null, milestones: string[] = []): Task => ({ id, startYear, endYear, milestones }) as unknown as Task;
const centre = task("centre", 2026, 2027, ["open"]);
const bus = task("bus", 2028, 2029);
const open = { id: "open", due: "2027-07-01" } as Milestone;

it("a task's bar reaches from the beginning of its first year to the end of its last", () => {
  const { bars, years } = scheduleOf([centre, bus], [open], [], ["centre", "bus"], { first: 2026, last: 2030 });
  expect(years).toEqual([2026, 2027, 2028, 2029, 2030]);
  expect(bars.map((bar) => [bar.from, bar.until, bar.critical])).toEqual([[0, 2, true], [2, 4, true]]);
  expect(bars[0]!.marks[0]!.at).toBeCloseTo(1.5, 1);
});

it("an arrow leads from the end of a task to the beginning of the one that waits, and is critical only on the path", () => {
  const walk = task("walk", 2027, 2028);
  const edges = [{ before: "centre", after: "bus" }, { before: "centre", after: "walk" }, { before: "centre", after: "elsewhere" }];
  const { arrows } = scheduleOf([centre, bus, walk], [], edges, ["centre", "bus"], { first: 2026, last: 2030 });
  expect(arrows.map((one) => [one.from.x, one.to.x, one.to.row, one.critical])).toEqual([[2, 2, 1, true], [2, 1, 2, false]]);
});

it("a task outside the plan's years widens the line; one without years has no bar; no years at all, no line", () => {
  expect(scheduleOf([task("late", 2032, 2033)], [], [], [], { first: 2026, last: 2030 }).years.at(-1)).toBe(2033);
  expect(scheduleOf([task("unknown", null, null), bus], [], [], [], { first: null, last: null }).bars[0]!.from).toBeNull();
  expect(scheduleOf([task("unknown", null, null)], [], [], [], { first: null, last: null }).years).toEqual([]);
});

it("a date is a place in its year; a year alone stands at its end; no date has no place", () => {
  expect(yearOf("2026-01-01")).toBe(2026);
  expect(yearOf("2026")).toBe(2027);
  expect(yearOf(null)).toBeNull();
});

it("bars are shares of the largest amount, and an unknown amount has none", () => {
  expect(sharesOf([50, null, 100])).toEqual([0.5, null, 1]);
  expect(sharesOf([0, null])).toEqual([null, null]);
});

it("only the words that changed are marked, and the texts put together again are the texts", () => {
  const [before, after] = marked("2030년까지 1,200억 원을 들여 기업 40개와", "2030년까지 1,350억 원을 들여 기업 46개와");
  expect(before.filter((one) => one.changed).map((one) => one.text.trim())).toEqual(["1,200억", "40개와"]);
  expect(after.filter((one) => one.changed).map((one) => one.text.trim())).toEqual(["1,350억", "46개와"]);
  expect(after.map((one) => one.text).join("")).toBe("2030년까지 1,350억 원을 들여 기업 46개와");
  expect(marked("", "새 글")).toEqual([[], [{ text: "새 글", changed: true }]]);
});

it("a budget line is kept in whole won, a target with its unit, and nothing of what was left empty", () => {
  expect(valuesOf("BudgetLine", { ...EMPTY, task: "t", year: 2027, amount: 12.5 }, "p")).toEqual({ refTask: "t", year: 2027, fund: "city", amount: 1_250_000_000 });
  expect(valuesOf("Target", { ...EMPTY, title: " 닿는 시민 ", goal: "g", value: 72, due: "2030-12-31" }, "p")).toEqual({
    title: "닿는 시민", refGoal: "g", due: "2030-12-31", value: { type: "Property", value: 72, unitCode: "P1" },
  });
});

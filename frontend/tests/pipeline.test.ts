import { describe, expect, it } from "vitest";
import { dayOf, plannedDay, sCurve, threeLines } from "../src/rooms/investment/curve";
import { readPoints, shareOf, stageColumns, withKnown } from "../src/rooms/investment/stages";

const box = { width: 120, height: 70, left: 10, right: 10, top: 10, bottom: 10 };
const plan = [
  { date: "2026-01-01", percent: 0 },
  { date: "2026-04-11", percent: 20 }, // 100 days
  { date: "2026-07-20", percent: 100 }, // 200 days
];

describe("the S-curve", () => {
  it("stands on one scale of days and percent", () => {
    const found = sCurve(plan, [{ date: "2026-05-31", percent: 20 }], "2026-05-31", box)!;
    expect(found.planned).toBe("M10,60L60,50L110,10");
    expect(found.dots).toEqual([{ x: 85, y: 50 }]);
    expect(found.today).toBe(85);
  });

  it("shows the delay as the way from when the plan had it to when it was there", () => {
    const found = sCurve(plan, [{ date: "2026-05-31", percent: 20 }], "2026-06-01", box)!;
    expect(found.gap).toEqual({ from: { x: 60, y: 50 }, to: { x: 85, y: 50 } });
    expect(plannedDay(plan, 60)).toBe(dayOf("2026-05-31"));
    expect(plannedDay([], 5)).toBeNull();
  });

  it("draws what there is: reports without a plan, one point alone, nothing", () => {
    expect(sCurve([], [{ date: "2026-05-31", percent: 20 }], "2026-06-30", box)!.gap).toBeNull();
    expect(sCurve([{ date: "2026", percent: 0 }], [], "2026-01-01", box)!.planned).toBe("M10,60");
    expect(sCurve([], [], "2026-06-30", box)).toBeNull();
  });

  it("does not draw today where the plan has not begun", () => {
    expect(sCurve(plan, [], "2025-06-01", box)!.today).toBeNull();
  });
});

describe("the three amounts", () => {
  const history = [
    { date: "2020-01-01", pledged: 100, weighted: 40, realised: 0 },
    { date: "2021-01-01", pledged: 200, weighted: 90, realised: 50 },
  ];

  it("go in steps, on until the day asked for", () => {
    const found = threeLines(history, "2022-01-01", box)!;
    expect(found.most).toBe(200);
    expect(found.lines.pledged).toMatch(/^M10,35H60.*V10H110$/);
    expect(found.years.map((one) => one.label)).toEqual(["2020", "2021", "2022"]);
  });

  it("are no line where only one day is known", () => {
    expect(threeLines(history.slice(1), "2022-01-01", box)).toBeNull();
    expect(threeLines([{ ...history[0]!, date: null }], "2022-01-01", box)).toBeNull();
  });

  it("are shares of the pledge, and of nothing where nothing was pledged", () => {
    expect(shareOf(50, 200)).toBe(0.25);
    expect(shareOf(300, 200)).toBe(1);
    expect(shareOf(0, 0)).toBeNull();
  });
});

it("columns share one scale, and cancelled stands apart", () => {
  const group = { label: { ko: "", en: "" }, count: 1, realised: 0 };
  const [one, other] = stageColumns([
    { ...group, key: "pledged", pledged: 50, weighted: 20 },
    { ...group, key: "cancelled", pledged: 100, weighted: 0 },
  ]);
  expect(one!.heights).toEqual({ pledged: 0.5, weighted: 0.2, realised: 0 });
  expect([one!.isOff, other!.isOff]).toEqual([false, true]);
});

it("a planned curve is read line by line, or not at all", () => {
  expect(readPoints("2026-01-01 0\n\n2026-12-31, 100%")).toEqual([
    { date: "2026-01-01", percent: 0 },
    { date: "2026-12-31", percent: 100 },
  ]);
  expect(readPoints("2026-01-01 0\nsoon 100")).toBeNull();
});

it("a sum that nobody told is unknown, and no zero", () => {
  const group = { label: { ko: "", en: "" }, count: 1, pledged: 1, weighted: 1 };
  const told = { value: 0, unit: "KRW", address: null };
  const companies = [
    { stage: "contracted", sector: null, site: null, realised: told },
    { stage: "pledged", sector: "x", site: null, realised: null },
  ];
  const groups = [{ ...group, key: "pledged", realised: 0 }, { ...group, key: "contracted", realised: 0 }];
  expect(withKnown(groups, companies, "stage").map((one) => one.realised)).toEqual([null, 0]);
  expect(withKnown([{ ...group, key: "", realised: 0 }, { ...group, key: "x", realised: 0 }], companies, "sector").map((one) => one.realised)).toEqual([0, null]);
});

import { describe, expect, it } from "vitest";
import type { Board, Cell, Lever, ModelTable, Row } from "../src/api/rooms/lab";
import { apart } from "../src/charts/labels";
import { drawShapes, ringsOf } from "../src/charts/shapes";
import { layTornado, linesOf } from "../src/charts/tornado";
import { settled } from "../src/i18n/fill";
import { EMPTY, executionInputs, newId, readState, writeState } from "../src/rooms/lab/address";
import type { LabState } from "../src/rooms/lab/address";
import { percent, spanned, written, writtenDifference } from "../src/rooms/lab/figures";
import { countOf, firstIndicators, mergeBoard, mostOpposed, rowReach, verdictOf, withColumn } from "../src/rooms/lab/reading";
import { barsOf, lineOf, placesOf, seriesOf } from "../src/rooms/lab/series";
import { rangeOf, setsOf, shareOf, withTurned } from "../src/rooms/lab/sliders";
import { Steady } from "../src/rooms/lab/steady";
import { flowsOf, factorOf } from "../src/rooms/lab/flows";
import { shareIn, stretches } from "../src/charts/breakeven";
import { judgementsOf, pairsOf, sharesOf } from "../src/rooms/lab/weighing";

const pair = (text: string) => ({ ko: text, en: text });

function cell(alternative: string, difference: Partial<Cell["difference"]> | null, more: Partial<Cell> = {}): Cell {
  const full = difference === null ? null : { value: 0, p05: null, p50: null, p95: null, share: null, betterIn: null, ...difference };
  return { alternative, state: "computed", value: 1, p05: null, p50: null, p95: null, difference: full, n: 10, status: null, note: null, address: null, ...more };
}

function row(id: string, cells: readonly Cell[], direction: Row["direction"] = "higher", model = "m"): Row {
  return { id, label: pair(id), unit: "KRW", unitLabel: pair("원"), direction, method: null, scope: null, model, modelTitle: pair(model), by: [], cells };
}

function board(rows: readonly Row[], names: readonly string[]): Board {
  const alternatives = names.map((id) => ({ id, branch: id, title: pair(id), levers: {}, isBaseline: id === "main", isVariant: false }));
  return { city: "c", against: "main", seed: 0, method: pair(""), alternatives, rows, tables: [], equity: [], waiting: [], failed: [], notes: [], warnings: [] };
}

function lever(id: string, more: Partial<Lever> = {}): Lever {
  return {
    id, kind: "parameter", model: "m", modelTitle: pair("m"), quick: true, label: pair(id), unit: "1", unitLabel: pair("1"), role: "uncertainty", value: 0.5, low: 0.4, central: 0.5,
    high: 0.6, min: 0, max: 1, step: 0.005, source: null, sourceToBeNamed: true, isAssumption: true, entity: null, card: null, ...more,
  };
}

describe("the address of a view", () => {
  it("says again what it was told", () => {
    const state: LabState = {
      ...EMPTY,
      alternatives: [
        { id: "main", branch: "main", title: "", levers: {} },
        { id: "v1", branch: "valley", title: "큰 투자 & 더", levers: { "urn:ngsi-ld:Programme:a:b#amount": 3.6e11, "economy.realisation": 0.55 } },
      ],
      against: "valley",
      turned: "v1",
      indicators: ["economy.imports", "talent.gap"],
      criteria: ["talent.gap"],
      weights: { "talent.gap": 7 },
      view: "ranks",
      about: "talent.gap",
    };
    expect(readState(writeState(state))).toEqual(state);
    expect(writeState(EMPTY)).toBe("");
    expect(readState("")).toEqual(EMPTY);
  });

  it("leaves out what nobody can read, and what comes twice", () => {
    const found = readState("?alt=a&alt=a&alt=&alt=a|v1|x|lever=many|=3&view=nothing&weigh=a=b");
    expect(found.alternatives?.map((one) => one.id)).toEqual(["a", "v1"]);
    expect(found.alternatives?.[1]?.levers).toEqual({});
    expect([found.view, found.weights]).toEqual(["years", {}]);
    expect(newId(found.alternatives!)).toBe("v2");
  });

  it("asks a slow model by its own names", () => {
    const levers = { "siting.p": 2, "economy.x": 1, "urn:a#amount": 5 };
    expect(executionInputs("siting", levers)).toEqual({ p: 2, levers: { "urn:a#amount": 5 } });
    expect(executionInputs("siting", {})).toEqual({});
  });
});

describe("reading a board", () => {
  it("is sure only where nineteen of twenty members agree", () => {
    const said = (value: number, betterIn: number | null, direction: Row["direction"] = "higher") => verdictOf({ direction }, cell("a", { value, p05: -1, p95: 1, betterIn }));
    expect(said(5, 0.99)).toBe("better");
    expect(said(5, 0.7)).toBe("rather-better");
    expect(said(-5, 0.3)).toBe("rather-worse");
    expect(said(-5, 0.01)).toBe("worse");
    expect(said(5, 0.02, "lower")).toBe("worse");
    expect(said(5, null, null)).toBe("changed");
    expect(verdictOf({ direction: "lower" }, cell("a", { value: -2 }))).toBe("better");
    expect(verdictOf({ direction: "higher" }, cell("a", { value: 0, p05: 0, p95: 0, betterIn: 0 }))).toBe("same");
    expect(verdictOf({ direction: "higher" }, cell("a", null))).toBeNull();
  });

  it("shows first what differs, and never a row without a direction", () => {
    const rows = [
      row("same", [cell("a", { value: 0, p05: 0, p95: 0, betterIn: 0 })]),
      row("plain", [cell("a", { value: 9 })], null),
      row("telling", [cell("a", { value: 9, betterIn: 1 })]),
      row("late", [cell("a", null, { state: "waiting" })], "lower", "n"),
    ];
    expect(firstIndicators(rows)).toEqual(["telling", "late"]);
    expect(firstIndicators(rows.slice(0, 2))).toEqual(["same"]);
    expect(countOf(rows, "a").better.map((one) => one.id)).toEqual(["telling"]);
  });

  it("takes a newer part in its place and leaves the rest", () => {
    const whole = board([row("r", [cell("main", null), cell("a", { value: 1 })]), row("s", [cell("main", null), cell("a", { value: 2 })], "higher", "n")], ["main", "a"]);
    const late = { alternative: "a", model: "n", title: pair("n"), why: pair("") };
    const found = mergeBoard({ ...whole, waiting: [late] }, board([row("r", [cell("main", null), cell("a", { value: 7 })])], ["main", "a"]));
    expect(found.rows.map((one) => one.cells[1]!.difference!.value)).toEqual([7, 2]);
    expect(found.waiting).toEqual([late]);
  });

  it("finds the two rows between which a choice has to be made", () => {
    const of = (id: string, values: readonly number[], direction: Row["direction"] = "higher") => row(id, values.map((value, n) => cell(String(n), null, { value })), direction);
    expect(mostOpposed([of("a", [0, 5, 9]), of("b", [0, 6, 8]), of("c", [0, 4, 7], "lower")])).toEqual(["a", "c"]);
    expect(mostOpposed([of("a", [0]), of("b", [1])])).toEqual(["a", "b"]);
    expect(mostOpposed([of("a", [0])])).toBeNull();
  });

  it("gives a variant its branch's column until it is answered", () => {
    const whole = board([row("r", [cell("main", null), cell("a", { value: 3 }, { address: "x", state: "known" })])], ["main", "a"]);
    const made = { id: "v1", branch: "a", title: pair("v"), levers: {}, isBaseline: false, isVariant: true };
    const found = withColumn(whole, made).rows[0]!.cells[2]!;
    expect([found.alternative, found.difference?.value, found.address, found.state]).toEqual(["v1", 3, null, "computed"]);
  });

  it("draws the bands of one row on one scale that holds zero", () => {
    expect(rowReach([cell("a", { value: 5, p05: 3, p95: 9 }), cell("b", { value: -1 })])).toEqual([-1, 9]);
    expect(rowReach([cell("a", { value: 0 })])).toBeNull();
  });
});

describe("sliders", () => {
  it("go to the limits, or a little beyond low and high where the limits are far off", () => {
    expect(rangeOf(lever("near"))).toEqual({ min: 0, max: 1, step: 0.005 });
    const far = rangeOf(lever("far", { value: 1300, low: 700, high: 2500, min: 0, max: 1e9 }));
    expect([far.min, far.max]).toEqual([0, 3400]);
    const outside = rangeOf(lever("outside", { value: 9000, low: 700, high: 2500, min: 0, max: 1e9 }));
    expect(outside.max).toBeGreaterThanOrEqual(9000);
    expect(shareOf(0.25, { min: 0, max: 0.5, step: 0.1 })).toBe(0.5);
  });

  it("are those of the models on the board, by who turns them", () => {
    const all = [lever("a", { role: "lever" }), lever("b"), lever("c", { role: "constant" }), lever("d", { model: "other" }), lever("e", { min: 1, max: 1 })];
    const found = setsOf(all, new Set(["m"]));
    expect([found.levers, found.uncertainties, found.constants].map((set) => set.map((one) => one.id))).toEqual([["a"], ["b"], ["c"]]);
  });

  it("put back where it stood, a lever is turned no longer", () => {
    const one = lever("a");
    expect(withTurned({ b: 2 }, one, 0.7)).toEqual({ b: 2, a: 0.7 });
    expect(withTurned({ a: 0.7, b: 2 }, one, 0.5)).toEqual({ b: 2 });
  });
});

describe("weights", () => {
  it("come as every pair once, the stronger first", () => {
    expect(pairsOf(["a", "b", "c"])).toEqual([["a", "b"], ["a", "c"], ["b", "c"]]);
    expect(judgementsOf(["a", "b", "c"], { "a b": 2, "a c": -4 })).toEqual([["a", "b", 3], ["c", "a", 5], ["b", "c", 1]]);
  });

  it("are shares of the whole, equal where nobody said anything", () => {
    expect(sharesOf(["a", "b"], { a: 3, b: 1 })).toEqual({ a: 0.75, b: 0.25 });
    expect(sharesOf(["a", "b"], {})).toEqual({ a: 0.5, b: 0.5 });
  });
});

describe("tables of models", () => {
  const table: ModelTable = {
    id: "by-year:x", by: "year", indicator: "x", label: null, unit: "IE",
    rows: { main: [], a: [{ year: 2031, value: 4, series: pair("s") }, { year: 2030, value: null, low: 1, high: 2, series: pair("s") }] },
  };

  it("become lines in the order of time, with holes", () => {
    expect(seriesOf(table)).toEqual([pair("s")]);
    expect(lineOf(table, "a", pair("s"))).toEqual([{ x: 2030, value: null, low: 1, high: 2 }, { x: 2031, value: 4, low: null, high: null }]);
    expect(lineOf(table, "main", pair("s"))).toEqual([]);
  });

  it("become bars and places; unknown stays unknown", () => {
    const groups: ModelTable = { ...table, by: "group", rows: { main: [{ group: "g", label: "g", value: 2 }], a: [{ group: "g", label: "g", value: null }, { group: "h", label: "h", value: 0 }] } };
    expect(barsOf(groups, ["main", "a"])).toEqual([{ key: "g", label: "g", values: [2, null] }]);
    const places: ModelTable = { ...table, by: "district", rows: { a: [{ place: "p", value: null }, { place: "q", value: 3 }] } };
    expect([...placesOf(places, "a")]).toEqual([["p", null], ["q", 3]]);
  });
});

describe("drawings", () => {
  it("lay a tornado about its centre, whichever end is higher", () => {
    const found = layTornado(10, [{ atLow: 14, atHigh: 6 }, { atLow: 9, atHigh: 11 }], { left: 0, right: 100, row: 20, top: 5 });
    expect(found.bars[0]!.low.x).toBe(found.centre);
    expect(found.bars[0]!.high.x + found.bars[0]!.high.width).toBe(found.centre);
    expect(found.bars[1]!.y).toBe(25);
    expect(found.height).toBe(45);
  });

  it("break a text at blanks and say when it is cut", () => {
    expect(linesOf("협약 이행률", 24)).toEqual(["협약 이행률"]);
    expect(linesOf("one two three four", 8)).toEqual(["one two", "three…"]);
  });

  it("keep names apart, within the drawing", () => {
    const name = { x: 0, y: 10, width: 50, height: 20 };
    const [first, second, third] = apart([name, name, { ...name, x: 200 }], 0, 60) as [number, number, number];
    expect([first, third]).toEqual([10, 10]);
    expect(Math.abs(second - first)).toBeGreaterThanOrEqual(20);
    expect(apart([{ ...name, y: 100 }], 0, 60)).toEqual([40]);
    expect(apart([name], 0, 60, [{ ...name, height: 10 }])).toEqual([22]);
  });

  it("draw places with north up and true proportions", () => {
    const ring = [[127, 37], [127.01, 37], [127.01, 37.01], [127, 37.01], [127, 37]] as const;
    const rings = ringsOf({ type: "MultiPolygon", coordinates: [[ring]] });
    const found = drawShapes([{ id: "p", rings }], 100, 500);
    expect(found.height).toBeCloseTo(100 / Math.cos((37.005 * Math.PI) / 180), 1);
    expect(found.shapes[0]!.path.startsWith("M0.0,")).toBe(true);
    expect(found.shapes[0]!.at[0]).toBeCloseTo(50, 1);
    expect(drawShapes([{ id: "q", rings: ringsOf(null) }], 100, 100).shapes).toEqual([]);
  });
});

describe("figures", () => {
  it("have the unit's own word where the pages have none", () => {
    expect(written(12.5, { unit: "{made-up}", unitLabel: { ko: "분", en: "min" } }, "ko")).toBe("12.5분");
    expect(written(12.5, { unit: "{made-up}", unitLabel: { ko: "분", en: "min" } }, "en")).toBe("12.5 min");
    expect(written(8.74e10, { unit: "KRW", unitLabel: { ko: "원", en: "Korean won" } }, "en")).toBe("KRW 87.4 bn");
    expect(written(2031, { unit: "{year}" }, "ko")).toBe("2031년");
    expect(written(0.25, { unit: "1", unitLabel: pair("1") }, "ko")).toBe("0.25");
    expect(written(null, { unit: "KRW" }, "ko")).toBe("—");
  });

  it("write differences with a sign, of percentages in points", () => {
    expect(writtenDifference(8.74e10, { unit: "KRW" }, "ko")).toBe("+874억 원");
    expect(writtenDifference(-36.44, { unit: "P1" }, "ko")).toBe("\u221236.4%p");
    expect(writtenDifference(36.44, { unit: "P1" }, "en")).toBe("+36.4 pp");
    expect(writtenDifference(0, { unit: "KRW" }, "ko")).toBe("0원");
    expect(writtenDifference(null, { unit: "KRW" }, "ko")).toBe("—");
  });

  it("write the unit of a band once", () => {
    expect(spanned("+641억 원", "+1,187억 원")).toBe("+641 ~ +1,187억 원");
    expect(spanned("9,990만 원", "+2억 원")).toBe("9,990만 원 ~ +2억 원");
    expect(spanned("0.1", "0.4")).toBe("0.1 ~ 0.4");
  });

  it("stand in sentences whose particles fit", () => {
    expect(settled("‘협약 이행률’이(가) 0.5보다 크면 과제안이(가) 낫고 도시은(는) 그대로")).toBe("‘협약 이행률’이 0.5보다 크면 과제안이 낫고 도시는 그대로");
  });

  it("never round a doubt away", () => {
    expect([0, 0.004, 0.5, 0.996, 1].map(percent)).toEqual(["0%", "<1%", "50%", ">99%", "100%"]);
  });
});

describe("a slider's questions", () => {
  it("are asked one at a time, and the newest next", async () => {
    const asked: number[] = [];
    let answer: () => void = () => undefined;
    const steady = new Steady();
    const question = (n: number) => () =>
      new Promise<void>((done) => {
        asked.push(n);
        answer = done;
      });
    for (const n of [1, 2, 3]) steady.ask(question(n));
    expect(asked).toEqual([1]);
    answer();
    await Promise.resolve();
    expect(asked).toEqual([1, 3]);
    steady.ask(question(4));
    steady.stop();
    answer();
    await Promise.resolve();
    expect(asked).toEqual([1, 3]);
  });
});

describe("break-even points", () => {
  const range = { low: 0, high: 10, at: 4, others: [] };
  it("mark the stretch on which it holds, and none where that can't be told", () => {
    expect(stretches({ ...range, holds: "above" })).toEqual([[0.4, 1]]);
    expect(stretches({ ...range, holds: "below" })).toEqual([[0, 0.4]]);
    expect(stretches({ ...range, others: [8], holds: "between" })).toEqual([[0.4, 0.8]]);
    expect(stretches({ ...range, others: [8], holds: "outside" })).toEqual([[0, 0.4], [0.8, 1]]);
    expect([stretches({ ...range, holds: "always" }), stretches({ ...range, holds: "never" })]).toEqual([[[0, 1]], []]);
    expect(stretches({ ...range, holds: "several" })).toBeNull();
    expect(shareIn({ low: 3, high: 3 }, 3)).toBe(0.5);
  });
});

describe("benefits and costs", () => {
  it("are read as people write them; an empty line is no line, a wrong one is named", () => {
    const found = flowsOf([
      { year: "2027", benefit: "", cost: "3,000억" },
      { year: "2028", benefit: "1조 2,000억", cost: "" },
      { year: "2029", benefit: "", cost: "" },
      { year: "20x9", benefit: "1", cost: "" },
      { year: "2027", benefit: "1", cost: "" },
      { year: "2030", benefit: "많이", cost: "" },
    ]);
    expect(found).toEqual({ flows: { 2027: { benefit: 0, cost: 3e11 }, 2028: { benefit: 1.2e12, cost: 0 } }, wrong: [4, 5, 6] });
    expect([factorOf(0, 0), factorOf(20, 30)]).toEqual([null, [0.8, 1.3]]);
  });
});

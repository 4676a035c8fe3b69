import { describe, expect, it } from "vitest";
import type { Actor, Event, Feature, Firm, Network, TalentYear, Whole } from "../src/api/rooms/clusters";
import { arcPath, arcsOf, listed, partners } from "../src/charts/clusterArcs";
import { reach, stacked } from "../src/charts/clusterBars";
import { drawMap, markOf, scaleBar, shadeOf } from "../src/charts/clusterMap";
import { byYear, suppliedBy, yearOf } from "../src/charts/clusterYears";
import { amongOthers, passes, whereOf } from "../src/rooms/clusters/filter";
import { TABS, tabOf, tabOfGap, tabOfPart } from "../src/rooms/clusters/tabs";
import { banded, daysBetween, formatDollars, readGeometry, readList, readRange, standing } from "../src/rooms/clusters/words";

const pair = (text: string) => ({ ko: text, en: text });
const square = (west: number, south: number, size: number) => [[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]];

function feature(id: string, kind: Feature["properties"]["kind"], geometry: Feature["geometry"], value: number | null = null): Feature {
  return { id, geometry, properties: { id, name: pair(id), kind, kindLabel: pair(kind), stage: null, status: null, isInside: null, value } };
}

describe("the map of a cluster", () => {
  const boundary = feature("b", "boundary", { type: "Polygon", coordinates: [square(127.1, 37.4, 0.02)] });
  const near = feature("near", "firm", { type: "Point", coordinates: [127.11, 37.41] });
  const far = feature("far", "firm", { type: "Point", coordinates: [127.3, 37.6] });

  it("keeps to the boundary, and tells what lies off it", () => {
    const drawn = drawMap([boundary, near, far], 600, 500)!;
    expect(drawn.spots.map((one) => one.feature.id)).toEqual(["near"]);
    expect(drawn.off.map((one) => one.id)).toEqual(["far"]);
    expect(drawn.spots[0]!.x).toBeCloseTo(300, 0);
    expect(drawMap([boundary, near, far], 600, 500, true)!.off).toEqual([]);
    expect(drawMap([], 600, 500)).toBeNull();
  });

  it("holds east to the right, north up, and a kilometre as long both ways", () => {
    const corner = feature("corner", "firm", { type: "Point", coordinates: [127.12, 37.42] });
    const drawn = drawMap([boundary, near, corner], 600, 500)!;
    const [one, other] = [drawn.spots[0]!, drawn.spots[1]!];
    expect(other.x - one.x).toBeCloseTo(0.01 * 111.32 * Math.cos((37.41 * Math.PI) / 180) * drawn.perKm, 0);
    expect(one.y - other.y).toBeCloseTo(0.01 * 111.32 * drawn.perKm, 0);
  });

  it("puts the name of a dong inside it and clear of marks", () => {
    const dong = feature("dong", "dong", { type: "MultiPolygon", coordinates: [[square(127.1, 37.4, 0.02)]] }, 10);
    const drawn = drawMap([boundary, dong, near], 600, 500)!;
    const [label, spot] = [drawn.dong[0]!.label!, drawn.spots[0]!];
    expect(Math.hypot(label.x - spot.x, label.y - spot.y)).toBeGreaterThan(25);
    expect(label.x).toBeGreaterThan(0);
  });

  it("leaves an unknown number unshaded, and a zero shaded least", () => {
    expect([shadeOf(null, 9), shadeOf(0, 9), shadeOf(9, 9), shadeOf(0, 0)]).toEqual([null, 0, 3, 0]);
    expect(scaleBar(100, 120)).toEqual({ km: 1, pixels: 100 });
    expect(new Set(["design", "materials", "parts", "equipment", "manufacturing", "assembly", "distribution", "service", "recycling", null].map(markOf)).size).toBe(10);
  });
});

describe("who works with whom", () => {
  const actor = (id: string, betweenness: number, group: number): Actor => ({ id, name: pair(id), kind: pair("firm"), degree: 1, betweenness, bridge: false, isOwn: true, group });
  const network = { actors: [actor("a", 0, 1), actor("b", 0.5, 0), actor("c", 0.1, 0)], groups: [{ id: 0, size: 2 }, { id: 1, size: 1 }] } as unknown as Network;

  it("lists the largest part first, and in it who connects most", () => {
    expect(listed(network, 9).map((one) => one.id)).toEqual(["b", "c", "a"]);
    expect(listed(network, 1).map((one) => one.id)).toEqual(["b"]);
  });

  it("draws each pair once, with how many kinds of record tie them", () => {
    const actors = listed(network, 9);
    const arcs = arcsOf(actors, [["b", "c", "Agreement"], ["c", "b", "Firm"], ["b", "x", "Firm"], ["b", "b", "Firm"]]);
    expect(arcs).toEqual([{ from: 0, to: 1, weight: 2 }]);
    expect(partners(actors, arcs, 1).map((one) => one.id)).toEqual(["b"]);
    expect(arcPath({ from: 0, to: 2, weight: 1 }, 20, 8, 12)).toBe("M8,10A12,20 0 0 1 8,50");
  });
});

describe("shift-share", () => {
  it("lays the parts end to end, so that they end at the change", () => {
    const row = { national: 10, mix: -4, competitive: 3, change: 9 };
    const found = stacked(row);
    expect(found.map((one) => [one.from, one.to])).toEqual([[0, 10], [-4, 0], [10, 13]]);
    expect(found.reduce((sum, one) => sum + one.value, 0)).toBe(row.change);
    expect(Math.min(...reach([row]))).toBe(-4);
  });
});

describe("years", () => {
  const band = (central: number) => ({ low: central, central, high: central });
  const row = (year: number, kind: string | null, demand: number | null): TalentYear => ({ id: `${year}${kind}`, skill: "s", year, kind, kindLabel: null, hired: band(5), staying: band(50), demand: demand === null ? null : band(demand), gap: null, method: pair("") });

  it("holds a yearly demand against hires, a standing one against those who stayed; a year without demand stays without", () => {
    expect(suppliedBy([row(2028, "yearly", 9), row(2027, null, null)], "s").map((one) => [one.year, one.supply.central, one.demand?.central ?? null])).toEqual([[2027, 5, null], [2028, 5, 9]]);
    expect(suppliedBy([row(2028, "standing", 90)], "s")[0]!.supply.central).toBe(50);
    expect(suppliedBy([row(2028, "yearly", 9)], "other")).toEqual([]);
  });

  it("puts the latest year first, and reads years, months and days", () => {
    const event = (date: string): Event => ({ date, kind: "due", kindLabel: pair(""), title: pair(""), ref: "", isPlanned: false, status: null });
    expect(byYear([event("2025"), event("2026-03-01"), event("2026-09-01")]).map((one) => [one.year, one.events.map((two) => two.date)])).toEqual([["2026", ["2026-09-01", "2026-03-01"]], ["2025", ["2025"]]]);
    expect([yearOf("2026"), yearOf("2026-07"), yearOf("soon")]).toEqual([2026, 2026.5, null]);
  });
});

describe("firms", () => {
  const firm = (point: [number, number] | null, isInside: boolean | null, stage: string | null): Firm => ({ name: { ko: "가상칩", en: "Chip" }, codes: ["C26112"], stage, place: { point, isInside } }) as unknown as Firm;

  it("stand inside, outside, nowhere, or where no boundary is drawn", () => {
    expect([firm([1, 2], true, null), firm([1, 2], false, null), firm(null, null, null), firm([1, 2], null, null)].map(whereOf)).toEqual(["inside", "outside", "unplaced", "noboundary"]);
  });

  it("are found by stage, by one of which nobody said the stage, by place, name and code", () => {
    const all = { stage: "", where: "", search: "" };
    expect(passes(firm(null, null, null), { ...all, stage: "none" })).toBe(true);
    expect(passes(firm(null, null, "design"), { ...all, stage: "none" })).toBe(false);
    expect(passes(firm(null, null, "design"), { ...all, where: "inside" })).toBe(false);
    expect(passes(firm(null, null, null), { ...all, search: " c2611" })).toBe(true);
    expect(passes(firm(null, null, null), { ...all, search: "장비" })).toBe(false);
  });

  it("a cluster is nobody whom its own firms could meet", () => {
    const gap = (kind: string, refs: string[]) => ({ kind, refs });
    const page = { id: "c", gaps: [gap("link", ["c", "f"]), gap("bridge", ["c"]), gap("link", ["f", "g"]), gap("stage", ["c"])], network: { missing: [{ actors: ["c", "f"] }, { actors: ["f", "g"] }] } } as unknown as Whole;
    expect(amongOthers(page).gaps).toHaveLength(2);
    expect(amongOthers(page).network.missing).toHaveLength(1);
  });
});

describe("words and what is typed", () => {
  it("writes dollars as people do", () => {
    expect([formatDollars(8_800_000, "ko"), formatDollars(137_300_000, "ko"), formatDollars(900, "ko"), formatDollars(8_800_000, "en")]).toEqual(["880만 달러", "1.4억 달러", "900 달러", "USD 8.8 mn"]);
  });

  it("reads a number, a range, percents; what is neither goes as it was written", () => {
    expect(readRange("1,200")).toBe(1200);
    expect(readRange("30 ~ 45 ~ 60")).toEqual({ low: 30, central: 45, high: 60 });
    expect(readRange("80, 90, 95%", 0.01)).toEqual({ low: 0.8, central: 0.9, high: 0.95 });
    expect(readRange("30 ~ 60")).toBe("30 ~ 60");
    expect(readRange("많음")).toBe("많음");
    expect(readList(" C26, J62;\nM72 ")).toEqual(["C26", "J62", "M72"]);
    expect(readList(undefined)).toEqual([]);
  });

  it("says a band with its ends, one number without, and nothing for what is unknown", () => {
    expect(banded({ low: 0.78, central: 0.82, high: 0.9 }, "P1", "ko", 100)).toBe("82% (78% ~ 90%)");
    expect(banded({ low: 60, central: 60, high: 60 }, "DAY", "ko")).toBe("60일");
    expect(banded(null, null, "ko")).toBeNull();
  });

  it("counts how late a commitment is, to the last day of a month or year", () => {
    const owed = (due: string | null, doneOn: string | null) => standing({ id: "", title: pair(""), due, doneOn, owner: null, isDone: doneOn !== null }, "2026-11-23");
    expect(owed("2026-09-30", null)).toEqual({ state: "late", days: 54 });
    expect(owed("2026-12", null)).toEqual({ state: "due", days: 38 });
    expect(owed("2026-09-30", "2026-10-02")).toEqual({ state: "done-late", days: 2 });
    expect(owed("2026", "2026-10-02").state).toBe("done");
    expect(owed(null, null).state).toBe("undated");
    expect(daysBetween("2024-02", "2024-03-01")).toBe(1);
  });

  it("takes the area out of what a GIS exports, and leaves to the server what is none", () => {
    const area = { type: "Polygon", coordinates: [] };
    for (const one of [area, { type: "Feature", geometry: area }, { type: "FeatureCollection", features: [{ geometry: area }] }]) expect(readGeometry(JSON.stringify(one))).toEqual(area);
    expect(readGeometry("판교")).toBe("판교");
  });
});

it("addresses, head figures and gaps lead to parts that are there", () => {
  expect([tabOf("#supply"), tabOf(""), tabOf("#nowhere")]).toEqual(["supply", "overview", "overview"]);
  expect(tabOfPart("register")).toBe("firms");
  for (const kind of ["stage", "role", "choke-point", "link", "bridge", "skill", "data"]) expect(TABS).toContain(tabOfGap(kind, ""));
  expect(tabOfGap("data", "data:census")).toBe("measures");
});

import { describe, expect, it } from "vitest";
import { along, areaM2, crossesItself, distanceM, lengthM, lengthOnGroundM, placeIn } from "../src/geometry/measuring";
import { classesOf } from "../src/colour/rows";
import { scaleOf } from "../src/colour/scale";
import { chunksOf, columnOf, medianOf, nearestTime, nextChunk, pathOf, timesOf } from "../src/geometry/course";
import { extremesOf, finer, middleOfCell, valueAt } from "../src/geometry/surface";
import { classOfMinutes, differencesOf, facingOf, sidesOf } from "../src/geometry/sunlit";
import { civilOf, momentOf, seasonDay, sunAt, sunDay, sunDirection } from "../src/geometry/sun";

const at = (text: string): number => Date.parse(text);
const clock = (moment: number | null, zone = "Asia/Seoul"): string => {
  const { hour } = civilOf(moment!, zone);
  const minutes = Math.round(hour * 60);
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
};

describe("the sun", () => {
  it("stands where the worked example of NREL says", () => {
    const sun = sunAt(at("2003-10-17T12:30:30-07:00"), -105.1786, 39.742476);
    expect(Math.abs(90 - sun.elevationDeg - 50.11162)).toBeLessThan(0.01);
    expect(Math.abs(sun.azimuthDeg - 194.34024)).toBeLessThan(0.01);
  });

  it("has Meeus' declination on 1992 October 13.0 TD, and the almanac's at the turning points of 2026", () => {
    expect(sunAt(at("1992-10-13T00:00:00Z") - 69_000, 0, 90).geometricDeg).toBeCloseTo(-7.78507, 2);
    const turns: readonly (readonly [string, number])[] = [["2026-03-20T14:46:00Z", 0], ["2026-06-21T08:25:00Z", 23.436], ["2026-09-23T00:05:00Z", 0], ["2026-12-21T20:50:00Z", -23.436]];
    for (const [moment, declination] of turns) expect(Math.abs(sunAt(at(moment), 0, 90).geometricDeg - declination), moment).toBeLessThan(0.01);
  });

  // What src/madang/twin/sun.py says: azimuth, elevation, elevation without air.
  it.each([
    ["2026-12-22T03:30:00Z", 126.98, 37.57, 179.8764483217666, 29.020533899225907, 28.990230690835855],
    ["2026-06-21T00:00:00Z", 127.1, 37.4, 91.30893655844537, 42.61553197633455, 42.59718205260594],
    ["2026-03-20T21:30:00Z", 127.1, 37.4, 88.55147203893637, -1.7094366451832013, -1.7094366451832013],
    ["2026-11-23T08:12:00Z", 4.36, 52, 134.4605390594739, 6.032547509274884, 5.890547556447281],
    ["2035-07-01T10:00:00Z", 127.1, 37.4, 292.0958459121883, 9.315140859124542, 9.21810499087392],
  ])("agrees with the server at %s", (moment, lon, lat, azimuth, elevation, geometric) => {
    const sun = sunAt(at(moment), lon, lat);
    expect(sun.azimuthDeg).toBeCloseTo(azimuth, 7);
    expect(sun.elevationDeg).toBeCloseTo(elevation, 7);
    expect(sun.geometricDeg).toBeCloseTo(geometric, 7);
  });

  // KASI's sunrise of 1 January 2024 and sunset of 31 December 2023, as newspapers printed them.
  it.each([
    ["Seoul", 126.978, 37.566, "07:47", "17:23"],
    ["Busan", 129.075, 35.18, "07:32", "17:21"],
    ["Daejeon", 127.385, 36.35, "07:42", "17:25"],
    ["Dokdo", 131.867, 37.24, "07:26", "17:05"],
  ])("rises and sets over %s with the almanac, to the minute", (_, lon, lat, rises, sets) => {
    const minutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
    const risen = sunDay("2024-01-01", lon, lat, "Asia/Seoul").rises;
    const set = sunDay("2023-12-31", lon, lat, "Asia/Seoul").sets;
    expect(Math.abs(minutes(clock(risen)) - minutes(rises))).toBeLessThanOrEqual(1);
    expect(Math.abs(minutes(clock(set)) - minutes(sets))).toBeLessThanOrEqual(1);
  });

  it("keeps the clock of a zone through the day on which it leaps, and knows the polar night", () => {
    const day = sunDay("2026-03-29", 4.36, 52, "Europe/Amsterdam");
    expect([clock(day.rises, "Europe/Amsterdam"), clock(day.sets, "Europe/Amsterdam")]).toEqual(["07:25", "20:11"]);
    expect(momentOf({ date: "2026-03-29", hour: 12 }, "Europe/Amsterdam")).toBe(at("2026-03-29T10:00:00Z"));
    expect(civilOf(at("2026-12-22T03:30:00Z"), "Asia/Seoul")).toEqual({ date: "2026-12-22", hour: 12.5 });
    expect(sunDay("2026-12-22", 20, 78, "UTC")).toMatchObject({ rises: null, sets: null });
  });

  it("knows the days of the seasons in a zone, and is highest in the south at noon", () => {
    const seasons = (["spring", "summer", "autumn", "winter"] as const).map((one) => seasonDay(2026, one, "Asia/Seoul"));
    expect(seasons).toEqual(["2026-03-20", "2026-06-21", "2026-09-23", "2026-12-22"]);
    expect(seasonDay(2026, "winter", "UTC")).toBe("2026-12-21");
    const noon = sunAt(sunDay("2026-06-21", 126.98, 37.57, "Asia/Seoul").noon, 126.98, 37.57);
    expect(noon.azimuthDeg).toBeCloseTo(180, 0);
    expect(noon.elevationDeg).toBeCloseTo(90 - 37.57 + 23.436, 1);
    expect(sunDirection(noon)[1]).toBeLessThan(0);
    expect(Math.hypot(...sunDirection(noon))).toBeCloseTo(1, 12);
  });
});

describe("measuring", () => {
  const place = ([lon, lat]: readonly [number, number], height = 0) => ({ lon, lat, height });

  // pyproj 3.7, Geod(ellps="WGS84").inv
  it.each([
    [[127.1, 37.4], [127.101, 37.4], 88.543231],
    [[127.1, 37.4], [127.1, 37.401], 110.985164],
    [[127.1, 37.4], [127.2, 37.5], 14194.150605],
    [[4.36, 52], [4.37, 52.01], 1307.519174],
    [[126.978, 37.566], [129.075, 35.18], 324802.791668],
    [[127.1, 37.4], [127.1000001, 37.4], 0.008854],
  ] as const)("a length is the geodesic's: %j to %j", (from, to, metres) => {
    expect(distanceM(place(from), place(to))).toBeCloseTo(metres, 4);
  });

  // pyproj 3.7, Geod(ellps="WGS84").polygon_area_perimeter
  it.each([
    [[[127.1, 37.4], [127.101, 37.4], [127.101, 37.401], [127.1, 37.401]], 9826.919739, 399.055614],
    [[[127.1, 37.4], [127.2, 37.4], [127.2, 37.5], [127.1, 37.5]], 98205333.650589, 39894.08579],
    [[[4.36, 52], [4.37, 52.002], [4.365, 52.01]], 343860.700754, 2840.42748],
    [[[126.5, 37.2], [127.3, 37.1], [127.5, 37.8], [126.9, 37.6]], 3633781020.727737, 265782.361934],
    [[[127.1, 37.4], [127.1002, 37.4], [127.1002, 37.4001], [127.1001, 37.4001], [127.1001, 37.4002], [127.1, 37.4002]], 294.809162, 79.81132],
  ] as const)("an area is the ellipsoid's, whichever way the ring turns: %j", (corners, area, around) => {
    const ring = corners.map((one) => place(one));
    expect(Math.abs(areaM2(ring) / area - 1)).toBeLessThan(area > 1e9 ? 3e-6 : 1e-7);
    expect(areaM2([...ring].reverse())).toBeCloseTo(areaM2(ring), 4);
    expect(lengthM([...ring, ring[0]!])).toBeCloseTo(around, 3);
  });

  it("goes up and down with the ground, and says when a ring crosses itself", () => {
    const line = [place([127.1, 37.4]), place([127.11, 37.4], 100)];
    const walked = along(line, (lon) => (lon - 127.1) * 10_000);
    expect(walked.length).toBeGreaterThan(50);
    expect(walked.at(-1)).toEqual(line[1]);
    expect(lengthOnGroundM(walked)).toBeCloseTo(Math.hypot(lengthM(line), 100), 3);
    const bow = [[0, 0], [1, 1], [1, 0], [0, 1]] as const;
    expect(crossesItself(bow.map((one) => place(one)))).toBe(true);
    expect(crossesItself([[0, 0], [1, 0], [1, 1], [0, 1]].map((one) => place(one as [number, number])))).toBe(false);
    expect(lengthM([])).toBe(0);
    expect(areaM2(line)).toBe(0);
  });

  it("reads a place as people write it", () => {
    expect(placeIn("127.1, 37.4")).toEqual({ lon: 127.1, lat: 37.4 });
    expect(placeIn("37.4N 127.1E")).toEqual({ lon: 127.1, lat: 37.4 });
    expect(placeIn(" 37.4,127.1 ")).toEqual({ lon: 127.1, lat: 37.4 });
    for (const wrong of ["", "판교", "127.1", "400, 37", "127,1 37,4"]) expect(placeIn(wrong), wrong).toBeNull();
  });
});

describe("a course of time", () => {
  it("has a moment an interval, both ends, and never more than a slider shows", () => {
    const day = timesOf("2026-08-16T00:00:00Z", "2026-08-16T23:00:00Z", 3600);
    expect([day.length, day[0], day.at(-1)]).toEqual([24, at("2026-08-16T00:00:00Z"), at("2026-08-16T23:00:00Z")]);
    expect(timesOf("2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z", 300)).toHaveLength(120);
    expect(timesOf("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", null)).toHaveLength(1);
    expect(nearestTime(day, at("2026-08-16T05:20:00Z"))).toBe(5);
  });

  it("is fetched from where one looks, then ahead, then behind", () => {
    const chunks = chunksOf(24, 40_000);
    expect(chunks[0]).toEqual([0, 3]);
    expect(chunks.at(-1)).toEqual([21, 24]);
    const done = new Set<number>();
    const order: number[] = [];
    for (let next = nextChunk(chunks, 10, done); next !== null; next = nextChunk(chunks, 10, done)) order.push(next) && done.add(next);
    expect(order).toEqual([3, 4, 5, 6, 7, 0, 1, 2]);
    expect(chunksOf(24, 100)).toEqual([[0, 24]]);
  });

  it("keeps what is unknown unknown: in columns, medians and lines", () => {
    const column = columnOf([3, null, 1], Int32Array.of(2, 0, -1), 4);
    expect([...(column as Float64Array)]).toEqual([NaN, NaN, 3, NaN]);
    expect(medianOf(Float64Array.of(NaN, 4, 1, 9, 2))).toEqual({ median: 3, known: 4 });
    expect(medianOf(["a", null])).toEqual({ median: null, known: 1 });
    expect(pathOf([1, null, 3, 2], 30, 10)).toBe("M0.0 10.0M20.0 0.0L30.0 5.0");
    expect(pathOf([null], 10, 10)).toBe("");
  });

  it("classes of a step of 100,000 features take a few milliseconds", () => {
    const steps = Array.from({ length: 6 }, (_, n) => Float64Array.from({ length: 100_000 }, (__, i) => ((i * 7919 + n * 104_729) % 1000) / 10));
    const scale = scaleOf([...steps[0]!.subarray(0, 5000)], false)!;
    const into = new Uint8Array(100_000);
    const shown = new Float64Array(100_000);
    const took = steps.map((step) => {
      const start = performance.now();
      shown.set(step);
      classesOf(shown, scale, into);
      return performance.now() - start;
    });
    expect(Math.min(...took)).toBeLessThan(16);
  });
});

describe("surfaces and hours of sun", () => {
  const surface = { west: 0, south: 0, east: 3, north: 2, columns: 3, rows: 2, values: Float64Array.of(1, 2, NaN, 4, 5, 6) };

  it("a surface is read by its cells, and never fills in what is unknown", () => {
    expect([valueAt(surface, 0.5, 1.5), valueAt(surface, 2.5, 1.5), valueAt(surface, 2.5, 0.5), valueAt(surface, 3.1, 1)]).toEqual([1, null, 6, null]);
    expect(middleOfCell(surface, 4)).toEqual({ lon: 1.5, lat: 0.5 });
    expect(extremesOf(surface, 1)).toEqual([5, 0]);
    const fine = finer(surface, 2);
    expect([fine.columns, fine.rows, fine.values[0], fine.values[5]]).toEqual([6, 4, 1, NaN]);
    expect(Math.max(...fine.values.filter((one) => !Number.isNaN(one)))).toBe(6);
  });

  it("samples are told by whither they look, and compared with their own kind only", () => {
    const sample = (lon: number, azimuth: number | null, minutes: number) => ({ id: "a", lon, lat: 37, height: 2, azimuth, minutes, longest: minutes });
    expect([facingOf(0), facingOf(359), facingOf(181), facingOf(null)]).toEqual(["n", "n", "s", "up"]);
    expect(sidesOf([sample(1, 180, 60), sample(2, 180, 120), sample(1, null, 300)])).toEqual([
      { facing: "s", samples: 2, least: 60, mean: 90, most: 120 },
      { facing: "up", samples: 1, least: 300, mean: 300, most: 300 },
    ]);
    expect(differencesOf([sample(1, 180, 60)], [sample(1, 180, 20), sample(3, 180, 20)]).map((one) => one.minutes)).toEqual([-40, null]);
    expect([0, 59, 60, 479, 480].map(classOfMinutes)).toEqual([0, 0, 1, 4, 5]);
  });
});

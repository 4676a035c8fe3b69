import { describe, expect, it } from "vitest";
import { csvOf, fileNameOf } from "../src/charts/save";
import { bandBetween, pathThrough, roundStep, scaleOver } from "../src/charts/scale";

describe("scale", () => {
  it("ends on round numbers that hold all values", () => {
    const scale = scaleOver([3, 47, null, undefined, Number.NaN], 0, 100);
    expect([scale.from, scale.to]).toEqual([0, 50]);
    expect(scale.ticks).toEqual([0, 10, 20, 30, 40, 50]);
    expect(scale.at(25)).toBe(50);
  });

  it("keeps zero in sight where it is asked to", () => {
    expect(scaleOver([900, 1000], 0, 1).from).toBe(900);
    expect(scaleOver([900, 1000], 0, 1, { zero: true }).from).toBe(0);
    expect(scaleOver([-5, -1], 0, 1, { zero: true }).to).toBe(0);
  });

  it("stands for one value, for none, and for money", () => {
    expect(scaleOver([7], 0, 1).to).toBeGreaterThanOrEqual(7);
    expect(scaleOver([], 0, 1).to).toBe(1);
    const won = scaleOver([-1.7e11, 6.1e11], 0, 1);
    expect(won.ticks).toContain(0);
    expect(won.ticks.every((tick) => Number.isInteger(tick / 1e11))).toBe(true);
  });

  it("steps in 1, 2, 2.5, 5 and 10", () => {
    expect([0.3, 1.1, 2.2, 4, 7].map(roundStep)).toEqual([0.5, 2, 2.5, 5, 10]);
  });
});

describe("lines", () => {
  it("leave a hole where nothing is known", () => {
    const path = pathThrough([{ x: 0, y: 1 }, { x: 1, y: 2 }, { x: 2, y: null }, { x: 3, y: 4 }]);
    expect(path).toBe("M0,1L1,2M3,4");
  });

  it("draw a band in the pieces that are known", () => {
    const known = [0, 1].map((x) => ({ x, low: 0, high: 2 }));
    expect(bandBetween([...known, { x: 2, low: null, high: 3 }])).toBe("M0,2L1,2L1,0L0,0Z");
    expect(bandBetween([{ x: 0, low: 1, high: 2 }])).toBe("");
  });
});

describe("what is taken away", () => {
  it("is CSV that a spreadsheet reads and does not run", () => {
    const text = csvOf({ heads: ["지표", "값"], rows: [["부가가치, 지역", 1.5], ['="cmd"', null]] });
    expect(text).toBe('\ufeff지표,값\r\n"부가가치, 지역",1.5\r\n"\'=""cmd""",\r\n');
  });

  it("has a file name in any script", () => {
    expect(fileNameOf("지역에 남는 부가가치 (차이)", "csv")).toBe("지역에-남는-부가가치-차이.csv");
    expect(fileNameOf("…", "png")).toBe("chart.png");
  });
});

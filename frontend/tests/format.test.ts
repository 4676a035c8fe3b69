import { describe, expect, it } from "vitest";
import { formatDate, formatMoment } from "../src/format/date";
import { formatDifference, formatValue, formatWon, keepSumsWhole } from "../src/format/number";

describe("money reads as people write it", () => {
  it.each([
    [1_374_200_000_000, "1조 3,742억 원", "KRW 1.3742 tn"],
    [2_000_000_000_000, "2조 원", "KRW 2 tn"],
    [999_999_999_999, "1조 원", "KRW 1,000 bn"],
    [374_200_000_000, "3,742억 원", "KRW 374.2 bn"],
    [1_230_000_000, "12.3억 원", "KRW 1.23 bn"],
    [53_000_000, "5,300만 원", "KRW 53 mn"],
    [9_000, "9,000원", "KRW 9,000"],
    [-374_200_000_000, "−3,742억 원", "−KRW 374.2 bn"],
    [0, "0원", "KRW 0"],
  ])("%d", (won, ko, en) => {
    expect(formatWon(won, "ko")).toBe(ko);
    expect(formatWon(won, "en")).toBe(en);
  });
});

describe("other units", () => {
  it("unknown is a dash, never a zero", () => {
    expect(formatValue(null, "KRW", "ko")).toBe("—");
    expect(formatDifference(undefined, "IE", "en")).toBe("—");
  });
  it("writes persons, shares and plain ratios", () => {
    expect(formatValue(151_234.4, "IE", "ko")).toBe("151,234명");
    expect(formatValue(0.4127, "share", "ko")).toBe("41.3%");
    expect(formatValue(1.23456, "1", "en")).toBe("1.235");
    expect(formatValue(1.23456, "kW.h/m2", "en")).toBe("1.235 kW.h/m2");
    expect(formatValue(34, "{company}", "ko")).toBe("34개사");
  });
  it("signs a difference unless it rounds to nothing", () => {
    expect(formatDifference(12e8, "KRW", "ko")).toBe("+12억 원");
    expect(formatDifference(-3, "IE", "ko")).toBe("−3명");
    expect(formatDifference(0.00001, "1", "ko")).toBe("0");
    expect(formatDifference(-0.00001, "1", "ko")).toBe("0");
  });
});

describe("dates", () => {
  it("writes days, months and years", () => {
    expect(formatDate("2026-11-22", "ko")).toBe("2026. 11. 22.");
    expect(formatDate("2026-11-22", "en")).toBe("22 Nov 2026");
    expect(formatDate("2029", "ko")).toBe("2029년");
    expect(formatDate(2029, "en")).toBe("2029");
    expect(formatDate("2021-04", "ko")).toBe("2021. 4.");
    expect(formatDate("상반기", "ko")).toBe("상반기");
  });
  it("writes a moment in the city's zone", () => {
    expect(formatMoment("2026-11-22T16:03:00Z", "ko")).toBe("2026. 11. 23. 01:03");
    expect(formatMoment("2026-11-22T16:03:00Z", "en", "UTC")).toBe("22 Nov 2026 16:03");
  });
});

it("keeps a sum of money on one line", () => {
  expect(keepSumsWhole("광양 34개 기업 1조 3,742억 원, 얼마가")).toBe("광양 34개 기업 1조\u00a03,742억\u00a0원, 얼마가");
  expect(keepSumsWhole("34 companies, KRW 1.3742 tn.")).toBe("34 companies, KRW\u00a01.3742\u00a0tn.");
});

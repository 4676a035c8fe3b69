import { expect, it } from "vitest";
import { readValue } from "../src/format/attribute";

it("reads numbers with the unit they carry", () => {
  expect(readValue({ type: "Property", value: 1_374_200_000_000, unitCode: "KRW" }, null, "ko")).toBe("1조 3,742억 원");
  expect(readValue(34, null, "en")).toBe("34");
});
it("reads absence as a dash and truth as a word", () => {
  expect(readValue(null, "KRW", "ko")).toBe("—");
  expect(readValue(false, null, "ko")).toBe("아니요");
});
it("reads places by their size", () => {
  expect(readValue({ type: "GeoProperty", value: { type: "Point", coordinates: [127.1, 37.4] } }, null, "ko")).toBe("점 127.10000, 37.40000");
  expect(readValue({ type: "Polygon", coordinates: [[[0, 0], [1, 0], [1, 1], [0, 0]]] }, null, "en")).toBe("area, 4 vertices");
});
it("reads shares that sum to one as percent", () => {
  expect(readValue({ C26: 0.35, C28: 0.65 }, null, "ko")).toBe("C26 35% · C28 65%");
});
it("reads language maps, relations and lists", () => {
  expect(readValue({ type: "LanguageProperty", languageMap: { ko: "안", en: "alternative" } }, null, "en")).toBe("alternative");
  expect(readValue("urn:ngsi-ld:Dong:kostat-2020:3102374", null, "ko")).toBe("kostat-2020 3102374");
  expect(readValue(Array.from({ length: 10 }, (_, i) => i), null, "en")).toBe("0, 1, 2, 3, 4, 5, 6, 7 and 2 more");
});
it("reads codes by the names it is given", () => {
  const called = (code: string) => ({ chemicals: "화학", construction: "건설", "design-centre": "설계지원센터" })[code] ?? code;
  expect(readValue({ chemicals: 0.35, construction: 0.65 }, null, "ko", called)).toBe("화학 35% · 건설 65%");
  expect(readValue("design-centre", null, "ko", called)).toBe("설계지원센터");
  expect(readValue("lab", null, "ko", called)).toBe("lab");
});

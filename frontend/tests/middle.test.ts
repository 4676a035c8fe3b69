import { expect, test } from "vitest";
import { boundsOf, extentOf, middleOf } from "../src/geometry/middle";

test("a place has a middle and a size; a point has no size; what is no place has neither", () => {
  const square = { type: "GeoProperty", value: { type: "Polygon", coordinates: [[[127, 37], [127.01, 37], [127.01, 37.02], [127, 37.02], [127, 37]]] } };
  expect(middleOf(square)).toEqual([expect.closeTo(127.005, 6), expect.closeTo(37.01, 6)]);
  expect(extentOf(square)).toBeCloseTo(2226.4, 1);
  expect(extentOf({ type: "Point", coordinates: [127, 37] })).toBe(0);
  expect([middleOf("nowhere"), extentOf(null)]).toEqual([null, 0]);
  expect(boundsOf([[127, 37], [127, 37.01]])).toEqual({ lon: 127, lat: expect.closeTo(37.005, 6), metres: expect.closeTo(1113.2, 1) });
  expect(boundsOf([])).toBeNull();
});

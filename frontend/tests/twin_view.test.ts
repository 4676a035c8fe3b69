import { describe, expect, it } from "vitest";
import type { Layer } from "../src/api/types";
import { NO_VIEW, isStep, queryOf, viewOf } from "../src/twin/address";
import type { View } from "../src/twin/address";
import { plansOf, sheetOf } from "../src/twin/plans";

const FULL: View = {
  camera: { way: "orbit", lon: 127.105301, lat: 37.52057, height: 12.5, distance: 4200, heading: 35.5, elevation: 42 },
  mode: "swipe",
  divider: 0.25,
  hidden: ["road", "water"],
  colour: { layer: "building", attribute: "floorsAboveGround" },
  classes: 7,
  time: "2026-11-01T00:00:00Z",
  date: "2026-12-22",
  hour: 9.5,
  result: "urn:ngsi-ld:Run:1",
  picked: "urn:ngsi-ld:Building:osm:w1",
  more: { wind: "nw" },
};

describe("a view as an address", () => {
  it("goes both ways, and the same view gives the same text", () => {
    const query = queryOf(FULL);
    expect(viewOf(query)).toEqual(FULL);
    expect(queryOf(viewOf(`?${query}`))).toBe(query);
    expect(query).toContain("picked=urn:ngsi-ld:Building:osm:w1");
    expect(queryOf(NO_VIEW)).toBe("");
    expect(viewOf("")).toEqual(NO_VIEW);
  });
  it("keeps a flyer's and a walker's eye, and looks that rise", () => {
    for (const way of ["fly", "walk"] as const) {
      const view: View = { ...NO_VIEW, camera: { way, lon: 127, lat: 37.5, height: 1.7, distance: null, heading: 0, elevation: -12 } };
      expect(viewOf(queryOf(view))).toEqual(view);
    }
  });
  it.each(["lon=abc&lat=37&distance=1", "lon=127&lat=37", "lon=127&lat=99&distance=100", "lon=&lat=&distance=", "lon=1e999&lat=1&distance=5"])("%s is no place", (query) => {
    expect(viewOf(query).camera).toBeNull();
  });
  it("leaves out what makes no sense, and a token", () => {
    const told = viewOf(`mode=sideways&divider=7&classes=99&date=tomorrow&hour=-1&colour=building&token=x&picked=${"a".repeat(999)}`);
    expect(told).toEqual(NO_VIEW);
  });
  it("tells a step that one may go back over from a mere move", () => {
    expect(isStep(FULL, { ...FULL, camera: { ...FULL.camera!, heading: 90 }, divider: 0.7 })).toBe(false);
    expect(isStep(FULL, { ...FULL, mode: "split" })).toBe(true);
    expect(isStep(FULL, { ...FULL, camera: { ...FULL.camera!, way: "fly", distance: null } })).toBe(true);
  });
});

const layer = (id: string, told: Partial<Layer> = {}): Layer => ({ id, type: id, title: id, features: 3, attributes: [], ...told });

describe("what is drawn for which side", () => {
  const asked = { city: "x", branch: "b", mainLayers: [layer("building"), layer("dong")], changedTypes: new Set(["building"]) };
  it("is the base of 현행 for both, what the 안 changes hidden in its pane, and the difference in that pane alone", () => {
    const plans = plansOf({
      ...asked,
      layers: [layer("building", { drawn: "solid", tiles: "/tiles/x/building/tileset.json", delta: { tiles: "/tiles/x~b/building/delta/tileset.json", hidden: ["1", "2"], added: 1, changed: 1, removed: 1 } })],
    });
    expect(plans.map(({ key, side, hidden }) => [key, side, hidden.length])).toEqual([
      ["both building", "both", 2],
      ["branch building", "branch", 0],
    ]);
  });
  it("has no second tileset where an 안 only removes, or changes nothing", () => {
    const delta = { tiles: "/d", hidden: ["1"], added: 0, changed: 0, removed: 1 };
    expect(plansOf({ ...asked, layers: [layer("building", { tiles: "/b", delta })] })).toHaveLength(1);
    expect(plansOf({ ...asked, layers: [layer("dong", { tiles: "/b", delta: null })] })).toHaveLength(1);
  });
  it("is a tileset for each side where the server tells no difference", () => {
    const plans = plansOf({ ...asked, layers: [layer("building"), layer("dong")] });
    expect(plans.map(({ key, url }) => [key, url])).toEqual([
      ["main building", "/tiles/x/building/tileset.json"],
      ["branch building", "/tiles/x~b/building/tileset.json"],
      ["both dong", "/tiles/x/dong/tileset.json"],
    ]);
  });
  it("lays land under green under water under roads under rails", () => {
    const places = ["landuse", "green", "water", "road", "railway"].map((id) => sheetOf(layer(id, { drawn: "sheet" })));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(new Set(places).size).toBe(5);
    expect(sheetOf(layer("building", { drawn: "solid" }))).toBe(0);
  });
});

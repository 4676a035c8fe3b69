import { describe, expect, it } from "vitest";
import { parseRoute, pathOf, tenantOf } from "../src/route";
import type { Route } from "../src/route";

const ROUTES: readonly Route[] = [
  { page: "start" },
  { page: "city", city: "gwangyang", branch: null },
  { page: "city", city: "gwangyang", branch: "battery-hydrogen" },
  { page: "log", city: "sejong", branch: null },
  { page: "log", city: "sejong", branch: "a-1" },
  { page: "proposals", city: "icheon" },
  { page: "proposal", city: "icheon", id: "urn:ngsi-ld:Proposal:icheon:안/1" },
  { page: "room", city: "sejong", branch: null, room: "plan", id: null },
  { page: "room", city: "gwangyang", branch: "battery-hydrogen", room: "committees", id: "urn:ngsi-ld:Committee:announced:a" },
];

describe("addresses of pages", () => {
  it.each(ROUTES)("$page goes both ways", (route) => {
    expect(parseRoute(pathOf(route))).toEqual(route);
  });
  it("keeps the colons of a URN readable", () => {
    expect(pathOf({ page: "proposal", city: "x", id: "urn:ngsi-ld:Proposal:x:1" })).toBe("/city/x/proposals/urn:ngsi-ld:Proposal:x:1");
  });
  it.each(["/nowhere", "/city", "/city/a/b/c/d", "/city/a/b/nonsense", "/city/a/-", "/city/a/-/nonsense", "/city/a/b/-/plan/c/d", "/city/a/b/c/-/plan"])("%s is nowhere", (path) => {
    expect(parseRoute(path).page).toBe("lost");
  });
  it("names the tenant of a city and of its branch", () => {
    expect(tenantOf("gwangyang", null)).toBe("gwangyang");
    expect(tenantOf("gwangyang", "b")).toBe("gwangyang~b");
  });
});

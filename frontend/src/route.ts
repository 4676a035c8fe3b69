/** Addresses of the pages, both ways. Pure: the browser's history stands in state/navigation. */

export type Route =
  | { readonly page: "start" }
  | { readonly page: "city"; readonly city: string; readonly branch: string | null }
  | { readonly page: "log"; readonly city: string; readonly branch: string | null }
  | { readonly page: "proposals"; readonly city: string }
  | { readonly page: "proposal"; readonly city: string; readonly id: string }
  | { readonly page: "room"; readonly city: string; readonly branch: string | null; readonly room: Room; readonly id: string | null }
  | { readonly page: "lost"; readonly path: string };

/** The rooms of a city beside its first page, in the order in which they stand in the menu. */
export const ROOMS = ["twin", "plan", "checklist", "promises", "investment", "committees", "alliance", "studies", "lab", "clusters", "claims", "rules"] as const;
export type Room = (typeof ROOMS)[number];

// Stands between the city and a room: no branch can be called so.
const DOOR = "-";

/** What a path shows. */
export function parseRoute(path: string): Route {
  const parts = path.split("/").filter((part) => part !== "").map(decode);
  if (parts.length === 0) return { page: "start" };
  const [room, city, second, third] = parts;
  if (room !== "city" || city === undefined) return { page: "lost", path };
  const door = parts.indexOf(DOOR);
  if (door === 2 || door === 3) return roomAt(path, city, door === 3 ? second! : "main", parts.slice(door + 1));
  if (parts.length > 4) return { page: "lost", path };
  if (second === undefined) return { page: "city", city, branch: null };
  if (second === "proposals") return third === undefined ? { page: "proposals", city } : { page: "proposal", city, id: third };
  const branch = second === "main" ? null : second;
  if (third === undefined) return { page: "city", city, branch };
  return third === "log" ? { page: "log", city, branch } : { page: "lost", path };
}

function roomAt(path: string, city: string, branch: string, rest: readonly string[]): Route {
  const room = ROOMS.find((one) => one === rest[0]);
  if (room === undefined || rest.length > 2) return { page: "lost", path };
  return { page: "room", city, branch: branch === "main" ? null : branch, room, id: rest[1] ?? null };
}

/** The path of what is to be shown. */
export function pathOf(route: Route): string {
  switch (route.page) {
    case "start":
      return "/";
    case "city":
      return route.branch === null ? `/city/${encode(route.city)}` : `/city/${encode(route.city)}/${encode(route.branch)}`;
    case "log":
      return `/city/${encode(route.city)}/${encode(route.branch ?? "main")}/log`;
    case "proposals":
      return `/city/${encode(route.city)}/proposals`;
    case "proposal":
      return `/city/${encode(route.city)}/proposals/${encode(route.id)}`;
    case "room": {
      const of = route.branch === null ? encode(route.city) : `${encode(route.city)}/${encode(route.branch)}`;
      return `/city/${of}/${DOOR}/${route.room}${route.id === null ? "" : `/${encode(route.id)}`}`;
    }
    case "lost":
      return route.path;
  }
}

/** `city` for 현행, `city~branch` for an 안: the tenant name that every API takes. */
export function tenantOf(city: string, branch: string | null): string {
  return branch === null || branch === "main" ? city : `${city}~${branch}`;
}

// A URN keeps its colons, so that an address can be read.
function encode(part: string): string {
  return encodeURIComponent(part).replaceAll("%3A", ":");
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

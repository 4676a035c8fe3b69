/** Addresses of the pages, both ways. Pure: the browser's history stands in state/navigation. */

export type Route =
  | { readonly page: "start" }
  | { readonly page: "city"; readonly city: string; readonly branch: string | null }
  | { readonly page: "log"; readonly city: string; readonly branch: string | null }
  | { readonly page: "proposals"; readonly city: string }
  | { readonly page: "proposal"; readonly city: string; readonly id: string }
  | { readonly page: "lost"; readonly path: string };

/** What a path shows. */
export function parseRoute(path: string): Route {
  const parts = path.split("/").filter((part) => part !== "").map(decode);
  if (parts.length === 0) return { page: "start" };
  const [room, city, second, third] = parts;
  if (room !== "city" || city === undefined || parts.length > 4) return { page: "lost", path };
  if (second === undefined) return { page: "city", city, branch: null };
  if (second === "proposals") return third === undefined ? { page: "proposals", city } : { page: "proposal", city, id: third };
  const branch = second === "main" ? null : second;
  if (third === undefined) return { page: "city", city, branch };
  return third === "log" ? { page: "log", city, branch } : { page: "lost", path };
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

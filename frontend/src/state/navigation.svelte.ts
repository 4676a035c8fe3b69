/** Where the reader is: the browser's address, as a route. */

import { parseRoute, pathOf } from "../route";
import type { Route } from "../route";

class Navigation {
  route = $state<Route>(parseRoute(location.pathname));

  constructor() {
    window.addEventListener("popstate", () => (this.route = parseRoute(location.pathname)));
    // The start-up token has become a cookie by now; it does not belong in the address bar or in history.
    const url = new URL(location.href);
    if (url.searchParams.has("token")) {
      url.searchParams.delete("token");
      history.replaceState(null, "", url.pathname + url.search);
    }
  }

  /** `query`, with its question mark, is what the page itself makes of the rest of the address. */
  go(route: Route, options: { replace?: boolean; query?: string } = {}): void {
    const path = pathOf(route) + (options.query ?? "");
    if (options.replace) history.replaceState(null, "", path);
    else if (path !== location.pathname + location.search) history.pushState(null, "", path);
    this.route = route;
    if (!options.replace) window.scrollTo(0, 0);
  }

  /** For plain links: follows them without loading the page anew, unless the reader asked for a new tab. */
  follow = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest("a");
    if (!link || link.origin !== location.origin || link.target || link.hasAttribute("download") || link.getAttribute("href")?.startsWith("#")) return;
    const route = parseRoute(link.pathname);
    if (route.page === "lost") return;
    event.preventDefault();
    this.go(route, { query: link.search });
  };
}

export const navigation = new Navigation();

/** Who reads, and the cities this server holds. */

import { Problem, api } from "../api/client";
import type { City, Who } from "../api/types";
import { withAlternativesFirst } from "../fitting";

class Session {
  who = $state<Who | null>(null);
  cities = $state<readonly City[]>([]);
  problem = $state<Problem | null>(null);
  loaded = $state(false);

  async load(): Promise<void> {
    const [who, cities] = await Promise.allSettled([api.who(), api.cities()]);
    if (who.status === "fulfilled") this.who = who.value;
    if (cities.status === "fulfilled") {
      this.cities = withAlternativesFirst(cities.value);
      this.problem = null;
    } else {
      this.problem = asProblem(cities.reason);
    }
    this.loaded = true;
  }

  city(id: string): City | null {
    return this.cities.find((city) => city.id === id) ?? null;
  }

  get mayPropose(): boolean {
    return this.who?.role === "propose" || this.who?.role === "decide";
  }

  get mayDecide(): boolean {
    return this.who?.role === "decide";
  }
}

/** Any failure as a problem that can be shown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem("page.unexpected", "", error instanceof Error ? error.message : String(error), 0);
}

export const session = new Session();

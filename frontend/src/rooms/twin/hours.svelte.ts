/**
 * Hours of sun on a building or a plot: asked of the server for 현행 and for the 안, sample by sample beside each other.
 * One a session: the samples stay in the picture while their panel is shut.
 */

import { twinTime } from "../../api/rooms/twin-time";
import type { SunSample, Sunlight, SunlightAsked } from "../../api/rooms/twin-time";
import { Latest } from "../../api/latest";
import type { Problem } from "../../api/client";
import { differencesOf } from "../../geometry/sunlit";
import type { Side } from "../../geometry/panes";
import { asProblem } from "../../state/session.svelte";
import type { TwinSession } from "./session.svelte";

export interface Lit {
  readonly sample: SunSample;
  readonly minutes: number;
}

const KEPT = new WeakMap<TwinSession, HoursOfSun>();

export function hoursOf(session: TwinSession): HoursOfSun {
  const known = KEPT.get(session) ?? new HoursOfSun(session);
  KEPT.set(session, known);
  return known;
}

export class HoursOfSun {
  asked = $state.raw<SunlightAsked | null>(null);
  main = $state.raw<Sunlight | null>(null);
  branch = $state.raw<Sunlight | null>(null);
  problems = $state.raw<Readonly<Record<Side, Problem | null>>>({ main: null, branch: null });
  running = $state(false);
  difference = $state(false);
  readonly #latest = new Latest();

  constructor(private readonly session: TwinSession) {}

  readonly spacingM = $derived((this.branch ?? this.main)?.spacingM ?? 3);
  readonly differences = $derived(this.main && this.branch ? differencesOf(this.main.samples, this.branch.samples) : null);

  /** What each side of the picture shows. */
  readonly plates = $derived.by((): readonly (readonly [Side | "both", readonly Lit[]])[] => {
    const { main, branch } = this;
    const plain = (one: Sunlight): readonly Lit[] => one.samples.map((sample) => ({ sample, minutes: sample.minutes }));
    if (this.difference && this.differences) {
      return [["both", this.differences.flatMap(({ sample, minutes }) => (minutes === null ? [] : [{ sample, minutes }]))]];
    }
    if (!this.session.compares) return main ? [["both", plain(main)]] : [];
    return [...(main ? [["main", plain(main)] as const] : []), ...(branch ? [["branch", plain(branch)] as const] : [])];
  });

  start(): void {
    $effect(() => () => this.#latest.stop());
  }

  /** Both sides at once; one may lack the building, which is said. */
  async run(asked: SunlightAsked): Promise<void> {
    const { city, tenant, compares } = this.session;
    this.clear();
    this.asked = asked;
    this.running = true;
    try {
      const found = await this.#latest.run((signal) => Promise.allSettled([twinTime.sunlight(city, asked, signal), ...(compares ? [twinTime.sunlight(tenant, asked, signal)] : [])]));
      if (!found) return;
      const [main, branch] = found;
      this.main = main?.status === "fulfilled" ? main.value : null;
      this.branch = branch?.status === "fulfilled" ? branch.value : null;
      this.problems = { main: main?.status === "rejected" ? asProblem(main.reason) : null, branch: branch?.status === "rejected" ? asProblem(branch.reason) : null };
    } finally {
      this.running = false;
    }
  }

  clear(): void {
    this.#latest.stop();
    [this.asked, this.main, this.branch, this.difference, this.running] = [null, null, null, false, false];
    this.problems = { main: null, branch: null };
  }
}

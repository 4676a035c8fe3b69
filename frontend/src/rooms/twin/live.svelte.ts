/** The sensors of a city as they stand now: asked again whenever one of them says something, and when a minute has passed. */

import type { Problem } from "../../api/client";
import { Latest } from "../../api/latest";
import { followed, reading } from "../../api/rooms/twin-reading";
import type { Changed, LiveNow } from "../../api/rooms/twin-reading";
import { asProblem } from "../../state/session.svelte";
import { quantitiesOf, rowsOf } from "./quantities";
import type { TwinSession } from "./session.svelte";

/** Readings that come in a burst are asked for once. */
const TOGETHER_MS = 250;
const AGAIN_MS = 60_000;
/** What the address says where the reader put it away. */
export const OFF = "off";

export class Live {
  now = $state.raw<LiveNow | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** The clock of the city's server at the last answer, carried on by this one. */
  clock = $state(Date.now());

  readonly quantities = $derived(quantitiesOf(this.now?.sensors ?? []));
  readonly quantity = $derived.by(() => {
    const said = this.session.said("live");
    return this.quantities.find((one) => one.id === said) ?? this.quantities.find((one) => one.attribute === said) ?? this.quantities[0] ?? null;
  });
  readonly rows = $derived(this.now && this.quantity ? rowsOf(this.now.sensors, this.quantity.id) : []);
  /** Whether they are drawn over the city. */
  readonly drawn = $derived.by(() => this.session.said("live") !== null && this.session.said("live") !== OFF);
  readonly #asking = new Latest();

  constructor(private readonly session: TwinSession) {}

  /** Asks now and follows from here on; the answer ends it. */
  follow(tenant: string): () => void {
    let waiting = 0;
    const soon = (): void => {
      clearTimeout(waiting);
      waiting = window.setTimeout(() => void this.#ask(tenant), TOGETHER_MS);
    };
    const heard = (changed: Changed): void => {
      if (changed.more || changed.changes.some(({ type }) => type === "Device" || type === "Observation" || type.endsWith("Observed"))) soon();
    };
    void this.#ask(tenant);
    const stop = followed(tenant, heard);
    const ticking = window.setInterval(() => void this.#ask(tenant), AGAIN_MS);
    return () => {
      stop();
      clearTimeout(waiting);
      clearInterval(ticking);
      this.#asking.stop();
    };
  }

  async #ask(tenant: string): Promise<void> {
    try {
      const answer = await this.#asking.run((signal) => reading.live(tenant, signal));
      if (!answer) return;
      this.now = answer;
      this.clock = new Date(answer.now).getTime();
      this.problem = null;
    } catch (error) {
      this.problem = asProblem(error);
    }
  }
}

const LIVES = new WeakMap<TwinSession, Live>();

/** The one that a visit has: the panel and the picture read the same. */
export function liveOf(session: TwinSession): Live {
  const known = LIVES.get(session) ?? new Live(session);
  LIVES.set(session, known);
  return known;
}

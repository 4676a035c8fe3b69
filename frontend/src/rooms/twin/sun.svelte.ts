/**
 * The sun of a day and an hour over the city: what the picture is lit by, and what a panel says of it. The address keeps
 * day and hour; shadows are cast unless the reader takes them away. One a session: it stays while its panel is shut.
 */

import { untrack } from "svelte";
import { civilOf, dayAfter, momentOf, seasonDay, sunAt, sunDay, sunDirection } from "../../geometry/sun";
import type { Season, SunAt, SunDay } from "../../geometry/sun";
import { session as reader } from "../../state/session.svelte";
import type { TwinSession } from "./session.svelte";

const MINUTE = 1 / 60;
/** Minutes of the day that go by in a second while it is played. */
const PLAYED_MINUTES = 40;
const NO_SHADOW = "noshadow";

const SUNS = new WeakMap<TwinSession, SunOver>();

export function sunOf(session: TwinSession): SunOver {
  const known = SUNS.get(session) ?? new SunOver(session);
  SUNS.set(session, known);
  return known;
}

export class SunOver {
  playing = $state(false);
  #place = $state.raw<{ readonly lon: number; readonly lat: number } | null>(null);
  #last = 0;

  constructor(private readonly session: TwinSession) {}

  readonly zone = $derived.by(() => reader.city(this.session.city)?.zone ?? "Asia/Seoul");
  readonly on = $derived.by(() => this.session.sun.date !== null);
  readonly today = $derived.by(() => civilOf(Date.now(), this.zone));
  readonly date = $derived.by(() => this.session.sun.date ?? this.today.date);
  readonly hour = $derived.by(() => this.session.sun.hour ?? 12);
  readonly shadows = $derived.by(() => this.session.said(NO_SHADOW) === null);
  readonly moment = $derived(momentOf({ date: this.date, hour: this.hour }, this.zone));
  readonly place = $derived(this.#place);
  readonly sun = $derived.by((): SunAt | null => (this.#place ? sunAt(this.moment, this.#place.lon, this.#place.lat) : null));
  readonly day = $derived.by((): SunDay | null => (this.#place ? sunDay(this.date, this.#place.lon, this.#place.lat, this.zone) : null));
  readonly year = $derived(Number(this.date.slice(0, 4)));

  /** Lights the picture from now on; called while a component is made. */
  start(): void {
    $effect(() => {
      // The frame's own middle: east, north and up of the scene are those of this place.
      void this.session.frame;
      const { twin } = this.session;
      if (untrack(() => this.#place) || !twin?.placed) return;
      const { lon, lat } = twin.toLonLat(twin.toLocal(0, 0).set(0, 0, 0));
      this.#place = { lon, lat };
    });
    $effect(() => {
      const { twin } = this.session;
      const { on, sun, shadows } = this;
      if (!twin) return;
      twin.sun.direction = on && sun ? sunDirection(sun) : null;
      twin.sun.on = on && shadows;
      twin.light();
    });
    $effect(() => () => (this.playing = false));
  }

  set(told: { readonly date?: string; readonly hour?: number }): void {
    this.session.sun = { date: told.date ?? this.date, hour: Math.min(23.983, Math.max(0, told.hour ?? this.hour)), on: true };
  }

  season(season: Season): void {
    this.set({ date: this.dayOf(season) });
  }

  dayOf(season: Season): string {
    return seasonDay(this.year, season, this.zone);
  }

  now(): void {
    this.set(civilOf(Date.now(), this.zone));
  }

  shift(days: number): void {
    this.set({ date: dayAfter(this.date, days) });
  }

  shade(shadows: boolean): void {
    this.session.say(NO_SHADOW, shadows ? null : "1");
  }

  /** The light of a map again. */
  end(): void {
    this.playing = false;
    this.session.say(NO_SHADOW, null);
    this.session.sun = { date: null, hour: null, on: false };
  }

  /** Plays the day from sunrise to sunset, or stops. */
  play(): void {
    if (this.playing) {
      this.playing = false;
      return;
    }
    const { day } = this;
    const hourOf = (moment: number | null, other: number): number => (moment === null ? other : civilOf(moment, this.zone).hour);
    const [first, last] = [hourOf(day?.rises ?? null, 0), hourOf(day?.sets ?? null, 24)];
    if (this.hour >= last - 0.25 || this.hour < first) this.set({ hour: first });
    else this.set({});
    this.playing = true;
    this.#last = performance.now();
    const step = (now: number): void => {
      if (!this.playing) return;
      const next = this.hour + ((now - this.#last) / 1000) * PLAYED_MINUTES * MINUTE;
      this.#last = now;
      if (next >= last) {
        this.playing = false;
        this.set({ hour: last });
        return;
      }
      this.set({ hour: next });
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }
}

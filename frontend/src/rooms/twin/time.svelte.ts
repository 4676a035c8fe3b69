/**
 * The city over time: one attribute of a layer at moments that a slider goes through, played or stepped. Frames come in
 * chunks, the next ones ahead of the reader. The scale is made once, of moments over the whole time, and stays.
 * One course a session: it goes on while its panel is shut.
 */

import { untrack } from "svelte";
import { twinTime } from "../../api/rooms/twin-time";
import type { Frames, Moments } from "../../api/rooms/twin-time";
import type { Problem } from "../../api/client";
import type { Pair, Status, Text } from "../../api/types";
import { RowIndex } from "../../colour/rows";
import { scaleOf } from "../../colour/scale";
import type { Scale, Value } from "../../colour/scale";
import { chunksOf, columnOf, medianOf, nearestTime, nextChunk, timesOf } from "../../geometry/course";
import { asProblem } from "../../state/session.svelte";
import { settings } from "../../state/settings.svelte";
import { figureOf } from "./session.svelte";
import type { Figure, TwinSession } from "./session.svelte";

type Column = ArrayLike<Value>;

export interface Step {
  readonly median: number | null;
  readonly known: number;
}

/** What the frames say of themselves. */
interface Told {
  readonly label: Pair;
  readonly unit: string | null;
  readonly kind: Moments["kind"];
  readonly status: Status | null;
  readonly source: Text;
  readonly method: Text;
}

export const SPEEDS = [0.5, 1, 2, 4, 8] as const;
const DAY_MS = 86_400_000;
/** Moments over the whole time, of which the scale is made. */
const SCALE_STEPS = 6;
const ALL_AT_ONCE = 150_000;

const COURSES = new WeakMap<TwinSession, TimeCourse>();

export function timeOf(session: TwinSession): TimeCourse {
  const known = COURSES.get(session) ?? new TimeCourse(session);
  COURSES.set(session, known);
  return known;
}

export class TimeCourse {
  /** By layer, what can be shown over time; null before anybody asked. */
  moments = $state.raw<Readonly<Record<string, readonly Moments[]>> | null>(null);
  problem = $state<Problem | null>(null);
  /** Days back from the end; null is all there is. */
  lastDays = $state<number | null>(null);
  times = $state.raw<readonly number[]>([]);
  ids = $state.raw<readonly string[]>([]);
  names = $state.raw<readonly (string | null)[]>([]);
  steps = $state.raw<readonly (Step | null)[]>([]);
  told = $state.raw<Told | null>(null);
  scale = $state.raw<Scale | null>(null);
  index = $state(0);
  playing = $state(false);
  speed = $state<number>(2);
  waiting = $state(false);
  values = $state.raw<Column>([]);

  #columns: (Column | null)[] = [];
  #chunks: readonly (readonly [number, number])[] = [];
  #done = new Set<number>();
  #rows = new RowIndex([]);
  #asking: AbortController | null = null;
  #figure: Figure | null = null;
  #clock = 0;

  constructor(private readonly session: TwinSession) {}

  /** What of the coloured layer can be shown over time. */
  readonly offered = $derived.by(() => this.moments?.[this.session.chosen?.layer ?? ""]?.find((one) => one.attribute === this.session.chosen?.attribute) ?? null);
  readonly at = $derived(this.times[this.index] ?? null);
  readonly loaded = $derived(this.steps.filter((one) => one !== null).length);
  readonly on = $derived.by(() => this.session.at !== null);

  /** Follows the session from now on; called while a component is made. */
  start(): void {
    $effect(() => this.#readMoments());
    $effect(() => this.#follow());
    $effect(() => {
      if (!this.on) untrack(() => this.stop());
    });
    $effect(() => {
      // The theme's own colours, the reader's classes: the same values in them.
      void [settings.isDark, this.session.classes, this.session.colouring];
      untrack(() => this.#rescale());
    });
    $effect(() => () => this.#end());
  }

  /** Begins to show the city over time, at the last moment there is or at one that is asked for. */
  begin(moment: number | null = null): void {
    const wanted = moment ?? (this.offered ? Date.parse(this.offered.to) : null);
    if (wanted !== null) this.session.at = textOf(wanted);
  }

  /** Back to the city as it is. */
  end(): void {
    this.playing = false;
    this.session.at = null;
  }

  go(index: number): void {
    const to = Math.min(this.times.length - 1, Math.max(0, index));
    if (this.times[to] === undefined) return;
    this.index = to;
    this.session.at = textOf(this.times[to]!);
    this.#show();
    void this.#fetch();
  }

  play(): void {
    if (this.times.length < 2) return;
    if (this.index >= this.times.length - 1) this.go(0);
    this.playing = true;
    this.#tick();
  }

  pause(): void {
    this.playing = false;
    clearTimeout(this.#clock);
  }

  stop(): void {
    this.pause();
    this.#asking?.abort();
    this.#asking = null;
    this.times = [];
    this.steps = [];
    this.#columns = [];
    this.#key = "";
    if (this.#figure && this.session.shown === this.#figure) this.session.shown = null;
    this.#figure = null;
  }

  since(days: number | null): void {
    this.lastDays = days;
    this.#key = "";
    this.#follow();
  }

  /** The column of a step, where it has come in. */
  column(index: number): Column | null {
    return this.#columns[index] ?? null;
  }

  #end(): void {
    this.pause();
    this.#asking?.abort();
  }

  #tick(): void {
    clearTimeout(this.#clock);
    if (!this.playing) return;
    this.#clock = window.setTimeout(() => {
      const next = this.index + 1;
      if (next >= this.times.length) {
        this.playing = false;
        return;
      }
      if (this.#columns[next]) this.go(next);
      else void this.#fetch(next);
      this.#tick();
    }, 1000 / this.speed);
  }

  #of = "";

  #readMoments(): (() => void) | void {
    const { tenant, drawn, open, at } = this.session;
    if ((open !== "time" && at === null) || drawn.length === 0) return;
    const of = JSON.stringify([tenant, drawn.map((one) => one.id)]);
    if (of === this.#of) return;
    this.#of = of;
    const layers = drawn.filter((one) => one.drawn !== "terrain").map((one) => one.id);
    Promise.all(layers.map(async (layer) => [layer, await twinTime.moments(tenant, layer)] as const)).then(
      (found) => {
        if (this.#of === of) this.moments = Object.fromEntries(found);
      },
      (error: unknown) => {
        if (this.#of === of) [this.moments, this.problem] = [{}, asProblem(error)];
      },
    );
  }

  #key = "";

  /** Frames of another attribute, another time, another side are asked for anew. */
  #follow(): void {
    const { at, chosen, tenant } = this.session;
    const told = this.offered;
    if (at === null || !chosen || !told || !this.session.layer) return;
    untrack(() => {
      const key = JSON.stringify([tenant, chosen, this.lastDays]);
      const moment = Date.parse(at);
      if (key === this.#key) {
        // Somebody went back over the address: the slider follows.
        if (this.times.length > 0 && this.times[this.index] !== moment) this.#onto(moment);
        return;
      }
      this.#key = key;
      void this.#begin(told, moment);
    });
  }

  #onto(moment: number): void {
    const index = nearestTime(this.times, moment);
    if (this.times[index] !== moment) this.#insert(moment);
    else this.index = index;
    this.#show();
    void this.#fetch();
  }

  /** A moment between those of the slider becomes one of them. */
  #insert(moment: number): void {
    const times = [...this.times, moment].sort((a, b) => a - b);
    const at = times.indexOf(moment);
    this.#columns.splice(at, 0, null);
    const steps = [...this.steps];
    steps.splice(at, 0, null);
    [this.times, this.steps, this.index] = [times, steps, at];
    // Asked for one by one from now on: spans are no longer even.
    this.#chunks = times.map((_, n) => [n, n + 1] as const);
    this.#done = new Set(this.#columns.flatMap((column, n) => (column ? [n] : [])));
  }

  async #begin(told: Moments, moment: number): Promise<void> {
    const { session } = this;
    const chosen = session.chosen!;
    this.#asking?.abort();
    const asking = (this.#asking = new AbortController());
    this.problem = null;
    this.waiting = true;
    try {
      const from = this.lastDays === null ? told.from : textOf(Math.max(Date.parse(told.from), Date.parse(told.to) - this.lastDays * DAY_MS));
      // What the record says changes until now; readings end with the last one.
      const to = told.kind === "versions" ? textOf(Math.max(Date.parse(told.to), Date.now())) : told.to;
      const times = timesOf(from, to, told.usualIntervalS);
      const all = await twinTime.at(session.tenant, chosen.layer, chosen.attribute, textOf(moment), asking.signal);
      if (asking.signal.aborted) return;
      this.#rows = new RowIndex(all.ids);
      [this.ids, this.names] = [all.ids, all.names ?? []];
      this.times = times;
      this.steps = times.map(() => null);
      this.#columns = times.map(() => null);
      this.#done = new Set();
      this.#chunks = chunksOf(times.length, all.ids.length);
      this.index = nearestTime(times, moment);
      const whole = times.length * all.ids.length <= ALL_AT_ONCE;
      const found = await this.#read(0, times.length, whole ? times.length : SCALE_STEPS, asking.signal);
      if (asking.signal.aborted) return;
      this.told = { ...found, source: found.source };
      const sample = found.values.flat();
      this.#sample = sample;
      if (whole) {
        this.#take(0, found);
        this.#chunks.forEach((_, n) => this.#done.add(n));
      }
      this.scale = scaleOf(sample, settings.isDark, session.classes, session.colouring);
      if (times[this.index] !== moment) this.#insert(moment);
      this.#figureAnew();
      this.#show();
      await this.#fetch();
    } catch (error) {
      if (!asking.signal.aborted) this.problem = asProblem(error);
    } finally {
      if (this.#asking === asking) this.waiting = false;
    }
  }

  #sample: readonly Value[] = [];

  #rescale(): void {
    if (this.#sample.length === 0 || !this.on) return;
    this.scale = scaleOf(this.#sample, settings.isDark, this.session.classes, this.session.colouring);
    this.#figureAnew();
    this.#show();
  }

  #figureAnew(): void {
    const { scale, session } = this;
    if (!scale || !session.chosen) return;
    const values = scale.bounds ? new Float64Array(this.ids.length).fill(NaN) : new Array<Value>(this.ids.length).fill(null);
    const column = this.#columns[this.index];
    if (column) for (let row = 0; row < values.length; row += 1) values[row] = column[row] ?? (scale.bounds ? NaN : null);
    this.#figure = figureOf(session.chosen.layer, this.ids, values, scale);
    session.result = null;
    session.shown = this.#figure;
  }

  #read(from: number, to: number, steps: number, signal: AbortSignal): Promise<Frames> {
    const { session, times } = this;
    const { layer, attribute } = session.chosen!;
    return twinTime.frames(session.tenant, layer, { attribute, from: textOf(times[from]!), to: textOf(times[to - 1]!), steps }, signal);
  }

  #take(from: number, found: Frames): void {
    const rows = Int32Array.from(found.ids, (id) => this.#rows.rowOf(id));
    const steps = [...this.steps];
    found.values.forEach((values, n) => {
      const column = columnOf(values, rows, this.ids.length);
      this.#columns[from + n] = column;
      steps[from + n] = medianOf(column);
    });
    this.steps = steps;
  }

  #fetching = false;

  /** Chunk after chunk, the nearest ahead first. */
  async #fetch(wanted = this.index): Promise<void> {
    if (this.#fetching || !this.#asking) return;
    const { signal } = this.#asking;
    this.#fetching = true;
    try {
      for (let at = wanted; ; at = this.index) {
        const next = nextChunk(this.#chunks, at, this.#done);
        if (next === null || signal.aborted) return;
        const [from, to] = this.#chunks[next]!;
        const found = await this.#read(from, to, to - from, signal);
        if (signal.aborted || this.#chunks[next]?.[0] !== from) return;
        this.#done.add(next);
        this.#take(from, found);
        if (this.index >= from && this.index < to) this.#show();
      }
    } catch (error) {
      if (!signal.aborted) this.problem = asProblem(error);
    } finally {
      this.#fetching = false;
    }
  }

  /** Colours the picture by the step that is looked at, where it has come in. */
  #show(): void {
    const column = this.#columns[this.index];
    const figure = this.#figure;
    this.waiting = !column;
    if (!column || !figure) return;
    // The figure keeps the values that are seen: a later redraw, a label, a card read them there.
    if (figure.values instanceof Float64Array && column instanceof Float64Array) figure.values.set(column);
    else for (let row = 0; row < column.length; row += 1) (figure.values as Value[])[row] = column[row];
    this.values = column;
    if (this.session.shown !== figure) this.session.shown = figure;
    this.session.step(figure.values);
  }
}

export function textOf(moment: number): string {
  return new Date(moment).toISOString();
}

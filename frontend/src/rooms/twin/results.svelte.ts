/**
 * A model's result over the city: which one, which of its frames, and what each side of the picture shows of it.
 * One a session: it stays while its panel is shut.
 */

import { untrack } from "svelte";
import { twinTime } from "../../api/rooms/twin-time";
import type { FlowsResult, GridResult, PlacesResult, Result, ResultInfo } from "../../api/rooms/twin-time";
import type { Problem } from "../../api/client";
import { scaleOf } from "../../colour/scale";
import type { Scale } from "../../colour/scale";
import { boundsOf } from "../../geometry/middle";
import type { Bounds } from "../../geometry/middle";
import type { Side } from "../../geometry/panes";
import type { Surface } from "../../geometry/surface";
import { asProblem } from "../../state/session.svelte";
import { settings } from "../../state/settings.svelte";
import type { Arc } from "../../twin/overlays/flows";
import { figureOf } from "./session.svelte";
import type { Figure, TwinSession } from "./session.svelte";

/** What one side shows: a result of its own, in one of its frames. */
export interface Part<R extends Result = Result> {
  readonly side: Side | "both";
  readonly result: R;
  readonly frame: number;
}

const LIVE = "live:";
/** From nearer than this share of its breadth, a result is not seen as a whole. */
const SHARE_SEEN = 0.4;
const VIEWS = new WeakMap<TwinSession, ResultsOver>();

export function resultsOf(session: TwinSession): ResultsOver {
  const known = VIEWS.get(session) ?? new ResultsOver(session);
  VIEWS.set(session, known);
  return known;
}

export class ResultsOver {
  list = $state.raw<readonly ResultInfo[] | null>(null);
  mainList = $state.raw<readonly ResultInfo[]>([]);
  result = $state.raw<Result | null>(null);
  /** The same of 현행, where it was run there, too. */
  main = $state.raw<Result | null>(null);
  problem = $state<Problem | null>(null);
  frame = $state(0);
  playing = $state(false);
  speed = $state(2);
  /** What the pointer is over: the value of a surface there. */
  pointed = $state.raw<{ readonly lon: number; readonly lat: number; readonly values: readonly (readonly [Side | "both", number | null])[] } | null>(null);
  #figure: Figure | null = null;
  #opened: string | null = null;
  #clock = 0;

  constructor(private readonly session: TwinSession) {}

  readonly info = $derived.by(() => this.list?.find((one) => one.id === this.session.result) ?? null);
  readonly frames = $derived(this.result?.frames ?? null);
  /** Before and after: on an 안 the one belongs to 현행 and the other to the 안. */
  readonly comparesFrames = $derived.by(() => this.session.compares && this.result?.kind !== "places" && this.frames?.length === 2 && this.frames.every((one) => one.at === undefined));

  readonly parts = $derived.by((): readonly Part[] => {
    const { result, main, frame } = this;
    if (!result) return [];
    if (!this.session.compares || result.kind === "places" || result.id.startsWith(LIVE)) return [{ side: "both", result, frame }];
    if (this.comparesFrames) return [{ side: "main", result, frame: 0 }, { side: "branch", result, frame: 1 }];
    const own: Part = { side: "branch", result, frame };
    return main ? [{ side: "main", result: main, frame: Math.min(frame, (main.frames?.length ?? 1) - 1) }, own] : [own];
  });
  /** One legend for all that is seen. */
  readonly range = $derived.by((): readonly [number, number] | null => {
    const all = [...new Set(this.parts.map((part) => part.result))].filter((one) => one.low !== null && one.high !== null);
    return all.length > 0 ? [Math.min(...all.map((one) => one.low!)), Math.max(...all.map((one) => one.high!))] : null;
  });
  readonly grids = $derived.by(() => this.parts.filter((part): part is Part<GridResult> => part.result.kind === "grid"));
  readonly flows = $derived.by(() => this.parts.filter((part): part is Part<FlowsResult> => part.result.kind === "flows"));
  readonly places = $derived.by((): PlacesResult | null => (this.result?.kind === "places" ? this.result : null));
  readonly scale = $derived.by((): Scale | null => (this.places ? scaleOf(this.places.values.flat(), settings.isDark, this.session.classes) : null));
  readonly surfaces = $derived.by(() => this.grids.map((part) => [part.side, surfaceOf(part.result, part.frame)] as const));
  readonly arcs = $derived.by(() => this.flows.map((part) => [part.side, arcsOf(part.result, part.frame, this.range?.[1] ?? 0)] as const));

  /** Follows the session from now on; called while a component is made. */
  start(): void {
    $effect(() => this.#readList());
    $effect(() => this.#read());
    $effect(() => this.#paint());
    $effect(() => () => clearTimeout(this.#clock));
  }

  choose(id: string | null): void {
    if (id !== null) this.session.at = null;
    this.session.result = id;
    this.#flies = id !== null && !id.startsWith(LIVE);
  }

  #flies = false;

  /** A result just chosen is flown to where only a corner of it would be seen. */
  #fly(result: Result): void {
    const { twin, camera } = this.session;
    const bounds = extentOf(result);
    if (!this.#flies || !twin || !bounds) return;
    this.#flies = false;
    const { lon, lat, metres } = bounds;
    if (camera?.distance != null && camera.distance > metres * SHARE_SEEN) return;
    twin.showPlace(lon, lat, metres);
    this.session.way = "orbit";
  }

  go(frame: number): void {
    this.frame = Math.min((this.frames?.length ?? 1) - 1, Math.max(0, frame));
  }

  play(): void {
    this.playing = !this.playing;
    clearTimeout(this.#clock);
    if (!this.playing) return;
    const count = this.frames?.length ?? 1;
    if (this.frame >= count - 1) this.frame = 0;
    const tick = (): void => {
      if (!this.playing) return;
      if (this.frame >= count - 1) {
        this.playing = false;
        return;
      }
      this.frame += 1;
      this.#clock = window.setTimeout(tick, 1000 / this.speed);
    };
    this.#clock = window.setTimeout(tick, 1000 / this.speed);
  }

  #of = "";

  #readList(): void {
    const { tenant, city, branch, result, open } = this.session;
    if ((result === null && open !== "results") || tenant === this.#of) return;
    this.#of = tenant;
    Promise.all([twinTime.results(tenant), branch === null ? [] : twinTime.results(city)]).then(
      ([own, main]) => {
        if (this.#of === tenant) [this.list, this.mainList] = [own, main];
      },
      (error: unknown) => {
        if (this.#of === tenant) [this.list, this.problem] = [[], asProblem(error)];
      },
    );
  }

  #read(): (() => void) | void {
    const { result: id, tenant, city } = this.session;
    const own = this.info;
    untrack(() => {
      this.playing = false;
      this.frame = 0;
      this.pointed = null;
      this.problem = null;
    });
    if (id === null || own === null) {
      [this.result, this.main] = [null, null];
      return;
    }
    const counterpart = own.run === null ? null : (this.mainList.find((one) => one.model === own.model && tableOf(one.id) === tableOf(id)) ?? null);
    const asking = new AbortController();
    Promise.all([twinTime.result(tenant, id, asking.signal), counterpart ? twinTime.result(city, counterpart.id, asking.signal) : null]).then(
      ([result, main]) => {
        [this.result, this.main] = [result, main];
        // A course of time begins with its beginning; what was changed is shown as it became.
        this.#fly(result);
        this.frame = result.frames && result.frames.every((one) => one.at === undefined) ? result.frames.length - 1 : 0;
      },
      (error: unknown) => {
        if (!asking.signal.aborted) [this.result, this.main, this.problem] = [null, null, asProblem(error)];
      },
    );
    return () => asking.abort();
  }

  /** Places take the colours of their layer. */
  #paint(): void {
    const { places, scale, frame, session } = this;
    untrack(() => {
      if (places && scale) {
        const layer = session.layerOf(places.ids[0] ?? "");
        this.#figure = figureOf(layer, places.ids, places.values[frame] ?? [], scale);
        session.shown = this.#figure;
        if (session.hidden.includes(layer)) {
          session.toggle(layer);
          this.#opened = layer;
        }
      } else if (this.#figure) {
        if (session.shown === this.#figure) session.shown = null;
        this.#figure = null;
        // What was hidden before the result is hidden after it.
        if (this.#opened !== null && !session.hidden.includes(this.#opened)) session.toggle(this.#opened);
        this.#opened = null;
      }
    });
  }
}

/** The middle of a result and how far it reaches. */
function extentOf(result: Result): Bounds | null {
  if (result.kind === "grid") return boundsOf([[result.west, result.south], [result.east, result.north]]);
  if (result.kind === "flows") return boundsOf(Object.values(result.ends).map(({ lon, lat }) => [lon, lat]));
  return result.bounds && boundsOf([[result.bounds[0], result.bounds[1]], [result.bounds[2], result.bounds[3]]]);
}

/** The table of a run, without the run. */
function tableOf(id: string): string {
  return id.slice(id.indexOf(":") + 1);
}

export function surfaceOf(result: GridResult, frame: number): Surface {
  const { west, south, east, north, columns, rows } = result;
  return { west, south, east, north, columns, rows, values: Float64Array.from(result.values[frame] ?? [], (value) => value ?? NaN) };
}

/** Flows of a frame that go somewhere, the largest first. */
export function arcsOf(result: FlowsResult, frame: number, most: number): readonly Arc[] {
  return largest(result, frame).flatMap(({ from, to, value }) => {
    const [a, b] = [result.ends[from], result.ends[to]];
    return a && b ? [{ from: [a.lon, a.lat] as const, to: [b.lon, b.lat] as const, share: most > 0 ? Math.min(1, value / most) : 0 }] : [];
  });
}

export function largest(result: FlowsResult, frame: number): readonly { readonly from: string; readonly to: string; readonly value: number }[] {
  return result.flows
    .flatMap(({ from, to, values }) => {
      const value = values[frame] ?? null;
      return value !== null && value > 0 ? [{ from, to, value }] : [];
    })
    .sort((a, b) => b.value - a.value);
}

/**
 * Drawing on an 안 from the twin's room: what is being drawn (`Draft`), what is being moved (`Held`), and how it is
 * written and taken back (`Drawing`). After each act the layers and the differences are asked for anew; the tilesets of
 * what the act touched get another address, so that the picture loads them again, and the camera stays where it is.
 */

import { tick } from "svelte";
import { api } from "../../api/client";
import type { Problem } from "../../api/client";
import { Latest } from "../../api/latest";
import { acting } from "../../api/rooms/twin-acting";
import type { Asked, Done, History, Outline, Warned } from "../../api/rooms/twin-acting";
import type { Layer } from "../../api/types";
import { areaOf, cornersOf, crossesItself, displaced, lengthOf } from "../../geometry/footprint";
import type { Flat, Rectangle } from "../../geometry/footprint";
import { NO_NEIGHBOURS } from "../../geometry/snapping";
import type { Hold, Neighbours } from "../../geometry/snapping";
import { en, ko } from "../../i18n/catalogues";
import { asProblem } from "../../state/session.svelte";
import type { Sketch } from "../../twin/overlays/preview";
import type { Stage } from "../../twin/stage";
import { toDegrees, toFlat } from "../../twin/tools/drawing";
import type { Paper, Shape } from "../../twin/tools/drawing";
import { STILL, isStill } from "../../twin/tools/handling";
import type { Handled, Shift } from "../../twin/tools/handling";
import type { TwinSession } from "./session.svelte";

/** What can be drawn anew, the type that the city knows it by, and its name where nobody gives it one. */
export const KINDS = {
  building: { act: "place", type: "Building", name: "twin.draw.planned.building" },
  facility: { act: "place", type: "Facility", name: "twin.draw.planned.facility" },
  tree: { act: "place", type: "SolitaryVegetationObject", name: "twin.draw.planned.tree" },
  stop: { act: "place", type: "BusStop", name: "twin.draw.planned.stop" },
  road: { act: "add-road", type: "RoadSegment", name: "twin.draw.planned.road" },
  zone: { act: "zone", type: "Zone", name: "twin.draw.planned.zone" },
} as const;
export type Kind = keyof typeof KINDS;

/** As the server counts where only storeys are given, and the width of a lane. */
const STOREY_M = 4;
const LANE_M = 3.25;
const PATIENCE_MS = 4_000;

/** A whole or broken number above zero; null where nothing useful is written. */
const numberIn = (value: number | null | undefined): number | null => (typeof value === "number" && Number.isFinite(value) && value > 0 ? value : null);

export class Draft implements Paper {
  kind = $state<Kind>("building");
  byCorners = $state(false);
  points = $state.raw<readonly Flat[]>([]);
  pen = $state.raw<Flat | null>(null);
  hold = $state<Hold>("free");
  done = $state(false);
  rectangle = $state.raw<Rectangle | null>(null);
  neighbours = $state.raw<Neighbours>(NO_NEIGHBOURS);
  /** The thing whose outline is drawn anew; null for a new thing. */
  target = $state<string | null>(null);

  name = $state("");
  use = $state("");
  height = $state<number | null>(20);
  floors = $state<number | null>(null);
  lanes = $state<number | null>(2);
  speed = $state<number | null>(null);
  reason = $state("");

  readonly shape = $derived.by((): Shape => {
    if (this.kind === "road") return "line";
    if (this.kind === "tree" || this.kind === "stop") return "point";
    return this.byCorners ? "outline" : "rectangle";
  });
  readonly isBody = $derived(this.kind === "building" || this.kind === "facility");
  readonly areaM2 = $derived(this.points.length > 2 && this.shape !== "line" ? areaOf(this.points) : null);
  readonly lengthM = $derived(this.points.length > 1 ? lengthOf(this.points, this.shape !== "line") : null);
  readonly crosses = $derived(this.points.length > 3 && this.shape !== "rectangle" && crossesItself(this.points, this.shape !== "line"));
  readonly heightM = $derived(this.isBody ? (numberIn(this.height) ?? (numberIn(this.floors) ?? 0) * STOREY_M) : 0);

  readonly sketch = $derived.by((): Sketch | null => {
    if (this.points.length === 0 && !this.pen) return null;
    const kind = this.shape === "point" ? "point" : this.kind === "road" ? "road" : this.heightM > 0 ? "body" : "sheet";
    const closed = this.shape === "rectangle" ? this.points.length > 2 : this.done;
    return { kind, points: this.points, closed, heightM: this.heightM, widthM: (numberIn(this.lanes) ?? 1) * LANE_M, pen: this.pen };
  });

  clear(): void {
    Object.assign(this, { points: [], pen: null, hold: "free", done: false, rectangle: null });
  }

  /** The rectangle with another side, direction or middle. */
  reshape(change: Partial<Rectangle>): void {
    if (!this.rectangle) return;
    this.rectangle = { ...this.rectangle, ...change };
    this.points = cornersOf(this.rectangle);
  }

  /** What is asked of the server for what is drawn. */
  asked(stage: Stage): Asked {
    const { kind, shape, target } = this;
    const places = toDegrees(stage, this.points);
    const geometry =
      shape === "point"
        ? ({ type: "Point", coordinates: places[0] } as const)
        : shape === "line"
          ? ({ type: "LineString", coordinates: places } as const)
          : ({ type: "Polygon", coordinates: [[...places, places[0]]] } as const);
    const reason = this.reason.trim();
    if (target) return { act: "change", id: target, geometry, reason };
    const values: Record<string, unknown> = {};
    const put = (name: string, value: unknown): void => void (value !== null && value !== "" && (values[name] = value));
    const { name } = KINDS[kind];
    put("name", this.name.trim() || { ko: ko[name], en: en[name] });
    if (KINDS[kind].act === "place") put("type", KINDS[kind].type);
    if (this.isBody) {
      put("height", numberIn(this.height));
      put("floorsAboveGround", numberIn(this.floors));
    }
    if (kind === "building" || kind === "zone") put("use", this.use.trim());
    if (kind === "road") {
      put("lanes", numberIn(this.lanes));
      put("maximumAllowedSpeed", numberIn(this.speed));
    }
    return { act: KINDS[kind].act, geometry, values, reason };
  }
}

/** A thing in hand, as it would stand. */
export class Held implements Handled {
  shift = $state.raw<Shift>(STILL);

  constructor(
    readonly id: string,
    readonly ring: readonly Flat[],
    readonly heightM: number | null,
    private readonly onWrite: (held: Held) => void,
  ) {}

  readonly still = $derived(isStill(this.shift));
  readonly moved = $derived.by(() => displaced(this.ring, this.shift));
  readonly height = $derived.by(() => (this.heightM === null ? null : this.heightM + this.shift.upM));
  readonly sketch = $derived.by((): Sketch => ({ kind: this.height ? "body" : "sheet", points: this.moved, closed: true, heightM: this.height ?? 0, widthM: 0, pen: null }));

  write(): void {
    this.onWrite(this);
  }

  /** One act for each kind of change, in the order in which they are done. */
  asked(reason: string): readonly Asked[] {
    const { eastM, northM, degrees, upM } = this.shift;
    const acts: Asked[] = [];
    if (eastM !== 0 || northM !== 0) acts.push({ act: "move", id: this.id, by: { eastM, northM }, reason });
    if (degrees % 360 !== 0) acts.push({ act: "turn", id: this.id, by: { degrees: degrees % 360 }, reason });
    if (upM !== 0) acts.push({ act: "raise", id: this.id, by: { metres: upM }, reason });
    return acts;
  }
}

const NOTHING: History = { acts: [], canUndo: false, canRedo: false, note: { ko: "", en: "" } };

export class Drawing {
  history = $state.raw<History>(NOTHING);
  busy = $state(false);
  problem = $state.raw<Problem | null>(null);
  warnings = $state.raw<readonly Warned[]>([]);
  /** What was written and is not yet in the picture. */
  landing = $state.raw<{ readonly ids: readonly string[]; readonly sketch: Sketch } | null>(null);

  readonly #asking = new Latest();
  readonly #nearby = new Latest();
  readonly #stamps = new Map<string, number>();
  #patience = 0;

  constructor(private readonly session: TwinSession) {}

  async load(): Promise<void> {
    try {
      const found = await this.#asking.run((signal) => acting.drawn(this.session.tenant, signal));
      if (found) this.history = found;
    } catch (error) {
      this.problem = asProblem(error);
    }
  }

  stop(): void {
    this.#asking.stop();
    this.#nearby.stop();
    clearTimeout(this.#patience);
  }

  /** Does acts one after another; the first that is refused ends it. Gives the last that was done. */
  async write(asked: readonly Asked[], sketch: Sketch | null = null): Promise<Done | null> {
    const { tenant } = this.session;
    return this.#doing(async () => {
      let done: Done | null = null;
      const warnings: Warned[] = [];
      try {
        for (const one of asked) {
          done = await acting.draw(tenant, one);
          warnings.push(...done.warnings.filter((warned) => !warnings.some((known) => known.code === warned.code)));
        }
      } catch (error) {
        this.problem = asProblem(error);
        // What was done before the refusal is in the picture.
        if (done) await this.refresh(done);
        return null;
      }
      this.warnings = warnings;
      if (done && sketch) this.#land(done.ids, sketch);
      if (done) await this.refresh(done);
      return done;
    });
  }

  undo(): Promise<Done | null> {
    return this.#back(() => acting.undo(this.session.tenant));
  }

  redo(): Promise<Done | null> {
    return this.#back(() => acting.redo(this.session.tenant));
  }

  /** What is in the picture by now needs no sketch any more. */
  landed(): void {
    const { landing } = this;
    const { twin } = this.session;
    if (landing && landing.ids.some((id) => twin?.layer(`branch ${this.session.layerOf(id)}`)?.boxOf(id))) this.landing = null;
  }

  /** The outlines around a place, in the flat frame. */
  async outlinesNear(stage: Stage, at: Flat, withinM: number): Promise<Neighbours | null> {
    const [place] = toDegrees(stage, [at]);
    const found = await this.#nearby.run((signal) => acting.outlines(this.session.tenant, [place![0], place![1]], withinM, signal)).catch(() => null);
    return found && { rings: found.flatMap((one) => ringsOf(one.location)).map((ring) => toFlat(stage, ring)) };
  }

  async refresh(done: Done): Promise<void> {
    const { session } = this;
    for (const id of done.ids) this.#stamps.set(id.split(":")[2] ?? "", done.transaction);
    try {
      const [layers, changes, history] = await Promise.all([api.layers(session.tenant), api.diff(session.tenant), acting.drawn(session.tenant)]);
      session.layers = layers.map((layer) => this.#stamped(layer));
      session.changes = changes;
      this.history = history;
      await this.#pickAgain(done.ids, new Set(changes.filter((one) => one.kind === "removed").map((one) => one.id)));
    } catch (error) {
      this.problem = asProblem(error);
    }
  }

  async #back(what: () => Promise<Done>): Promise<Done | null> {
    return this.#doing(async () => {
      try {
        const done = await what();
        await this.refresh(done);
        return done;
      } catch (error) {
        this.problem = asProblem(error);
        return null;
      }
    });
  }

  async #doing(what: () => Promise<Done | null>): Promise<Done | null> {
    if (this.busy) return null;
    this.busy = true;
    [this.problem, this.warnings] = [null, []];
    // The whole city is no longer fitted into the picture by itself: one looks at what one draws.
    const view = this.session.twin?.view();
    if (view) this.session.twin?.goTo(view);
    try {
      return await what();
    } finally {
      this.busy = false;
    }
  }

  #land(ids: readonly string[], sketch: Sketch): void {
    this.landing = { ids, sketch };
    clearTimeout(this.#patience);
    this.#patience = window.setTimeout(() => (this.landing = null), PATIENCE_MS);
  }

  #stamped(layer: Layer): Layer {
    const stamp = this.#stamps.get(layer.type);
    if (!stamp || !layer.delta) return layer;
    return { ...layer, delta: { ...layer.delta, tiles: `${layer.delta.tiles}#act=${stamp}` } };
  }

  /** What was picked and changed is read anew; what is gone is let go. */
  async #pickAgain(ids: readonly string[], gone: ReadonlySet<string>): Promise<void> {
    const { picked } = this.session;
    if (!picked || !ids.includes(picked.id)) return;
    this.session.picked = null;
    await tick();
    if (!gone.has(picked.id) && this.history.acts.some((act) => act.ids.includes(picked.id) && !(act.undone && ["place", "add-road", "zone"].includes(act.act))))
      this.session.picked = { ...picked, side: "branch" };
  }
}

/** The outer rings of a GeoJSON geometry, without the repeated last point. */
export function ringsOf(geometry: Outline["location"] | null): readonly (readonly Flat[])[] {
  const open = (ring: readonly Flat[]): readonly Flat[] => ring.slice(0, -1).map(([x, y]) => [x, y] as const);
  if (geometry?.type === "Polygon") return [open((geometry.coordinates as Flat[][])[0]!)];
  if (geometry?.type === "MultiPolygon") return (geometry.coordinates as Flat[][][]).map((polygon) => open(polygon[0]!));
  return [];
}

/** What the reader measures: distances, areas, heights; the one at hand and those that are done. One list a session. */

import { areaM2, crossesItself, lengthM, lengthOnGroundM, along } from "../../geometry/measuring";
import type { Place } from "../../geometry/measuring";
import { formatNumber } from "../../format/measure";
import type { Drawing } from "../../twin/overlays/measure";
import type { Tracing } from "../../twin/tools/measure";
import type { TwinSession } from "./session.svelte";

export type Kind = "line" | "ring" | "height";

export interface Measure {
  readonly id: string;
  readonly kind: Kind;
  readonly places: readonly Place[];
  /** The building whose height it is. */
  readonly of: string | null;
  readonly ofName: string;
}

/** What a measure says, in metres and square metres. */
export interface Said {
  readonly lengthM: number;
  readonly groundM: number | null;
  readonly areaM2: number | null;
  readonly riseM: number | null;
  readonly crossed: boolean;
}

const KEPT = new WeakMap<TwinSession, Measuring>();

export function measuringOf(session: TwinSession): Measuring {
  const known = KEPT.get(session) ?? new Measuring(session);
  KEPT.set(session, known);
  return known;
}

export class Measuring implements Tracing {
  done = $state.raw<readonly Measure[]>([]);
  kind = $state<Kind>("line");
  places = $state.raw<readonly Place[]>([]);
  hovered = $state.raw<Place | null>(null);
  #next = 1;

  constructor(private readonly session: TwinSession) {}

  readonly drawings = $derived.by((): readonly Drawing[] => {
    const open = this.#open();
    return [...this.done.map((one) => this.#drawn(one.kind, one.places, false)), ...(open.length > 0 ? [this.#drawn(this.kind, open, true)] : [])];
  });
  readonly now = $derived.by((): Said | null => (this.places.length > 0 ? this.said({ kind: this.kind, places: this.places }) : null));
  readonly enough = $derived(this.places.length >= (this.kind === "ring" ? 3 : 2));

  said({ kind, places }: Pick<Measure, "kind" | "places">): Said {
    const { twin } = this.session;
    const ring = kind === "ring" && places.length > 2 ? [...places, places[0]!] : places;
    const ground = kind === "line" && twin ? along(ring, (lon, lat) => twin.heightAt(lon, lat)) : null;
    const [first, last] = [places[0], places.at(-1)];
    return {
      lengthM: lengthM(ring),
      groundM: ground ? lengthOnGroundM(ground) : null,
      areaM2: kind === "ring" && places.length > 2 ? areaM2(places) : null,
      riseM: first && last && places.length > 1 ? last.height - first.height : null,
      crossed: kind === "ring" && crossesItself(places),
    };
  }

  begin(kind: Kind): void {
    this.kind = kind;
    this.places = [];
    this.hovered = null;
  }

  add(place: Place): void {
    this.places = [...this.places, place];
    if (this.kind === "height" && this.places.length === 2) this.end();
  }

  hover(place: Place | null): void {
    this.hovered = this.places.length > 0 ? place : null;
  }

  undo(): void {
    this.places = this.places.slice(0, -1);
  }

  end(): boolean {
    const places = withoutRepeats(this.places);
    if (places.length < (this.kind === "ring" ? 3 : 2)) return false;
    this.keep({ kind: this.kind, places, of: null, ofName: "" });
    this.places = [];
    this.hovered = null;
    return true;
  }

  keep(made: Omit<Measure, "id">): void {
    this.done = [...this.done, { ...made, id: String(this.#next) }];
    this.#next += 1;
  }

  remove(id: string): void {
    this.done = this.done.filter((one) => one.id !== id);
  }

  clear(): void {
    [this.done, this.places, this.hovered] = [[], [], null];
  }

  #open(): readonly Place[] {
    return this.hovered ? [...this.places, this.hovered] : this.places;
  }

  #drawn(kind: Kind, places: readonly Place[], open: boolean): Drawing {
    const said = this.said({ kind, places });
    const text = kind === "ring" ? (said.areaM2 === null ? "" : areaText(said.areaM2)) : kind === "height" ? (said.riseM === null ? "" : metresText(Math.abs(said.riseM))) : places.length > 1 ? metresText(said.groundM ?? said.lengthM) : "";
    return { kind, places, text, open };
  }
}

/** Metres, or kilometres where there are many. */
export function metresText(metres: number): string {
  return metres >= 10_000 ? `${formatNumber(metres / 1000, 2)} km` : `${formatNumber(metres, metres < 100 ? 2 : 1)} m`;
}

/** Square metres, with hectares or square kilometres where there are many. */
export function areaText(squareMetres: number): string {
  if (squareMetres >= 1e6) return `${formatNumber(squareMetres / 1e6, 3)} km²`;
  return squareMetres >= 1e5 ? `${formatNumber(squareMetres, 0)} m² (${formatNumber(squareMetres / 1e4, 2)} ha)` : `${formatNumber(squareMetres, squareMetres < 1000 ? 1 : 0)} m²`;
}

/** A second click at the end sets its point twice. */
function withoutRepeats(places: readonly Place[]): readonly Place[] {
  return places.filter((one, i) => i === 0 || lengthM([places[i - 1]!, one]) > 0.01);
}

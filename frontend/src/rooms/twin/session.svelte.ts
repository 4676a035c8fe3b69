/**
 * One reader's visit to the twin: the city and its layers, what is chosen, picked and seen, and the picture itself.
 * The picture (`twin`) knows no Svelte; panels know no three.js; both meet here. Whatever the session holds as state is
 * followed by the picture and by the address by itself.
 *
 * A panel (a Svelte file of its own in `panels/`, words in i18n/rooms/twin-<panel>.{ko,en}.json):
 *   1. write `panels/SunPanel.svelte`; its props are `{ session }: { session: TwinSession }`;
 *   2. put `{ id: "sun", icon: "<svg path, 20 x 20>", label: "twin.panel.sun", Panel: () => import("./panels/SunPanel.svelte") }`
 *      into `panels.ts`; the label and the panel's words go into its own pair of catalogues (register it in i18n/catalogues.ts);
 *   3. read and set `session.sun`, `session.picked`, `session.hidden` … as plain properties; `$derived` follows them;
 *   4. words of its own in the address: `session.say("wind", "nw")`, read back by `session.said("wind")`;
 *   5. `session.tell(text)` shows a sentence at the foot of the picture, `session.open = null` closes the panel.
 *
 * An overlay (plain TypeScript in `src/twin/overlays/`, see `src/twin/stage.ts`):
 *   1. `class Bars implements Overlay { attach(stage) { this.stage = stage; stage.scene.add(this.group) } … }`;
 *   2. place things by `stage.toLocal(lon, lat, stage.heightAt(lon, lat))`, one side alone by `object.layers.set(MASKS.branch)`;
 *   3. `update(now, pane)` runs before each pane is drawn; return true while something moves; `changed()` when the ground does;
 *   4. in the panel: `$effect(() => { const twin = session.twin; if (!twin) return; const bars = new Bars(); twin.add(bars); return () => twin.remove(bars); })`;
 *   5. after a change from outside call `stage.invalidate()`; `dispose()` takes everything out of the scene again.
 *
 * A tool (what the pointer does, `Tool` in `src/twin/stage.ts`):
 *   1. `class Ruler implements Tool { cursor = "crosshair"; click(event) { if (event.ground) this.points.push(event.ground); return true; } … }`;
 *   2. a method that returns true keeps the event from the camera; `event.ground` and `event.picked` are worked out when read;
 *   3. `session.tool = new Ruler(…)` takes it in hand, `session.tool = null` puts it away (Escape does, too, unless `key` takes it);
 *   4. a tool draws through an overlay of its own, added and removed by the panel;
 *   5. `dispose()` is called when it is put away.
 *
 * Colours: `session.figure` decides them. A panel with values of its own (a time step, a result) sets `session.shown` to
 * a Figure made by `figureOf(ids, values, …)` and, for the next step of the same ids, calls `session.step(values)`.
 */

import { untrack } from "svelte";
import { api } from "../../api/client";
import type { EntityChange, Layer, LayerValues } from "../../api/types";
import type { Rgb } from "../../colour/classes";
import { CHANGED, CHANGED_AREA, SELECTED, UNKNOWN, neutralOf, outlineColour } from "../../colour/picture";
import { RowIndex, classesOf, packed, paintingOf, plainPainting } from "../../colour/rows";
import type { Packed } from "../../colour/rows";
import { COLOURING_WORDS, colouringIn, scaleOf } from "../../colour/scale";
import type { Scale, Value } from "../../colour/scale";
import type { Mode, Side } from "../../geometry/panes";
import { extentOf, middleOf } from "../../geometry/middle";
import { say, t } from "../../i18n";
import { tenantOf } from "../../route";
import { settings } from "../../state/settings.svelte";
import { NO_VIEW } from "../../twin/address";
import type { CameraView, View, Way } from "../../twin/address";
import type { LabelOf } from "../../twin/naming";
import { plansOf } from "../../twin/plans";
import type { Marks } from "../../twin/table";
import type { Picked, Tool, Twin } from "../../twin/twin";

/** The values by which a layer is coloured: one column, in the order of its ids, and the scale they fall into. */
export interface Figure {
  readonly layer: string;
  readonly rows: RowIndex;
  readonly values: ArrayLike<Value>;
  readonly scale: Scale;
  readonly unknown?: Rgb;
}

// A list of ids is turned into rows once, however often it is coloured.
const INDEXES = new WeakMap<readonly string[], RowIndex>();

export function figureOf(layer: string, ids: readonly string[], values: ArrayLike<Value>, scale: Scale, unknown?: Rgb): Figure {
  const rows = INDEXES.get(ids) ?? new RowIndex(ids);
  INDEXES.set(ids, rows);
  return { layer, rows, values, scale, unknown };
}

/** Tones of what lies over a whole area. */
const AREAS = new Set(["zone", "land", "parcel", "green", "water"]);

/** Layers whose features are places of their own size: one flies to see the whole of them. */
const WIDE = new Set([...AREAS, "dong", "legal-dong", "district"]);

/** So many metres are seen around a thing that one flies to. */
const NEAR_M = 320;

export interface SunHour {
  /** Day of the place, as in 2026-11-23; null is the light of a map. */
  readonly date: string | null;
  readonly hour: number | null;
  readonly on: boolean;
}

export class TwinSession {
  // Where one is.
  city = $state("");
  branch = $state<string | null>(null);
  branchTitle = $state("");
  readonly tenant = $derived(tenantOf(this.city, this.branch));

  // What the city holds.
  layers = $state.raw<readonly Layer[]>([]);
  mainLayers = $state.raw<readonly Layer[]>([]);
  changes = $state.raw<readonly EntityChange[]>([]);
  values = $state.raw<Readonly<Record<Side, LayerValues | null>>>({ main: null, branch: null });

  // The picture, and how one looks at it.
  twin = $state.raw<Twin | null>(null);
  drawable = $state(true);
  /** The graphics card is away and may come back. */
  lost = $state(false);
  seen = $state(false);
  mode = $state<Mode>("main");
  divider = $state(0.5);
  way = $state<Way>("orbit");
  asTable = $state(false);
  camera = $state.raw<CameraView | null>(null);
  /** Counts frames, for what is written beside the picture. */
  frame = $state(0);

  // What is chosen.
  hidden = $state.raw<readonly string[]>([]);
  chosen = $state.raw<{ readonly layer: string; readonly attribute: string } | null>(null);
  picked = $state.raw<Picked | null>(null);
  /** A moment of the city's history; null is now. */
  at = $state<string | null>(null);
  sun = $state.raw<SunHour>({ date: null, hour: null, on: false });
  /** The result of a model that is laid over the city. */
  result = $state<string | null>(null);
  classes = $state(5);
  shown = $state.raw<Figure | null>(null);
  tool = $state.raw<Tool | null>(null);
  open = $state<string | null>(null);
  message = $state("");
  more = $state.raw<Readonly<Record<string, string>>>({});
  /** Ids that carry a label of an overlay's own. */
  silent = $state.raw<ReadonlySet<string>>(new Set());

  readonly shade = $derived(settings.isDark ? ("dark" as const) : ("light" as const));
  readonly compares = $derived(this.branch !== null);
  readonly changed = $derived(new Map(this.changes.map((change) => [change.id, change])));
  readonly #changedTypes = $derived(new Set(this.changes.map((change) => change.type)));
  // A change without a place, such as a sum of money, is in the table of changes and not in the picture.
  readonly placed = $derived(this.changes.filter((change) => [...this.layers, ...this.mainLayers].some((layer) => layer.type === change.type)));
  readonly drawn = $derived(this.layers.filter((layer) => layer.features > 0 || this.mainLayers.some((one) => one.id === layer.id && one.features > 0)));
  readonly layer = $derived(this.drawn.find((one) => one.id === this.chosen?.layer) ?? null);
  readonly attribute = $derived(this.layer?.attributes.find((one) => one.name === this.chosen?.attribute) ?? null);
  // How classes and colours are chosen; a text, so that other words of the address make no new scale.
  readonly #colouringWords = $derived(JSON.stringify(Object.fromEntries(COLOURING_WORDS.map((word) => [word, this.said(word)]))));
  readonly colouring = $derived(colouringIn(JSON.parse(this.#colouringWords)));
  // Both sides share one scale, so that the same colour means the same value.
  readonly scale = $derived(scaleOf([this.values.main, this.values.branch].flatMap((side) => side?.values ?? []), settings.isDark, this.classes, this.colouring));
  readonly names = $derived.by(() => this.#namesKnown());
  readonly plans = $derived(plansOf({ city: this.city, branch: this.branch, layers: this.drawn, mainLayers: this.mainLayers, changedTypes: this.#changedTypes }));
  /** The values that colour each side. */
  readonly figure = $derived.by((): Readonly<Record<Side, Figure | null>> => {
    if (this.shown) return { main: this.shown, branch: this.shown };
    const { chosen, scale, values } = this;
    const of = (side: LayerValues | null): Figure | null => (chosen && scale && side ? figureOf(chosen.layer, side.ids, side.values, scale) : null);
    const main = of(values.main);
    return { main, branch: values.branch ? of(values.branch) : main };
  });

  #buffers = new Map<Figure, Uint8Array<ArrayBufferLike>>();

  /** Follows the state from now on; called once while a component is made. */
  start(): void {
    $effect(() => this.#readMainLayers());
    $effect(() => {
      if (this.branch === null) this.mode = "main";
    });
    $effect(() => this.#chooseFirst());
    $effect(() => this.#hideFirst());
    $effect(() => this.#readValues());
    $effect(() => this.#draw());
    $effect(() => this.twin?.setLook({ dark: settings.isDark }));
    $effect(() => this.twin?.setMode(this.mode));
    $effect(() => this.twin?.setDivider(this.divider));
    $effect(() => this.twin?.use(this.tool));
    $effect(() => {
      // Names, changes and what is picked write the labels.
      void [this.names, this.changed, this.picked];
      this.twin?.invalidate();
    });
  }

  // --- what one does -------------------------------------------------------------------------------------------------

  toggle(layer: string): void {
    this.hidden = this.hidden.includes(layer) ? this.hidden.filter((one) => one !== layer) : [...this.hidden, layer];
  }

  /** Flies to features that have come in. */
  show(ids: readonly string[]): boolean {
    const found = this.twin?.showFeatures(ids) ?? false;
    if (found) this.way = "orbit";
    return found;
  }

  /** Picks a feature by its id and flies to it; to its place, where its tile has not come in. */
  pick(id: string, place: { readonly lon: number | null; readonly lat: number | null } | null = null): void {
    const removed = this.changed.get(id)?.kind === "removed";
    this.picked = { id, layer: this.layerOf(id), side: this.branch === null || removed ? "main" : "branch" };
    // What one asks to see is seen.
    if (this.hidden.includes(this.picked.layer)) this.toggle(this.picked.layer);
    if (!WIDE.has(this.picked.layer) && place && place.lon !== null && place.lat !== null) {
      this.twin?.showPlace(place.lon, place.lat, NEAR_M);
      this.way = "orbit";
    } else if (WIDE.has(this.picked.layer) || !this.show([id])) void this.#fly(id);
  }

  /** To the place that the city knows of an entity. */
  async #fly(id: string): Promise<void> {
    const told = await api.entity(this.tenant, id).catch(() => null);
    const at = middleOf(told?.entity["location"]);
    if (!at || this.picked?.id !== id) return;
    this.way = "orbit";
    this.twin?.showPlace(at[0], at[1], Math.max(NEAR_M, extentOf(told?.entity["location"])));
  }

  go(way: Way): void {
    this.way = way;
    this.twin?.setWay(way);
  }

  tell(sentence: string): void {
    this.message = sentence;
  }

  /** A word of a panel's own in the address; null takes it out. */
  say(key: string, value: string | null): void {
    const { [key]: _, ...others } = this.more;
    this.more = value === null ? others : { ...others, [key]: value };
  }

  said(key: string): string | null {
    return this.more[key] ?? null;
  }

  /** Everything a link says of what is seen. */
  view(): View {
    // Followed through `camera`, which changes when the camera comes to rest; read from the picture itself.
    const rested = this.camera;
    return {
      camera: this.twin?.view() ?? rested,
      mode: this.branch === null ? null : this.mode,
      divider: this.divider,
      hidden: this.#hiddenToSay(),
      colour: this.chosen,
      classes: this.classes === 5 ? null : this.classes,
      time: this.at,
      date: this.sun.date,
      hour: this.sun.hour,
      result: this.result,
      picked: this.picked?.id ?? null,
      more: this.more,
    };
  }

  /** What is written with a picture of the twin: whose data are seen, and which side is which. */
  pictureText(): { readonly attribution: string; readonly captions: Readonly<Partial<Record<Side, string>>> } {
    const shown = this.drawn.filter((layer) => !this.hidden.includes(layer.id));
    const credits = shown.map((layer) => say(layer.attribution) || say(layer.source)).filter((text) => text !== "");
    return {
      attribution: [...new Set(credits)].join(" · "),
      captions: this.branch === null ? {} : { main: t("word.main"), branch: this.branchTitle },
    };
  }

  /** Looks as a view says; what it leaves open stays as the page begins. */
  goTo(view: View, how: { readonly flies?: boolean } = {}): void {
    const told = { ...NO_VIEW, ...view };
    this.mode = this.branch === null ? "main" : (told.mode ?? "split");
    this.divider = told.divider ?? 0.5;
    this.#asCome = told.hidden === null;
    this.hidden = told.hidden ?? untrack(() => this.#leftOut);
    if (told.colour) this.chosen = told.colour;
    this.classes = told.classes ?? 5;
    this.at = told.time;
    this.sun = { date: told.date, hour: told.hour, on: told.date !== null || told.hour !== null };
    this.result = told.result;
    this.more = told.more;
    const known = untrack(() => this.picked);
    if (told.picked === null) this.picked = null;
    else if (known?.id !== told.picked) this.picked = { id: told.picked, layer: this.layerOf(told.picked), side: this.branch === null ? "main" : "branch" };
    if (!told.camera) return;
    this.camera = told.camera;
    this.way = told.camera.way;
    this.twin?.goTo(told.camera, how);
  }

  /** The layer that a feature stands in, by the type in its name. */
  layerOf(id: string): string {
    const type = id.split(":")[2];
    return this.drawn.find((layer) => layer.type === type)?.id ?? "";
  }

  /** The next values of what is shown: the same ids, the same scale, nothing made anew. */
  step(values: ArrayLike<Value>): void {
    const { shown, twin } = this;
    if (!shown || !twin) return;
    const classes = classesOf(values, shown.scale, this.#buffers.get(shown));
    const painting = paintingOf(classes, shown.scale, shown.unknown ?? UNKNOWN[this.shade]);
    for (const { key, name } of this.plans) if (name === shown.layer) twin.paint(key, { painting });
  }

  /** The name that is written over a feature, and how much it weighs among others. */
  readonly labelOf: LabelOf = (layerName, id, side) => {
    if (this.silent.has(id)) return null;
    const text = this.names.get(id) ?? this.#nameInTiles(layerName, id, side);
    if (id === this.picked?.id) return { text, weight: 2e15, kind: "selected" };
    const change = this.changed.get(id);
    if (change && (side === "branch" || change.kind !== "added")) return { text, weight: 1e15, kind: "changed" };
    if (layerName !== "dong") return null;
    const value = this.figure[side]?.layer === "dong" ? this.#valueOf(side, id) : null;
    return { text, weight: typeof value === "number" ? value : 0, kind: "name" };
  };

  readonly marked = (): Iterable<string> => [...this.changed.keys(), ...(this.picked ? [this.picked.id] : [])];

  // --- what follows by itself ----------------------------------------------------------------------------------------

  /** 현행 may hold layers that the 안 shows differently. */
  #readMainLayers(): (() => void) | void {
    if (this.branch === null) {
      this.mainLayers = this.layers;
      return;
    }
    const asking = new AbortController();
    api.layers(this.city, asking.signal).then(
      (found) => (this.mainLayers = found),
      () => (this.mainLayers = []),
    );
    return () => asking.abort();
  }

  /** A first view colours figures that stand as prisms; a city of houses is left plain until somebody asks. */
  #chooseFirst(): void {
    const { chosen, drawn } = this;
    if (drawn.length === 0 || (chosen && drawn.some((one) => one.id === chosen.layer))) return;
    const first = drawn.find((one) => one.heightAttribute && one.shown !== false && one.attributes.length > 0);
    // Height and colour tell the same figure, until another is chosen.
    const told = first?.attributes.find((one) => one.name === first.heightAttribute) ?? first?.attributes[0];
    this.chosen = first && told ? { layer: first.id, attribute: told.name } : null;
  }

  /** What a first view leaves out, until the address or the reader says otherwise. */
  readonly #leftOut = $derived(this.drawn.filter((one) => one.shown === false).map((one) => one.id));
  #asCome = true;

  #hideFirst(): void {
    if (!this.#asCome || this.drawn.length === 0) return;
    // Once: what the reader hides and shows after that is his.
    this.#asCome = false;
    const left = this.#leftOut;
    untrack(() => (this.hidden = left));
  }

  /** The hidden layers, where they are others than those that a first view leaves out. */
  #hiddenToSay(): readonly string[] | null {
    const same = this.hidden.length === this.#leftOut.length && this.hidden.every((one) => this.#leftOut.includes(one));
    return same ? null : this.hidden;
  }

  // Asked for anew only when the question is another one, not whenever the answer to a neighbour comes in.
  readonly #wanted = $derived.by(() => {
    const own = this.drawn.find((one) => one.id === this.chosen?.layer);
    return own && this.chosen ? JSON.stringify([this.chosen.layer, this.chosen.attribute, this.branch !== null && this.#changedTypes.has(own.type)]) : null;
  });

  #readValues(): (() => void) | void {
    if (this.#wanted === null) return;
    const [id, name, both] = JSON.parse(this.#wanted) as [string, string, boolean];
    const asking = new AbortController();
    const read = (tenant: string): Promise<LayerValues | null> => api.values(tenant, id, name, asking.signal).catch(() => null);
    void Promise.all([read(this.city), both ? read(this.tenant) : Promise.resolve(null)]).then(([main, other]) => {
      if (!asking.signal.aborted) this.values = { main, branch: other };
    });
    return () => asking.abort();
  }

  /** What is drawn, and in which colours: values, theme, changes and the choice. */
  #draw(): void {
    const { twin, plans, shade } = this;
    if (!twin) return;
    twin.draw(plans);
    const pickedId = this.picked?.id ?? null;
    const selected = packed(SELECTED);
    for (const { key, name, side, hidden, tone } of plans) {
      const changes = packed(AREAS.has(tone) ? CHANGED_AREA[shade] : CHANGED);
      const figure = this.figure[side === "branch" ? "branch" : "main"];
      const own = figure?.layer === name ? figure : null;
      const colours = new Map<string, Packed>();
      if (side !== "main") for (const id of this.changed.keys()) if (side === "branch" || !hidden.includes(id)) colours.set(id, changes);
      if (pickedId !== null) colours.set(pickedId, selected);
      const marks: Marks = { colours, hiddenInBranch: new Set(hidden) };
      twin.show(key, !this.hidden.includes(name));
      twin.paint(key, {
        index: own?.rows ?? null,
        painting: own ? paintingOf(this.#classesOf(own), own.scale, own.unknown ?? UNKNOWN[shade]) : plainPainting(neutralOf(tone, shade)),
        marks,
        outline: outlineColour(name, shade),
      });
    }
  }

  #classesOf(figure: Figure): Uint8Array<ArrayBufferLike> {
    const known = this.#buffers.get(figure);
    if (known) return known;
    const made = classesOf(figure.values, figure.scale);
    if (this.#buffers.size > 4) this.#buffers.clear();
    this.#buffers.set(figure, made);
    return made;
  }

  #namesKnown(): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const side of [this.values.main, this.values.branch]) side?.ids.forEach((id, i) => side.names?.[i] && found.set(id, side.names[i]!));
    for (const change of this.changes) if (say(change.name)) found.set(change.id, say(change.name));
    return found;
  }

  #nameInTiles(layer: string, id: string, side: Side): string {
    return this.twin?.layer(`both ${layer}`)?.nameOf(id) ?? this.twin?.layer(`${side} ${layer}`)?.nameOf(id) ?? "";
  }

  #valueOf(side: Side, id: string): Value {
    const figure = this.figure[side];
    const row = figure?.rows.rowOf(id) ?? -1;
    return row < 0 ? null : figure!.values[row];
  }
}

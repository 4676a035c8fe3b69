/**
 * Where the camera goes: what the hands, the buttons and the address ask of it. The way itself is the pilot's; here it is
 * known what a view of the whole, of a thing or of a place is. The picture that is drawn from there is `twin.ts`.
 */

import { Vector3 } from "three";
import { padded, unionOf } from "../geometry/features";
import type { Step } from "../geometry/free";
import { differs, homeOf } from "../geometry/home";
import { fit } from "../geometry/orbit";
import type { Box, Orbit } from "../geometry/orbit";
import type { Pane } from "../geometry/panes";
import type { CameraView, Way } from "./address";
import type { DrawnLayer } from "./layer";
import { Pilot } from "./pilot";
import { Place } from "./place";
import { Relief } from "./relief";
import type { GroundPoint } from "./stage";
import { Walker } from "./walker";

/** The angle of a first view, and of one that shows a thing. */
const OBLIQUE_DEG = 45;
/** A city is never looked at from nearer than this at first. */
const LEAST_HOME_M = 240;

export abstract class Journey {
  readonly pilot: Pilot;
  protected readonly place = new Place();
  protected readonly relief: Relief;
  protected readonly walker: Walker;
  /** The reader has taken the camera; until then the first view follows what comes in. */
  protected moved = false;
  protected home: Box | null = null;
  /** Something came in, or went, by which the city is framed. */
  protected unframed = true;
  #wanted: CameraView | null = null;

  constructor() {
    const drawn = (): readonly DrawnLayer[] => this.layers;
    this.relief = new Relief(drawn);
    this.walker = new Walker(drawn);
    const step: Step = (from, to, feetM) => this.walker.step(from, to, feetM, this.panes()[0]!.side);
    this.pilot = new Pilot((x, y) => this.relief.z(x, y), step);
  }

  abstract get layers(): readonly DrawnLayer[];
  abstract panes(): readonly Pane[];
  abstract groundAt(xPx: number, yPx: number): GroundPoint | null;
  abstract invalidate(): void;

  get placed(): boolean {
    return this.place.known;
  }

  toLocal(lon: number, lat: number, height = 0): Vector3 {
    return this.place.toLocal(lon, lat, height);
  }

  toLonLat(point: Vector3): { lon: number; lat: number; height: number } {
    return this.place.toLonLat(point);
  }

  heightAt(lon: number, lat: number): number {
    if (!this.placed) return 0;
    const { x, y } = this.toLocal(lon, lat);
    return this.toLonLat(new Vector3(x, y, this.relief.z(x, y))).height;
  }

  get way(): Way {
    return this.pilot.way;
  }

  setWay(way: Way): void {
    this.moved = true;
    this.pilot.take(way);
    this.invalidate();
  }

  panBy(dx: number, dy: number): void {
    this.moved = true;
    this.pilot.panBy(dx, dy, this.paneSize().height);
    this.invalidate();
  }

  rotateBy(headingDeg: number, elevationDeg: number): void {
    this.moved = true;
    this.pilot.rotateBy(headingDeg, elevationDeg);
    this.invalidate();
  }

  /** Nearer or farther, towards a point of the canvas where one is given. */
  zoomBy(factor: number, x?: number, y?: number): void {
    this.moved = true;
    const towards = x !== undefined && y !== undefined ? this.groundAt(x, y)?.local : null;
    this.pilot.zoomBy(factor, towards ? [towards.x, towards.y, towards.z] : null);
    this.invalidate();
  }

  pushBy(ahead: number, right: number, up: number, fast: boolean): void {
    this.pilot.push = { ahead, right, up, fast };
    if (ahead !== 0 || right !== 0 || up !== 0) this.moved = true;
    this.invalidate();
  }

  northUp(): void {
    this.moved = true;
    const { pilot } = this;
    if (pilot.way === "orbit") pilot.fly({ ...pilot.orbit, headingDeg: 0 });
    else pilot.fly({ ...pilot.free, headingDeg: 0 });
    this.invalidate();
  }

  /** Back to the whole city: all that has come in, but for the ground that reaches beyond it. */
  reset(): void {
    this.moved = true;
    const whole = this.#whole();
    if (whole) this.pilot.fly(this.overview(whole));
    this.invalidate();
  }

  /** Flies to features by id, in whatever layer they are. */
  showFeatures(ids: Iterable<string>): boolean {
    const all = [...ids];
    const box = unionOf(all.flatMap((id) => this.layers.map((layer) => layer.boxOf(id)).filter((one): one is Box => one !== null)));
    if (!box) return false;
    this.#flyTo(padded(box, 0.35, 700));
    return true;
  }

  /** Flies to a place, so that about so many metres around it are seen. */
  showPlace(lon: number, lat: number, aroundM = 700): void {
    const { x, y } = this.toLocal(lon, lat);
    const z = this.relief.z(x, y);
    this.#flyTo(padded({ min: [x, y, z], max: [x, y, z + 20] }, 0, aroundM));
  }

  view(): CameraView | null {
    if (!this.placed) return this.#wanted;
    const { pilot } = this;
    const orbit = pilot.way === "orbit";
    const at = this.toLonLat(new Vector3(...(orbit ? pilot.orbit.target : pilot.free.eye)));
    return { way: pilot.way, lon: at.lon, lat: at.lat, height: at.height, distance: orbit ? pilot.orbit.distanceM : null, heading: pilot.headingDeg, elevation: pilot.elevationDeg };
  }

  /** Stands where a view says; before the city has a place, as soon as it has one. */
  goTo(view: CameraView, how: { readonly flies?: boolean } = {}): void {
    this.moved = true;
    if (!this.placed) {
      this.#wanted = view;
      return;
    }
    const { x, y, z } = this.toLocal(view.lon, view.lat, view.height);
    const { pilot } = this;
    if (view.way === "orbit") {
      const to: Orbit = { target: [x, y, z], headingDeg: view.heading, elevationDeg: Math.min(89, Math.max(3, view.elevation)), distanceM: view.distance ?? 2_000 };
      if (how.flies) pilot.fly(to);
      else [pilot.way, pilot.orbit] = ["orbit", to];
    } else {
      const to = { eye: [x, y, z] as const, headingDeg: view.heading, pitchDeg: -view.elevation };
      if (how.flies) pilot.fly(to);
      else pilot.free = to;
      pilot.way = view.way;
    }
    if (!how.flies) pilot.stop();
    this.invalidate();
  }

  /** Metres on the ground that a pixel covers in the middle of the picture. */
  metresPerPixel(): number {
    return this.pilot.metresPerPixel(this.paneSize().height);
  }

  protected paneSize(): { width: number; height: number } {
    return this.panes()[0]!.viewport;
  }

  /** What was asked before the city had a place. */
  protected goWhereWanted(): void {
    if (this.#wanted) this.goTo(this.#wanted);
  }

  /** The first view follows what has come in, in steps that are worth one, until the reader takes the camera. */
  protected fitHome(): void {
    const found = this.unframed ? homeOf(this.#standing()) : null;
    this.unframed = false;
    if (found && (!this.home || differs(found, this.home))) this.home = found;
    if (this.home && !this.moved && !this.pilot.flying) {
      this.pilot.way = "orbit";
      this.pilot.orbit = this.overview(this.home);
    }
  }

  /** A box from the south; the narrower the pane, the steeper the view, so that the city fills it. */
  protected overview(box: Box): Orbit {
    const { width, height } = this.paneSize();
    const orbit = fit(padded(box, 0.04, LEAST_HOME_M), width / height, { headingDeg: 0, elevationDeg: Math.min(62, Math.max(OBLIQUE_DEG, 30 + (20 * height) / width)) });
    const [x, y] = orbit.target;
    return { ...orbit, target: [x, y, this.relief.z(x, y)] };
  }

  /** Boxes by which the city is framed: of houses; without them of signs and figures; of the ground at last. */
  #standing(): readonly Box[] {
    const shown = this.layers.filter((layer) => layer.visible);
    const of = (wanted: (layer: DrawnLayer) => boolean): readonly Box[] => shown.filter(wanted).flatMap((layer) => layer.seen.boxes);
    const houses = of(({ plan }) => plan.drawn === "solid" && !plan.sinks);
    if (houses.length > 0) return houses;
    // Places of figures are the city as a whole, the outermost of them too.
    const places = unionOf(of(({ plan }) => plan.sinks));
    if (places) return [places];
    const others = of(({ plan }) => plan.drawn !== "terrain");
    return others.length > 0 ? others : of(() => true);
  }

  #whole(): Box | null {
    const of = (wanted: (layer: DrawnLayer) => boolean): Box | null =>
      unionOf(this.layers.filter((layer) => layer.visible && wanted(layer)).map((layer) => layer.seen.whole).filter((box): box is Box => box !== null));
    return of(({ plan }) => plan.drawn !== "terrain") ?? of(() => true);
  }

  #flyTo(box: Box): void {
    this.moved = true;
    const { width, height } = this.paneSize();
    this.pilot.fly(fit(box, width / height, { headingDeg: this.pilot.headingDeg, elevationDeg: 42 }));
    this.invalidate();
  }
}

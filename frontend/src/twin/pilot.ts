/**
 * The one camera of all panes: on an orbit, in free flight, on foot; and the flights from one stand to another.
 * It knows the maths of `geometry/orbit.ts` and `geometry/free.ts` and the ground it is told of; three.js only gets the result.
 */

import type { PerspectiveCamera } from "three";
import { CLEARANCE_M, advance, aheadOf, betweenFree, leaving, look, orbiting, stood } from "../geometry/free";
import type { Free, Push, Step } from "../geometry/free";
import type { Vec3 } from "../geometry/geodesy";
import { between, eyeOf, metresPerPixel, pan, rotate, zoom, zoomTowards } from "../geometry/orbit";
import type { Orbit } from "../geometry/orbit";
import type { Way } from "./address";

const FLIGHT_MS = 620;
/** A slow machine takes long steps, but none through a wall. */
const LONGEST_STEP_S = 0.3;
const STILL: Push = { ahead: 0, right: 0, up: 0, fast: false };

type Flight = { readonly start: number } & (
  | { readonly kind: "orbit"; readonly from: Orbit; readonly to: Orbit }
  | { readonly kind: "free"; readonly from: Free; readonly to: Free }
);

export class Pilot {
  way: Way = "orbit";
  orbit: Orbit = { target: [0, 0, 0], headingDeg: 0, elevationDeg: 50, distanceM: 20_000 };
  free: Free = { eye: [0, 0, 100], headingDeg: 0, pitchDeg: 0 };
  push: Push = STILL;
  #flight: Flight | null = null;
  #last = 0;
  #pushing = false;

  /** `groundZ` is the height of the ground in the scene's frame; `walked` is how far a walker's step gets. */
  constructor(
    private readonly groundZ: (x: number, y: number) => number,
    private readonly walked: Step,
  ) {}

  get eye(): Vec3 {
    return this.way === "orbit" ? eyeOf(this.orbit) : this.free.eye;
  }

  /** How far away what is looked at lies: for haze, shadows and labels. */
  get reachM(): number {
    if (this.way === "orbit") return this.orbit.distanceM;
    return Math.max(150, (this.free.eye[2] - this.groundZ(this.free.eye[0], this.free.eye[1])) * 3);
  }

  /** The middle of what is seen on the ground. */
  get centre(): Vec3 {
    if (this.way === "orbit") return this.orbit.target;
    const ahead = aheadOf({ headingDeg: this.free.headingDeg, pitchDeg: 0 });
    const [x, y] = [this.free.eye[0] + ahead[0] * this.reachM * 0.6, this.free.eye[1] + ahead[1] * this.reachM * 0.6];
    return [x, y, this.groundZ(x, y)];
  }

  get headingDeg(): number {
    return this.way === "orbit" ? this.orbit.headingDeg : this.free.headingDeg;
  }

  /** The angle by which the look falls. */
  get elevationDeg(): number {
    return this.way === "orbit" ? this.orbit.elevationDeg : -this.free.pitchDeg;
  }

  get flying(): boolean {
    return this.#flight !== null;
  }

  metresPerPixel(paneHeightPx: number): number {
    return metresPerPixel(this.way === "orbit" ? this.orbit : { ...this.orbit, distanceM: this.reachM }, paneHeightPx);
  }

  panBy(dx: number, dy: number, paneHeightPx: number): void {
    this.#flight = null;
    if (this.way === "orbit") this.orbit = this.#settled(pan(this.orbit, dx, dy, paneHeightPx));
    // On foot and in the air a drag turns the head, as if the picture were held.
    else this.free = look(this.free, -dx * 0.14, dy * 0.14);
  }

  rotateBy(headingDeg: number, elevationDeg: number): void {
    this.#flight = null;
    if (this.way === "orbit") this.orbit = rotate(this.orbit, headingDeg, elevationDeg);
    else this.free = look(this.free, headingDeg, -elevationDeg);
  }

  /** Nearer or farther; towards a point of the ground where one is given. */
  zoomBy(factor: number, towards: Vec3 | null): void {
    this.#flight = null;
    if (this.way === "orbit") {
      // Nearer to a point it stays where it is in the picture, on whatever slope; further away the ground is found again.
      if (towards && factor < 1) this.orbit = zoomTowards(this.orbit, factor, towards);
      else this.orbit = this.#settled(towards ? zoomTowards(this.orbit, factor, towards) : zoom(this.orbit, factor));
      return;
    }
    const seconds = -Math.log(factor) * (this.way === "walk" ? 2.5 : 1.6);
    this.free = advance(this.free, { ahead: Math.sign(seconds), right: 0, up: 0, fast: false }, Math.abs(seconds), this.way, this.groundZ, this.walked);
  }

  /** From one way of moving to another, without a jump of what is seen. */
  take(way: Way, at: Vec3 | null = null): void {
    if (way === this.way && !at) return;
    this.#flight = null;
    this.push = STILL;
    if (way === "orbit") {
      this.orbit = orbiting(this.free, this.groundZ(this.free.eye[0], this.free.eye[1]));
      this.way = way;
      return;
    }
    const here = this.way === "orbit" ? leaving(this.orbit, eyeOf(this.orbit)) : this.free;
    this.free = here;
    const before = this.way;
    this.way = way;
    if (way === "fly") {
      if (before === "walk") this.fly({ ...here, eye: [here.eye[0], here.eye[1], here.eye[2] + 40] });
      else this.free = { ...here, pitchDeg: Math.max(here.pitchDeg, -55) };
      return;
    }
    // Down to the ground where one was looking, with the eyes level.
    const [x, y] = at ?? (before === "orbit" ? this.orbit.target : here.eye);
    this.fly(stood({ eye: [x, y, 0], headingDeg: here.headingDeg, pitchDeg: 0 }, this.groundZ(x, y)));
  }

  /** Flies there, or is there at once where the reader wants no motion. */
  fly(to: Orbit | Free): void {
    const start = performance.now();
    if ("eye" in to) {
      this.#flight = { kind: "free", from: this.way === "orbit" ? leaving(this.orbit, eyeOf(this.orbit)) : this.free, to, start };
      if (this.way === "orbit") this.way = "fly";
    } else {
      const from = this.way === "orbit" ? this.orbit : orbiting(this.free, this.groundZ(this.free.eye[0], this.free.eye[1]));
      this.way = "orbit";
      this.#flight = { kind: "orbit", from, to, start };
    }
    if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) this.#land();
  }

  stop(): void {
    this.#flight = null;
    this.push = STILL;
  }

  /** One moment on; true while there is more to come. */
  step(now: number): boolean {
    const seconds = Math.min(LONGEST_STEP_S, Math.max(0, (now - this.#last) / 1000));
    this.#last = now;
    const flight = this.#flight;
    if (flight) {
      const part = Math.min(1, Math.max(0, (now - flight.start) / FLIGHT_MS));
      if (part >= 1) this.#land();
      else if (flight.kind === "orbit") this.orbit = between(flight.from, flight.to, eased(part));
      else this.free = betweenFree(flight.from, flight.to, eased(part));
      return this.#flight !== null;
    }
    const { ahead, right, up, fast } = this.push;
    if (this.way === "orbit" || (ahead === 0 && right === 0 && up === 0)) {
      this.#pushing = false;
      return false;
    }
    // The first step after a rest is one frame long: the time since the last frame was no time of moving.
    this.free = advance(this.free, { ahead, right, up, fast }, this.#pushing ? seconds : 1 / 60, this.way, this.groundZ, this.walked);
    this.#pushing = true;
    return true;
  }

  /** The ground under him came in, or came in finer: a walker's feet are on it again, a flyer is above it. */
  grounded(): void {
    const { eye } = this.free;
    if (this.#flight || this.way === "orbit") return;
    const ground = this.groundZ(eye[0], eye[1]);
    if (this.way === "walk") this.free = stood(this.free, ground);
    else if (eye[2] < ground + CLEARANCE_M) this.free = { ...this.free, eye: [eye[0], eye[1], ground + CLEARANCE_M] };
  }

  /** The camera where the pilot is; never under the ground, nor so near above it that the picture cuts into it. */
  aim(camera: PerspectiveCamera, aspect: number): void {
    const eye = this.eye;
    const reach = this.reachM;
    const near = this.way === "walk" ? 0.4 : Math.max(1, Math.min(120, reach * 0.02));
    const floor = this.groundZ(eye[0], eye[1]) + (this.way === "walk" ? 1 : near * 1.2 + 1);
    camera.position.set(eye[0], eye[1], Math.max(eye[2], floor));
    if (this.way === "orbit") {
      camera.lookAt(...this.orbit.target);
    } else {
      const ahead = aheadOf(this.free);
      const { x, y, z } = camera.position;
      camera.lookAt(x + ahead[0], y + ahead[1], z + ahead[2]);
    }
    camera.aspect = aspect;
    camera.near = near;
    camera.far = reach * 5 + 60_000 + Math.max(0, eye[2]) * 6;
    camera.updateProjectionMatrix();
    camera.updateMatrixWorld(true);
  }

  /** On a slope what is turned around stays on the ground. */
  #settled(orbit: Orbit): Orbit {
    const [x, y] = orbit.target;
    return { ...orbit, target: [x, y, this.groundZ(x, y)] };
  }

  #land(): void {
    const flight = this.#flight;
    this.#flight = null;
    if (flight?.kind === "orbit") this.orbit = flight.to;
    else if (flight) this.free = flight.to;
  }
}

function eased(part: number): number {
  return part * part * (3 - 2 * part);
}

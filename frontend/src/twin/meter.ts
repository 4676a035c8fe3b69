/** How long frames take and what they hold: for the pace of the picture and for whoever asks what it costs. */

import { DESK, LIGHT, START_PX, medianOf, paced, restingError, startingPace } from "../geometry/pace";
import type { Limits, Pace } from "../geometry/pace";

const REMEMBERED = 120;
/** Frames further apart than this are not one movement. */
const REST_MS = 1_500;

interface Battery {
  readonly charging: boolean;
  addEventListener(event: "chargingchange", listener: () => void): void;
}

export class Meter {
  cpuMs = 0;
  paintMs = 0;
  triangles = 0;
  frames = 0;
  /** Whether the camera rests: what it sees may be as fine as there is room for, however long a frame takes. */
  resting = false;
  #rest = START_PX;
  #pace: Pace;
  #limits: Limits;
  #times: number[] = [];
  #before = 0;

  constructor(small: boolean) {
    this.#limits = small ? LIGHT : DESK;
    this.#pace = startingPace(this.#limits);
    if (!small) void this.#watchBattery();
  }

  get errorTarget(): number {
    return this.resting ? this.#rest : Math.max(this.#rest, this.#pace.errorTarget);
  }

  get frameMs(): { readonly last: number; readonly median: number; readonly worst: number } {
    return { last: this.#times.at(-1) ?? 0, median: medianOf(this.#times), worst: Math.max(0, ...this.#times) };
  }

  /** A frame was drawn; `moving` says that the one before led to it at once. */
  frame(now: number, cpuMs: number, triangles: number, moving: boolean): void {
    const since = now - this.#before;
    const told = moving && since < REST_MS ? Math.max(since, cpuMs) : null;
    this.#before = now;
    this.cpuMs = cpuMs;
    this.triangles = triangles;
    this.frames += 1;
    if (told !== null) this.#times = [...this.#times.slice(-(REMEMBERED - 1)), told];
    this.#pace = paced(this.#pace, this.#limits, told, triangles);
    if (triangles > this.#limits.triangles) this.#rest = restingError(this.#rest, this.#limits, triangles);
  }

  /** All of a picture at rest has come in: it may be finer from now on. True if it will be. */
  rested(triangles: number): boolean {
    const before = this.#rest;
    this.#rest = restingError(before, this.#limits, triangles);
    return this.#rest !== before;
  }

  async #watchBattery(): Promise<void> {
    const ask = (navigator as { getBattery?: () => Promise<Battery> }).getBattery;
    const battery = await ask?.call(navigator).catch(() => null);
    if (!battery) return;
    const set = (): void => void (this.#limits = battery.charging ? DESK : LIGHT);
    battery.addEventListener("chargingchange", set);
    set();
  }
}

/**
 * Hands on a thing: its handles are dragged; by keyboard the arrows move it by a metre (with Shift by ten), comma and
 * full stop turn it by a degree, Page Up and Page Down raise and lower it. What is done is told, and written by others.
 */

import { middleOf } from "../../geometry/footprint";
import type { Flat } from "../../geometry/footprint";
import type { Grip, Handles } from "../overlays/handles";
import type { Tool, ToolEvent } from "../stage";

/** How a thing was moved so far. */
export interface Shift {
  readonly eastM: number;
  readonly northM: number;
  readonly degrees: number;
  readonly upM: number;
}

export const STILL: Shift = { eastM: 0, northM: 0, degrees: 0, upM: 0 };

export interface Handled {
  /** The outline before it was moved. */
  readonly ring: readonly Flat[];
  readonly heightM: number | null;
  shift: Shift;
  /** Writes what was done. */
  write(): void;
}

interface Drag {
  readonly grip: Grip;
  readonly shift: Shift;
  readonly y: number;
  readonly from: Flat | null;
}

const ARROWS: Readonly<Record<string, Partial<Shift>>> = {
  ArrowLeft: { eastM: -1 },
  ArrowRight: { eastM: 1 },
  ArrowUp: { northM: 1 },
  ArrowDown: { northM: -1 },
  ",": { degrees: -1 },
  ".": { degrees: 1 },
  "<": { degrees: -1 },
  ">": { degrees: 1 },
  PageUp: { upM: 1 },
  PageDown: { upM: -1 },
};

export class Hand implements Tool {
  readonly cursor = "grab";
  #drag: Drag | null = null;

  constructor(
    private readonly handles: Handles,
    private readonly thing: Handled,
  ) {}

  down(event: ToolEvent): boolean {
    const grip = this.handles.at(event.x, event.y);
    if (!grip) return false;
    this.#drag = { grip, shift: this.thing.shift, y: event.y, from: flatOf(event) };
    return true;
  }

  move(event: ToolEvent): boolean {
    const drag = this.#drag;
    if (!drag) return false;
    const { grip, shift, from } = drag;
    const to = flatOf(event);
    if (grip === "raise") {
      const up = (drag.y - event.y) / this.handles.pxPerMetreUp();
      this.#set({ ...shift, upM: Math.round((shift.upM + up) * 2) / 2 });
    } else if (from && to && grip === "move") {
      this.#set({ ...shift, eastM: rounded(shift.eastM + to[0] - from[0]), northM: rounded(shift.northM + to[1] - from[1]) });
    } else if (from && to) {
      const [x, y] = middleOf(this.thing.ring);
      const middle: Flat = [x + shift.eastM, y + shift.northM];
      const turned = shift.degrees + bearing(middle, to) - bearing(middle, from);
      const whole = Math.round(((turned + 540) % 360) - 180);
      // Near a quarter turn it is a quarter turn; with Shift every degree stands.
      const quarter = Math.round(whole / 90) * 90;
      this.#set({ ...shift, degrees: !event.shift && Math.abs(whole - quarter) <= 3 ? quarter : whole });
    }
    return true;
  }

  up(): boolean {
    const taken = this.#drag !== null;
    this.#drag = null;
    return taken;
  }

  key(event: ToolEvent): boolean {
    const { thing } = this;
    const by = ARROWS[event.key ?? ""];
    if (by) {
      const far = event.shift && event.key !== "<" && event.key !== ">" ? 10 : 1;
      const { eastM, northM, degrees, upM } = thing.shift;
      this.#set({ eastM: eastM + (by.eastM ?? 0) * far, northM: northM + (by.northM ?? 0) * far, degrees: degrees + (by.degrees ?? 0), upM: upM + (by.upM ?? 0) * far });
      return true;
    }
    if (event.key === "Enter") {
      thing.write();
      return true;
    }
    if (event.key !== "Escape" || isStill(thing.shift)) return false;
    thing.shift = STILL;
    return true;
  }

  dispose(): void {
    this.#drag = null;
  }

  #set(shift: Shift): void {
    const { heightM } = this.thing;
    const lowest = heightM === null ? 0 : 1 - heightM;
    this.thing.shift = { ...shift, upM: heightM === null ? 0 : Math.max(lowest, shift.upM) };
  }
}

export function isStill({ eastM, northM, degrees, upM }: Shift): boolean {
  return eastM === 0 && northM === 0 && degrees % 360 === 0 && upM === 0;
}

const rounded = (metres: number): number => Math.round(metres * 10) / 10;
const bearing = ([x, y]: Flat, [tx, ty]: Flat): number => (Math.atan2(tx - x, ty - y) * 180) / Math.PI;

function flatOf({ ground }: ToolEvent): Flat | null {
  return ground ? [ground.local.x, ground.local.y] : null;
}

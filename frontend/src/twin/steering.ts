/**
 * Hands on the picture. By mouse: a drag moves the ground, with Shift, Ctrl or the right button it turns; the wheel zooms
 * to where it points; a click picks. By touch: one finger moves, two spread, turn and (both up or down) tilt. By keyboard:
 * arrows, Shift with arrows, plus, minus, 0, N, Escape; in flight and on foot WASD, Q and E, with Shift faster.
 * A tool in hand hears of everything first.
 */

import { meansTilt, twoFingers } from "../geometry/gesture";
import type { Touch } from "../geometry/gesture";
import type { Way } from "./address";

/** What a tool may take before the camera does. */
export type Deed = "down" | "move" | "up" | "click" | "doubleClick" | "key";

export interface Steered {
  pan(dxPx: number, dyPx: number): void;
  rotate(headingDeg: number, elevationDeg: number): void;
  zoom(factor: number, xPx?: number, yPx?: number): void;
  reset(): void;
  northUp(): void;
  pick(xPx: number, yPx: number): void;
  leave(): void;
  push(ahead: number, right: number, up: number, fast: boolean): void;
  way(): Way;
  /** Whether the tool in hand took the event. */
  take(deed: Deed, at: { readonly x: number; readonly y: number; readonly shift: boolean; readonly key?: string }): boolean;
}

const STEP_PX = 60;
const CLICK_WITHIN_PX = 6;
const DOUBLE_MS = 350;

interface Held extends Touch {
  readonly first: Touch;
}

/** Listens on an element until the returned function is called. */
export function steer(element: HTMLElement, view: Steered): () => void {
  const pointers = new Map<number, Held>();
  const keys = new Set<string>();
  let dragged = 0;
  let tilting: boolean | null = null;
  let taken = false;
  let lastClick = { at: -1e9, x: 0, y: 0 };

  const within = (event: { clientX: number; clientY: number }): Touch => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const told = (event: PointerEvent): Touch & { shift: boolean } => ({ ...within(event), shift: event.shiftKey });

  function down(event: PointerEvent): void {
    element.setPointerCapture(event.pointerId);
    const at = within(event);
    pointers.set(event.pointerId, { ...at, first: at });
    tilting = null;
    if (pointers.size === 1) {
      dragged = 0;
      taken = event.button === 0 && view.take("down", told(event));
    } else {
      for (const [id, held] of pointers) pointers.set(id, { ...held, first: held });
    }
  }

  function move(event: PointerEvent): void {
    const before = pointers.get(event.pointerId);
    if (!before) {
      view.take("move", told(event));
      return;
    }
    const at = within(event);
    const [dx, dy] = [at.x - before.x, at.y - before.y];
    dragged += Math.abs(dx) + Math.abs(dy);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, { ...at, first: before.first });
    if (other) {
      twoMoved([before, other], [at, other], before.first, other.first);
    } else if (taken || (pointers.size === 1 && view.take("move", told(event)))) {
      if (taken) view.take("move", told(event));
    } else if (event.buttons === 2 || event.shiftKey || event.ctrlKey) {
      view.rotate(-dx * 0.3, dy * 0.25);
    } else {
      view.pan(dx, dy);
    }
  }

  function twoMoved(before: readonly [Touch, Touch], after: readonly [Touch, Touch], first: Touch, otherFirst: Touch): void {
    tilting ??= meansTilt([first, otherFirst], after);
    const gesture = twoFingers(before, after);
    if (tilting) {
      view.rotate(0, gesture.dy * 0.5);
      return;
    }
    view.zoom(gesture.factor, gesture.middle.x, gesture.middle.y);
    if (tilting === false) view.rotate(-gesture.turnDeg, 0);
    if (view.way() === "orbit") view.pan(gesture.dx, gesture.dy);
  }

  function up(event: PointerEvent): void {
    const held = pointers.delete(event.pointerId);
    if (!held || event.button !== 0) return;
    const at = told(event);
    const wasTaken = taken && pointers.size === 0;
    if (wasTaken) {
      taken = false;
      view.take("up", at);
    }
    if (dragged > CLICK_WITHIN_PX || pointers.size > 0) return;
    const twice = event.timeStamp - lastClick.at < DOUBLE_MS && Math.hypot(at.x - lastClick.x, at.y - lastClick.y) < 12;
    lastClick = { at: event.timeStamp, x: at.x, y: at.y };
    if (twice) {
      if (!view.take("doubleClick", at)) view.zoom(0.5, at.x, at.y);
    } else if (!view.take("click", at) && !wasTaken) {
      view.pick(at.x, at.y);
    }
  }

  function cancel(event: PointerEvent): void {
    pointers.delete(event.pointerId);
    taken = false;
  }

  function wheel(event: WheelEvent): void {
    event.preventDefault();
    const { x, y } = within(event);
    view.zoom(Math.exp(Math.max(-120, Math.min(120, event.deltaY)) * 0.0022), x, y);
  }

  function keyDown(event: KeyboardEvent): void {
    if (event.altKey || event.metaKey || event.ctrlKey) return;
    if (view.take("key", { x: element.clientWidth / 2, y: element.clientHeight / 2, shift: event.shiftKey, key: event.key })) {
      event.preventDefault();
      return;
    }
    if (view.way() !== "orbit" && pushes(event.code)) {
      event.preventDefault();
      keys.add(event.code);
      pushed(event.shiftKey);
      return;
    }
    const act = actOf(event.key, event.shiftKey, view);
    if (!act) return;
    event.preventDefault();
    act();
  }

  function keyUp(event: KeyboardEvent): void {
    if (keys.delete(event.code) || keys.size > 0) pushed(event.shiftKey);
  }

  function letGo(): void {
    if (keys.size === 0) return;
    keys.clear();
    pushed(false);
  }

  function pushed(fast: boolean): void {
    const { ahead, right, up: rise } = pushOf(keys);
    view.push(ahead, right, rise, fast);
  }

  const menu = (event: Event): void => event.preventDefault();
  const listening = new AbortController();
  const { signal } = listening;
  element.addEventListener("pointerdown", down, { signal });
  element.addEventListener("pointermove", move, { signal });
  element.addEventListener("pointerup", up, { signal });
  element.addEventListener("pointercancel", cancel, { signal });
  element.addEventListener("wheel", wheel, { signal, passive: false });
  element.addEventListener("keydown", keyDown, { signal });
  element.addEventListener("keyup", keyUp, { signal });
  element.addEventListener("blur", letGo, { signal });
  element.addEventListener("contextmenu", menu, { signal });
  return () => listening.abort();
}

/** Keys that move a flyer or a walker while they are held, by their place on the board: a Korean keyboard types ㅈ for W. */
const PUSHES: Readonly<Record<string, readonly [number, number, number]>> = {
  KeyW: [1, 0, 0],
  ArrowUp: [1, 0, 0],
  KeyS: [-1, 0, 0],
  ArrowDown: [-1, 0, 0],
  KeyA: [0, -1, 0],
  ArrowLeft: [0, -1, 0],
  KeyD: [0, 1, 0],
  ArrowRight: [0, 1, 0],
  KeyE: [0, 0, 1],
  PageUp: [0, 0, 1],
  KeyQ: [0, 0, -1],
  PageDown: [0, 0, -1],
};

const pushes = (code: string): boolean => code in PUSHES;

/** Where the held keys lead together. */
export function pushOf(codes: Iterable<string>): { readonly ahead: number; readonly right: number; readonly up: number } {
  const sum = [0, 0, 0];
  for (const code of codes) PUSHES[code]?.forEach((part, axis) => (sum[axis] = Math.max(-1, Math.min(1, sum[axis]! + part))));
  return { ahead: sum[0]!, right: sum[1]!, up: sum[2]! };
}

/** What a key does on an orbit, and the keys that are the same on every way; null for keys that mean nothing here. */
export function actOf(key: string, shifted: boolean, view: Steered): (() => void) | null {
  switch (key) {
    case "ArrowLeft":
      return () => (shifted ? view.rotate(-10, 0) : view.pan(STEP_PX, 0));
    case "ArrowRight":
      return () => (shifted ? view.rotate(10, 0) : view.pan(-STEP_PX, 0));
    case "ArrowUp":
      return () => (shifted ? view.rotate(0, 6) : view.pan(0, STEP_PX));
    case "ArrowDown":
      return () => (shifted ? view.rotate(0, -6) : view.pan(0, -STEP_PX));
    case "+":
    case "=":
      return () => view.zoom(0.8);
    case "-":
      return () => view.zoom(1.25);
    case "0":
    case "Home":
      return () => view.reset();
    case "n":
    case "N":
    case "ㅜ":
      return () => view.northUp();
    case "Escape":
      return () => view.leave();
    default:
      return null;
  }
}

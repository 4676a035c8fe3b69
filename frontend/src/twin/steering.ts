/**
 * Hands on the picture: a drag moves the ground, with Shift, Ctrl or the right button it turns; the wheel and two fingers zoom;
 * a click picks. By keyboard: arrows, Shift with arrows, plus, minus, 0, Escape.
 */

export interface Steered {
  pan(dxPx: number, dyPx: number): void;
  rotate(headingDeg: number, elevationDeg: number): void;
  zoom(factor: number): void;
  reset(): void;
  pick(xPx: number, yPx: number): void;
  leave(): void;
}

const STEP_PX = 60;
const CLICK_WITHIN_PX = 6;

/** Listens on an element until the returned function is called. */
export function steer(element: HTMLElement, view: Steered): () => void {
  const pointers = new Map<number, { x: number; y: number }>();
  let dragged = 0;

  function down(event: PointerEvent): void {
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (pointers.size === 1) dragged = 0;
  }

  function move(event: PointerEvent): void {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const dx = event.clientX - before.x;
    const dy = event.clientY - before.y;
    dragged += Math.abs(dx) + Math.abs(dy);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const gap = (x: number, y: number): number => Math.hypot(x - other.x, y - other.y);
      view.zoom(gap(before.x, before.y) / Math.max(1, gap(event.clientX, event.clientY)));
      view.pan(dx / 2, dy / 2);
    } else if (event.buttons === 2 || event.shiftKey || event.ctrlKey) {
      view.rotate(-dx * 0.3, dy * 0.25);
    } else {
      view.pan(dx, dy);
    }
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  function up(event: PointerEvent): void {
    const held = pointers.delete(event.pointerId);
    if (!held || dragged > CLICK_WITHIN_PX || event.button !== 0) return;
    const box = element.getBoundingClientRect();
    view.pick(event.clientX - box.left, event.clientY - box.top);
  }

  function cancel(event: PointerEvent): void {
    pointers.delete(event.pointerId);
  }

  function wheel(event: WheelEvent): void {
    event.preventDefault();
    view.zoom(Math.exp(Math.max(-120, Math.min(120, event.deltaY)) * 0.0022));
  }

  function key(event: KeyboardEvent): void {
    if (event.altKey || event.metaKey || event.ctrlKey) return;
    const act = actOf(event.key, event.shiftKey, view);
    if (!act) return;
    event.preventDefault();
    act();
  }

  const menu = (event: Event): void => event.preventDefault();
  const listening = new AbortController();
  const { signal } = listening;
  element.addEventListener("pointerdown", down, { signal });
  element.addEventListener("pointermove", move, { signal });
  element.addEventListener("pointerup", up, { signal });
  element.addEventListener("pointercancel", cancel, { signal });
  element.addEventListener("wheel", wheel, { signal, passive: false });
  element.addEventListener("keydown", key, { signal });
  element.addEventListener("contextmenu", menu, { signal });
  return () => listening.abort();
}

/** What a key does; null for keys that mean nothing here. */
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
    case "Escape":
      return () => view.leave();
    default:
      return null;
  }
}

/**
 * How one canvas is shared by two cities: side by side, or one above the other with a divider to swipe.
 * Pixels are CSS pixels from the canvas's top left corner.
 */

export type Mode = "split" | "swipe" | "main" | "branch";
export type Side = "main" | "branch";

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Pane {
  readonly side: Side;
  /** What the camera's picture is stretched over. */
  readonly viewport: Rect;
  /** The part of the canvas this pane may draw on. */
  readonly scissor: Rect;
}

/** The panes of a mode; narrow canvases put a split one above the other. */
export function panesOf(mode: Mode, width: number, height: number, divider = 0.5): readonly Pane[] {
  const whole: Rect = { x: 0, y: 0, width, height };
  if (mode === "main" || mode === "branch") return [{ side: mode, viewport: whole, scissor: whole }];
  if (mode === "swipe") {
    const at = Math.round(width * Math.min(1, Math.max(0, divider)));
    return [
      { side: "main", viewport: whole, scissor: { x: 0, y: 0, width: at, height } },
      { side: "branch", viewport: whole, scissor: { x: at, y: 0, width: width - at, height } },
    ];
  }
  if (width < height * 0.9) {
    const half = Math.floor(height / 2);
    const upper: Rect = { x: 0, y: 0, width, height: half };
    const lower: Rect = { x: 0, y: half, width, height: height - half };
    return [
      { side: "main", viewport: upper, scissor: upper },
      { side: "branch", viewport: lower, scissor: lower },
    ];
  }
  const half = Math.floor(width / 2);
  const left: Rect = { x: 0, y: 0, width: half, height };
  const right: Rect = { x: half, y: 0, width: width - half, height };
  return [
    { side: "main", viewport: left, scissor: left },
    { side: "branch", viewport: right, scissor: right },
  ];
}

/** The pane under a point, and the point in the camera's own -1..1 square (y up); null outside of all panes. */
export function locate(panes: readonly Pane[], x: number, y: number): { pane: Pane; ndc: readonly [number, number] } | null {
  const pane = panes.find(({ scissor: s }) => x >= s.x && x < s.x + s.width && y >= s.y && y < s.y + s.height);
  if (pane === undefined) return null;
  const v = pane.viewport;
  return { pane, ndc: [((x - v.x) / v.width) * 2 - 1, 1 - ((y - v.y) / v.height) * 2] };
}

/** A point of the camera's square back on the canvas. */
export function place(pane: Pane, ndcX: number, ndcY: number): readonly [number, number] {
  const v = pane.viewport;
  return [v.x + ((ndcX + 1) / 2) * v.width, v.y + ((1 - ndcY) / 2) * v.height];
}

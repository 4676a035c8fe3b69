/** Two fingers on the picture: how far they spread, turned, and moved together, from one moment to the next. */

export interface Touch {
  readonly x: number;
  readonly y: number;
}

export interface Gesture {
  /** Below one where the fingers spread: the view comes nearer. */
  readonly factor: number;
  /** Degrees by which the line between the fingers turned, clockwise on the screen. */
  readonly turnDeg: number;
  /** How far the middle between them moved. */
  readonly dx: number;
  readonly dy: number;
  readonly middle: Touch;
  /** Whether both fingers went up or down together, which tilts the view. */
  readonly tilts: boolean;
}

/** What two fingers said by moving from `before` to `after`. */
export function twoFingers(before: readonly [Touch, Touch], after: readonly [Touch, Touch]): Gesture {
  const gap = ([a, b]: readonly [Touch, Touch]): number => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
  const angle = ([a, b]: readonly [Touch, Touch]): number => (Math.atan2(b.y - a.y, b.x - a.x) * 180) / Math.PI;
  const middle = ([a, b]: readonly [Touch, Touch]): Touch => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const from = middle(before);
  const to = middle(after);
  const turnDeg = ((((angle(after) - angle(before)) % 360) + 540) % 360) - 180;
  return { factor: gap(before) / gap(after), turnDeg, dx: to.x - from.x, dy: to.y - from.y, middle: to, tilts: false };
}

/**
 * Whether two fingers that have moved so far since they came down mean to tilt: side by side, both up or both down,
 * without spreading. Asked once, when the way is long enough to tell; null while it is not.
 */
export function meansTilt(first: readonly [Touch, Touch], now: readonly [Touch, Touch], enoughPx = 14): boolean | null {
  const [a, b] = [0, 1].map((i) => ({ x: now[i]!.x - first[i]!.x, y: now[i]!.y - first[i]!.y })) as [Touch, Touch];
  if (Math.hypot(a.x, a.y) < enoughPx && Math.hypot(b.x, b.y) < enoughPx) return null;
  const sideBySide = Math.abs(first[0].x - first[1].x) > Math.abs(first[0].y - first[1].y) * 0.8;
  const upright = (move: Touch): boolean => Math.abs(move.y) > Math.abs(move.x) * 1.4;
  return sideBySide && a.y * b.y > 0 && upright(a) && upright(b);
}

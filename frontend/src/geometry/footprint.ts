/**
 * Outlines and lines that are drawn on the ground: how long, how wide, whether they cross themselves, how they turn.
 * Pure. Positions are metres east and north in the flat frame of the scene; a ring does not repeat its first point.
 */

export type Flat = readonly [number, number];

/** A rectangle by its middle, its two sides and the direction of its width: degrees clockwise from east-west. */
export interface Rectangle {
  readonly middle: Flat;
  readonly widthM: number;
  readonly depthM: number;
  readonly turnedDeg: number;
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

export const distance = (a: Flat, b: Flat): number => Math.hypot(b[0] - a[0], b[1] - a[1]);

/** Square metres inside a ring. */
export function areaOf(ring: readonly Flat[]): number {
  return Math.abs(signedArea(ring));
}

/** Metres along a line; along a ring when it is closed. */
export function lengthOf(points: readonly Flat[], closed = false): number {
  let sum = 0;
  for (let i = 1; i < points.length; i += 1) sum += distance(points[i - 1]!, points[i]!);
  return closed && points.length > 2 ? sum + distance(points[points.length - 1]!, points[0]!) : sum;
}

/** The middle of what a ring encloses; of its points where it encloses nothing. */
export function middleOf(points: readonly Flat[]): Flat {
  const area = signedArea(points);
  if (points.length < 3 || Math.abs(area) < 1e-6) {
    const n = Math.max(1, points.length);
    return [points.reduce((sum, [x]) => sum + x, 0) / n, points.reduce((sum, [, y]) => sum + y, 0) / n];
  }
  const [ox, oy] = points[0]!;
  let [x, y] = [0, 0];
  points.forEach(([ax, ay], i) => {
    const [bx, by] = points[(i + 1) % points.length]!;
    const cross = (ax - ox) * (by - oy) - (bx - ox) * (ay - oy);
    x += (ax + bx - 2 * ox) * cross;
    y += (ay + by - 2 * oy) * cross;
  });
  return [ox + x / (6 * area), oy + y / (6 * area)];
}

/** Points turned clockwise, seen from above, and then moved. */
export function displaced(points: readonly Flat[], by: { readonly eastM?: number; readonly northM?: number; readonly degrees?: number }, about = middleOf(points)): readonly Flat[] {
  const { eastM = 0, northM = 0, degrees = 0 } = by;
  const [cos, sin] = [Math.cos(radians(degrees)), Math.sin(radians(degrees))];
  return points.map(([x, y]) => {
    const [dx, dy] = [x - about[0], y - about[1]];
    return [about[0] + dx * cos + dy * sin + eastM, about[1] - dx * sin + dy * cos + northM];
  });
}

/** The corners of a rectangle, anticlockwise. */
export function cornersOf({ middle: [x, y], widthM, depthM, turnedDeg }: Rectangle): readonly Flat[] {
  const [w, d] = [widthM / 2, depthM / 2];
  return displaced([[x - w, y - d], [x + w, y - d], [x + w, y + d], [x - w, y + d]], { degrees: turnedDeg }, [x, y]);
}

/** The rectangle between two opposite corners, lying in a direction. */
export function rectangleBetween(from: Flat, to: Flat, turnedDeg: number): Rectangle {
  const [cos, sin] = [Math.cos(radians(turnedDeg)), Math.sin(radians(turnedDeg))];
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  return {
    middle: [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2],
    widthM: Math.abs(dx * cos - dy * sin),
    depthM: Math.abs(dx * sin + dy * cos),
    turnedDeg,
  };
}

/** Whether two edges of a ring (or of a line) cross or lie on each other. */
export function crossesItself(points: readonly Flat[], closed = true): boolean {
  const edges = points.length - (closed ? 0 : 1);
  const at = (i: number): Flat => points[i % points.length]!;
  for (let i = 0; i < edges; i += 1) {
    for (let j = i + 2; j < edges; j += 1) {
      if (closed && i === 0 && j === edges - 1) continue;
      if (cross(at(i), at(i + 1), at(j), at(j + 1))) return true;
    }
  }
  return false;
}

/** A band of a width along a line, as a quadrilateral for each of its pieces. */
export function bandAlong(line: readonly Flat[], widthM: number): readonly (readonly [Flat, Flat, Flat, Flat])[] {
  const half = widthM / 2;
  const found: (readonly [Flat, Flat, Flat, Flat])[] = [];
  for (let i = 1; i < line.length; i += 1) {
    const [a, b] = [line[i - 1]!, line[i]!];
    const length = distance(a, b);
    if (length < 1e-6) continue;
    const [nx, ny] = [(-(b[1] - a[1]) / length) * half, ((b[0] - a[0]) / length) * half];
    found.push([[a[0] - nx, a[1] - ny], [b[0] - nx, b[1] - ny], [b[0] + nx, b[1] + ny], [a[0] + nx, a[1] + ny]]);
  }
  return found;
}

/** Positions written one a line, as longitude and latitude; or the number of the line that can't be read. */
export function readPositions(text: string): { readonly positions: readonly Flat[] } | { readonly line: number } {
  const positions: Flat[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    const parts = line.split(/[\s,;]+/).filter((part) => part !== "");
    if (parts.length === 0) continue;
    const [lon, lat] = parts.map(Number);
    const good = parts.length === 2 && Number.isFinite(lon) && Number.isFinite(lat) && Math.abs(lon!) <= 180 && Math.abs(lat!) <= 89;
    if (!good) return { line: i + 1 };
    positions.push([lon!, lat!]);
  }
  return { positions };
}

/** Positions as `readPositions` reads them, to a centimetre. */
export function writePositions(positions: readonly Flat[]): string {
  return positions.map(([lon, lat]) => `${lon.toFixed(7)}, ${lat.toFixed(7)}`).join("\n");
}

function signedArea(ring: readonly Flat[]): number {
  if (ring.length < 3) return 0;
  const [ox, oy] = ring[0]!;
  let twice = 0;
  ring.forEach(([ax, ay], i) => {
    const [bx, by] = ring[(i + 1) % ring.length]!;
    twice += (ax - ox) * (by - oy) - (bx - ox) * (ay - oy);
  });
  return twice / 2;
}

function cross(a: Flat, b: Flat, c: Flat, d: Flat): boolean {
  const side = (p: Flat, q: Flat, r: Flat): number => Math.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]));
  const [abc, abd, cda, cdb] = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)];
  if (abc !== abd && cda !== cdb) return true;
  const within = (p: Flat, q: Flat, r: Flat): boolean =>
    Math.min(p[0], q[0]) <= r[0] && r[0] <= Math.max(p[0], q[0]) && Math.min(p[1], q[1]) <= r[1] && r[1] <= Math.max(p[1], q[1]);
  return (abc === 0 && within(a, b, c)) || (abd === 0 && within(a, b, d)) || (cda === 0 && within(c, d, a)) || (cdb === 0 && within(c, d, b));
}

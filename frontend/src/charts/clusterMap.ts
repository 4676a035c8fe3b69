/** A cluster on paper: what stands where, shaded dong, a mark a stage. Pure; drawn by ClusterMap.svelte. */

import type { Feature } from "../api/rooms/clusters";

export interface Spot {
  readonly feature: Feature;
  readonly x: number;
  readonly y: number;
}

export interface Shape {
  readonly feature: Feature;
  readonly path: string;
  /** 0 (least) to 3; null where the number is unknown. */
  readonly shade: number | null;
  readonly label: { readonly x: number; readonly y: number } | null;
}

export interface Drawn {
  readonly height: number;
  readonly dong: readonly Shape[];
  readonly boundary: readonly Shape[];
  readonly spots: readonly Spot[];
  /** What has a place, but off this drawing. */
  readonly off: readonly Feature[];
  /** How many pixels a kilometre takes. */
  readonly perKm: number;
}

type Point = readonly [number, number];

const KM_PER_DEGREE = 111.32;
export const SHADES = 4;
// A name cannot keep clear of more marks than that, and the search stays quick.
const MARKS_AVOIDED = 300;

/** Every ring of an area; nothing for other geometries. */
export function ringsOf(geometry: Feature["geometry"]): readonly (readonly Point[])[] {
  if (geometry.type === "Polygon") return geometry.coordinates as Point[][];
  if (geometry.type === "MultiPolygon") return (geometry.coordinates as Point[][][]).flat();
  return [];
}

/** Where a thing stands: a point, or the middle of its box. */
export function middleOf(geometry: Feature["geometry"]): Point | null {
  if (geometry.type === "Point") return geometry.coordinates as unknown as Point;
  const points = ringsOf(geometry).flat();
  return points.length === 0 ? null : [between(points.map(([x]) => x)), between(points.map(([, y]) => y))];
}

/** The drawing, `width` pixels wide: the boundary fills it, or with `whole` everything that has a place; dong run out of it. */
export function drawMap(features: readonly Feature[], width: number, tallest: number, whole = false): Drawn | null {
  const things = features.filter((one) => one.properties.kind !== "dong");
  const lines = things.filter((one) => one.properties.kind === "boundary");
  const seen = (whole || lines.length === 0 ? (things.length > 0 ? things : features) : lines).flatMap((one) => (one.geometry.type === "Point" ? [one.geometry.coordinates as unknown as Point] : ringsOf(one.geometry).flat()));
  if (seen.length === 0) return null;
  const [west, east] = ends(seen.map(([x]) => x));
  const [south, north] = ends(seen.map(([, y]) => y));
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const wide = Math.max((east - west) * squeeze, 0.004) * 1.16;
  const high = Math.max(north - south, 0.004) * 1.22;
  const scale = Math.min(width / wide, tallest / high);
  const height = Math.max(220, Math.round(high * scale));
  const at = ([lon, lat]: Point): Point => [round(width / 2 + (lon - (west + east) / 2) * squeeze * scale), round(height / 2 - (lat - (south + north) / 2) * scale)];
  const path = (geometry: Feature["geometry"]): string => ringsOf(geometry).map((ring) => `M${ring.map((point) => at(point).join(",")).join("L")}Z`).join("");
  const of = (kind: string): readonly Feature[] => features.filter((one) => one.properties.kind === kind);
  const most = Math.max(0, ...of("dong").map((one) => one.properties.value ?? 0));
  const within = ({ x, y }: { readonly x: number; readonly y: number }): boolean => x > 0 && y > 0 && x < width && y < height;
  const every = features
    .filter((one) => one.properties.kind !== "dong" && one.properties.kind !== "boundary")
    .flatMap((one) => {
      const middle = middleOf(one.geometry);
      if (middle === null) return [];
      const [x, y] = at(middle);
      return [{ feature: one, x, y }];
    });
  const spots = every.filter(within);
  const marks = spots.slice(0, MARKS_AVOIDED);
  const shaped = (one: Feature, shade: number | null): Shape => ({ feature: one, path: path(one.geometry), shade, label: labelAt(ringsOf(one.geometry).map((ring) => ring.map(at)), marks, width, height) });
  return {
    height,
    dong: of("dong").map((one) => shaped(one, shadeOf(one.properties.value, most))),
    boundary: of("boundary").map((one) => shaped(one, null)),
    spots,
    off: every.filter((one) => !within(one)).map((one) => one.feature),
    perKm: scale / KM_PER_DEGREE,
  };
}

/** Where a name stands: inside its area and on the drawing, as far from every mark as a coarse search finds. */
function labelAt(rings: readonly (readonly Point[])[], spots: readonly Spot[], width: number, height: number): { readonly x: number; readonly y: number } | null {
  const points = rings.flat();
  if (points.length === 0) return null;
  const [west, east] = ends(points.map(([x]) => Math.min(Math.max(x, 34), width - 34)));
  const [top, bottom] = ends(points.map(([, y]) => Math.min(Math.max(y, 16), height - 30)));
  const middle = { x: (west + east) / 2, y: (top + bottom) / 2 };
  let best: { x: number; y: number; room: number } | null = null;
  for (let column = 0; column <= 8; column += 1) {
    for (let row = 0; row <= 8; row += 1) {
      const [x, y] = [west + ((east - west) * column) / 8, top + ((bottom - top) * row) / 8];
      if (!holds(rings, x, y)) continue;
      const near = spots.reduce((least, one) => Math.min(least, Math.hypot((one.x - x) / 1.6, one.y - y)), 34);
      const room = near - Math.hypot(x - middle.x, y - middle.y) / 40;
      if (best === null || room > best.room) best = { x: round(x), y: round(y), room };
    }
  }
  return best && { x: best.x, y: best.y };
}

/** Whether a point lies inside the rings (even and odd crossings). */
function holds(rings: readonly (readonly Point[])[], x: number, y: number): boolean {
  let inside = false;
  for (const ring of rings) {
    for (let n = 0, before = ring.length - 1; n < ring.length; before = n, n += 1) {
      const [[ax, ay], [bx, by]] = [ring[n]!, ring[before]!];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    }
  }
  return inside;
}

/** Which of the shades a number of people takes: each shade is a quarter of the most on a square-root scale. */
export function shadeOf(value: number | null, most: number): number | null {
  if (value === null) return null;
  return most === 0 ? 0 : Math.min(SHADES - 1, Math.floor(Math.sqrt(value / most) * SHADES));
}

/** A round length for the bar of scale, and how long it is drawn. */
export function scaleBar(perKm: number, longest: number): { readonly km: number; readonly pixels: number } {
  const km = [10, 5, 2, 1, 0.5, 0.2, 0.1].find((one) => one * perKm <= longest) ?? 0.05;
  return { km, pixels: round(km * perKm) };
}

const STAGES = ["design", "materials", "parts", "equipment", "manufacturing", "assembly", "distribution", "service", "recycling"] as const;

/** A mark for each stage, told apart by its form; about 12 pixels in size around 0, 0. */
export function markOf(stage: string | null): string {
  switch (STAGES.findIndex((one) => one === stage)) {
    case 0:
      return polygon(24, 5.2);
    case 1:
      return "M-5,-5H5V5H-5Z";
    case 2:
      return polygon(3, 7, -90);
    case 3:
      return "M-2,-6H2V-2H6V2H2V6H-2V2H-6V-2H-2Z";
    case 4:
      return polygon(6, 6.2);
    case 5:
      return polygon(4, 7);
    case 6:
      return polygon(3, 7, 90);
    case 7:
      return star(5, 7.2, 3.2);
    case 8:
      return polygon(5, 6.4, -90);
    default:
      return "M-5,-3.6L-3.6,-5L0,-1.4L3.6,-5L5,-3.6L1.4,0L5,3.6L3.6,5L0,1.4L-3.6,5L-5,3.6L-1.4,0Z";
  }
}

function polygon(corners: number, radius: number, from = 0): string {
  return `M${Array.from({ length: corners }, (_, n) => corner(from + (360 * n) / corners, radius)).join("L")}Z`;
}

function star(points: number, far: number, near: number): string {
  return `M${Array.from({ length: points * 2 }, (_, n) => corner(-90 + (180 * n) / points, n % 2 === 0 ? far : near)).join("L")}Z`;
}

function corner(degrees: number, radius: number): string {
  const angle = (degrees * Math.PI) / 180;
  return `${round(Math.cos(angle) * radius)},${round(Math.sin(angle) * radius)}`;
}

function ends(values: readonly number[]): readonly [number, number] {
  return [values.reduce((one, other) => Math.min(one, other)), values.reduce((one, other) => Math.max(one, other))];
}

function between(values: readonly number[]): number {
  const [low, high] = ends(values);
  return (low + high) / 2;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

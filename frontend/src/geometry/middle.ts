/** The middle of a place as NGSI-LD writes it, and how large it is. Pure. */

const METRES_A_DEGREE = 111_320;

/** A middle, and the longer side of the box around it in metres. */
export interface Bounds {
  readonly lon: number;
  readonly lat: number;
  readonly metres: number;
}

/** The bounds of places; null where there are none. */
export function boundsOf(coordinates: readonly (readonly number[])[]): Bounds | null {
  const middle = middleOf({ coordinates });
  return middle && { lon: middle[0], lat: middle[1], metres: extentOf({ coordinates }) };
}

/** Longitude and latitude in the middle of the box around a geometry (a GeoProperty or bare GeoJSON); null for anything else. */
export function middleOf(place: unknown): readonly [number, number] | null {
  const box = boxOf(place);
  return box && [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
}

/** The longer side of that box in metres; 0 for a point, or for anything else. */
export function extentOf(place: unknown): number {
  const box = boxOf(place);
  if (!box) return 0;
  const [west, south, east, north] = box;
  return METRES_A_DEGREE * Math.max((east - west) * Math.cos(((south + north) / 2) * (Math.PI / 180)), north - south);
}

type Box = readonly [number, number, number, number];

function boxOf(place: unknown): Box | null {
  const held = place as { readonly value?: unknown; readonly coordinates?: unknown } | null | undefined;
  const geometry = (held?.value ?? held) as { readonly coordinates?: unknown } | null | undefined;
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  const walk = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    const [lon, lat] = part as readonly unknown[];
    if (typeof lon !== "number" || typeof lat !== "number") return part.forEach(walk);
    [west, east] = [Math.min(west, lon), Math.max(east, lon)];
    [south, north] = [Math.min(south, lat), Math.max(north, lat)];
  };
  walk(geometry?.coordinates);
  return Number.isFinite(west) ? [west, south, east, north] : null;
}

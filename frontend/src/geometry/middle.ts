/** The middle of a place as NGSI-LD writes it. Pure. */

/** Longitude and latitude in the middle of the box around a geometry (a GeoProperty or bare GeoJSON); null for anything else. */
export function middleOf(place: unknown): readonly [number, number] | null {
  const held = place as { readonly value?: unknown; readonly coordinates?: unknown } | null | undefined;
  const geometry = (held?.value ?? held) as { readonly coordinates?: unknown } | null | undefined;
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const walk = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    const [lon, lat] = part as readonly unknown[];
    if (typeof lon !== "number" || typeof lat !== "number") return part.forEach(walk);
    box[0] = Math.min(box[0]!, lon);
    box[1] = Math.min(box[1]!, lat);
    box[2] = Math.max(box[2]!, lon);
    box[3] = Math.max(box[3]!, lat);
  };
  walk(geometry?.coordinates);
  return Number.isFinite(box[0]) ? [(box[0]! + box[2]!) / 2, (box[1]! + box[3]!) / 2] : null;
}

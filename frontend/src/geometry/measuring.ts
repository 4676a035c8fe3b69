/**
 * Lengths and areas on the Earth's ellipsoid (WGS 84), heights above a datum. Pure.
 *
 * A length is that of the geodesic (Vincenty 1975, to a tenth of a millimetre; not for places on opposite sides of the
 * Earth). An area is that of the plan: spherical polygons on the sphere of equal area, exact to a
 * ten-millionth for a town and to some millionths for a province. Along the ground a line is cut into pieces and each rises or falls with the ground.
 */

export interface Place {
  readonly lon: number;
  readonly lat: number;
  /** Metres above the datum. */
  readonly height: number;
}

const A = 6378137;
const F = 1 / 298.257223563;
const B = A * (1 - F);
const E2 = F * (2 - F);
const E = Math.sqrt(E2);
const ROUNDS = 60;

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Metres between two places on the ellipsoid. */
export function distanceM(from: Pick<Place, "lon" | "lat">, to: Pick<Place, "lon" | "lat">): number {
  const across = radians(((to.lon - from.lon + 540) % 360) - 180);
  const [u1, u2] = [from, to].map(({ lat }) => Math.atan((1 - F) * Math.tan(radians(lat)))) as [number, number];
  const [s1, c1, s2, c2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  let lambda = across;
  let [sinS, cosS, sigma, cos2A, cos2M] = [0, 1, 0, 1, 0];
  for (let round = 0; round < ROUNDS; round += 1) {
    const [sinL, cosL] = [Math.sin(lambda), Math.cos(lambda)];
    sinS = Math.hypot(c2 * sinL, c1 * s2 - s1 * c2 * cosL);
    if (sinS === 0) return 0;
    cosS = s1 * s2 + c1 * c2 * cosL;
    sigma = Math.atan2(sinS, cosS);
    const sinA = (c1 * c2 * sinL) / sinS;
    cos2A = 1 - sinA * sinA;
    cos2M = cos2A === 0 ? 0 : cosS - (2 * s1 * s2) / cos2A;
    const c = (F / 16) * cos2A * (4 + F * (4 - 3 * cos2A));
    const before = lambda;
    lambda = across + (1 - c) * F * sinA * (sigma + c * sinS * (cos2M + c * cosS * (2 * cos2M * cos2M - 1)));
    if (Math.abs(lambda - before) < 1e-13) break;
  }
  const u = (cos2A * (A * A - B * B)) / (B * B);
  const a = 1 + (u / 16384) * (4096 + u * (u * (320 - 175 * u) - 768));
  const b = (u / 1024) * (256 + u * (u * (74 - 47 * u) - 128));
  const d = b * sinS * (cos2M + (b / 4) * (cosS * (2 * cos2M * cos2M - 1) - (b / 6) * cos2M * (4 * sinS * sinS - 3) * (4 * cos2M * cos2M - 3)));
  return B * a * (sigma - d);
}

/** Metres of a line from place to place, in plan. */
export function lengthM(places: readonly Pick<Place, "lon" | "lat">[]): number {
  return places.slice(1).reduce((sum, to, i) => sum + distanceM(places[i]!, to), 0);
}

/** Square metres inside a ring of places, in plan, whichever way it turns; a ring that crosses itself has no honest area. */
export function areaM2(ring: readonly Pick<Place, "lon" | "lat">[]): number {
  if (ring.length < 3) return 0;
  let excess = 0;
  ring.forEach((from, i) => {
    const to = ring[(i + 1) % ring.length]!;
    const across = radians(((to.lon - from.lon + 540) % 360) - 180);
    const [p, q] = [Math.tan(authalic(from.lat) / 2), Math.tan(authalic(to.lat) / 2)];
    excess += 2 * Math.atan2(Math.tan(across / 2) * (p + q), 1 + p * q);
  });
  return Math.abs(excess) * AUTHALIC_RADIUS_M * AUTHALIC_RADIUS_M;
}

/** Whether two sides of a ring cross. */
export function crossesItself(ring: readonly Pick<Place, "lon" | "lat">[]): boolean {
  const n = ring.length;
  for (let i = 0; i < n; i += 1) {
    for (let j = i + 2; j < n; j += 1) {
      if (i === 0 && j === n - 1) continue;
      if (cross(ring[i]!, ring[(i + 1) % n]!, ring[j]!, ring[(j + 1) % n]!)) return true;
    }
  }
  return false;
}

/** Places along a line, near enough to each other that the ground between them is followed; its corners among them. */
export function along(places: readonly Place[], heightAt: (lon: number, lat: number) => number, spacingM = 10, most = 400): readonly Place[] {
  const whole = lengthM(places);
  const step = Math.max(spacingM, whole / most);
  return places.flatMap((to, i) => {
    const from = places[i - 1];
    if (!from) return [to];
    const pieces = Math.max(1, Math.ceil(distanceM(from, to) / step));
    return Array.from({ length: pieces }, (_, n) => {
      if (n === pieces - 1) return to;
      const part = (n + 1) / pieces;
      const [lon, lat] = [from.lon + (to.lon - from.lon) * part, from.lat + (to.lat - from.lat) * part];
      return { lon, lat, height: heightAt(lon, lat) };
    });
  });
}

/** Metres along the ground: each piece rises or falls with it. */
export function lengthOnGroundM(places: readonly Place[]): number {
  return places.slice(1).reduce((sum, to, i) => sum + Math.hypot(distanceM(places[i]!, to), to.height - places[i]!.height), 0);
}

/** A place from what somebody writes: "127.1, 37.4" or "37.4N 127.1E"; null for what is none. Longitude first, as in files. */
export function placeIn(text: string): { readonly lon: number; readonly lat: number } | null {
  const found = /^\s*([-+]?\d+(?:\.\d+)?)\s*°?\s*([NSEW]?)[\s,;]+([-+]?\d+(?:\.\d+)?)\s*°?\s*([NSEW]?)\s*$/i.exec(text);
  if (!found) return null;
  const [first, second] = [signed(found[1]!, found[2]!), signed(found[3]!, found[4]!)];
  const swapped = /[NS]/i.test(found[2]!) || /[EW]/i.test(found[4]!) || Math.abs(second) > 90;
  const [lon, lat] = swapped ? [second, first] : [first, second];
  return Math.abs(lon) <= 180 && Math.abs(lat) < 90 ? { lon, lat } : null;
}

function signed(text: string, side: string): number {
  return Number(text) * (/[SW]/i.test(side) ? -1 : 1);
}

// --- the sphere of equal area ----------------------------------------------------------------------------------------

function zonal(sine: number): number {
  return (1 - E2) * (sine / (1 - E2 * sine * sine) + Math.atanh(E * sine) / E);
}

const POLE = zonal(1);
const AUTHALIC_RADIUS_M = A * Math.sqrt(POLE / 2);

function authalic(lat: number): number {
  return Math.asin(Math.min(1, Math.max(-1, zonal(Math.sin(radians(lat))) / POLE)));
}

type Flat = Pick<Place, "lon" | "lat">;

function cross(a: Flat, b: Flat, c: Flat, d: Flat): boolean {
  const side = (p: Flat, q: Flat, r: Flat): number => Math.sign((q.lon - p.lon) * (r.lat - p.lat) - (q.lat - p.lat) * (r.lon - p.lon));
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

/** WGS 84 maths: degrees to earth-centred metres and back, and the flat frame (east, north, up) at a place. */

export type Vec3 = readonly [number, number, number];

const A = 6378137;
const F = 1 / 298.257223563;
const E2 = F * (2 - F);
const B = A * (1 - F);

/** Earth-centred metres of a longitude and latitude in degrees and a height in metres. */
export function toEarthCentred(lon: number, lat: number, height = 0): Vec3 {
  const [sinLat, cosLat] = sinCos(lat);
  const [sinLon, cosLon] = sinCos(lon);
  const n = A / Math.sqrt(1 - E2 * sinLat * sinLat);
  return [(n + height) * cosLat * cosLon, (n + height) * cosLat * sinLon, (n * (1 - E2) + height) * sinLat];
}

/** Longitude, latitude (degrees) and height of an earth-centred point; Bowring's formula, exact to below a millimetre near the ground. */
export function toLonLat([x, y, z]: Vec3): Vec3 {
  const p = Math.hypot(x, y);
  const theta = Math.atan2(z * A, p * B);
  const second = (A * A - B * B) / (B * B);
  const lat = Math.atan2(z + second * B * Math.sin(theta) ** 3, p - E2 * A * Math.cos(theta) ** 3);
  const n = A / Math.sqrt(1 - E2 * Math.sin(lat) ** 2);
  return [(Math.atan2(y, x) * 180) / Math.PI, (lat * 180) / Math.PI, p / Math.cos(lat) - n];
}

/**
 * The matrix from earth-centred metres to (east, north, up) metres at a place, column by column as WebGL wants it.
 * Kept in double precision: products of it and a tile's transform are small enough for the graphics card.
 */
export function localFrame(lon: number, lat: number, height = 0): readonly number[] {
  const [sinLat, cosLat] = sinCos(lat);
  const [sinLon, cosLon] = sinCos(lon);
  const east: Vec3 = [-sinLon, cosLon, 0];
  const north: Vec3 = [-sinLat * cosLon, -sinLat * sinLon, cosLat];
  const up: Vec3 = [cosLat * cosLon, cosLat * sinLon, sinLat];
  const origin = toEarthCentred(lon, lat, height);
  const axes = [east, north, up];
  const columns: number[] = [];
  for (let column = 0; column < 3; column += 1) columns.push(east[column]!, north[column]!, up[column]!, 0);
  columns.push(...axes.map((axis) => -dot(axis, origin)), 1);
  return columns;
}

/** A point through a column-major 4x4 matrix. */
export function transform(matrix: readonly number[], [x, y, z]: Vec3): Vec3 {
  const at = (row: number): number => matrix[row]! * x + matrix[4 + row]! * y + matrix[8 + row]! * z + matrix[12 + row]!;
  return [at(0), at(1), at(2)];
}

function dot(a: Vec3, b: Vec3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function sinCos(degrees: number): readonly [number, number] {
  const radians = (degrees * Math.PI) / 180;
  return [Math.sin(radians), Math.cos(radians)];
}

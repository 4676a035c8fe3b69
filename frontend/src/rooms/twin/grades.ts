/**
 * The four grades of the air in Korea, as AirKorea (한국환경공단 에어코리아) publishes them for a reading: 좋음, 보통,
 * 나쁨, 매우나쁨. A value is rounded as the table is written before it is compared. Other quantities have no grade here.
 */

import type { Rgb } from "../../colour/classes";

export type Grade = "good" | "moderate" | "bad" | "worst";
export const GRADES: readonly Grade[] = ["good", "moderate", "bad", "worst"];

/** Blue, green, yellow and red as AirKorea uses them, moved apart in lightness so that they can be told without hue. */
export const GRADE_COLOURS: Readonly<Record<Grade, Rgb>> = {
  good: [52, 120, 196],
  moderate: [94, 176, 132],
  bad: [238, 196, 72],
  worst: [158, 34, 48],
};
/** Of a quantity that has no grades. */
export const NO_GRADE: Rgb = [92, 110, 126];

interface Table {
  readonly unit: readonly string[];
  readonly digits: number;
  /** The upper end of each grade but the last. */
  readonly upTo: readonly [number, number, number];
}

const MICROGRAMS = ["GQ"];
const PPM = ["59"];
const TABLES: Readonly<Record<string, Table>> = {
  pm10: { unit: MICROGRAMS, digits: 0, upTo: [30, 80, 150] },
  pm25: { unit: MICROGRAMS, digits: 0, upTo: [15, 35, 75] },
  o3: { unit: PPM, digits: 3, upTo: [0.03, 0.09, 0.15] },
  no2: { unit: PPM, digits: 3, upTo: [0.03, 0.06, 0.2] },
  so2: { unit: PPM, digits: 3, upTo: [0.02, 0.05, 0.15] },
  co: { unit: PPM, digits: 2, upTo: [2, 9, 15] },
  airQualityIndex: { unit: ["C62", "1"], digits: 0, upTo: [50, 100, 250] },
};

/** The bounds of the grades of a quantity in its unit; null where the national classes do not speak of it. */
export function gradesOf(attribute: string, unit: string | null): readonly [number, number, number] | null {
  const table = TABLES[attribute];
  return table && table.unit.includes(unit ?? "1") ? table.upTo : null;
}

export function gradeOf(attribute: string, unit: string | null, value: unknown): Grade | null {
  const bounds = gradesOf(attribute, unit);
  if (!bounds || typeof value !== "number" || !Number.isFinite(value) || value < 0) return null;
  const rounded = Number(value.toFixed(TABLES[attribute]!.digits));
  const place = bounds.findIndex((bound) => rounded <= bound);
  return GRADES[place < 0 ? 3 : place]!;
}

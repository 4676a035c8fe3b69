/** Figures of the lab as people write them, with the word of the unit where the pages have none of their own. Pure. */

import type { Pair } from "../../api/types";
import { UNKNOWN, formatDifference, formatValue, unitText } from "../../format/number";
import type { Language } from "../../format/number";

export interface Measured {
  readonly unit: string | null;
  readonly unitLabel?: Pair | null | undefined;
}

/** A figure with its unit. */
export function written(value: number | null | undefined, { unit, unitLabel }: Measured, language: Language): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  if (unit === "{year}") return `${Math.round(value)}${language === "ko" ? "년" : ""}`;
  if (!unit || unit === "1") return formatValue(rough(value), null, language);
  if (unit === "KRW") return formatValue(value, unit, language);
  if (unitText(unit, language) !== unit) return formatValue(rough(value), unit, language);
  const label = unitLabel?.[language] ?? unit;
  return `${formatValue(rough(value), null, language)}${language === "ko" && /^[가-힣]/.test(label) ? "" : " "}${label}`;
}

/** Three significant digits below a thousand: answers with a band have no more to say. */
function rough(value: number): number {
  return Math.abs(value) < 1000 ? Number(value.toPrecision(3)) : value;
}

/** A difference of figures, signed; of percentages it is in percentage points. */
export function writtenDifference(value: number | null | undefined, { unit, unitLabel }: Measured, language: Language): string {
  const plain = written(value === null || value === undefined ? value : Math.abs(value), { unit: unit === "{year}" ? "ANN" : unit, unitLabel }, language);
  if (value === null || value === undefined || !Number.isFinite(value)) return plain;
  const text = unit === "P1" ? plain.replace("%", language === "ko" ? "%p" : " pp") : plain;
  if (!/[1-9]/.test(text)) return text;
  return formatDifference(Math.sign(value), null, language).replace("1", "") + text;
}

/** Two ends of a band, the unit written once where it is the same. */
export function spanned(low: string, high: string): string {
  const [, figure, tail] = /^(.*\d)(\D*)$/.exec(low) ?? [];
  return `${figure !== undefined && tail !== "" && high.endsWith(tail!) ? figure : low} ~ ${high}`;
}

/** A share of one as whole percent; what is nearly nothing or nearly all is said so, and never rounded away. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 1) return "<1%";
  if (value < 100 && value > 99) return ">99%";
  return `${Math.round(value)}%`;
}

/** An axis' tick: short, without the unit where the unit stands elsewhere; won keep theirs. */
export function ticked(value: number, measured: Measured, language: Language): string {
  return measured.unit === "KRW" || measured.unit === "P1" || measured.unit === "{year}" ? written(value, measured, language) : formatValue(value, null, language);
}

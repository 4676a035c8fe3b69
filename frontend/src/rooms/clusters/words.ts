/** How the page of a cluster writes its numbers, and reads what is typed into its forms. Pure. */

import type { Band, Commitment, Figure } from "../../api/rooms/clusters";
import { parseAmount } from "../../format/amount";
import { formatValue } from "../../format/number";
import type { Language } from "../../format/number";

/** A sum of US dollars as people write it. */
export function formatDollars(value: number, language: Language): string {
  const size = Math.abs(value);
  const sign = value < 0 ? "\u2212" : "";
  const written = (n: number): string => new Intl.NumberFormat(language === "ko" ? "ko-KR" : "en-GB", { maximumFractionDigits: n < 100 ? 1 : 0 }).format(n);
  if (language === "ko") return `${sign}${size >= 1e8 ? `${written(size / 1e8)}억` : size >= 1e4 ? `${written(size / 1e4)}만` : written(size)} 달러`;
  return `${sign}USD ${size >= 1e9 ? `${written(size / 1e9)} bn` : size >= 1e6 ? `${written(size / 1e6)} mn` : size >= 1e3 ? `${written(size / 1e3)} k` : written(size)}`;
}

export function written(value: number | null, unit: string | null, language: Language): string {
  return value !== null && unit === "USD" ? formatDollars(value, language) : formatValue(value, unit, language);
}

/** A figure's value in words; the em dash where nobody knows. */
export function saidOf(figure: Figure, language: Language): string {
  return written(figure.value, figure.unit, language);
}

/** The central value, and its ends where they are others. */
export function banded(band: Band | null, unit: string | null, language: Language, scale = 1): string | null {
  if (band === null) return null;
  const said = (value: number): string => formatValue(round(value * scale), unit, language);
  return band.low === band.high ? said(band.central) : `${said(band.central)} (${said(band.low)} ~ ${said(band.high)})`;
}

/** One number, or low, central and high apart by commas, tildes or slashes; the text itself where it is neither. */
export function readRange(text: string, scale = 1): number | Band | string {
  const parts = text.split(/[~/]|,(?=\s)/).map((one) => parseAmount(one.replace(/%\s*$/, "").trim()));
  if (parts.some((one) => one === null)) return text;
  const [low, central, high] = parts.map((one) => round(one! * scale));
  if (parts.length === 1) return low!;
  return parts.length === 3 ? { low: low!, central: central!, high: high! } : text;
}

/** Codes and names apart by commas, semicolons or lines. */
export function readList(text: unknown): readonly string[] {
  return String(text ?? "").split(/[,;\n]/).map((one) => one.trim()).filter(Boolean);
}

/** The area in a text of GeoJSON; the text itself where it is none, so that the server says what is wrong. */
export function readGeometry(text: string): unknown {
  try {
    const found = JSON.parse(text) as { type?: string; geometry?: unknown; features?: readonly { geometry?: unknown }[] };
    if (found.type === "FeatureCollection" && found.features?.length === 1) return found.features[0]!.geometry;
    return found.type === "Feature" ? found.geometry : found;
  } catch {
    return text;
  }
}

/** What became of a commitment: done in time or late, waiting, or overdue; with how many days. */
export function standing(one: Commitment, today: string): { readonly state: "done" | "done-late" | "late" | "due" | "undated"; readonly days: number } {
  if (one.isDone) {
    const days = one.due && one.doneOn ? daysBetween(one.due, one.doneOn) : 0;
    return { state: days > 0 ? "done-late" : "done", days: Math.max(0, days) };
  }
  if (!one.due) return { state: "undated", days: 0 };
  const days = daysBetween(one.due, today);
  return { state: days > 0 ? "late" : "due", days: Math.abs(days) };
}

/** Days from one day to another; a year or month alone ends with its last day. */
export function daysBetween(from: string, to: string): number {
  return Math.round((lastDay(to) - lastDay(from)) / 86_400_000);
}

function lastDay(text: string): number {
  const [year, month, day] = text.split("-").map(Number) as [number, number | undefined, number | undefined];
  if (month === undefined) return Date.UTC(year, 11, 31);
  return day === undefined ? Date.UTC(year, month, 0) : Date.UTC(year, month - 1, day);
}

function round(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}

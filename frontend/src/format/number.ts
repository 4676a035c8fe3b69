/**
 * Numbers as people write them: 1조 3,742억 원, KRW 1.3742 tn, +3.1 %p.
 *
 * Rounding happens here, on output, and nowhere else. Unknown is an em dash, never a zero.
 */

export type Language = "ko" | "en";

export const UNKNOWN = "—";
const MINUS = "\u2212";

interface UnitText {
  /** What follows the number; a leading space is kept where the language writes one. */
  ko: string;
  en: string;
  /** Digits after the point; without it, enough for four significant digits. */
  digits?: number;
  /** Written values are the stored ones times this. */
  times?: number;
}

/** Units that the pages write in their own way: UN/CEFACT codes first, then what Madang counts. */
const UNITS: Readonly<Record<string, UnitText>> = {
  "1": { ko: "", en: "" },
  C62: { ko: "", en: "" },
  IE: { ko: "명", en: " people", digits: 0 },
  E51: { ko: "개", en: " jobs", digits: 0 },
  "{household}": { ko: "가구", en: " households", digits: 0 },
  "{company}": { ko: "개사", en: " companies", digits: 0 },
  "{establishment}": { ko: "개소", en: " establishments", digits: 0 },
  "{dwelling}": { ko: "호", en: " dwellings", digits: 0 },
  "{vehicle}": { ko: "대", en: " vehicles", digits: 0 },
  "{building}": { ko: "동", en: " buildings", digits: 0 },
  "{floor}": { ko: "층", en: " floors", digits: 0 },
  "{facility}": { ko: "개소", en: " facilities", digits: 0 },
  "{case}": { ko: "건", en: " cases", digits: 0 },
  "{person}/km2": { ko: "명/km²", en: " people/km²", digits: 0 },
  "{company}/km2": { ko: "개사/km²", en: " companies/km²", digits: 0 },
  KMK: { ko: "km²", en: " km²", digits: 2 },
  MTK: { ko: "㎡", en: " m²", digits: 0 },
  MTR: { ko: "m", en: " m", digits: 1 },
  KMT: { ko: "km", en: " km", digits: 2 },
  P1: { ko: "%", en: "%", digits: 1 },
  share: { ko: "%", en: "%", digits: 1, times: 100 },
  ANN: { ko: "년", en: " years", digits: 0 },
  DAY: { ko: "일", en: " days" },
  HUR: { ko: "시간", en: " h" },
  MIN: { ko: "분", en: " min" },
  KWT: { ko: " kW", en: " kW" },
  MAW: { ko: " MW", en: " MW" },
  KWH: { ko: " kWh", en: " kWh" },
  MWH: { ko: " MWh", en: " MWh" },
  KGM: { ko: " kg", en: " kg" },
  TNE: { ko: " t", en: " t" },
  "KRW/kg": { ko: "원/kg", en: " KRW/kg" },
  GQ: { ko: " ㎍/㎥", en: " µg/m³" },
  "59": { ko: " ppm", en: " ppm" },
  CEL: { ko: "℃", en: " °C", digits: 1 },
  A97: { ko: " hPa", en: " hPa", digits: 1 },
  MTS: { ko: " m/s", en: " m/s", digits: 1 },
  DD: { ko: "°", en: "°" },
  MMT: { ko: " mm", en: " mm", digits: 1 },
  CMT: { ko: " cm", en: " cm", digits: 1 },
  LUX: { ko: " lx", en: " lx" },
  D54: { ko: " W/㎡", en: " W/m²" },
  SEC: { ko: "초", en: " s" },
  KMH: { ko: "km/h", en: " km/h" },
  "{person-year}": { ko: "인년", en: " person-years" },
};

const grouped = new Map<string, Intl.NumberFormat>();

function group(value: number, language: Language, least: number, most: number): string {
  const key = `${language}.${least}.${most}`;
  let format = grouped.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(language === "ko" ? "ko-KR" : "en-GB", {
      minimumFractionDigits: least,
      maximumFractionDigits: most,
    });
    grouped.set(key, format);
  }
  return format.format(value);
}

/** Digits after the point that leave about four significant ones. */
function naturalDigits(size: number): number {
  if (size >= 1000 || size === 0) return 0;
  if (size >= 100) return 1;
  if (size >= 10) return 2;
  return 3;
}

function koreanWon(won: number): string {
  const EOK = 1e8;
  if (won >= 1e12) {
    const eok = Math.round(won / EOK);
    const jo = Math.floor(eok / 10_000);
    const rest = eok % 10_000;
    return rest === 0 ? `${group(jo, "ko", 0, 0)}조 원` : `${group(jo, "ko", 0, 0)}조 ${group(rest, "ko", 0, 0)}억 원`;
  }
  if (won >= EOK) {
    const eok = won / EOK;
    // Just below 1조 rounding would write 10,000억.
    if (Math.round(eok) >= 10_000) return "1조 원";
    return `${group(eok, "ko", 0, eok >= 100 ? 0 : 1)}억 원`;
  }
  if (won >= 1e4) return `${group(won / 1e4, "ko", 0, 0)}만 원`;
  return `${group(won, "ko", 0, 0)}원`;
}

function englishWon(won: number): string {
  if (won >= 1e12) return `KRW ${group(won / 1e12, "en", 0, 4)} tn`;
  if (won >= 1e9) return `KRW ${group(won / 1e9, "en", 0, won >= 1e11 ? 1 : 2)} bn`;
  if (won >= 1e6) return `KRW ${group(won / 1e6, "en", 0, 1)} mn`;
  return `KRW ${group(won, "en", 0, 0)}`;
}

/** A sum of won in words, with its sign where it is negative. */
export function formatWon(value: number, language: Language): string {
  const size = Math.abs(value);
  const text = language === "ko" ? koreanWon(size) : englishWon(size);
  return value < 0 ? `${MINUS}${text}` : text;
}

/** A number with its unit; `null` is the em dash. */
export function formatValue(value: number | null | undefined, unit: string | null | undefined, language: Language): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN;
  if (unit === "KRW") return formatWon(value, language);
  if (unit === "{year}") return `${Math.round(value)}${language === "ko" ? "년" : ""}`;
  const how = unit ? UNITS[unit] : undefined;
  const shown = value * (how?.times ?? 1);
  const digits = how?.digits ?? (Number.isInteger(shown) ? 0 : naturalDigits(Math.abs(shown)));
  const text = group(Math.abs(shown), language, 0, digits);
  const suffix = how ? how[language] : unit ? ` ${unit}` : "";
  const zero = Number(text.replace(/[^0-9.]/g, "")) === 0;
  return `${shown < 0 && !zero ? MINUS : ""}${text}${suffix}`;
}

/** A difference: always signed, except where it rounds to nothing. */
export function formatDifference(value: number | null | undefined, unit: string | null | undefined, language: Language): string {
  const text = formatValue(value, unit, language);
  if (value === null || value === undefined || !Number.isFinite(value)) return text;
  if (text.startsWith(MINUS)) return text;
  return /[1-9]/.test(text) ? `+${text}` : text;
}

/** A whole number, grouped. */
export function formatCount(value: number, language: Language): string {
  return group(value, language, 0, 0);
}

/** The unit's own word, for headings; empty for plain counts. */
export function unitText(unit: string | null | undefined, language: Language): string {
  if (!unit) return "";
  if (unit === "KRW") return language === "ko" ? "원" : "KRW";
  const how = UNITS[unit];
  return how ? how[language].trim() : unit;
}

/** A sentence in which a sum of money is never broken over two lines. */
export function keepSumsWhole(sentence: string): string {
  return sentence
    .replace(/([0-9][조억만]) (?=[0-9])/g, "$1\u00a0")
    .replace(/([0-9조억만]) (?=원)/g, "$1\u00a0")
    .replace(/\bKRW (?=[0-9])/g, "KRW\u00a0")
    .replace(/([0-9]) (?=(?:tn|bn|mn)\b)/g, "$1\u00a0");
}

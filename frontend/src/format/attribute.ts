/**
 * An attribute's value, whatever its kind, as one short readable text: numbers with their unit, places by their size,
 * shares as percent, relations by the end of their URN. Nothing is hidden: a long list says how long it is.
 */

import { UNKNOWN, formatCount, formatValue } from "./number";
import type { Language } from "./number";

type Json = Readonly<Record<string, unknown>>;

const MOST_PARTS = 8;

const WORDS = {
  point: { ko: "점", en: "point" },
  line: { ko: "선", en: "line" },
  area: { ko: "면", en: "area" },
  vertices: { ko: "꼭짓점 {n}개", en: "{n} vertices" },
  more: { ko: "외 {n}개", en: "and {n} more" },
  yes: { ko: "예", en: "yes" },
  no: { ko: "아니요", en: "no" },
} as const;

/** What a code or the id of an entity is called; itself where it has no name. */
export type Called = (code: string) => string;
const bare: Called = (code) => code;

/** The value in words; `null` and absence are the em dash. */
export function readValue(value: unknown, unit: string | null | undefined, language: Language, called: Called = bare): string {
  if (value === null || value === undefined || value === "") return UNKNOWN;
  if (typeof value === "number") return formatValue(value, unit, language);
  if (typeof value === "boolean") return WORDS[value ? "yes" : "no"][language];
  if (typeof value === "string") return readText(value, called);
  if (Array.isArray(value)) return readList(value, unit, language, called);
  return readObject(value as Json, unit, language, called);
}

function readText(text: string, called: Called): string {
  const name = called(text);
  if (name !== text) return name;
  if (!text.startsWith("urn:ngsi-ld:")) return text;
  const parts = text.split(":");
  return parts.length > 3 ? parts.slice(3).join(" ") : text;
}

function readList(list: readonly unknown[], unit: string | null | undefined, language: Language, called: Called): string {
  const shown = list.slice(0, MOST_PARTS).map((part) => readValue(part, unit, language, called));
  const rest = list.length - shown.length;
  return shown.join(", ") + (rest > 0 ? ` ${WORDS.more[language].replace("{n}", String(rest))}` : "");
}

function readObject(object: Json, unit: string | null | undefined, language: Language, called: Called): string {
  const instance = readInstance(object, unit, language);
  if (instance !== null) return instance;
  const geometry = readGeometry(object, language);
  if (geometry !== null) return geometry;
  if ("ko" in object || "en" in object) return String(object[language] ?? object["ko"] ?? object["en"]);
  if ("@value" in object) return readValue(object["@value"], unit, language);
  const entries = Object.entries(object);
  const shares = entries.length > 1 && entries.every(([, v]) => typeof v === "number") && Math.abs(sum(entries) - 1) < 1e-6;
  const shown = entries
    .slice(0, MOST_PARTS)
    .map(([name, v]) => `${called(name)} ${readValue(v, shares ? "share" : null, language)}`);
  const rest = entries.length - shown.length;
  return shown.join(" · ") + (rest > 0 ? ` ${WORDS.more[language].replace("{n}", String(rest))}` : "");
}

/** The value member of an NGSI-LD attribute instance; null where the object is none. */
function readInstance(object: Json, unit: string | null | undefined, language: Language): string | null {
  for (const member of ["value", "object", "languageMap", "json", "valueList", "objectList", "vocab"]) {
    if (typeof object["type"] === "string" && member in object) {
      const code = typeof object["unitCode"] === "string" ? object["unitCode"] : unit;
      return readValue(object[member], code, language);
    }
  }
  return null;
}

function readGeometry(object: Json, language: Language): string | null {
  const kind = object["type"];
  const coordinates = object["coordinates"];
  if (typeof kind !== "string" || !Array.isArray(coordinates)) return null;
  if (kind === "Point") {
    const [lon, lat] = coordinates as number[];
    return `${WORDS.point[language]} ${Number(lon).toFixed(5)}, ${Number(lat).toFixed(5)}`;
  }
  const word = kind.includes("Polygon") ? WORDS.area : WORDS.line;
  const vertices = (coordinates.flat(Infinity) as number[]).length / 2;
  return `${word[language]}, ${WORDS.vertices[language].replace("{n}", formatCount(Math.round(vertices), language))}`;
}

function sum(entries: readonly (readonly [string, unknown])[]): number {
  return entries.reduce((total, [, value]) => total + Number(value), 0);
}

/** Words of the pages. The catalogues hold the same keys; a test proves it. Words of the city come from the server as pairs. */

import type { Text } from "../api/types";
import { settings } from "../state/settings.svelte";
import { en, ko } from "./catalogues";
import { fill } from "./fill";

export type Key = keyof typeof ko;

const CATALOGUES: { readonly ko: Readonly<Record<Key, string>>; readonly en: Readonly<Record<Key, string>> } = { ko, en };

/** The sentence for a key in the reader's language, with `{name}` parts filled in. */
export function t(key: Key, facts: Readonly<Record<string, string | number>> = {}): string {
  return fill(CATALOGUES[settings.language][key], facts);
}

/** A key that data chose (a state, a status); the bare word where the catalogue does not know it. */
export function word(room: string, name: string | null | undefined): string {
  if (!name) return "";
  const key = `${room}.${name}`;
  return key in CATALOGUES.ko ? t(key as Key) : name;
}

/** A code that data chose for an attribute (a kind, a use, a state) in words; the bare code where nobody named it. */
export function coded(attribute: string, value: string): string {
  const key = `${attribute}.${value}`;
  const found = word("value", key);
  return found === key ? value : found;
}

/** The terms of a source: a known licence by its name, others as they are written. */
export function terms(licence: Text): string {
  return typeof licence === "string" ? word("licence", licence) : say(licence);
}

/** The language of words that somebody wrote, where it is not the page's own; for a `lang` attribute. */
export function tongue(written: string): "ko" | undefined {
  return settings.language !== "ko" && /[가-힣]/.test(written) ? "ko" : undefined;
}

/** A text of the city in the reader's language, or in the one it has. */
export function say(text: Text): string {
  if (text === null || text === undefined) return "";
  if (typeof text === "string") return text;
  return text[settings.language] || text.ko || text.en || "";
}

/** How old a moment is, in the words of a language. Pure. */

import type { Language } from "../../format/number";

const STEPS: readonly (readonly [number, Intl.RelativeTimeFormatUnit])[] = [
  [60, "second"],
  [3_600, "minute"],
  [86_400, "hour"],
  [30 * 86_400, "day"],
  [365 * 86_400, "month"],
  [Infinity, "year"],
];
const LENGTH: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3_600, day: 86_400, month: 30 * 86_400, year: 365 * 86_400 };

/** "3분 전", "3 minutes ago"; below a minute, "방금" in the language's own word. */
export function ageText(at: string | number, now: number, language: Language): string {
  const seconds = Math.max(0, (now - new Date(at).getTime()) / 1_000);
  const words = new Intl.RelativeTimeFormat(language === "ko" ? "ko-KR" : "en-GB", { numeric: seconds < 60 ? "auto" : "always" });
  const unit = STEPS.find(([below]) => seconds < below)![1];
  return seconds < 60 ? words.format(0, "second") : words.format(-Math.floor(seconds / LENGTH[unit]!), unit);
}

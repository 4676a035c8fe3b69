/** Dates and moments as people write them: 2026. 11. 22., 22 Nov 2026. A year alone stays a year. */

import type { Language } from "./number";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A civil date, month or year as text ("2026-11-22", "2026-11", "2029"); anything else is returned as it is. */
export function formatDate(text: string | number | null | undefined, language: Language): string {
  if (text === null || text === undefined || text === "") return "";
  const found = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(?:T.*)?$/.exec(String(text));
  if (!found) return String(text);
  const [, year, month, day] = found;
  if (month === undefined) return language === "ko" ? `${year}년` : `${year}`;
  const m = Number(month);
  if (day === undefined) return language === "ko" ? `${year}. ${m}.` : `${MONTHS[m - 1]} ${year}`;
  return language === "ko" ? `${year}. ${m}. ${Number(day)}.` : `${Number(day)} ${MONTHS[m - 1]} ${year}`;
}

/** A date that is never broken over two lines, for tables. */
export function wholeDate(text: string | number | null | undefined, language: Language): string {
  return formatDate(text, language).replaceAll(" ", "\u00a0");
}

/** A moment (UTC text) in the city's zone, to the minute. */
export function formatMoment(text: string | null | undefined, language: Language, zone = "Asia/Seoul"): string {
  if (!text) return "";
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime())) return text;
  const part = new Map(
    new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    })
      .formatToParts(moment)
      .map((p) => [p.type, p.value]),
  );
  const date = formatDate(`${part.get("year")}-${part.get("month")}-${part.get("day")}`, language);
  return `${date} ${part.get("hour")}:${part.get("minute")}`;
}

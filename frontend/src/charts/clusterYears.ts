/** Years on an axis: supply against demand of people, and events of a cluster by year. Pure. */

import type { Band, Event, TalentYear } from "../api/rooms/clusters";

export interface Supplied {
  readonly year: number;
  readonly supply: Band;
  readonly demand: Band | null;
  readonly gap: Band | null;
}

/** One skill by year: a yearly demand is met by those hired that year, a standing one by those who stayed. */
export function suppliedBy(rows: readonly TalentYear[], skill: string): readonly Supplied[] {
  const own = rows.filter((row) => row.skill === skill);
  const kind = own.find((row) => row.kind !== null)?.kind ?? "yearly";
  const made = new Map<number, Supplied>();
  for (const row of own) {
    if (made.get(row.year)?.demand) continue;
    made.set(row.year, { year: row.year, supply: kind === "standing" ? row.staying : row.hired, demand: row.demand, gap: row.gap });
  }
  return [...made.values()].sort((one, other) => one.year - other.year);
}

/** Events by year, the latest year first; within a year as they came. */
export function byYear(events: readonly Event[]): readonly { readonly year: string; readonly events: readonly Event[] }[] {
  const found = new Map<string, Event[]>();
  for (const one of [...events].sort((a, b) => b.date.localeCompare(a.date))) {
    const year = one.date.slice(0, 4);
    if (!found.has(year)) found.set(year, []);
    found.get(year)!.push(one);
  }
  return [...found].map(([year, some]) => ({ year, events: some }));
}

/** The year of a period such as 2026, 2026-11 or 2026-11-22, months counted in. */
export function yearOf(period: string): number | null {
  const found = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?/.exec(period);
  if (!found) return null;
  return Number(found[1]) + (found[2] === undefined ? 0 : (Number(found[2]) - 1) / 12) + (found[3] === undefined ? 0 : (Number(found[3]) - 1) / 365);
}

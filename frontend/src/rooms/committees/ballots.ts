/** What is counted while ballots are filled in, and who may still vote. Pure: the server judges the vote. */

import type { AgendaItem, Meeting } from "../../api/rooms/committees";

export type Choice = "for" | "against" | "abstain";
export const CHOICES: readonly Choice[] = ["for", "against", "abstain"];

export interface Voter {
  readonly id: string;
  readonly name: { readonly ko: string; readonly en: string };
  readonly recused: boolean;
}

/** The members who are there, and whether they are recused from an item. */
export function votersOf(meeting: Meeting, item: AgendaItem): readonly Voter[] {
  const out = new Set(item.recusals.filter((one) => one.state === "accepted").map((one) => one.member));
  return meeting.attendance
    .filter((one) => one.membership !== null && (one.mode === "in-person" || one.mode === "online" || one.mode === "proxy"))
    .map((one) => ({ id: one.membership!, name: one.name, recused: out.has(one.membership!) }));
}

/** How many chose what. */
export function countsOf(ballots: Readonly<Record<string, string>>): Readonly<Record<Choice, number>> {
  const found = { for: 0, against: 0, abstain: 0 };
  for (const choice of Object.values(ballots)) if (choice in found) found[choice as Choice] += 1;
  return found;
}

/** The parts of a bar of a vote, in per cent of those who could vote; who did not vote is the rest. */
export function partsOf(votesFor: number, against: number, abstained: number, present: number): Readonly<Record<Choice, number>> {
  const all = Math.max(present, votesFor + against + abstained, 1);
  return { for: (100 * votesFor) / all, against: (100 * against) / all, abstain: (100 * abstained) / all };
}

/** Committees, meetings and votes. */

import { ask, part } from "../client";
import type { Figure, Pair } from "../types";

export interface Alert {
  readonly kind: string;
  readonly label: Pair;
  readonly committee: string | null;
  readonly committee_name: Pair | null;
  readonly about: string;
  readonly detail: Pair;
  readonly due: string | null;
  readonly days: number | null;
  readonly clause: Pair | null;
  readonly meeting: string | null;
}

export interface Member {
  readonly id: string;
  readonly person: string;
  readonly name: Pair;
  readonly role: string;
  readonly role_label: Pair;
  readonly organisation_name: Pair | null;
  readonly kind_label: Pair | null;
  readonly represents: string | null;
  readonly term: number | null;
  readonly starts_on: string | null;
  readonly ends_on: string | null;
  readonly end_reason: string | null;
  readonly votes: boolean;
  readonly serving?: boolean;
  readonly days_left?: number | null;
}

export interface MeetingRow {
  readonly id: string;
  readonly title: Pair | null;
  readonly kind: string;
  readonly kind_label: Pair;
  readonly date: string;
  readonly state: string;
  readonly state_label: Pair;
  readonly venue: Pair | string | null;
  readonly committee: string | null;
  readonly items: number;
  readonly votes: number;
  readonly audience: Figure | null;
}

export interface Charter {
  readonly source: Pair;
  readonly certainty: string;
  readonly can_vote: boolean;
  readonly rules: readonly { readonly rule: string; readonly label: Pair; readonly clause: Pair }[];
}

export interface Finding {
  readonly rule: string;
  readonly state: string;
  readonly state_label: Pair;
  readonly label: Pair;
  readonly detail: Pair;
  readonly clause: Pair;
}

export interface Schedule {
  readonly every_label: Pair;
  readonly basis: Pair;
  readonly current: string;
  readonly current_label: Pair;
  readonly due: string;
  readonly met: boolean;
  readonly last_meeting: string | null;
  readonly missed: readonly string[];
}

export interface Committee {
  readonly id: string;
  readonly name: Pair;
  readonly since: string | null;
  readonly announced_chair: Pair | string | null;
  readonly charter: Charter | null;
  readonly members: readonly Member[];
  readonly seats: { readonly filled: number; readonly most: number | null };
  readonly schedule: Schedule | null;
  readonly next_meeting: MeetingRow | null;
  readonly meetings: readonly MeetingRow[];
  readonly composition: readonly Finding[];
  readonly alerts: readonly Alert[];
}

export interface FollowUp {
  readonly id: string;
  readonly title: Pair;
  readonly owner_name: Pair | null;
  readonly due: string;
  readonly state: string;
  readonly state_label: Pair;
  readonly done_on: string | null;
  readonly evidence_name: Pair | null;
  readonly item: string | null;
  readonly meeting: string;
}

export interface Desk {
  readonly as_of: string;
  readonly committees: readonly Committee[];
  readonly meetings: readonly MeetingRow[];
  readonly follow_ups: readonly FollowUp[];
  readonly alerts: readonly Alert[];
  readonly meeting_kinds: readonly { readonly kind: string; readonly label: Pair }[];
}

export interface Quorum {
  readonly label: Pair;
  readonly needed: number;
  readonly have: number;
  readonly held: boolean;
  readonly clause: Pair | null;
}

export interface Ballot {
  readonly member: string;
  readonly name: Pair | null;
  readonly choice: string;
  readonly choice_label: Pair;
}

export interface Vote {
  readonly id: string;
  readonly result: string;
  readonly result_label: Pair;
  readonly held_at: string;
  readonly secret: boolean;
  readonly for: Figure | null;
  readonly against: Figure | null;
  readonly abstained: Figure | null;
  readonly not_voted: Figure | null;
  readonly present: Figure | null;
  readonly members: Figure | null;
  readonly consensus: Figure | null;
  readonly quorum: { readonly to_meet: Quorum; readonly to_decide: Quorum };
  readonly ballots: readonly Ballot[];
  readonly dissent: readonly { readonly member: string; readonly name: Pair | null; readonly text: string }[];
  readonly conditions: readonly string[];
}

export interface Recusal {
  readonly id: string;
  readonly kind_label: Pair;
  readonly state: string;
  readonly state_label: Pair;
  readonly ground: string;
  readonly member: string;
  readonly name: Pair | null;
  readonly clause: string | null;
}

export interface Conflict {
  readonly member: string;
  readonly name: Pair;
  readonly organisation_name: Pair;
  readonly tie_label: Pair;
  readonly by_law: boolean;
  readonly settled: boolean;
}

export interface AgendaItem {
  readonly id: string;
  readonly order: number;
  readonly title: Pair;
  readonly text: Pair | null;
  readonly kind: string;
  readonly kind_label: Pair;
  readonly state: string;
  readonly state_label: Pair;
  readonly outcome: Pair | null;
  readonly proposal: string | null;
  readonly vote: Vote | null;
  readonly recusals: readonly Recusal[];
  readonly conflicts: readonly Conflict[];
  readonly open_opinions: number;
}

export interface Attendee {
  readonly person: string;
  readonly name: Pair;
  readonly part: string;
  readonly part_label: Pair;
  readonly mode: string;
  readonly mode_label: Pair;
  readonly membership: string | null;
  readonly role_label: Pair | null;
  readonly affiliation: Pair | null;
}

export interface Statement {
  readonly id: string;
  readonly name: Pair | null;
  readonly role_label: Pair | null;
  readonly affiliation: Pair | null;
  readonly text: Pair;
  readonly item: string | null;
  readonly issue: Pair | null;
}

export interface Meeting extends MeetingRow {
  readonly committee_name: Pair | null;
  readonly quorum: Quorum | null;
  readonly attendance: readonly Attendee[];
  readonly absent: readonly Member[];
  readonly agenda: readonly AgendaItem[];
  readonly statements: readonly Statement[];
  readonly follow_ups: readonly FollowUp[];
}

const at = (city: string): string => `/cities/${part(city)}`;

export const committees = {
  desk: (city: string, signal: AbortSignal) => ask<Desk>(`${at(city)}/committees`, { signal }),
  meeting: (city: string, id: string, signal: AbortSignal) => ask<Meeting>(`${at(city)}/meetings/${part(id)}`, { signal }),
  charters: (city: string) => ask<Readonly<Record<string, { readonly name: Pair }>>>(`${at(city)}/charters`),
  establish: (city: string, body: object) => ask<Committee>(`${at(city)}/committees`, { body }),
  appoint: (city: string, committee: string, body: object) => ask<Member>(`${at(city)}/committees/${part(committee)}/members`, { body }),
  endTerm: (city: string, membership: string, body: object) => ask<Member>(`${at(city)}/memberships/${part(membership)}/end`, { body }),
  call: (city: string, body: object) => ask<Meeting>(`${at(city)}/meetings`, { body }),
  /** One thing recorded of a meeting: state, attendance, audience, items, statements. */
  record: (city: string, meeting: string, what: string, body: object) => ask<unknown>(`${at(city)}/meetings/${part(meeting)}/${what}`, { body }),
  /** One thing done with an item: conclusion, recusals, vote, follow-ups. */
  ofItem: (city: string, item: string, what: string, body: object) => ask<unknown>(`${at(city)}/agenda-items/${part(item)}/${what}`, { body }),
  decideRecusal: (city: string, recusal: string, body: object) => ask<unknown>(`${at(city)}/recusals/${part(recusal)}/decision`, { body }),
  done: (city: string, followUp: string, body: object) => ask<unknown>(`${at(city)}/follow-ups/${part(followUp)}/done`, { body }),
};

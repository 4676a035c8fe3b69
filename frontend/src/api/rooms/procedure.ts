/** How an 안건 is decided: steps, opinions, votes, conditions, and the acts on each. */

import { ask, part } from "../client";
import type { Pair, Text } from "../types";
import type { Verdict } from "./rules";

export type When = "before-adoption" | "after-adoption";

export interface StepRecord {
  readonly id: string;
  readonly state: "running" | "done" | "refused" | string;
  readonly startsOn: string | null;
  readonly endsOn: string | null;
  readonly documentNumber: string | null;
  readonly evidence: string | readonly string[] | null;
  readonly text: Text;
  readonly attempt: number | null;
  readonly recordedBy: string | null;
}

export interface Step extends Omit<Verdict, "forceLabel" | "stateLabel" | "certaintyLabel"> {
  readonly when: When;
  readonly record: StepRecord | null;
  readonly recheck: boolean;
}

export interface Anchor {
  readonly kind: "whole" | "paragraph" | "number" | "place";
  readonly entity?: string;
  readonly attribute?: string;
  readonly address?: string;
  readonly geometry?: unknown;
}

export interface Reply {
  readonly id: string;
  readonly by: string | null;
  readonly at: string | null;
  readonly role: string | null;
  readonly text: Text;
}

export interface Opinion {
  readonly id: string;
  readonly round: number;
  readonly current: boolean;
  readonly role: string;
  readonly roleLabel: Pair;
  readonly by: string | null;
  readonly at: string | null;
  readonly text: Text;
  readonly stance: string | null;
  readonly channel: string | null;
  readonly anchor: Anchor | null;
  readonly location: unknown;
  readonly pinnedTo: Pair;
  readonly since: "same" | "changed" | "removed";
  readonly sinceLabel: Pair;
  readonly state: "open" | "closed" | "withdrawn" | string;
  readonly stateLabel: Pair;
  readonly disposition: string | null;
  readonly dispositionLabel: Pair | null;
  readonly dispositionReason: Text;
  readonly disposedBy: string | null;
  readonly disposedAt: string | null;
  readonly withdrawnReason: Text;
  readonly replies: readonly Reply[];
  readonly alike: readonly { readonly id: string; readonly likeness: number }[];
}

export interface Quorum {
  readonly needed: number;
  readonly have: number;
  readonly held: boolean;
  readonly label: Pair;
  readonly clause: Pair | null;
}

export interface Vote {
  readonly id: string;
  readonly current: boolean;
  readonly result: string;
  readonly resultLabel: Pair | null;
  readonly committee: Text;
  readonly counts: { readonly for: number; readonly against: number; readonly abstain: number } | null;
  readonly heldAt: string | null;
  readonly quorum: { readonly to_meet: Quorum; readonly to_decide: Quorum } | null;
  readonly recused: readonly { readonly name?: Text; readonly kindLabel?: Pair; readonly ground?: Text }[] | null;
  readonly dissent: readonly { readonly name?: Text; readonly text: Text }[] | null;
  readonly voteConditions: readonly string[] | null;
}

export interface Condition {
  readonly id: string;
  readonly text: string;
  readonly owner: string;
  readonly due: string;
  readonly state: "open" | "met" | string;
  readonly overdueDays: number;
  readonly metBy?: string;
  readonly metAt?: string;
  readonly how?: string;
  readonly document?: string;
}

export interface Obstacle {
  readonly kind: string;
  readonly id: string;
  readonly label: Pair;
  readonly detail: Pair;
  readonly clause: Pair | null;
}

export interface Act {
  readonly act: "submit" | "deliberate" | "adopt" | "adopt-conditionally" | "defer" | "refuse";
  readonly label: Pair;
  readonly possible: boolean;
  readonly role: "propose" | "decide";
  readonly why: readonly Obstacle[];
}

export interface TimelineEntry {
  readonly on: string | null;
  readonly what: "submit" | "step" | "vote" | "decision" | string;
  readonly label: Pair;
  readonly state?: string | null;
  readonly by: string | null;
  readonly text: Text;
}

export interface Round {
  readonly round: number;
  readonly current: boolean;
  readonly steps: number;
  readonly opinions: number;
  readonly outcome: Pair | null;
  readonly reason: Text;
}

export interface ProcedureView {
  readonly proposal: string;
  readonly state: string;
  readonly round: number;
  readonly procedure: {
    readonly id: string | null;
    readonly plan: string | null;
    readonly change: string | null;
    readonly planCheck: string | null;
    readonly inForce: StepRecord | null;
    readonly steps: readonly Step[];
    readonly missing: readonly string[];
    readonly due: readonly string[];
  };
  readonly opinions: readonly Opinion[];
  readonly dispositions: Readonly<Record<string, number>>;
  readonly votes: readonly Vote[];
  readonly agenda: readonly { readonly id: string; readonly title: Text }[];
  readonly conditions: readonly Condition[];
  readonly deferredUntil: string | null;
  readonly rounds: readonly Round[];
  readonly timeline: readonly TimelineEntry[];
  readonly next: readonly Act[];
}

type Body = Readonly<Record<string, unknown>>;

const of = (city: string, proposal: string): string => `/cities/${part(city)}/proposals/${part(proposal)}`;
const opinion = (city: string, id: string): string => `/cities/${part(city)}/opinions/${part(id)}`;

export const procedure = {
  step: (city: string, proposal: string, body: Body) => ask<unknown>(`${of(city, proposal)}/steps`, { body }),
  inForce: (city: string, proposal: string, body: Body) => ask<unknown>(`${of(city, proposal)}/in-force`, { body }),
  act: (city: string, proposal: string, body: Body) => ask<unknown>(`${of(city, proposal)}/acts`, { body }),
  meet: (city: string, proposal: string, condition: string, body: Body) => ask<unknown>(`${of(city, proposal)}/conditions/${part(condition)}`, { body }),
  opine: (city: string, proposal: string, body: Body) => ask<unknown>(`${of(city, proposal)}/opinions`, { body }),
  reply: (city: string, id: string, body: Body) => ask<unknown>(`${opinion(city, id)}/replies`, { body }),
  dispose: (city: string, id: string, body: Body) => ask<unknown>(`${opinion(city, id)}/disposition`, { body }),
  withdraw: (city: string, id: string, body: Body) => ask<unknown>(`${opinion(city, id)}/withdrawal`, { body }),
};

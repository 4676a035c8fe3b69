/** Rule packs, procedures and legal routes. */

import { ask, part } from "../client";
import type { Pair } from "../types";

export interface Verdict {
  readonly rule: string;
  readonly step: string;
  readonly title: Pair;
  readonly label: Pair;
  readonly force: string;
  readonly forceLabel: Pair;
  readonly state: string;
  readonly stateLabel: Pair;
  readonly clause: Pair;
  readonly detail: Pair;
  readonly due: string | null;
  readonly days: number | null;
  readonly overdue: boolean;
  readonly certainty: string;
  readonly certaintyLabel: Pair;
  readonly pack: string;
  readonly version: string;
}

export interface Pack {
  readonly id: string;
  readonly version: string;
  readonly title: Pair;
  readonly rules: number;
  readonly certainty: Readonly<Record<string, number>>;
  readonly laws: readonly { readonly id: string; readonly title: Pair; readonly source: string }[];
}

export interface Item {
  readonly id: string;
  readonly label: Pair;
  readonly clause: Pair;
  readonly applies: boolean;
  readonly condition: Pair | null;
}

export interface RouteVerdict {
  readonly route: string;
  readonly title?: Pair;
  readonly eligible: boolean | null;
  readonly clause: Pair;
  readonly detail: Pair;
  readonly certainty: string;
}

export interface Rules {
  readonly packs: readonly Pack[];
  readonly procedures: readonly { readonly id: string; readonly title: Pair }[];
}

export interface Course {
  readonly procedure: string;
  readonly title: Pair | null;
  readonly verdicts: readonly Verdict[];
  readonly items: readonly Item[];
}

const at = (city: string): string => `/cities/${part(city)}/rules`;

export const rules = {
  packs: (city: string, day: string, signal: AbortSignal) => ask<Rules>(`${at(city)}?as_of=${day}`, { signal }),
  course: (city: string, procedure: string, day: string, signal: AbortSignal) =>
    ask<Course>(`${at(city)}/${part(procedure)}?as_of=${day}`, { signal }),
  routes: (city: string, day: string, signal: AbortSignal) =>
    ask<{ readonly routes: readonly RouteVerdict[] }>(`${at(city)}/eligible?as_of=${day}`, { signal }),
};

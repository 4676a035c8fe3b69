/** Allied cities: members, legal form, joint ordinances, shared costs, strategies. */

import { Problem, ask, part } from "../client";
import type { Claim, Figure, Pair } from "../types";

export interface Period {
  readonly city: string;
  readonly name: Pair;
  readonly joined: string | null;
  readonly left: string | null;
  readonly record: string | null;
}

export interface FormStep {
  readonly step: string;
  readonly title: Pair;
  readonly label: Pair;
  readonly force: string;
  readonly state: string;
  readonly clause: Pair;
  readonly detail: Pair;
  readonly certainty: string;
  readonly councils: readonly { readonly city: string; readonly name: Pair; readonly state: string; readonly label: Pair }[];
  readonly waitingFor: readonly Pair[];
}

export interface CharterItem {
  readonly id: string;
  readonly label: Pair;
  readonly clause: Pair;
  readonly applies: boolean;
  readonly text: string | null;
  readonly held: boolean;
}

export interface Form {
  readonly form: string;
  readonly label: Pair;
  readonly reached: boolean;
  readonly needed: number;
  readonly steps: readonly FormStep[];
  readonly charter: { readonly items: readonly CharterItem[]; readonly held: number; readonly of: number; readonly missing: readonly Pair[] };
}

export interface Place {
  readonly ref: string;
  readonly kind: string;
  readonly label: Pair;
  readonly common: string | null;
  readonly variant: string | null;
  readonly words: readonly { readonly kind: string; readonly text: string }[];
}

export interface Cell {
  readonly state: string;
  readonly label: Pair;
  readonly done: boolean;
  readonly date: string | null;
  readonly evidence: readonly string[];
  readonly note: string | null;
  readonly address: string | null;
}

export interface MatrixRow {
  readonly city: string;
  readonly name: Pair;
  readonly variant: string | null;
  readonly state: string | null;
  readonly label: Pair;
  readonly cells: readonly Cell[];
  readonly differs: readonly Place[];
  readonly textChangedSince: boolean;
}

export interface Matrix {
  readonly id: string;
  readonly title: Pair;
  readonly text: Pair | null;
  readonly states: readonly { readonly id: string; readonly label: Pair }[];
  readonly counts: Readonly<Record<string, number>>;
  readonly members: number;
  readonly rows: readonly MatrixRow[];
}

export interface Project {
  readonly id: string;
  readonly title: Pair;
  readonly cost: Figure;
  readonly agreed: readonly { readonly city: string; readonly method: string; readonly share: Figure | null }[];
}

export interface Share {
  readonly city: string;
  readonly name: Pair;
  readonly share: number;
  readonly percent: number;
  readonly weight: Figure | null;
  readonly alone: number | null;
  readonly saving: number | null;
  readonly benefit: number | null;
  readonly gain: number | null;
}

export interface Shares {
  readonly method: { readonly id: string; readonly label: Pair };
  readonly sum: number;
  readonly members: readonly Share[];
  readonly stable: boolean | null;
  readonly verdict: Pair;
  readonly objections: readonly { readonly names: readonly Pair[]; readonly share: number; readonly alone: number; readonly excess: number }[];
}

export interface Intention {
  readonly id: string;
  readonly type: { readonly id: string; readonly label: Pair };
  readonly cityName: Pair;
  readonly title: Pair;
  readonly category: string | null;
  readonly budget: Figure | null;
}

export interface Finding {
  readonly kind: string;
  readonly label: Pair;
  readonly first: Intention;
  readonly second: Intention;
  readonly likeness: number | null;
  readonly sameCategory: boolean;
  readonly words: readonly string[];
  readonly duplicateFacility: boolean;
  readonly distance: { readonly value: number | null; readonly unit: string };
}

export interface Overlaps {
  readonly measure: Pair;
  readonly cities: readonly { readonly city: string; readonly name: Pair; readonly intentions: number }[];
  readonly overlaps: readonly Finding[];
  readonly complementarities: readonly Finding[];
  readonly conflicts: readonly Finding[];
}

export interface Strategy {
  readonly id: string;
  readonly city: string | null;
  readonly title: Pair;
  readonly category: string | null;
  readonly budget: Figure | null;
}

export interface Alliance {
  readonly id: string;
  readonly name: Pair;
  readonly description: Pair | null;
  readonly since: string | null;
  readonly asOf: string;
  readonly members: readonly Period[];
  readonly periods: readonly Period[];
  readonly form: { readonly id: string; readonly label: Pair };
  readonly forms: readonly Form[];
  readonly ordinances: readonly Matrix[];
  readonly projects: readonly Project[];
  readonly strategies: readonly Strategy[];
  readonly claims: readonly Claim[];
}

export const METHODS = ["population", "benefit", "shapley"] as const;
export type Method = (typeof METHODS)[number];

const at = (tenant: string): string => `/cities/${part(tenant)}`;

export const alliance = {
  all: (tenant: string, day: string | null, signal: AbortSignal) =>
    ask<{ readonly alliances: readonly Alliance[] }>(`${at(tenant)}/alliances${day === null ? "" : `?as_of=${day}`}`, { signal }),
  overlaps: (tenant: string, id: string, signal: AbortSignal) => ask<Overlaps>(`${at(tenant)}/alliances/${part(id)}/overlaps`, { signal }),
  diff: (tenant: string, variant: string) => ask<{ readonly places: readonly Place[] }>(`${at(tenant)}/ordinances/${part(variant)}/diff`),
  /** The shares by a method, or why they can't be told. */
  shares: (tenant: string, project: string, method: Method, signal: AbortSignal) =>
    ask<Shares>(`${at(tenant)}/projects/${part(project)}/shares?method=${method}`, { signal }).catch((error: unknown) => {
      if (error instanceof Problem) return error;
      throw error;
    }),
  agree: (tenant: string, project: string, body: object) => ask<unknown>(`${at(tenant)}/projects/${part(project)}/shares`, { body }),
  /** One thing recorded of an alliance: members, steps, charter, ordinances, projects. */
  record: (tenant: string, id: string, what: string, body: object) => ask<unknown>(`${at(tenant)}/alliances/${part(id)}/${what}`, { body }),
  /** One thing recorded of an ordinance: variants, steps. */
  ofOrdinance: (tenant: string, id: string, what: string, body: object) => ask<unknown>(`${at(tenant)}/ordinances/${part(id)}/${what}`, { body }),
};

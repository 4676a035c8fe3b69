/** Research studies: alternatives, evidence, recommendation and use; the yearly list; service contracts; standards. */

import { ask, part } from "../client";
import type { Figure, Pair } from "../types";

export interface Alternative {
  readonly id: string;
  readonly title: Pair;
  readonly text: Pair | null;
  readonly kind: string;
  readonly state: string;
  readonly label: Pair;
  readonly reason: string | null;
  readonly branch: string | null;
  readonly runs: readonly string[];
}

export interface Evidence {
  readonly id: string;
  readonly entity: string;
  readonly type: Pair;
  readonly title: Pair;
  readonly text: string | null;
  readonly alternative: string | null;
}

export interface Use {
  readonly id: string;
  readonly state: string;
  readonly label: Pair;
  readonly date: string;
  readonly decision: string | null;
  readonly task: string | null;
  readonly reason: string;
  readonly address: string | null;
}

export interface Deliverable {
  readonly id: string;
  readonly title: Pair;
  readonly due: string;
  readonly delivered_on: string | null;
  readonly evidence: string | null;
  readonly state: string;
  readonly label: Pair;
  readonly days_over: number;
}

export interface Comment {
  readonly id: string;
  readonly author: string;
  readonly text: string;
  readonly date: string;
  readonly state: string;
  readonly label: Pair;
  readonly answer: string | null;
  readonly changed: string | null;
}

export interface Phase {
  readonly id: string;
  readonly kind: string;
  readonly label: Pair;
  readonly due: string;
  readonly heldOn: string | null;
  readonly deliverables: readonly Deliverable[];
  readonly comments: readonly Comment[];
  readonly openComments: number;
}

export interface Study {
  readonly id: string;
  readonly title: Pair;
  readonly question: Pair | null;
  readonly state: string;
  readonly label: Pair;
  readonly owner: string | null;
  readonly period: { readonly startsOn: string | null; readonly endsOn: string | null };
  readonly cost: Figure | null;
  readonly link: string | null;
  readonly alternatives: readonly Alternative[];
  readonly evidence: readonly Evidence[];
  readonly recommendation: { readonly alternative: string; readonly text: Pair; readonly date: string; readonly uses: readonly Use[] } | null;
  readonly needs: readonly { readonly id: string; readonly label: Pair; readonly met: boolean }[];
  readonly use: { readonly state: string | null; readonly label: Pair };
  readonly phases?: readonly Phase[];
}

export interface Institute {
  readonly eligible: boolean | null;
  readonly clause: Pair;
  readonly detail: Pair;
  readonly certainty: string;
}

export interface Entry {
  readonly study: string;
  readonly title: Pair;
  readonly period: { readonly startsOn: string | null; readonly endsOn: string | null };
  readonly cost: Figure | null;
  readonly date: { readonly value: string | null; readonly address: string | null };
  readonly use: { readonly state: string | null; readonly label: Pair };
  readonly decision: string | null;
  readonly task: string | null;
  readonly link: string | null;
  readonly missing: readonly { readonly id: string; readonly label: Pair }[];
}

export interface Disclosure {
  readonly year: number;
  readonly entries: readonly Entry[];
  readonly studies: number;
  readonly complete: number;
  readonly used: number;
  readonly filled: number;
  readonly usability: { readonly value: number | null; readonly unit: string; readonly n: number; readonly label: Pair };
}

export interface Standard {
  readonly standard: string;
  readonly title: Pair;
  readonly kind: string;
  readonly clause: string | null;
  readonly conformance: { readonly value: number | null; readonly unit: string; readonly n: number };
  readonly conforming: number;
  readonly failures: readonly { readonly id: string; readonly name: Pair | string | null; readonly why: readonly Pair[] }[];
  readonly exempt: readonly { readonly id: string; readonly reason: string }[];
}

const at = (tenant: string): string => `/cities/${part(tenant)}`;

export const studies = {
  all: (tenant: string, signal: AbortSignal) => ask<{ readonly studies: readonly Study[]; readonly institute: Institute | null }>(`${at(tenant)}/studies`, { signal }),
  one: (tenant: string, id: string, signal: AbortSignal) => ask<Study>(`${at(tenant)}/studies/${part(id)}`, { signal }),
  disclosure: (tenant: string, year: number, signal: AbortSignal) => ask<Disclosure>(`${at(tenant)}/studies/disclosure?year=${year}`, { signal }),
  standards: (tenant: string, signal: AbortSignal) => ask<{ readonly standards: readonly Standard[] }>(`${at(tenant)}/standards`, { signal }),
  begin: (tenant: string, body: object) => ask<Study>(`${at(tenant)}/studies`, { body }),
  /** One thing recorded of a study: alternatives, evidence, rejections, recommendation, uses, phases, briefings, deliveries, comments, answers. */
  record: (tenant: string, id: string, what: string, body: object) => ask<unknown>(`${at(tenant)}/studies/${part(id)}/${what}`, { body }),
};

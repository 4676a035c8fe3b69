/** Plans: board, text, checklist, versions, differences. */

import { ask, part } from "../client";
import type { Figure, Pair, Text } from "../types";

export type Names = Readonly<Record<string, Text>>;
export type Won = { readonly value: number; readonly unit: string } | null;

export interface Money {
  readonly planned: Won;
  readonly executed: Won;
  readonly share: { readonly value: number; readonly unit: string } | null;
}

export interface PlanSummary {
  readonly id: string;
  readonly title: Text;
  readonly kind: string | null;
  readonly kindLabel: Pair | null;
  readonly startYear: number | null;
  readonly endYear: number | null;
  readonly owners: readonly string[];
  readonly announcement: string | null;
  readonly counts: Readonly<Record<string, number>>;
}

export interface Task {
  readonly id: string;
  readonly title: Text;
  readonly category: string | null;
  readonly categoryLabel: Pair | null;
  readonly state: string | null;
  readonly owners: readonly string[];
  readonly startYear: number | null;
  readonly endYear: number | null;
  readonly due: string | null;
  readonly amount: Figure | null;
  readonly withoutBudget: boolean;
  readonly budget: Money;
  readonly milestones: readonly string[];
  readonly dependsOn: readonly string[];
}

export interface Milestone {
  readonly id: string;
  readonly title: Text;
  readonly due: string | null;
  readonly state: string;
  readonly stateLabel: Pair;
  readonly tasks: readonly string[];
}

export interface Goal {
  readonly id: string;
  readonly title: Text;
  readonly strategies: readonly { readonly id: string; readonly title: Text; readonly tasks: readonly string[] }[];
  readonly tasks: readonly string[];
  readonly targets: readonly string[];
}

export interface Target {
  readonly id: string;
  readonly title: Text;
  readonly indicator: string | null;
  readonly due: string | null;
  readonly value: Figure | null;
  readonly baseline: Figure | null;
  readonly baselineYear: number | null;
  readonly method: Text;
  readonly forecast: string | null;
  readonly gap: boolean;
}

export interface Version {
  readonly number: string;
  readonly change: string;
  readonly changeLabel: Pair;
  readonly clause: Pair | null;
  readonly detail: Pair;
  readonly transaction: number;
  readonly at: string;
  readonly actor: string;
  readonly reason: Text;
  readonly proposal: string | null;
}

export interface YearMoney extends Money {
  readonly year: number;
}

export interface Board {
  readonly plan: PlanSummary;
  readonly vision: Pair | null;
  readonly goals: readonly Goal[];
  readonly tasks: readonly Task[];
  readonly years: readonly YearMoney[];
  readonly funds: readonly (Money & { readonly fund: string; readonly label: Pair })[];
  readonly milestones: readonly Milestone[];
  readonly criticalPath: {
    readonly tasks: readonly string[];
    readonly years: number | null;
    readonly unknown: readonly string[];
    readonly early: readonly { readonly task: string; readonly waitsFor: string }[];
    readonly note?: Pair;
  };
  readonly edges: readonly { readonly before: string; readonly after: string }[];
  readonly targets: readonly Target[];
  readonly names: Names;
  readonly version: Version | null;
}

export type Piece = string | { readonly text: string; readonly status: Figure["status"]; readonly address: string | null };

export interface Stale {
  readonly expression: string;
  readonly was: unknown;
  readonly now: unknown;
  readonly unit: string | null;
  readonly why: Pair;
}

export interface Paragraph {
  readonly id: string;
  readonly text: Pair | null;
  readonly pieces: { readonly ko: readonly Piece[]; readonly en: readonly Piece[] };
  readonly stale: readonly Stale[];
}

export interface Section {
  readonly id: string;
  readonly number: number | string;
  readonly title: Text;
  readonly parent: string | null;
  readonly implements: readonly string[];
  readonly responsible: readonly string[];
  readonly paragraphs: readonly Paragraph[];
  readonly stale: boolean;
}

export interface PlanText {
  readonly plan: string;
  readonly sections: readonly Section[];
  readonly names: Names;
}

export interface NumberChange {
  readonly kind: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly unit: string | null;
  readonly percent: number | null;
}

export interface ParagraphChange {
  readonly kind: string;
  readonly kindLabel: Pair;
  readonly id: string;
  readonly sectionLabel: Pair;
  readonly position: number;
  readonly before: Pair | null;
  readonly after: Pair | null;
  readonly numbers: readonly NumberChange[];
}

export interface PartChange {
  readonly kind: string;
  readonly kindLabel: Pair;
  readonly id: string;
  readonly typeLabel: Pair;
  readonly title: Text;
  readonly attributes: readonly { readonly attribute: string; readonly label: Pair | null; readonly before: unknown; readonly after: unknown; readonly unit: string | null }[];
}

export interface Difference {
  readonly empty: boolean;
  readonly counts: { readonly paragraphs: number; readonly parts: number; readonly numbers: number };
  readonly paragraphs: readonly ParagraphChange[];
  readonly parts: readonly PartChange[];
}

export interface ServiceRow {
  readonly id: string;
  readonly title: Text;
  readonly owners: readonly string[];
  readonly datasets: readonly string[];
  readonly indicator: string | null;
  readonly amount: Won;
  readonly withoutBudget: boolean;
  readonly raci: Readonly<Record<string, readonly string[]>>;
  readonly tasks: readonly string[];
  readonly gaps: readonly Pair[];
}

export interface Services {
  readonly fields: readonly { readonly field: string; readonly label: Pair; readonly clause: Pair; readonly services: readonly ServiceRow[] }[];
  readonly withoutField: readonly ServiceRow[];
  readonly count: number;
  readonly gaps: number;
  readonly names: Names;
}

export interface YearPlan {
  readonly year: number;
  readonly outside: boolean;
  readonly budget: Money;
  readonly tasks: readonly { readonly id: string; readonly title: Text; readonly state: string | null; readonly owners: readonly string[]; readonly budget: Money; readonly gaps: readonly Pair[] }[];
  readonly milestones: readonly Milestone[];
  readonly targets: readonly { readonly id: string; readonly title: Text; readonly value: number | null; readonly unit: string | null }[];
}

export interface Alignment {
  readonly tasks: readonly { readonly task: string; readonly title: Text; readonly state: string; readonly stateLabel: Pair; readonly items: readonly string[] }[];
  readonly items: readonly { readonly item: string; readonly title: Text; readonly clause: Text; readonly planTitle: Text; readonly served: boolean }[];
  readonly conflicts: readonly { readonly item: string; readonly clause: Text; readonly label?: Pair; readonly detail?: Pair; readonly why?: Pair }[];
}

export interface ItemState {
  readonly item: string;
  readonly label: Pair;
  readonly clause: Pair;
  readonly state: "met" | "empty" | "not-applicable";
  readonly stateLabel: Pair;
  readonly why: Pair | null;
  readonly condition: Pair | null;
  readonly sections: readonly string[];
  readonly responsible: readonly string[];
  readonly certainty: string;
  readonly known: boolean;
}

export interface Checklist {
  readonly plan: string;
  readonly complete: boolean;
  readonly statutory: boolean;
  readonly counts: Readonly<Record<string, number>>;
  readonly items: readonly ItemState[];
  readonly names: Names;
}

export interface PlanCheck {
  readonly asOf: string;
  readonly complete: boolean;
  readonly completeLabel: Pair;
  readonly findings: readonly { readonly code: string; readonly weight: string; readonly entity: string; readonly label: Pair }[];
  readonly change: string;
  readonly changeLabel: Pair;
  readonly changeClause: Pair | null;
  readonly changeDetail: Pair;
  readonly rules: { readonly packs: readonly { readonly id: string; readonly version: string }[] };
}

export interface Amendment {
  readonly change: string;
  readonly changeLabel: Pair;
  readonly clause: Pair | null;
  readonly detail: Pair;
  readonly items: readonly { readonly item: string; readonly label: Pair | null; readonly clause: Pair | null }[];
}

type Body = Readonly<Record<string, unknown>>;

const at = (tenant: string): string => `/cities/${part(tenant)}/plans`;
const of = (tenant: string, plan: string): string => `${at(tenant)}/${part(plan)}`;

export const plans = {
  all: (tenant: string, signal: AbortSignal) =>
    ask<{ readonly plans: readonly PlanSummary[]; readonly announcements: readonly { readonly id: string; readonly title: Text }[] }>(at(tenant), { signal }),
  board: (tenant: string, plan: string, signal: AbortSignal) => ask<Board>(of(tenant, plan), { signal }),
  text: (tenant: string, plan: string, signal: AbortSignal) => ask<PlanText>(`${of(tenant, plan)}/text`, { signal }),
  services: (tenant: string, plan: string, signal: AbortSignal) => ask<Services>(`${of(tenant, plan)}/services`, { signal }),
  year: (tenant: string, plan: string, year: number, signal: AbortSignal) => ask<YearPlan>(`${of(tenant, plan)}/years/${year}`, { signal }),
  alignment: (tenant: string, plan: string, signal: AbortSignal) => ask<Alignment>(`${of(tenant, plan)}/alignment`, { signal }),
  versions: (tenant: string, plan: string, signal: AbortSignal) => ask<{ readonly versions: readonly Version[] }>(`${of(tenant, plan)}/versions`, { signal }),
  diff: (tenant: string, plan: string, from: string, to: string, signal: AbortSignal) =>
    ask<Difference>(`${of(tenant, plan)}/diff?from=${part(from)}&to=${part(to)}`, { signal }),
  checklist: (tenant: string, plan: string, day: string, signal: AbortSignal) =>
    ask<Checklist>(`${of(tenant, plan)}/checklist?asOf=${part(day)}`, { signal }),
  check: (tenant: string, plan: string, day: string, signal: AbortSignal) => ask<PlanCheck>(`${of(tenant, plan)}/check?asOf=${part(day)}`, { signal }),
  amendment: (tenant: string, plan: string, day: string, signal: AbortSignal) => ask<Amendment>(`${of(tenant, plan)}/amendment?asOf=${part(day)}`, { signal }),
  make: (tenant: string, body: Body) => ask<Board>(at(tenant), { body }),
  write: (tenant: string, plan: string, body: Body) => ask<{ readonly id: string }>(`${of(tenant, plan)}/paragraphs`, { body }),
  add: (tenant: string, plan: string, body: Body) => ask<{ readonly id: string }>(`${of(tenant, plan)}/parts`, { body }),
  recordCheck: (tenant: string, plan: string, reason: string) => ask<PlanCheck>(`${of(tenant, plan)}/check`, { body: { reason } }),
  accept: (tenant: string, paragraph: string, reason: string) => ask<unknown>(`/cities/${part(tenant)}/stale-figures`, { body: { paragraph, reason } }),
};

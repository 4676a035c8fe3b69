/** Agreements and their commitments, investment by stage, facilities, permits and calls. */

import { Problem, ask, part, words } from "../client";
import type { Pair, Status } from "../types";

export interface Amount {
  readonly value: number;
  readonly unit: string | null;
  readonly period?: string | null;
  readonly status?: Status | null;
  readonly address: string | null;
}

export interface Sum extends Amount {
  readonly label: Pair;
  readonly unknown?: number;
  readonly low?: number;
  readonly high?: number;
  readonly parts?: readonly string[];
  readonly assumption?: boolean;
}

export interface Group {
  readonly key: string;
  readonly label: Pair;
  readonly count: number;
  readonly pledged: number;
  readonly weighted: number;
  readonly realised: number;
}

export interface Company {
  readonly id: string;
  readonly company: string;
  readonly number: string | null;
  readonly sector: string | null;
  readonly site: string | null;
  readonly signed_on: string | null;
  readonly stage: string;
  readonly stage_label: Pair;
  readonly since: string | null;
  readonly is_reduced: boolean;
  readonly pledged: Amount;
  readonly standing: number;
  readonly weighted: Amount & { readonly low: number; readonly high: number };
  readonly contracted: Amount | null;
  readonly realised: Amount | null;
  readonly jobs: Amount | null;
  readonly agreement: string | null;
}

export interface Day {
  readonly date: string | null;
  readonly count: number;
  readonly pledged: number;
  readonly weighted: number;
  readonly realised: number;
}

export interface Weights {
  readonly title: Pair;
  readonly assumption: boolean;
  readonly basis: Pair | null;
  readonly weights: Readonly<Record<string, { readonly low: number; readonly central: number; readonly high: number }>>;
  readonly references: readonly { readonly text: Pair; readonly counted: Pair; readonly source: Pair }[];
}

export interface Announced {
  readonly agreement: string;
  readonly title: Pair;
  readonly amount: Amount;
  readonly companies: Amount;
  readonly registered: number;
  readonly registered_companies: number;
  readonly difference: number;
  readonly note: Pair;
}

export interface Measure {
  readonly name: Pair;
  readonly unit: string | null;
  readonly target: number;
  readonly reported: Amount | null;
  readonly reached: boolean | null;
}

export interface Commitment {
  readonly id: string;
  readonly title: Pair;
  readonly owner: Pair | null;
  readonly output: Pair | null;
  readonly due: string | null;
  readonly due_assumed: boolean;
  readonly days: number | null;
  readonly done_on: string | null;
  readonly done_late: boolean | null;
  readonly shown_by: string | null;
  readonly state: string;
  readonly state_label: Pair;
  readonly measures: readonly Measure[];
  readonly missing: readonly { readonly what: string; readonly label: Pair }[];
}

export interface Agreement {
  readonly id: string;
  readonly title: Pair;
  readonly state: string;
  readonly state_label: Pair;
  readonly signed_on: string | null;
  readonly signed_assumed: boolean;
  readonly signed_basis: Pair | null;
  readonly ends_on: string | null;
  readonly parties: readonly string[];
  readonly party: Pair | null;
  readonly other_parties: Pair | null;
  readonly amount: Amount | null;
  readonly companies: Amount | null;
  readonly commitments: readonly Commitment[];
  readonly counts: Readonly<Record<"on-time" | "late" | "done" | "undated", number>>;
  readonly incomplete: number;
  readonly amendments: readonly {
    readonly id: string;
    readonly on: string;
    readonly reason: string;
    readonly by: string | null;
    readonly changed: readonly { readonly attribute: string; readonly label: Pair; readonly before: unknown; readonly after: unknown }[];
  }[];
}

export interface Pipeline {
  readonly city: { readonly id: string };
  readonly as_of: string;
  readonly count: number;
  readonly totals: Readonly<Record<"pledged" | "weighted" | "realised" | "contracted", Sum>> & { readonly standing: { readonly value: number; readonly label: Pair } };
  readonly by_stage: readonly Group[];
  readonly by_sector: readonly Group[];
  readonly by_site: readonly Group[];
  readonly companies: readonly Company[];
  readonly history: readonly Day[];
  readonly weights: Weights;
  readonly announced: readonly Announced[];
  readonly agreements: readonly Agreement[];
}

export interface Change {
  readonly record: string;
  readonly transaction: number;
  readonly recorded_at: string;
  readonly by: string;
  readonly reason: string;
  readonly on: string | null;
  readonly stage: string;
  readonly stage_label: Pair;
  readonly because: string | null;
  readonly shown_by: string | null;
  readonly amount: number | null;
  readonly contracted: number | null;
  readonly realised: number | null;
}

export interface Facility {
  readonly id: string;
  readonly name: Pair;
  readonly state: string;
  readonly state_label: Pair;
  readonly budget: Amount | null;
  readonly executed: Amount | null;
  readonly physical: Amount | null;
  readonly occupancy: Amount | null;
  readonly planned_now: number | null;
  readonly earned: {
    readonly on: string;
    readonly planned: number;
    readonly actual: number;
    readonly planned_value: number | null;
    readonly earned_value: number | null;
    readonly actual_cost: number | null;
    readonly schedule_index: number | null;
    readonly cost_index: number | null;
    readonly delay_days: number;
    readonly planned_finish: string;
    readonly forecast_finish: string | null;
  } | null;
  readonly planned: readonly { readonly date: string; readonly percent: number }[];
  readonly actual: readonly {
    readonly date: string;
    readonly physical: Amount | null;
    readonly executed: Amount | null;
    readonly occupancy: Amount | null;
    readonly by: string | null;
    readonly reason: string | null;
    readonly shown_by: string | null;
  }[];
  readonly milestones: readonly { readonly id: string; readonly title: Pair; readonly due: string | null; readonly done_on: string | null; readonly state: string; readonly state_label: Pair; readonly days: number | null }[];
  readonly risks: readonly { readonly task: string; readonly title: Pair; readonly owner: Pair | null; readonly delay_days: number; readonly slack_days: number | null; readonly level: string; readonly level_label: Pair }[];
  readonly missing: readonly { readonly what: string; readonly label: Pair }[];
  readonly problem: Pair | null;
  readonly method: Pair;
}

export interface Permit {
  readonly id: string;
  readonly title: Pair;
  readonly clause: Pair;
  readonly about_name: Pair | null;
  readonly applied_on: string;
  readonly state: string;
  readonly state_label: Pair;
  readonly statutory_days: number;
  readonly used: number;
  readonly left: number;
  readonly due: string | null;
  readonly counting: Pair;
  readonly is_certain: boolean;
  readonly overdue_days: number;
  readonly is_soon: boolean;
  readonly decided_on: string | null;
  readonly decided_late: boolean | null;
  readonly events: readonly { readonly id: string; readonly label: Pair; readonly on: string; readonly reason: string | null; readonly by: string | null; readonly shown_by: string | null }[];
}

export interface Call {
  readonly id: string;
  readonly title: Pair;
  readonly authority: Pair;
  readonly opens: string;
  readonly closes: string;
  readonly state: "open" | "announced" | "closed";
  readonly state_label: Pair;
  readonly days: number;
  readonly matching_percent: number;
  readonly total: Amount | null;
  readonly score_sheet: readonly { readonly id: string; readonly label: Pair; readonly points: number; readonly by_hand: boolean }[];
  readonly url: string | null;
  readonly status: Status | null;
}

export interface Match {
  readonly task: string;
  readonly title: Pair;
  readonly rank: number;
  readonly eligible: boolean | null;
  readonly missing: readonly { readonly id: string; readonly label: Pair; readonly state: string; readonly state_label: Pair }[];
  readonly points: number;
  readonly of_points: number;
  readonly matching: readonly { readonly year: number; readonly grant: number; readonly share: number; readonly planned: number; readonly short: number }[];
  readonly short: number;
}

export interface Application {
  readonly id: string;
  readonly call: string;
  readonly call_title: Pair;
  readonly task: string;
  readonly task_title: Pair;
  readonly state: string;
  readonly state_label: Pair;
  readonly since: string;
  readonly amount: Amount | null;
}

export type Body = Readonly<Record<string, unknown>>;

const at = (tenant: string, path: string, day = ""): string => `/cities/${part(tenant)}/${path}${day ? `?as_of=${part(day)}` : ""}`;

export const investment = {
  page: (tenant: string, day: string, signal: AbortSignal) => ask<Pipeline>(at(tenant, "investment", day), { signal }),
  history: (tenant: string, memorandum: string, signal: AbortSignal) =>
    ask<{ readonly changes: readonly Change[] }>(at(tenant, `investment/memoranda/${part(memorandum)}`), { signal }),
  facilities: (tenant: string, day: string, signal: AbortSignal) => ask<{ readonly facilities: readonly Facility[] }>(at(tenant, "facilities", day), { signal }),
  permits: (tenant: string, day: string, signal: AbortSignal) => ask<{ readonly permits: readonly Permit[]; readonly overdue: number }>(at(tenant, "permits", day), { signal }),
  calls: (tenant: string, day: string, signal: AbortSignal) =>
    ask<{ readonly calls: readonly Call[]; readonly applications: readonly Application[] }>(at(tenant, "calls", day), { signal }),
  call: (tenant: string, id: string, day: string, signal: AbortSignal) => ask<{ readonly matches: readonly Match[] }>(at(tenant, `calls/${part(id)}`, day), { signal }),
  act: (tenant: string, path: string, body: Body) => ask<unknown>(at(tenant, path), { body }),
};

export interface Imported {
  readonly rows: number;
  readonly total: number;
  readonly difference: number | null;
  readonly warnings: readonly Pair[];
  readonly entered: number;
  readonly changed: number;
  readonly unchanged: number;
}

const MEDIA: Readonly<Record<string, string>> = {
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  csv: "text/csv",
  yaml: "application/yaml",
};

/** Sends a file as it is; what the server makes of it comes back. */
async function sendFile<T>(path: string, media: string, file: File, told: Readonly<Record<string, string>>): Promise<T> {
  const asked = new URLSearchParams({ ...told, name: file.name });
  const response = await fetch(`/api${path}?${asked}`, {
    method: "POST",
    headers: { "Content-Type": media, ...words() },
    credentials: "same-origin",
    body: file,
  });
  if (response.ok) return (await response.json()) as T;
  throw await Problem.of(response);
}

/** Enters every company of a register (.xlsx or .csv), all or nothing; a dry run writes nothing. */
export function importRegister(tenant: string, file: File, told: Readonly<Record<string, string>>): Promise<Imported> {
  const ending = file.name.toLowerCase().endsWith(".csv") ? "csv" : "xlsx";
  return sendFile(at(tenant, `investment/register.${ending}`), MEDIA[ending]!, file, told);
}

/** Enters the calls of a file (.yaml), all or none. */
export function addCalls(tenant: string, file: File, told: Readonly<Record<string, string>>): Promise<{ readonly calls: readonly string[] }> {
  return sendFile(at(tenant, "calls"), MEDIA["yaml"]!, file, told);
}

/** The promise ledger: promised numbers, what came of them, how good they were, and figures that are out of date. */

import { ask, part } from "../client";
import type { Pair, Status } from "../types";

export type Standing = "overdue" | "due" | "undated" | "done" | "ended";

export interface Amount {
  readonly value: number | null;
  readonly unit: string | null;
  readonly status: Status | null;
  readonly address: string | null;
}

export interface Promised extends Amount {
  readonly band: { readonly p05: number | null; readonly p50: number | null; readonly p95: number | null } | null;
  readonly indicator: string | null;
  readonly label: Pair | null;
  readonly forecast_kind: string | null;
  readonly has_run: boolean;
  readonly note: Pair | null;
}

export interface Outcome extends Amount {
  readonly id: string;
  readonly period: string | null;
  readonly evidence: readonly string[];
  readonly evidence_link: string | null;
  readonly evidence_address: string | null;
  readonly reason: string | null;
  readonly by: string | null;
  readonly corrects: string | null;
  readonly recorded_at: string | null;
}

export interface ScorePart extends Amount {
  readonly group: string;
  readonly label: Pair;
}

export interface ChangedInput {
  readonly port: string;
  readonly entity: string;
  readonly attribute: string;
  readonly group: string;
  readonly entity_name: Pair | null;
  readonly label: Pair;
  readonly unit: string | null;
  readonly was: unknown;
  readonly now: unknown;
}

export interface Score {
  readonly id: string;
  readonly verdict: string;
  readonly promised: Amount;
  readonly actual: Amount;
  readonly miss: Amount;
  readonly parts: readonly ScorePart[];
  readonly changed_inputs: readonly ChangedInput[];
  readonly not_split: Pair | null;
  readonly scored_at: string | null;
}

export interface Named {
  readonly id: string;
  readonly title: Pair;
}

export interface Entry {
  readonly id: string;
  readonly title: Pair;
  readonly kind: string;
  readonly state: Standing;
  readonly state_label: Pair;
  readonly owner: Pair | null;
  readonly owners: readonly string[];
  readonly due: string | null;
  readonly due_stated: Pair | null;
  readonly days: number | null;
  readonly assumption: boolean;
  readonly basis: Pair | null;
  readonly done_on: string | null;
  readonly note: Pair | null;
  readonly timeliness: string | null;
  readonly timeliness_label: Pair | null;
  readonly verdict: string | null;
  readonly verdict_label: Pair | null;
  readonly promised: Promised | null;
  readonly outcome: Outcome | null;
  readonly outcomes: readonly Outcome[];
  readonly score: Score | null;
  readonly missing: Pair | null;
  readonly wanted: Pair;
  readonly plan: Named | null;
  readonly task: Named | null;
  readonly goal: Named | null;
  readonly proposal: string | null;
  readonly supersedes: string | null;
  readonly ended_by: string | null;
  readonly promised_at: string | null;
}

export interface GroupCount {
  readonly id: string | null;
  readonly label: Pair;
  readonly all: number;
}

export interface Wall {
  readonly today: string;
  readonly counts: Readonly<Record<Standing | "all" | "late" | "kept" | "missed" | "with_run" | "scored", number>>;
  readonly by_owner: readonly GroupCount[];
  readonly by_plan: readonly GroupCount[];
  readonly promises: readonly Entry[];
}

export interface Calibration {
  readonly by: "all" | "model" | "owner" | "plan";
  readonly id: string;
  readonly label: Pair;
  readonly n: number;
  readonly kept: number;
  readonly missed: number;
  readonly bias: number | null;
  readonly mape: number | null;
  readonly coverage: number | null;
  readonly interval_score: number | null;
  readonly note: Pair | null;
}

export interface Stale {
  readonly section: string | null;
  readonly paragraph: string;
  readonly expression: string;
  readonly address: string | null;
  readonly was: number | string | null;
  readonly now: number | string | null;
  readonly unit: string | null;
  readonly why: Pair;
  readonly cause: number | null;
  readonly new_address: string | null;
}

export interface StaleFigures {
  readonly branch: string;
  readonly sections: readonly string[];
  readonly titles: Readonly<Record<string, Pair>>;
  readonly figures: readonly Stale[];
}

const at = (tenant: string, path: string): string => `/cities/${part(tenant)}/${path}`;

export const promises = {
  wall: (tenant: string, day: string, signal: AbortSignal) => ask<Wall>(at(tenant, `promises${day ? `?at=${part(day)}` : ""}`), { signal }),
  calibration: (tenant: string, signal: AbortSignal) =>
    ask<{ readonly rows: readonly Calibration[]; readonly least: number; readonly source: string }>(at(tenant, "calibration"), { signal }),
  stale: (tenant: string, signal: AbortSignal) => ask<StaleFigures>(at(tenant, "stale-figures"), { signal }),
  make: (tenant: string, body: object) => ask<{ readonly id: string }>(at(tenant, "promises"), { body }),
  outcome: (tenant: string, id: string, body: object) => ask<unknown>(at(tenant, `promises/${part(id)}/outcome`), { body }),
  score: (tenant: string, body: object) =>
    ask<{ readonly new: number; readonly unscored: readonly string[]; readonly transaction: number | null }>(at(tenant, "promises/score"), { body }),
  refresh: (tenant: string, body: object) => ask<unknown>(at(tenant, "stale-figures"), { body }),
};

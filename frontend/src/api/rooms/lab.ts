/** The lab: alternatives beside each other, what moves an answer, what would have to be true; and work that is waited for. */

import { Problem, ask, part, words } from "../client";
import type { Pair, Status } from "../types";

export interface Alternative {
  readonly id: string;
  readonly branch: string;
  readonly title: Pair;
  readonly levers: Readonly<Record<string, number>>;
  readonly isBaseline: boolean;
  readonly isVariant: boolean;
}

export interface Indicator {
  readonly id: string;
  readonly label: Pair;
  readonly unit: string;
  readonly unitLabel: Pair;
  readonly direction: "higher" | "lower" | null;
  readonly method: Pair | null;
  readonly scope: string | null;
  readonly model: string;
  readonly modelTitle: Pair;
  readonly by: readonly string[];
}

export interface Lever {
  readonly id: string;
  readonly kind: "attribute" | "parameter";
  readonly model: string;
  readonly modelTitle: Pair;
  readonly quick: boolean;
  readonly label: Pair;
  readonly unit: string;
  readonly unitLabel: Pair;
  readonly role: "lever" | "uncertainty" | "constant";
  readonly value: number;
  readonly low: number;
  readonly central: number;
  readonly high: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly source: string | null;
  readonly sourceToBeNamed: boolean;
  readonly isAssumption: boolean;
  readonly entity: string | null;
  readonly card: { readonly low: number; readonly central: number; readonly high: number; readonly source: string | null } | null;
}

export interface LabModel {
  readonly id: string;
  readonly title: Pair;
  readonly question: Pair;
  readonly quick: boolean;
  readonly able: boolean;
  readonly why: Pair | null;
}

export interface Overview {
  readonly alternatives: readonly Alternative[];
  readonly models: readonly LabModel[];
  readonly levers: readonly Lever[];
}

export interface Difference {
  readonly value: number | null;
  readonly p05: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly share: number | null;
  readonly betterIn: number | null;
}

export interface Cell {
  readonly alternative: string;
  readonly state: "known" | "computed" | "unknown" | "waiting" | "failed";
  readonly value: number | null;
  readonly p05: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly difference: Difference | null;
  readonly n: number | null;
  readonly status: Status | null;
  readonly note: Pair | null;
  readonly address: string | null;
}

export interface Row extends Indicator {
  readonly cells: readonly Cell[];
}

/** A row of a model's table; which columns it has, the table's name says. */
export type TableRow = Readonly<Record<string, unknown>>;

export interface ModelTable {
  readonly id: string;
  readonly by: string | null;
  readonly indicator: string | null;
  readonly label: Pair | null;
  readonly unit: string | null;
  readonly rows: Readonly<Record<string, readonly TableRow[]>>;
}

export interface Place {
  readonly place: string;
  readonly label: Pair;
  readonly value: number;
}

export interface Moved {
  readonly count: number;
  readonly persons: number | null;
  readonly share: number | null;
  readonly places: readonly { readonly place: string; readonly label: Pair; readonly before: number; readonly after: number; readonly persons: number | null }[];
}

export interface Equity {
  readonly places: number;
  readonly unknown: number;
  readonly persons: number | null;
  readonly mean: number | null;
  readonly gini: number | null;
  readonly worstServed: { readonly share: number; readonly persons: number; readonly limit: number } | null;
  readonly fifths: number | null;
  readonly palma: number | null;
  readonly worst: Place | null;
  readonly best: Place | null;
  readonly losers: Moved | null;
  readonly winners: Moved | null;
  readonly notes: readonly Pair[];
}

export interface EquityTable {
  readonly indicator: string;
  readonly by: string;
  readonly label: Pair;
  readonly unit: string;
  readonly direction: "higher" | "lower" | null;
  readonly cells: Readonly<Record<string, Equity>>;
}

export interface Waiting {
  readonly alternative: string;
  readonly model: string;
  readonly title: Pair;
  readonly why: Pair;
}

export interface Failed {
  readonly alternative: string;
  readonly model: string;
  readonly title: Pair;
  readonly code: string;
  readonly message: Pair;
}

export interface Board {
  readonly city: string;
  readonly against: string;
  readonly seed: number;
  readonly method: Pair;
  readonly alternatives: readonly Alternative[];
  readonly rows: readonly Row[];
  readonly tables: readonly ModelTable[];
  readonly equity: readonly EquityTable[];
  readonly waiting: readonly Waiting[];
  readonly failed: readonly Failed[];
  readonly notes: readonly Pair[];
  readonly warnings: readonly Pair[];
}

export interface TornadoBar {
  readonly id: string;
  readonly label: Pair;
  readonly unit: string;
  readonly unitLabel: Pair;
  readonly low: number;
  readonly high: number;
  readonly atLow: number;
  readonly atHigh: number;
  readonly swing: number;
  readonly sourceToBeNamed: boolean;
  readonly isAssumedRange: boolean;
}

export interface Tornado {
  readonly alternative: string;
  readonly against: string | null;
  readonly indicator: Indicator;
  readonly central: number;
  readonly method: Pair;
  readonly bars: readonly TornadoBar[];
  readonly unmoved: readonly { readonly id: string; readonly label: Pair }[];
  readonly notes: readonly Pair[];
}

export interface Importance {
  readonly n: number;
  readonly method: Pair;
  readonly explained: number | null;
  readonly factors: readonly { readonly id: string; readonly label: Pair; readonly rank: number; readonly slope: number; readonly share: number }[];
  readonly notes: readonly Pair[];
}

export interface Criterion {
  readonly id: string;
  readonly label: Pair;
  readonly unit: string;
  readonly unitLabel?: Pair;
  readonly better: "higher" | "lower";
}

export interface Standing {
  readonly alternative: string;
  readonly title: Pair;
  readonly score: number | null;
  readonly rank: number | null;
  readonly acceptability: readonly number[];
  readonly central: Readonly<Record<string, number>> | null;
  readonly confidence: number | null;
  readonly expectedRank: number;
  readonly regret: { readonly mean: number; readonly p95: number; readonly max: number };
}

export interface LeftOut {
  readonly alternative: string;
  readonly criterion: string;
  readonly why: Pair;
}

export interface Ranks {
  readonly method: Pair;
  readonly draws: number;
  readonly isUncertain: boolean;
  readonly criteria: readonly Criterion[];
  readonly weights: Readonly<Record<string, number>> | null;
  readonly standings: readonly Standing[];
  readonly minimaxRegret: string;
  readonly leftOut: readonly LeftOut[];
}

export interface FrontPoint {
  readonly alternative: string;
  readonly title: Pair;
  readonly values: Readonly<Record<string, number>>;
  readonly isFront: boolean;
  readonly probability: number | null;
  readonly dominatedBy: readonly string[];
}

export interface Pareto {
  readonly method: Pair;
  readonly criteria: readonly Criterion[];
  readonly points: readonly FrontPoint[];
  readonly leftOut: readonly LeftOut[];
}

export interface BreakEven {
  readonly id: string;
  readonly label: Pair;
  readonly unit: string;
  readonly unitLabel: Pair;
  readonly low: number;
  readonly central: number;
  readonly high: number;
  readonly at: number | null;
  readonly others: readonly number[];
  readonly holds: "above" | "below" | "between" | "outside" | "several" | "always" | "never";
  readonly sentence: Pair;
}

export interface ConditionBox {
  readonly sentence: Pair;
  readonly coverage: number;
  readonly density: number;
  readonly mass: number;
  readonly base: number;
  readonly conditions: readonly { readonly id: string; readonly label: Pair; readonly sentence: Pair }[];
}

export interface Turning {
  readonly method: Pair;
  readonly a: Alternative;
  readonly b: Alternative;
  readonly measure: { readonly label: Pair; readonly unit: string | null };
  readonly central: number;
  readonly bWins: boolean;
  readonly probability: number | null;
  readonly uncertainties: readonly BreakEven[];
  readonly weights: readonly BreakEven[];
  readonly box: ConditionBox | null;
  readonly notes: readonly Pair[];
  readonly sentences: readonly Pair[];
}

export interface Rate {
  readonly value: number;
  readonly label: Pair;
  readonly clause: Pair | null;
  readonly as_of: string;
  readonly unverified: boolean;
  readonly note: Pair | null;
}

export interface WorthAt {
  readonly ratio: number | null;
  readonly net: number;
}

export interface Worth extends WorthAt {
  readonly benefits: number;
  readonly costs: number;
  readonly irr: number | null;
  readonly payback: number | null;
  readonly discountedPayback: number | null;
  readonly rate: Rate;
  readonly baseYear: number;
  readonly atLowerRate: WorthAt;
  readonly atHigherRate: WorthAt;
  readonly band: { readonly draws: number; readonly ratio: readonly number[]; readonly net: readonly number[]; readonly aboveOne: number; readonly distribution: Pair } | null;
  readonly notes: readonly Pair[];
  readonly method: Pair;
}

export interface Judged {
  readonly gate: number;
  readonly weights: Readonly<Record<string, number>>;
  readonly consistency_ratio: number | null;
  readonly judges: readonly { readonly name: string; readonly ratio: number; readonly isConsistent: boolean }[];
}

export interface Job {
  readonly jobID: string;
  readonly status: "accepted" | "running" | "successful" | "failed" | "dismissed";
  readonly message: string;
  readonly progress: number;
}

export type Asked = Readonly<Record<string, unknown>>;

const root = (tenant: string): string => `/cities/${part(tenant)}/lab`;

export const lab = {
  overview: (tenant: string, signal: AbortSignal) => ask<Overview>(root(tenant), { signal }),
  levers: (tenant: string, signal?: AbortSignal) => ask<{ readonly levers: readonly Lever[] }>(`${root(tenant)}/levers`, { signal }),
  board: (tenant: string, body: Asked, signal?: AbortSignal) => ask<Board>(`${root(tenant)}/board`, { body, signal }),
  tornado: (tenant: string, body: Asked, signal?: AbortSignal) => ask<Tornado>(`${root(tenant)}/tornado`, { body, signal }),
  importance: (tenant: string, body: Asked, signal?: AbortSignal) => ask<Importance>(`${root(tenant)}/importance`, { body, signal }),
  ranks: (tenant: string, body: Asked, signal?: AbortSignal) => ask<Ranks>(`${root(tenant)}/ranks`, { body, signal }),
  pareto: (tenant: string, body: Asked, signal?: AbortSignal) => ask<Pareto>(`${root(tenant)}/pareto`, { body, signal }),
  turning: (tenant: string, body: Asked, signal?: AbortSignal) => ask<Turning>(`${root(tenant)}/turning`, { body, signal }),
  worth: (tenant: string, body: Asked, signal?: AbortSignal) => ask<Worth>(`${root(tenant)}/worth`, { body, signal }),
  judgements: (tenant: string, body: Asked, signal?: AbortSignal) => ask<Judged>(`${root(tenant)}/judgements`, { body, signal }),
  rates: (tenant: string, signal?: AbortSignal) => ask<{ readonly rates: readonly Rate[] }>(`${root(tenant)}/rates`, { signal }),
  assume: (tenant: string, body: Asked) => ask<{ readonly levers: readonly Lever[] }>(`${root(tenant)}/assumptions`, { body }),
  keep: (tenant: string, body: Asked) => ask<{ readonly id: string }>(`${root(tenant)}/keep`, { body }),
};

/** The board as a file of the server: a CSV or a workbook. */
export async function boardFile(tenant: string, form: "csv" | "xlsx", body: Asked): Promise<Blob> {
  const response = await fetch(`/api${root(tenant)}/board/${form}`, {
    method: "POST",
    headers: { ...words(), Accept: "*/*", "Content-Type": "application/json" },
    credentials: "same-origin",
    body: JSON.stringify(body),
  });
  if (response.ok) return response.blob();
  throw await Problem.of(response);
}

async function ogc<T>(path: string, init: RequestInit = {}, headers: Readonly<Record<string, string>> = {}): Promise<T> {
  const response = await fetch(`/ogc${path}`, { credentials: "same-origin", ...init, headers: { ...words(), ...headers } });
  if (response.ok) return (await response.json()) as T;
  throw await Problem.of(response);
}

/** Work of models that take their time: begun, looked at, dismissed (OGC API Processes). */
export const jobs = {
  begin: (tenant: string, model: string, inputs: Asked) =>
    ogc<Job>(
      `/${part(tenant)}/processes/${part(model)}/execution`,
      { method: "POST", body: JSON.stringify({ inputs }) },
      { "Content-Type": "application/json", Prefer: "respond-async" },
    ),
  look: (tenant: string, job: string, signal?: AbortSignal) => ogc<Job>(`/${part(tenant)}/jobs/${part(job)}`, { signal: signal ?? null }),
  dismiss: (tenant: string, job: string) => ogc<Job>(`/${part(tenant)}/jobs/${part(job)}`, { method: "DELETE" }),
  /** Why a job failed, in the server's words. */
  results: (tenant: string, job: string) => ogc<unknown>(`/${part(tenant)}/jobs/${part(job)}/results`),
};

export interface DongFeature {
  readonly id: string;
  readonly geometry: { readonly type: "Polygon" | "MultiPolygon"; readonly coordinates: unknown } | null;
  readonly properties: { readonly name?: Pair | string | null };
}

/** The shapes of the city's dong. */
export function dongs(tenant: string, signal?: AbortSignal): Promise<{ readonly features: readonly DongFeature[] }> {
  return ogc(`/${part(tenant)}/collections/Dong/items?limit=1000`, { signal: signal ?? null });
}

/** What the server answers: the JSON of /api, as types. */

import type { ProcedureView } from "./rooms/procedure";

export type Pair = { readonly ko: string; readonly en: string };
export type Text = Pair | string | null | undefined;

export type Status = "observed" | "estimated" | "synthetic";
export type Role = "read" | "propose" | "decide";

export interface Who {
  readonly actor: string;
  readonly role: Role;
}

export interface Figure {
  readonly value: number | null;
  readonly unit: string | null;
  readonly period?: string | null;
  readonly status?: Status | null;
  readonly source?: string | null;
  readonly address?: string | null;
}

export interface Branch {
  readonly name: string;
  readonly title: Text;
  readonly parent?: string | null;
  readonly state?: string | null;
}

export interface City {
  readonly id: string;
  readonly title: Pair;
  /** Whose clocks the city keeps, such as Asia/Seoul. */
  readonly zone: string;
  readonly population: Figure | null;
  readonly grdp: Figure | null;
  readonly branches: readonly Branch[];
}

export interface Indicator {
  readonly id: string;
  readonly label: Text;
  readonly unit: string | null;
  readonly main: number | null;
  readonly branch: number | null;
  readonly difference: number | null;
  readonly p05: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly direction?: "higher" | "lower" | null;
  readonly status?: Status | null;
  readonly model?: string | null;
  readonly run?: string | null;
  readonly address?: string | null;
  /** Where the figure of the other side stands. */
  readonly main_address?: string | null;
  readonly note?: Text;
}

export interface Comparison {
  readonly city: string;
  readonly branch: string;
  readonly against: string;
  readonly runs?: Readonly<Record<string, unknown>>;
  readonly conservation?: { readonly shock_krw: number | null; readonly accounted_krw: number | null } | null;
  readonly indicators: readonly Indicator[];
}

export interface PromiseState {
  readonly id: string;
  readonly title: Text;
  readonly kind?: string | null;
  readonly due?: string | number | null;
  readonly state: string;
  readonly owner?: Text;
  readonly source?: Text;
}

export interface Claim {
  readonly id: string;
  readonly text: Text;
  readonly value?: number | string | null;
  readonly unit?: string | null;
  readonly year?: string | number | null;
  readonly check: "reproduced" | "nearest" | "not-reproducible" | string;
  readonly computed?: number | null;
  readonly computedUnit?: string | null;
  readonly computedLabel?: Text;
  readonly computedPeriod?: string | number | null;
  readonly computedFrom?: unknown;
  readonly coverage?: Text;
  readonly note?: Text;
  readonly address?: string | null;
}

export interface ProposalRow {
  readonly id: string;
  readonly title: Text;
  readonly reason?: Text;
  readonly branch: string;
  readonly state: string;
  readonly submittedBy?: string | null;
  readonly submittedAt?: string | null;
  readonly decidedBy?: string | null;
  readonly decidedAt?: string | null;
  readonly decisionReason?: Text;
  readonly mergeTransaction?: number | null;
}

export interface LayerAttribute {
  readonly name: string;
  readonly label?: Text;
  readonly kind?: "number" | "category";
  readonly unit?: string | null;
  readonly period?: string | null;
  readonly status?: Status | null;
}

export interface Layer {
  readonly id: string;
  readonly type: string;
  readonly title: Text;
  readonly status?: Status | null;
  readonly features: number;
  readonly attributes: readonly LayerAttribute[];
  readonly source?: Text;
  readonly licence?: Text;
  readonly attribution?: Text;
  /** How heights came about, in words; and the figure they stand for, where they are not heights of things. */
  readonly height?: Text;
  readonly heightAttribute?: string | null;
  readonly metresPerUnit?: number | null;
  readonly note?: Text;
  /** How it is drawn: things that stand, what lies on the ground, the ground itself, signs for things of unknown size. */
  readonly drawn?: "solid" | "sheet" | "terrain" | "symbol";
  /** What it stands for, in a word that colours go by. */
  readonly tone?: string;
  /** Whether a first view shows it. */
  readonly shown?: boolean;
  /** The base tileset; on an 안 that of 현행, where `delta` draws what differs. */
  readonly tiles?: string | null;
  readonly delta?: LayerDelta | null;
}

export interface LayerDelta {
  readonly tiles: string;
  readonly hidden: readonly string[];
  readonly added?: number;
  readonly changed?: number;
  readonly removed?: number;
}

export interface LayerValues {
  readonly ids: readonly string[];
  readonly values: readonly (number | string | null)[];
  readonly names?: readonly (string | null)[] | null;
  readonly unit?: string | null;
  readonly period?: string | null;
  readonly status?: Status | null;
  readonly source?: Text;
  readonly addresses?: readonly (string | null)[] | null;
}

export interface Attribution {
  readonly title: Text;
  readonly licence?: Text;
  readonly licenceUrl?: string | null;
  readonly attribution?: Text;
}

export interface Home {
  readonly city: { readonly id: string; readonly title: Pair };
  readonly branch: Branch | null;
  readonly question: Pair;
  readonly comparison: Comparison | null;
  readonly promises: readonly PromiseState[];
  readonly claims: readonly Claim[];
  readonly proposals: readonly ProposalRow[];
  readonly layers: readonly Layer[];
  readonly attributions: readonly Attribution[];
}

export interface EntityView {
  readonly entity: Readonly<Record<string, unknown>>;
  readonly name: Text;
  readonly label: Text;
  readonly labels: Readonly<Record<string, Text>>;
  readonly figures: Readonly<Record<string, (Omit<Figure, "value"> & { readonly value: unknown }) | null>>;
  readonly address: string | null;
  readonly history: number;
}

export interface AttributeChange {
  readonly attribute: string;
  readonly label?: Text;
  readonly dataset_id?: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly unit?: string | null;
  readonly assumption?: boolean;
  /** What ids and codes inside the values are called. */
  readonly names?: Readonly<Record<string, Text>>;
}

export interface EntityChange {
  readonly id: string;
  readonly type: string;
  readonly label?: Text;
  readonly name?: Text;
  readonly kind: "added" | "changed" | "removed";
  readonly attributes: readonly AttributeChange[];
}

export interface Source {
  readonly title: Text;
  readonly publisher?: Text;
  readonly licence?: Text;
  readonly licenceUrl?: string | null;
  readonly attribution?: Text;
  readonly version?: Text;
  readonly url?: string | null;
}

/** A model's card: what it asks, what it takes for granted, where it does not hold, how it was checked. */
export interface ModelCard {
  readonly id: string;
  readonly version: string;
  readonly title: Text;
  readonly question: Text;
  readonly engine: string;
  readonly engine_version: string;
  readonly params: readonly { readonly name: string; readonly label: Text; readonly unit: string | null; readonly low?: number | null; readonly high?: number | null }[];
  readonly assumptions: readonly Text[];
  readonly not_valid: readonly Text[];
  readonly checked: readonly Text[];
}

export interface RunInput {
  readonly port: string;
  readonly title?: Text;
  readonly sha256: string;
  readonly rows?: number | null;
}

export interface Provenance {
  readonly address: string;
  readonly value: number | string | null;
  readonly unit: string | null;
  readonly band?: { readonly p05: number | null; readonly p50: number | null; readonly p95: number | null; readonly n: number | null } | null;
  readonly label: Text;
  readonly method?: Text;
  readonly note?: Text;
  readonly status: Status | null;
  readonly period?: string | number | null;
  readonly assumption?: boolean;
  readonly source: readonly Source[];
  readonly model: ModelCard | null;
  readonly run: {
    readonly id: string;
    readonly engine?: string | null;
    readonly seed: number | null;
    readonly members?: number | null;
    readonly parameters: { readonly values?: Readonly<Record<string, number>> } | null;
    readonly inputs: readonly RunInput[];
    readonly recorded_at: string | null;
  } | null;
  readonly transaction: Readonly<Record<string, unknown>> | null;
  readonly stale: boolean;
  readonly assumptions: readonly Text[];
  readonly warnings?: readonly Text[];
}

export interface Recomputed {
  readonly address: string;
  readonly stored: number | string | null;
  readonly recomputed: number | string | null;
  readonly equal: boolean | null;
  readonly reason?: Text;
  readonly verdict: "reproduced" | "within-tolerance" | "differs" | "cannot" | string;
  readonly engine?: string | null;
  readonly elapsed_ms?: number | null;
}

export interface Lever {
  readonly id: string;
  readonly model: string;
  readonly label: Text;
  readonly unit: string | null;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
  readonly assumption: boolean;
}

export interface Check {
  readonly id: string;
  readonly label: Text;
  readonly state: "ok" | "warn" | "fail" | "later" | string;
  readonly detail: Text;
}

export interface Transaction {
  readonly number: number;
  readonly branch: string;
  readonly at: string;
  readonly actor: string;
  readonly reason: Text;
  readonly source?: Text;
  readonly kind?: string | null;
  readonly changes: number;
  readonly hash: string;
  readonly previous?: string | null;
}

export interface ProposalView {
  readonly proposal: ProposalRow;
  readonly branch: Branch | null;
  readonly diff: readonly EntityChange[];
  readonly comparison: Comparison | null;
  readonly checks: readonly Check[];
  readonly log: readonly Transaction[];
  readonly decisions: readonly Readonly<Record<string, unknown>>[];
  readonly procedure: ProcedureView;
}

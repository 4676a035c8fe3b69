/** Clusters: what the list shows, and everything the page of one cluster shows, as `madang.web.api.clusters` gives it. */

import { ask, part } from "../client";
import type { Pair, Status } from "../types";

export interface Band {
  readonly low: number;
  readonly central: number;
  readonly high: number;
}

export interface Count {
  readonly measure: string;
  readonly label: Pair;
  readonly figure: {
    readonly value: number;
    readonly unit: string | null;
    readonly period: string | null;
    readonly status: Status | null;
    readonly source: string | null;
    readonly address: string | null;
  };
  readonly revisions: number;
}

export interface Inside {
  readonly boundary: Pair;
  readonly inside: number;
  readonly placed: number;
  readonly unplaced: number;
  readonly share: { readonly value: number | null; readonly unit: string; readonly status: Status | null };
  readonly firmsPerKm2: number | null;
  readonly checkLabel: Pair;
}

export interface Cluster {
  readonly id: string;
  readonly name: Pair;
  readonly codes: readonly string[];
  readonly industries: readonly Pair[];
  readonly firms: readonly string[];
  readonly missingStages: readonly Pair[];
  readonly counts: readonly Count[];
  readonly inside: Inside | null;
  readonly status: Status | null;
}

export interface Dependency {
  readonly id: string;
  readonly rank: number;
  readonly item: Pair;
  readonly hsCode: string;
  readonly origin: string;
  readonly buyer: string;
  readonly originShare: Band | null;
  readonly stockDays: Band | null;
  readonly assumed: readonly string[];
  readonly loss: { readonly share: Band; readonly won: Band | null };
  readonly status: Status | null;
}

export interface Restriction {
  readonly id: string;
  readonly item: Pair;
  readonly buyer: string;
  readonly starts_on: string;
  readonly days: number;
  readonly delivered: number;
  readonly loss: { readonly share: Band; readonly firstShortage: Readonly<Record<keyof Band, string | null>> };
  readonly options: readonly { readonly id: string; readonly name: Pair; readonly kindLabel: Pair; readonly cost: number | null; readonly removed: Band; readonly left: Band }[];
  readonly together: { readonly removed: Band; readonly left: Band } | null;
  readonly not_modelled: Pair;
}

export interface TalentYear {
  readonly id: string;
  readonly skill: string;
  readonly year: number;
  readonly kind: string | null;
  readonly kindLabel: Pair | null;
  readonly hired: Band;
  readonly staying: Band;
  readonly demand: Band | null;
  readonly gap: Band | null;
  readonly method: Pair;
}

export interface ClusterPage {
  readonly clusters: readonly Cluster[];
  readonly taxonomy: {
    readonly firms: number;
    readonly mapped: number;
    readonly revision: string;
    readonly unmapped: readonly { readonly id: string; readonly name: Pair }[];
  };
  readonly dependencies: readonly Dependency[];
  readonly restrictions: readonly Restriction[];
  readonly talent: readonly TalentYear[];
}

/** A number of the page: an unknown one is null and its note says why. */
export interface Figure {
  readonly value: number | null;
  readonly unit: string | null;
  readonly period: string | null;
  readonly status: Status | null;
  readonly source: string | null;
  readonly address: string | null;
  readonly band: { readonly low: number; readonly high: number } | null;
  readonly note: Pair | null;
}

export interface Place {
  readonly point: readonly [number, number] | null;
  readonly dong: string | null;
  readonly dongName: Pair | null;
  readonly address: string | null;
  readonly isInside: boolean | null;
}

/** Why something stands on the page. */
export type How = "refCluster" | "inside" | "agreement" | "party" | "supply" | "programme" | "facility" | "item";

interface Belongs {
  readonly id: string;
  readonly how: How;
  readonly status: Status | null;
}

export interface Firm extends Belongs {
  readonly name: Pair;
  readonly codes: readonly string[];
  readonly stage: string | null;
  readonly stageLabel: Pair | null;
  readonly tag: string | null;
  readonly employees: Figure;
  readonly foundedYear: number | null;
  readonly place: Place;
  readonly suppliesTo: readonly string[];
}

export interface Stage {
  readonly id: string | null;
  readonly label: Pair;
  readonly isWanted: boolean;
  readonly count: number;
  readonly employees: Figure;
  readonly firms: readonly string[];
}

export interface Facility extends Belongs {
  readonly typeLabel: Pair;
  readonly name: Pair;
  readonly kind: string | null;
  readonly state: string | null;
  readonly owner: string | null;
  readonly opens: string | null;
  readonly amount: Figure;
  readonly progress: Figure;
  readonly place: Place;
}

export interface Body extends Belongs {
  readonly type: string;
  readonly typeLabel: Pair;
  readonly name: Pair;
  readonly roles: readonly Pair[];
  readonly place: Place;
}

export interface Commitment {
  readonly id: string;
  readonly title: Pair;
  readonly due: string | null;
  readonly doneOn: string | null;
  readonly owner: string | null;
  readonly isDone: boolean;
}

export interface Agreement extends Belongs {
  readonly title: Pair;
  readonly signedOn: string | null;
  readonly endsOn: string | null;
  readonly parties: readonly { readonly id: string; readonly name: Pair }[];
  readonly otherParties: Pair | null;
  readonly amount: Figure;
  readonly commitments: readonly Commitment[];
}

export interface Memorandum {
  readonly id: string;
  readonly company: string;
  readonly site: string | null;
  readonly signedOn: string | null;
  readonly stage: string;
  readonly stageLabel: Pair;
  readonly pledged: Figure;
  readonly weighted: Figure;
  readonly realised: Figure;
  readonly jobs: Figure;
  readonly how: How;
}

export interface Investment {
  readonly pledged: Figure;
  readonly weighted: Figure;
  readonly realised: Figure;
  readonly count: number;
  readonly realisedUnknown: number;
  readonly weightsNote: Pair | null;
  readonly byStage: readonly { readonly id: string; readonly label: Pair; readonly count: number; readonly pledged: number | null; readonly weighted: number | null; readonly realised: number | null }[];
  readonly rows: readonly Memorandum[];
}

export interface Programme {
  readonly id: string;
  readonly name: Pair;
  readonly skill: string;
  readonly start: number;
  readonly end: number | null;
  readonly study_years: number;
  readonly parameters: Readonly<Record<string, Band>>;
  readonly assumed: readonly string[];
}

export interface Trade {
  readonly hs: string;
  readonly label: Pair | null;
  readonly item: Pair | null;
  readonly flow: string;
  readonly flowLabel: Pair;
  readonly year: number;
  readonly amount: Figure;
  readonly partners: readonly { readonly partner: string; readonly amount: number; readonly share: number | null }[];
}

export interface Gap {
  readonly id: string;
  readonly kind: "stage" | "role" | "choke-point" | "link" | "bridge" | "skill" | "data";
  readonly label: Pair;
  readonly why: Pair;
  readonly refs: readonly string[];
}

export interface Measure {
  readonly id: string;
  readonly label: Pair;
  readonly method: Pair;
  readonly direction: "higher" | "lower" | null;
  readonly figure: Figure;
}

export interface IndustryRow {
  readonly code: string;
  readonly label: Pair | null;
  readonly firms: number | null;
  readonly workers: number | null;
  readonly share: number | null;
  readonly quotient: number | null;
  readonly quotientFirms: number | null;
  readonly density: number | null;
  readonly isOwn: boolean;
}

export interface PlaceRow {
  readonly place: string | null;
  readonly code: string;
  readonly label: Pair;
  readonly firms: number | null;
  readonly workers: number | null;
  readonly share: number | null;
  readonly quotient: number | null;
  readonly perKm2: number | null;
}

export interface ShiftParts {
  readonly change: number;
  readonly national: number;
  readonly mix: number;
  readonly competitive: number;
}

export interface ShiftShare extends ShiftParts {
  readonly measure: string;
  readonly from: number;
  readonly to: number;
  readonly apart: number;
  readonly own: ShiftParts | null;
  readonly byIndustry: readonly (ShiftParts & { readonly code: string; readonly label: Pair | null })[];
}

export interface Measures {
  readonly run: string | null;
  readonly year: number | null;
  readonly level: Pair | null;
  readonly source: Pair | null;
  readonly note: Pair | null;
  readonly rows: readonly Measure[];
  readonly byIndustry: readonly IndustryRow[];
  readonly byPlace: readonly PlaceRow[];
  readonly shiftShare: readonly ShiftShare[];
  readonly concentration: readonly { readonly industry: string; readonly label: Pair | null; readonly ellison_glaeser: number | null; readonly spread: number | null }[];
}

export interface Line {
  readonly id: string;
  readonly label: Pair;
  readonly unit: string | null;
  readonly points: readonly { readonly period: string; readonly value: number | null; readonly status: Status | null; readonly address: string | null }[];
}

export interface Event {
  readonly date: string;
  readonly kind: string;
  readonly kindLabel: Pair;
  readonly title: Pair;
  readonly ref: string;
  readonly isPlanned: boolean;
  readonly status: Status | null;
}

export interface Feature {
  readonly id: string;
  readonly geometry: { readonly type: string; readonly coordinates: unknown };
  readonly properties: {
    readonly id: string;
    readonly name: Pair;
    readonly kind: "boundary" | "firm" | "facility" | "body" | "investment" | "dong";
    readonly kindLabel: Pair;
    readonly stage: string | null;
    readonly status: Status | null;
    readonly isInside: boolean | null;
    readonly value: number | null;
  };
}

export interface Claim {
  readonly id: string;
  readonly text: Pair;
  readonly value: number | string | null;
  readonly unit: string | null;
  readonly year: string | null;
  readonly check: string;
  readonly checkLabel: Pair;
  readonly computed: Figure;
  readonly boundary: Pair | null;
  readonly how: How;
}

export interface Actor {
  readonly id: string;
  readonly name: Pair;
  readonly kind: Pair;
  readonly degree: number;
  readonly betweenness: number;
  readonly bridge: boolean;
  readonly isOwn: boolean;
  readonly group: number;
}

export interface Network {
  readonly size: number;
  readonly links: number;
  readonly method: Pair;
  readonly actors: readonly Actor[];
  readonly ties: readonly (readonly [string, string, string])[];
  readonly missing: readonly { readonly id: string; readonly actors: readonly string[]; readonly names: readonly Pair[]; readonly common: number }[];
  readonly groups: readonly { readonly id: number; readonly size: number }[];
}

export interface PromiseRow {
  readonly id: string;
  readonly type: string;
  readonly title: Pair;
  readonly due: string | null;
  readonly owner: string | null;
  readonly indicator: string | null;
  readonly value: Figure;
  readonly how: How;
  readonly status: Status | null;
}

export interface Linked extends Dependency {
  readonly seller: string | null;
  readonly domesticSubstitutes: readonly string[];
  readonly originShareFromTrade: { readonly value: number; readonly year: number; readonly addresses: readonly string[]; readonly said: Pair } | null;
}

/** Everything the page of one cluster shows. */
export interface Whole extends Omit<Cluster, "counts" | "inside"> {
  readonly description: Pair | null;
  readonly tag: string | null;
  readonly tagLabel: Pair | null;
  readonly asOf: string;
  readonly boundary: { readonly name: Pair; readonly areaKm2: number } | null;
  readonly head: readonly { readonly id: string; readonly label: Pair; readonly figure: Figure; readonly part: string }[];
  readonly register: {
    readonly count: Figure;
    readonly employees: Figure;
    readonly employeesUnknown: number;
    readonly unplaced: number;
    readonly unmapped: readonly { readonly id: string; readonly name: Pair }[];
    readonly byStage: readonly Stage[];
    readonly byCode: readonly { readonly code: string; readonly label: Pair | null; readonly count: number }[];
    readonly firms: readonly Firm[];
  };
  readonly facilities: readonly Facility[];
  readonly bodies: readonly Body[];
  readonly agreements: readonly Agreement[];
  readonly investment: Investment;
  readonly talent: { readonly programmes: readonly Programme[]; readonly gap: readonly TalentYear[]; readonly skills: readonly string[]; readonly note: Pair | null };
  readonly supply: {
    readonly dependencies: readonly Linked[];
    readonly links: readonly { readonly from: string; readonly to: string; readonly names: readonly [Pair, Pair]; readonly side: "within" | "in" | "out" }[];
    readonly suppliers: readonly { readonly id: string; readonly name: Pair; readonly count: number }[];
    readonly customers: readonly { readonly id: string; readonly name: Pair; readonly count: number }[];
    readonly trade: readonly Trade[];
    readonly note: Pair | null;
  };
  readonly gaps: readonly Gap[];
  readonly measures: Measures;
  readonly series: { readonly lines: readonly Line[]; readonly events: readonly Event[] };
  readonly map: { readonly features: readonly Feature[] };
  readonly claims: readonly Claim[];
  readonly network: Network;
  readonly promises: readonly PromiseRow[];
}

/** The strategic industries by code, and what no table of them holds. */
export interface Industries {
  readonly industries: readonly { readonly tag: string; readonly label: Pair; readonly links: readonly { readonly stage: string; readonly stageLabel: Pair; readonly ksic: readonly { readonly code: string; readonly label: Pair | null }[] }[] }[];
}

export const clusters = {
  page: (tenant: string, signal: AbortSignal) => ask<ClusterPage>(`/cities/${part(tenant)}/clusters`, { signal }),
  one: (tenant: string, id: string, signal: AbortSignal) => ask<Whole>(`/cities/${part(tenant)}/clusters/${part(id)}`, { signal }),
  industries: (tenant: string, signal?: AbortSignal) => ask<Industries>(`/cities/${part(tenant)}/clusters/industries`, signal ? { signal } : {}),
  /** Writes; `path` begins below the room. */
  act: (tenant: string, path: string, body: unknown) => ask<unknown>(`/cities/${part(tenant)}/clusters${path}`, { body }),
};

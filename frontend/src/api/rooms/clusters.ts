/** Clusters, firms by industry, dependencies and restrictions of supply, talent, kept evaluations. */

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
}

export interface Restriction {
  readonly id: string;
  readonly item: Pair;
  readonly buyer: string;
  readonly starts_on: string;
  readonly days: number;
  readonly delivered: number;
  readonly loss: { readonly share: Band; readonly firstShortage: Readonly<Record<keyof Band, string | null>> };
  readonly options: readonly { readonly id: string; readonly name: Pair; readonly kindLabel: Pair; readonly removed: Band; readonly left: Band }[];
  readonly together: { readonly removed: Band; readonly left: Band } | null;
  readonly not_modelled: Pair;
}

export interface TalentYear {
  readonly id: string;
  readonly skill: string;
  readonly year: number;
  readonly hired: Band;
  readonly staying: Band;
  readonly demand: Band | null;
  readonly gap: Band | null;
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

export const clusters = {
  page: (tenant: string, signal: AbortSignal) => ask<ClusterPage>(`/cities/${part(tenant)}/clusters`, { signal }),
};

/** What the twin asks about time, results of models and hours of sun. The JSON stands in web/api/twin_reading.py and twin_acting.py. */

import { ask, part } from "../client";
import type { LayerValues, Pair, Status, Text } from "../types";

/** An attribute of a layer that can be asked for at moments. */
export interface Moments {
  readonly attribute: string;
  readonly label: Pair;
  readonly unit: string | null;
  readonly kind: "observations" | "versions";
  readonly features: number;
  readonly from: string;
  readonly to: string;
  readonly usualIntervalS: number | null;
  readonly status: Status | null;
  readonly via: string | null;
}

export interface Frames {
  readonly attribute: string;
  readonly label: Pair;
  readonly unit: string | null;
  readonly kind: "observations" | "versions";
  readonly times: readonly string[];
  readonly ids: readonly string[];
  readonly values: readonly (readonly (number | string | null)[])[];
  readonly status: Status | null;
  readonly source: Pair | null;
  readonly method: Pair;
}

export interface ResultFrame {
  readonly label: Pair;
  readonly at?: string;
}

export interface ResultInfo {
  readonly id: string;
  readonly model: string | null;
  readonly modelTitle: Pair | null;
  readonly run: string | null;
  readonly title: Pair;
  readonly kind: "places" | "flows" | "grid";
  readonly indicator: string | null;
  readonly label: Pair;
  readonly unit: string | null;
  readonly status: Status | null;
  readonly address: string | null;
  readonly recordedAt: string | null;
  readonly given: Readonly<Record<string, unknown>>;
  readonly frames: readonly ResultFrame[] | null;
}

interface Shown {
  readonly id: string;
  readonly title: Pair;
  readonly label: Pair;
  readonly unit: string | null;
  readonly status: Status | null;
  readonly source: Pair | null;
  readonly note: Text;
  readonly frames: readonly ResultFrame[] | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly address: string | null;
}

export interface PlacesResult extends Shown {
  readonly kind: "places";
  readonly ids: readonly string[];
  readonly names: readonly Text[];
  readonly values: readonly (readonly (number | null)[])[];
  /** West, south, east, north of the middles of the places. */
  readonly bounds: readonly [number, number, number, number] | null;
}

export interface FlowEnd {
  readonly name: Text;
  readonly lon: number;
  readonly lat: number;
}

export interface Flow {
  readonly from: string;
  readonly to: string;
  readonly values: readonly (number | null)[];
}

export interface FlowsResult extends Shown {
  readonly kind: "flows";
  readonly ends: Readonly<Record<string, FlowEnd>>;
  readonly flows: readonly Flow[];
}

export interface GridResult extends Shown {
  readonly kind: "grid";
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
  readonly columns: number;
  readonly rows: number;
  readonly values: readonly (readonly (number | null)[])[];
}

export type Result = PlacesResult | FlowsResult | GridResult;

export interface SunSample {
  readonly id: string | null;
  readonly lon: number;
  readonly lat: number;
  readonly height: number;
  readonly azimuth: number | null;
  readonly minutes: number;
  readonly longest: number;
  readonly continuous?: number;
  readonly total?: number;
}

export interface SunMeasure {
  readonly label: Pair;
  readonly window: readonly [string, string];
  readonly atLeast: number;
  readonly samples: number;
  readonly share: number;
  readonly basis: Pair;
  readonly certainty: string;
}

export interface Sunlight {
  readonly date: string;
  readonly zone: string;
  readonly solstice: string;
  readonly from: string;
  readonly to: string;
  readonly stepMinutes: number;
  readonly spacingM: number;
  readonly sunrise: string | null;
  readonly sunset: string | null;
  readonly samples: readonly SunSample[];
  readonly summary: {
    readonly samples: number;
    readonly least: number;
    readonly mean: number;
    readonly most: number;
    readonly meets: { readonly continuous: SunMeasure; readonly total: SunMeasure; readonly either: { readonly samples: number; readonly share: number } } | null;
  };
  readonly method: Pair;
  readonly assumptions: readonly Pair[];
  readonly status: Status;
  readonly obstacles: { readonly counted: number; readonly estimatedHeight: number; readonly unknownHeight: number; readonly synthetic: number };
}

export interface SunlightAsked {
  readonly ids?: readonly string[];
  readonly plot?: { readonly type: "Polygon"; readonly coordinates: readonly (readonly (readonly [number, number])[])[] };
  readonly side: "facade" | "roof" | "plot";
  readonly date: string;
  readonly spacingM?: number;
}

const of = (tenant: string): string => `/cities/${part(tenant)}`;

export const twinTime = {
  moments: (tenant: string, layer: string, signal?: AbortSignal) => ask<readonly Moments[]>(`${of(tenant)}/layers/${part(layer)}/moments`, { signal }),
  /** All features of a layer with an attribute, as they are at a moment; with readings of others where they speak of them. */
  at: (tenant: string, layer: string, attribute: string, moment: string, signal?: AbortSignal) =>
    ask<LayerValues>(`${of(tenant)}/layers/${part(layer)}/values?attribute=${part(attribute)}&at=${part(moment)}`, { signal }),
  frames: (tenant: string, layer: string, asked: { attribute: string; from: string; to: string; steps: number }, signal?: AbortSignal) =>
    ask<Frames>(
      `${of(tenant)}/layers/${part(layer)}/frames?attribute=${part(asked.attribute)}&from=${part(asked.from)}&to=${part(asked.to)}&steps=${asked.steps}`,
      { signal },
    ),
  results: (tenant: string, signal?: AbortSignal) => ask<readonly ResultInfo[]>(`${of(tenant)}/results`, { signal }),
  result: (tenant: string, id: string, signal?: AbortSignal) => ask<Result>(`${of(tenant)}/results/${part(id)}`, { signal }),
  sunlight: (tenant: string, body: SunlightAsked, signal?: AbortSignal) => ask<Sunlight>(`${of(tenant)}/sunlight`, { body, signal }),
};

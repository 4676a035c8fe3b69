/** What the twin's panels read: search, relationships, series, and what sensors say now. */

import { ask, part } from "../client";
import type { Pair, Status, Text } from "../types";

export interface Hit {
  readonly id: string;
  readonly type: string;
  readonly label: Pair;
  readonly name: Text;
  readonly address: string | null;
  readonly lon: number | null;
  readonly lat: number | null;
  readonly matched: "name" | "address" | "code" | "id";
}

export interface Related {
  readonly attribute: string;
  readonly label: Pair;
  readonly id: string;
  readonly name: Text;
  readonly type: string | null;
  readonly typeLabel: Pair | null;
}

export interface Relationships {
  readonly out: readonly Related[];
  readonly in: readonly Related[];
  readonly more: number;
}

export interface SeriesPoint {
  readonly at: string;
  readonly value: number | string | boolean | null;
  readonly status: Status | null;
  readonly transaction?: number;
  /** The time that a version's value stands for. */
  readonly valid?: string | null;
}

export interface Series {
  readonly id: string;
  readonly attribute: string;
  readonly label: Pair;
  readonly unit: string | null;
  readonly kind: "observations" | "versions";
  readonly points: readonly SeriesPoint[];
  readonly more: number | null;
  readonly usualIntervalS: number | null;
  readonly stale: boolean | null;
  readonly staleAfterS: number | null;
  readonly staleReason: Pair | null;
  readonly source: Text;
  readonly address: string | null;
}

export interface LiveReading {
  readonly attribute: string;
  readonly label: Pair;
  readonly unit: string | null;
  readonly value: number | string | boolean;
  readonly at: string;
  readonly status: Status | null;
  readonly stale: boolean;
  readonly staleAfterS: number | null;
  readonly staleReason: Pair | null;
}

export interface Sensor {
  readonly id: string;
  readonly type: string;
  readonly label: Pair;
  readonly name: Text;
  readonly lon: number;
  readonly lat: number;
  readonly place: { readonly id: string; readonly name: Text } | null;
  readonly readings: readonly LiveReading[];
}

export interface LiveNow {
  readonly now: string;
  readonly more: number;
  readonly sensors: readonly Sensor[];
}

/** What an event of the city's stream says: which entities changed. */
export interface Changed {
  readonly changes: readonly { readonly id: string; readonly type: string }[];
  readonly more: boolean;
}

const at = (tenant: string): string => `/cities/${part(tenant)}`;

export const reading = {
  search: (tenant: string, text: string, limit: number, signal?: AbortSignal) => ask<readonly Hit[]>(`${at(tenant)}/search?text=${part(text)}&limit=${limit}`, { signal }),
  related: (tenant: string, id: string, signal?: AbortSignal) => ask<Relationships>(`${at(tenant)}/entity/${part(id)}/related`, { signal }),
  series: (tenant: string, id: string, attribute: string, last: number, signal?: AbortSignal) =>
    ask<Series>(`${at(tenant)}/entity/${part(id)}/series?attribute=${part(attribute)}&last=${last}`, { signal }),
  live: (tenant: string, signal?: AbortSignal) => ask<LiveNow>(`${at(tenant)}/live`, { signal }),
};

/** Calls back whenever something changes in a city; the browser takes up a broken line by itself. */
export function followed(tenant: string, heard: (changed: Changed) => void): () => void {
  const stream = new EventSource(`/api${at(tenant)}/events`);
  stream.addEventListener("changes", (event) => heard(JSON.parse((event as MessageEvent<string>).data) as Changed));
  return () => stream.close();
}

/** The one door to the city's own server. Every failure becomes a `Problem` whose words the server chose for the reader. */

import type {
  Branch,
  City,
  Comparison,
  EntityChange,
  EntityView,
  Home,
  Layer,
  LayerValues,
  Lever,
  ProposalRow,
  ProposalView,
  Provenance,
  Recomputed,
  Transaction,
  Who,
} from "./types";

export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly status: number,
  ) {
    super(detail || title || code);
  }

  /** What a refusal says. */
  static async of(response: Response): Promise<Problem> {
    const told = (await response.json().catch(() => ({}))) as Partial<Record<"code" | "title" | "detail", string>>;
    return new Problem(told.code ?? "page.unexpected", told.title ?? "", told.detail ?? "", response.status);
  }
}

let acceptLanguage = "ko";

/** The language in which the server words its errors. */
export function speak(language: string): void {
  acceptLanguage = language;
}

/** The headers of an answer in the reader's words. */
export function words(): Record<string, string> {
  return { Accept: "application/json", "Accept-Language": acceptLanguage };
}

/** Asks the city's own server; `body` makes it a POST. */
export async function ask<T>(path: string, options: { body?: unknown; signal?: AbortSignal } = {}): Promise<T> {
  const headers = words();
  const init: RequestInit = { headers, credentials: "same-origin" };
  if (options.signal) init.signal = options.signal;
  if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.method = "POST";
    init.body = JSON.stringify(options.body);
  }
  let response: Response;
  try {
    response = await fetch(`/api${path}`, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem("page.unreachable", "", "", 0);
  }
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  throw await Problem.of(response);
}

export const part = encodeURIComponent;

export const api = {
  who: () => ask<Who>("/whoami"),
  cities: () => ask<readonly City[]>("/cities"),
  home: (tenant: string, signal?: AbortSignal) => ask<Home>(`/cities/${part(tenant)}/home`, { signal }),
  /** Runs the models on both sides where no run stands yet. */
  compare: (tenant: string) => ask<Comparison>(`/cities/${part(tenant)}/compare?against=main`),
  diff: (tenant: string, signal?: AbortSignal) => ask<readonly EntityChange[]>(`/cities/${part(tenant)}/diff?against=main`, { signal }),
  provenance: (address: string, signal?: AbortSignal) => ask<Provenance>(`/provenance?address=${part(address)}`, { signal }),
  recompute: (address: string) => ask<Recomputed>("/recompute", { body: { address } }),
  levers: (tenant: string, signal?: AbortSignal) => ask<readonly Lever[]>(`/cities/${part(tenant)}/levers`, { signal }),
  whatIf: (tenant: string, levers: Readonly<Record<string, number>>, signal?: AbortSignal) =>
    ask<Comparison>(`/cities/${part(tenant)}/what-if`, { body: { levers }, signal }),
  /** Writes a slider's value into the branch, in one transaction. */
  keepLever: (tenant: string, body: { lever: string; value: number; reason: string }) =>
    ask<Transaction>(`/cities/${part(tenant)}/levers`, { body }),
  layers: (tenant: string, signal?: AbortSignal) => ask<readonly Layer[]>(`/cities/${part(tenant)}/layers`, { signal }),
  values: (tenant: string, layer: string, attribute: string, signal?: AbortSignal) =>
    ask<LayerValues>(`/cities/${part(tenant)}/layers/${part(layer)}/values?attribute=${part(attribute)}`, { signal }),
  entity: (tenant: string, id: string, signal?: AbortSignal) =>
    ask<EntityView>(`/cities/${part(tenant)}/entity/${part(id)}`, { signal }),
  log: (tenant: string, signal?: AbortSignal) => ask<readonly Transaction[]>(`/cities/${part(tenant)}/log`, { signal }),
  newBranch: (city: string, body: { name: string; title: { ko: string; en: string }; parent: string; reason: string }) =>
    ask<Branch>(`/cities/${part(city)}/branches`, { body }),
  proposals: (city: string, signal?: AbortSignal) => ask<readonly ProposalRow[]>(`/cities/${part(city)}/proposals`, { signal }),
  proposal: (city: string, id: string, signal?: AbortSignal) =>
    ask<ProposalView>(`/cities/${part(city)}/proposals/${part(id)}`, { signal }),
  propose: (tenant: string, body: { title: string; reason: string }) =>
    ask<{ id: string }>(`/cities/${part(tenant)}/proposals`, { body }),
  decide: (city: string, id: string, body: { adopt: boolean; reason: string }) =>
    ask<unknown>(`/cities/${part(city)}/proposals/${part(id)}/decision`, { body }),
};

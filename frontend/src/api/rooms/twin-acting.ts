/** What is done in the twin's room: drawing on an 안, stories and bookmarks, a picture as PDF. */

import { Problem, ask, part, words } from "../client";
import type { Pair } from "../types";

export type ActName = "place" | "move" | "turn" | "raise" | "change" | "remove" | "close-road" | "open-road" | "add-road" | "zone";

export interface Asked {
  readonly act: ActName;
  readonly id?: string;
  readonly geometry?: { readonly type: "Polygon" | "LineString" | "Point"; readonly coordinates: unknown };
  readonly by?: Readonly<Record<string, number>>;
  readonly values?: Readonly<Record<string, unknown>>;
  readonly reason?: string;
}

export interface Warned {
  readonly code: string;
  readonly text: Pair;
  readonly ids: readonly string[];
}

export interface Done {
  readonly transaction: number;
  readonly act: ActName;
  readonly ids: readonly string[];
  readonly warnings: readonly Warned[];
  readonly note: Pair;
}

export interface Act {
  readonly transaction: number;
  readonly act: ActName;
  readonly ids: readonly string[];
  readonly at: string;
  readonly actor: string;
  readonly reason: string;
  readonly undone: boolean;
}

export interface History {
  readonly acts: readonly Act[];
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly note: Pair;
}

export interface Scene {
  readonly title: Pair;
  readonly text: Pair;
  /** The query of the twin's address. */
  readonly view: string;
}

export interface Story {
  readonly id: string;
  readonly kind: "story" | "bookmark";
  readonly title: Pair;
  readonly views: readonly Scene[];
  readonly author: string;
  readonly created: string;
  readonly changed: string;
}

export interface Told {
  readonly title: Pair;
  readonly views: readonly Scene[];
}

export interface Page {
  readonly title: string;
  readonly text: string;
  /** A data URL of a PNG or a JPEG. */
  readonly picture: string;
  readonly legend: readonly { readonly colour: string; readonly text: string }[];
  /** Ids of the layers in the picture. */
  readonly sources: readonly string[];
  readonly view: string;
  readonly lang: "ko" | "en";
}

export interface Outline {
  readonly id: string;
  readonly location?: { readonly type: string; readonly coordinates: unknown };
}

const at = (tenant: string): string => `/cities/${part(tenant)}`;

/** Asks for what is no JSON of /api: the same door, the same words where it refuses. */
async function fetched(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, credentials: "same-origin" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem("page.unreachable", "", "", 0);
  }
  if (!response.ok) throw await Problem.of(response);
  return response;
}

export const acting = {
  draw: (tenant: string, asked: Asked) => ask<Done>(`${at(tenant)}/draw`, { body: asked }),
  undo: (tenant: string) => ask<Done>(`${at(tenant)}/draw/undo`, { body: {} }),
  redo: (tenant: string) => ask<Done>(`${at(tenant)}/draw/redo`, { body: {} }),
  drawn: (tenant: string, signal?: AbortSignal) => ask<History>(`${at(tenant)}/draw`, { signal }),
  stories: (city: string, signal?: AbortSignal) => ask<readonly Story[]>(`${at(city)}/stories`, { signal }),
  addStory: (city: string, told: Told) => ask<Story>(`${at(city)}/stories`, { body: told }),
  replaceStory: (city: string, id: string, told: Told) => ask<Story>(`${at(city)}/stories/${part(id)}`, { body: told }),
  removeStory: (city: string, id: string) => ask<unknown>(`${at(city)}/stories/${part(id)}/remove`, { body: {} }),
  picturePdf: async (tenant: string, page: Page): Promise<Blob> => {
    const headers = { ...words(), Accept: "application/pdf, application/json", "Content-Type": "application/json" };
    const response = await fetched(`/api${at(tenant)}/picture.pdf`, { method: "POST", headers, body: JSON.stringify(page) });
    return response.blob();
  },
  /** The outlines of buildings around a place, by which one draws. */
  outlines: async (tenant: string, place: readonly [number, number], withinM: number, signal: AbortSignal): Promise<readonly Outline[]> => {
    const query = new URLSearchParams({
      type: "Building",
      format: "simplified",
      pick: "id,location",
      limit: "300",
      georel: `near;maxDistance==${Math.round(withinM)}`,
      geometry: "Point",
      coordinates: `[${place[0].toFixed(6)},${place[1].toFixed(6)}]`,
    });
    const response = await fetched(`/ngsi-ld/v1/entities?${query.toString()}`, { headers: { ...words(), "NGSILD-Tenant": tenant }, signal });
    return (await response.json()) as readonly Outline[];
  },
};

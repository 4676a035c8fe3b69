/** What an opinion can be pinned to, from what an 안 changes. Pure. */

import type { Anchor } from "../../api/rooms/procedure";
import type { EntityChange, Indicator, Text } from "../../api/types";

export interface Pin {
  /** Tells pins of a list apart. */
  readonly key: string;
  readonly name: Text;
  /** The attribute's label, or nothing where the whole entity is meant. */
  readonly of: Text;
  readonly anchor: Anchor;
}

export interface Pins {
  readonly paragraph: readonly Pin[];
  readonly number: readonly Pin[];
  readonly place: readonly Pin[];
}

const WORDS = ["text", "title", "name", "description"];
// Numbers that order a list say nothing that somebody could have an opinion on.
const NO_FIGURES = new Set(["order"]);

/** The paragraphs, numbers and places of an 안; what it takes away has none. */
export function pinsOf(changes: readonly EntityChange[], indicators: readonly Indicator[]): Pins {
  const there = changes.filter((change) => change.kind !== "removed");
  const paragraph = there.flatMap((change) =>
    change.attributes.filter((one) => WORDS.includes(one.attribute)).map((one) => pin("paragraph", change, one.attribute, one.label)),
  );
  const entered = there.flatMap((change) =>
    change.attributes
      .filter((one) => typeof one.after === "number" && !NO_FIGURES.has(one.attribute))
      .map((one) => pin("number", change, one.attribute, one.label)),
  );
  const computed = indicators
    .filter((one) => one.address)
    .map((one): Pin => ({ key: one.address!, name: one.label, of: null, anchor: { kind: "number", address: one.address! } }));
  const place = there
    .filter((change) => change.attributes.some((one) => one.attribute === "location" && one.after !== null))
    .map((change): Pin => ({ key: change.id, name: change.name, of: change.label ?? null, anchor: { kind: "place", entity: change.id } }));
  return { paragraph, number: [...computed, ...entered], place };
}

function pin(kind: "paragraph" | "number", change: EntityChange, attribute: string, label: Text): Pin {
  return { key: `${change.id}#${attribute}`, name: change.name, of: label ?? attribute, anchor: { kind, entity: change.id, attribute } };
}

/** A point from what was typed; null where it is none on this earth. */
export function pointOf(lon: string, lat: string): Anchor | null {
  const [x, y] = [Number(lon), Number(lat)];
  if (lon.trim() === "" || lat.trim() === "" || !(Math.abs(x) <= 180) || !(Math.abs(y) <= 90)) return null;
  return { kind: "place", geometry: { type: "Point", coordinates: [x, y] } };
}

/** What a form sends: fields left empty are left out. */
export function filled(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== "" && value !== null && value !== undefined && value !== false));
}

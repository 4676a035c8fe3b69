/** What a picked thing says of itself, put in order for a reader. Pure: no words, no drawing. */

import type { EntityView, Status, Text } from "../../api/types";
import type { Room } from "../../route";

export interface Fact {
  readonly attribute: string;
  readonly label: Text;
  readonly value: unknown;
  readonly unit: string | null;
  readonly period: string | null;
  readonly status: Status | null;
  readonly address: string | null;
  /** When it was observed, where it was. */
  readonly observedAt: string | null;
  /** How it was worked out, where the data say so. */
  readonly method: Text;
}

/** Said elsewhere in the panel, too large to be read, or no fact of the thing itself. */
const ELSEWHERE = new Set(["name", "title", "location", "geometry3d", "status", "source", "codes", "validFrom", "validTo", "cityjsonAttributes", "osmTags", "materials", "textures"]);
const OF_SHAPE = ["height", "baseElevation", "lod"];
const ORIGINAL = ["osmTags", "cityjsonAttributes"];

type Instance = Readonly<Record<string, unknown>>;

/** The facts, numbers first, in the order of the data; those of the shape are asked for by `shapeOf`. */
export function factsOf({ figures, labels, entity }: EntityView): readonly Fact[] {
  return Object.entries(figures)
    .filter(([name, figure]) => figure !== null && !ELSEWHERE.has(name) && !isReference(figure.value))
    .map(([name, figure]): Fact => {
      const told = instanceOf(entity, name);
      return {
        attribute: name,
        label: labels[name] ?? name,
        value: figure!.value,
        unit: figure!.unit,
        period: figure!.period ?? null,
        status: figure!.status ?? null,
        address: figure!.address ?? null,
        observedAt: typeof told["observedAt"] === "string" ? told["observedAt"] : null,
        method: wordsIn(told["method"]),
      };
    })
    .sort((one, other) => Number(typeof other.value === "number") - Number(typeof one.value === "number"));
}

/** Height, ground and level of detail: what decides how it is drawn. */
export function shapeOf(facts: readonly Fact[]): readonly Fact[] {
  return OF_SHAPE.flatMap((name) => facts.filter((fact) => fact.attribute === name));
}

export const isOfShape = (fact: Fact): boolean => OF_SHAPE.includes(fact.attribute);

/** The attributes of the file it came from, as they stand there. */
export function originalOf({ entity }: EntityView): readonly (readonly [string, string])[] {
  return ORIGINAL.flatMap((name) => {
    const json = instanceOf(entity, name)["json"];
    if (typeof json !== "object" || json === null) return [];
    return Object.entries(json).filter(([, value]) => value !== null && value !== "").map(([key, value]) => [key, typeof value === "object" ? JSON.stringify(value) : String(value)] as const);
  });
}

/** Facts that may have a history: what is observed, and every figure of a thing that was changed more than once. */
export function historyOf(facts: readonly Fact[], versions: number): readonly Fact[] {
  return facts.filter((fact) => fact.observedAt !== null || (versions > 1 && typeof fact.value === "number"));
}

/** The status that the thing as a whole has. */
export function statusOf(told: EntityView): Status | null {
  const value = told.figures["status"]?.value;
  return value === "observed" || value === "estimated" || value === "synthetic" ? value : null;
}

function isReference(value: unknown): boolean {
  return typeof value === "string" && value.startsWith("urn:");
}

function instanceOf(entity: EntityView["entity"], name: string): Instance {
  const found = entity[name];
  const one: unknown = Array.isArray(found) ? found[0] : found;
  return typeof one === "object" && one !== null ? (one as Instance) : {};
}

function wordsIn(told: unknown): Text {
  if (typeof told === "string") return told;
  if (typeof told !== "object" || told === null) return null;
  const { languageMap, value } = told as Instance;
  if (typeof languageMap === "object" && languageMap !== null) return { ko: "", en: "", ...languageMap };
  return typeof value === "string" ? value : null;
}

/** The rooms that speak of things of a type; with `own`, the room has a page for each of them. */
const SPOKEN_OF: Readonly<Record<string, { readonly room: Room; readonly own: boolean }>> = {
  Promise: { room: "promises", own: true },
  Commitment: { room: "promises", own: true },
  Outcome: { room: "promises", own: false },
  Score: { room: "promises", own: false },
  Plan: { room: "plan", own: true },
  Section: { room: "plan", own: false },
  Zone: { room: "plan", own: false },
  Task: { room: "plan", own: false },
  Milestone: { room: "plan", own: false },
  BudgetLine: { room: "plan", own: false },
  Goal: { room: "plan", own: false },
  PlanCheck: { room: "checklist", own: false },
  InvestmentMemorandum: { room: "investment", own: true },
  InvestmentStage: { room: "investment", own: false },
  Permit: { room: "investment", own: false },
  Facility: { room: "investment", own: false },
  Firm: { room: "clusters", own: false },
  University: { room: "clusters", own: false },
  Cluster: { room: "clusters", own: true },
  ServiceSite: { room: "lab", own: false },
  DemandPoint: { room: "lab", own: false },
  Meeting: { room: "committees", own: true },
  Committee: { room: "committees", own: false },
  Alliance: { room: "alliance", own: false },
  JointProject: { room: "alliance", own: false },
  Ordinance: { room: "alliance", own: false },
  Study: { room: "studies", own: true },
  Claim: { room: "claims", own: false },
};

/** Where a thing is spoken of: the room and its own page there; null where no room speaks of its type. */
export function roomOf(type: string | null, id: string): { readonly room: Room; readonly id: string | null } | null {
  const found = type === null ? undefined : SPOKEN_OF[type];
  return found ? { room: found.room, id: found.own ? id : null } : null;
}

/** Which promises of the wall are shown. Pure. */

import type { Entry, Standing } from "../../api/rooms/promises";

export interface Wanted {
  readonly state: Standing | null;
  /** "" is all of them; "-" is those without one. */
  readonly owner: string;
  readonly plan: string;
  readonly model: string;
}

export const ALL: Wanted = { state: null, owner: "", plan: "", model: "" };
const NONE = "-";

/** The model that gave a promised number, told by its indicator; null for a number that was typed or only announced. */
export function modelOf(entry: Pick<Entry, "promised">): string | null {
  const indicator = entry.promised?.has_run ? entry.promised.indicator : null;
  return indicator ? indicator.split(".")[0]! : null;
}

/** The promises that are wanted, in the order in which they stand. */
export function chosen(entries: readonly Entry[], wanted: Wanted): readonly Entry[] {
  return entries.filter(
    (one) =>
      (wanted.state === null || one.state === wanted.state) &&
      meets(wanted.owner, one.owners) &&
      meets(wanted.plan, one.plan ? [one.plan.id] : []) &&
      meets(wanted.model, modelOf(one) ? [modelOf(one)!] : []),
  );
}

function meets(wanted: string, found: readonly string[]): boolean {
  if (wanted === "") return true;
  return wanted === NONE ? found.length === 0 : found.includes(wanted);
}

/** The models that gave promised numbers, by name. */
export function modelsOf(entries: readonly Entry[]): readonly string[] {
  return [...new Set(entries.map(modelOf).filter((one) => one !== null))].sort();
}

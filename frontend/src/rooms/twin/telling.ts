/**
 * Stories and links of the twin: the view as it is kept, what a link holds, the order of scenes. Pure.
 * A kept view says on which 안 it was taken by the word `branch`; `story` and `at` say which scene is being watched, and
 * are never kept in one.
 */

import { NO_VIEW, queryOf, viewOf } from "../../twin/address";
import type { View } from "../../twin/address";

export const STORY = "story";
export const AT = "at";
const BRANCH = "branch";
const MAIN = "main";

/** The query that a scene keeps of a view. */
export function keptQuery(view: View, branch: string | null): string {
  const { [STORY]: _, [AT]: __, ...more } = view.more;
  return queryOf({ ...view, more: { ...more, [BRANCH]: branch ?? MAIN } });
}

/** The view of a scene, and the 안 on which it was taken; undefined where it does not say. */
export function keptView(query: string): { readonly view: View; readonly branch: string | null | undefined } {
  const told = viewOf(query);
  const { [BRANCH]: branch, ...more } = told.more;
  return { view: { ...told, more }, branch: branch === undefined ? undefined : branch === MAIN ? null : branch };
}

/** The query of a link to a scene, counted from one. */
export function sceneQuery(story: string, at: number): string {
  return queryOf({ ...NO_VIEW, more: { [STORY]: story, [AT]: String(at) } });
}

/** Which scene of so many an address asks for, counted from one. */
export function sceneAt(text: string | null, count: number): number {
  const at = Number(text ?? "1");
  return Number.isInteger(at) ? Math.min(Math.max(1, at), Math.max(1, count)) : 1;
}

/** A list with one of its members a place earlier or later. */
export function shifted<T>(list: readonly T[], from: number, by: -1 | 1): readonly T[] {
  const to = from + by;
  if (to < 0 || to >= list.length) return list;
  const made = [...list];
  [made[from], made[to]] = [made[to]!, made[from]!];
  return made;
}

export type Part = "camera" | "mode" | "hidden" | "colour" | "time" | "sun" | "result" | "picked" | "more";

/** What the link of a view holds. */
export function partsOf(view: View): readonly Part[] {
  const held: readonly (readonly [Part, boolean])[] = [
    ["camera", view.camera !== null],
    ["mode", view.mode !== null],
    ["hidden", view.hidden !== null],
    ["colour", view.colour !== null],
    ["time", view.time !== null],
    ["sun", view.date !== null || view.hour !== null],
    ["result", view.result !== null],
    ["picked", view.picked !== null],
    ["more", Object.keys(view.more).length > 0],
  ];
  return held.filter(([, is]) => is).map(([part]) => part);
}

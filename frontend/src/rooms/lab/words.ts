/** Words of the lab in both languages at once: names of alternatives go to the server as pairs. */

import type { Alternative } from "../../api/rooms/lab";
import type { Pair } from "../../api/types";
import { en, ko } from "../../i18n/catalogues";
import { fill } from "../../i18n/fill";
import { MAIN, isVariant } from "./address";
import type { Chosen } from "./address";

/** What an alternative is called: its branch's title, or the name somebody gave the variant, or one made of both. */
export function titleOf(one: Chosen, branches: readonly Alternative[]): Pair {
  const branch = one.branch === MAIN ? { ko: ko["word.main"], en: en["word.main"] } : (branches.find((other) => other.branch === one.branch && !other.isVariant)?.title ?? { ko: one.branch, en: one.branch });
  if (!isVariant(one)) return branch;
  if (one.title) return { ko: one.title, en: one.title };
  const n = one.id.replace(/^v/, "");
  return { ko: fill(ko["lab.variant.name"], { title: branch.ko, n }), en: fill(en["lab.variant.name"], { title: branch.en, n }) };
}

/** The entities of some types by name, for fields in which one of them is chosen. */

import type { Option } from "../../acts";
import { Problem, part, words } from "../client";

interface Named {
  readonly id: string;
  readonly type: string | readonly string[];
  readonly name?: unknown;
  readonly title?: unknown;
  readonly text?: unknown;
}

/** The entities of these types as options, in the order of their names. */
export async function choices(tenant: string, types: readonly string[], language: "ko" | "en"): Promise<readonly Option[]> {
  const query = `type=${types.join(",")}&options=keyValues&attrs=name,title,text&limit=1000`;
  const response = await fetch(`/ngsi-ld/v1/entities?${query}`, { headers: { ...words(), "NGSILD-Tenant": tenant }, credentials: "same-origin" });
  if (!response.ok) throw await Problem.of(response);
  const found = (await response.json()) as readonly Named[];
  return found.map((one) => ({ value: one.id, label: nameOf(one, language) })).sort((one, other) => one.label.localeCompare(other.label, language));
}

function nameOf(one: Named, language: "ko" | "en"): string {
  for (const said of [one.name, one.title, one.text]) {
    if (typeof said === "string") return said;
    const both = (said as { languageMap?: Record<string, string> } | undefined)?.languageMap;
    const told = both?.[language] ?? both?.["ko"] ?? both?.["en"];
    if (told) return told;
  }
  return one.id.split(":").slice(4).join(" ") || one.id;
}

/** The Korean text of an entity, as it stands. */
export async function koreanText(tenant: string, id: string): Promise<string> {
  const response = await fetch(`/ngsi-ld/v1/entities/${part(id)}?options=keyValues&attrs=text`, { headers: { ...words(), "NGSILD-Tenant": tenant }, credentials: "same-origin" });
  if (!response.ok) throw await Problem.of(response);
  const { text } = (await response.json()) as Named;
  return typeof text === "string" ? text : ((text as { languageMap?: Record<string, string> } | undefined)?.languageMap?.["ko"] ?? "");
}

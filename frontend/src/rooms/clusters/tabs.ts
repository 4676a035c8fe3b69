/** The parts of a cluster's page, and which of them an address or a figure names. Pure. */

export const TABS = ["overview", "firms", "bases", "agreements", "investment", "talent", "supply", "measures", "time", "network", "claims"] as const;
export type Tab = (typeof TABS)[number];

/** The part an address names after its #; the first where it names none. */
export function tabOf(hash: string): Tab {
  return TABS.find((one) => `#${one}` === hash) ?? "overview";
}

const OF_PART: Readonly<Record<string, Tab>> = { register: "firms", facilities: "bases", bodies: "bases", agreements: "agreements", investment: "investment", talent: "talent", gaps: "supply" };

/** The part of the page in which a head figure is told in full. */
export function tabOfPart(part: string): Tab {
  return OF_PART[part] ?? "overview";
}

const OF_GAP: Readonly<Record<string, Tab>> = { stage: "firms", role: "bases", "choke-point": "supply", skill: "talent", link: "network", bridge: "network" };
const OF_DATA: Readonly<Record<string, Tab>> = { "data:census": "measures", "data:trade": "supply", "data:supply": "supply", "data:boundary": "overview" };

/** Where something is done about a gap. */
export function tabOfGap(kind: string, id: string): Tab {
  return OF_GAP[kind] ?? OF_DATA[id] ?? "firms";
}

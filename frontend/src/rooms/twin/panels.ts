/** The panels of the twin, in the order in which their buttons stand in the rail. How to add one: `session.svelte.ts`. */

import type { Component } from "svelte";
import type { Key } from "../../i18n";
import type { TwinSession } from "./session.svelte";

export type Panel = Component<{ session: TwinSession }>;

export interface PanelEntry {
  readonly id: string;
  /** Paths of an icon of 20 x 20, drawn as lines. */
  readonly icon: string;
  readonly label: Key;
  readonly Panel: () => Promise<{ readonly default: Panel }>;
  /** Shown only where an 안 is compared with 현행. */
  readonly onlyBranch?: boolean;
  /** Opened by a key of its own or by the address, without a button in the rail. */
  readonly hidden?: boolean;
}

export const PANELS: readonly PanelEntry[] = [
  { id: "layers", icon: "M10 3 3 6.8l7 3.8 7-3.8z M3 10.4l7 3.8 7-3.8 M3 13.8l7 3.8 7-3.8", label: "twin.panel.layers", Panel: () => import("./panels/LayersPanel.svelte") },
  { id: "debug", icon: "M3 16h14 M5 16v-4 M9 16V6 M13 16v-7 M16.5 16V4", label: "twin.panel.debug", Panel: () => import("./panels/DebugPanel.svelte"), hidden: true },
];

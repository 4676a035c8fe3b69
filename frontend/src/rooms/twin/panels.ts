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
  { id: "search", icon: "M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11z M13 13l4 4", label: "twin.panel.search", Panel: () => import("./panels/SearchPanel.svelte") },
  { id: "entity", icon: "M10 17s5.5-5 5.5-9.2a5.5 5.5 0 0 0-11 0C4.5 12 10 17 10 17z M10 9.8a2 2 0 1 0 0-4 2 2 0 0 0 0 4z", label: "twin.panel.entity", Panel: () => import("./panels/EntityPanel.svelte") },
  { id: "colour", icon: "M3 14.5h3.5v-8H3z M8.3 14.5h3.5v-11H8.3z M13.5 14.5H17v-5h-3.5z M3 17.2h14", label: "twin.panel.colour", Panel: () => import("./panels/ColourPanel.svelte") },
  { id: "table", icon: "M3 4.5h14v11H3z M3 8.2h14 M3 11.9h14 M8.5 4.5v11", label: "twin.panel.table", Panel: () => import("./panels/TablePanel.svelte") },
  { id: "live", icon: "M10 11.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3z M6.5 13.5a5 5 0 0 1 0-7 M13.5 6.5a5 5 0 0 1 0 7 M4 16a8.5 8.5 0 0 1 0-12 M16 4a8.5 8.5 0 0 1 0 12", label: "twin.panel.live", Panel: () => import("./panels/LivePanel.svelte") },
  { id: "time", icon: "M10 3.2a6.8 6.8 0 1 0 0 13.6 6.8 6.8 0 0 0 0-13.6z M10 6v4l2.8 2", label: "twin.panel.time", Panel: () => import("./panels/TimePanel.svelte") },
  { id: "results", icon: "M3.5 16.5h13 M5 13.5l3.5-4 3 2.5L16 5.5", label: "twin.panel.results", Panel: () => import("./panels/ResultsPanel.svelte") },
  { id: "sun", icon: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z M10 2v2 M10 16v2 M2 10h2 M16 10h2 M4.4 4.4l1.4 1.4 M14.2 14.2l1.4 1.4 M4.4 15.6l1.4-1.4 M14.2 5.8l1.4-1.4", label: "twin.panel.sun", Panel: () => import("./panels/SunPanel.svelte") },
  { id: "measure", icon: "M3 13 13 3l4 4L7 17z M6 10l1.5 1.5 M8.5 7.5 10.5 9.5 M11 5l1.5 1.5", label: "twin.panel.measure", Panel: () => import("./panels/MeasurePanel.svelte") },
  { id: "draw", icon: "M4 16l.8-3.4L13.6 3.8l2.6 2.6-8.8 8.8z M11.8 5.6l2.6 2.6 M11 16.5h6", label: "twin.panel.draw", Panel: () => import("./panels/DrawPanel.svelte") },
  { id: "stories", icon: "M6 3h8.5v14L10.2 13.6 6 17z M9 6.5h2.6", label: "twin.panel.stories", Panel: () => import("./panels/StoriesPanel.svelte") },
  { id: "share", icon: "M10 12.5V3.5 M6.8 6.5 10 3.3l3.2 3.2 M6 9.5H4.2v7h11.6v-7H14", label: "twin.panel.share", Panel: () => import("./panels/SharePanel.svelte") },
  { id: "debug", icon: "M3 16h14 M5 16v-4 M9 16V6 M13 16v-7 M16.5 16V4", label: "twin.panel.debug", Panel: () => import("./panels/DebugPanel.svelte"), hidden: true },
];

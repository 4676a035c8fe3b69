/** The page of each room, fetched when it is first opened. */

import type { Component } from "svelte";
import type { Room } from "../route";

type Page = Component<{ city: string; branch: string | null; id: string | null }>;

export const PAGES: Readonly<Record<Room, () => Promise<{ readonly default: Page }>>> = {
  twin: () => import("./TwinRoom.svelte"),
  plan: () => import("./PlanBoard.svelte"),
  checklist: () => import("./Checklist.svelte"),
  promises: () => import("./PromiseWall.svelte"),
  investment: () => import("./InvestmentPipeline.svelte"),
  committees: () => import("./CommitteeDesk.svelte"),
  alliance: () => import("./AllianceMatrix.svelte"),
  studies: () => import("./StudyList.svelte"),
  lab: () => import("./PolicyLab.svelte"),
  clusters: () => import("./ClusterList.svelte"),
  claims: () => import("./ClaimList.svelte"),
  rules: () => import("./RuleBook.svelte"),
};

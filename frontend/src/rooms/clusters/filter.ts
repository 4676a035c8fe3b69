/** Which firms of a register are shown. Pure. */

import type { Firm, Whole } from "../../api/rooms/clusters";

export type Where = "inside" | "outside" | "unplaced" | "noboundary";

/** Inside or outside the boundary, without a place, or where no boundary is drawn. */
export function whereOf(firm: Firm): Where {
  if (firm.place.point === null) return "unplaced";
  return firm.place.isInside === null ? "noboundary" : firm.place.isInside ? "inside" : "outside";
}

/** `stage` is empty for all, and "none" for firms of which nobody said it. */
export function passes(firm: Firm, { stage, where, search }: { readonly stage: string; readonly where: string; readonly search: string }): boolean {
  if (stage !== "" && (firm.stage ?? "none") !== stage) return false;
  if (where !== "" && whereOf(firm) !== where) return false;
  const asked = search.trim().toLowerCase();
  return asked === "" || [firm.name.ko, firm.name.en, ...firm.codes].some((text) => text.toLowerCase().includes(asked));
}

/** The page without the cluster itself as one who should meet its own firms: it is no actor that could. */
export function amongOthers(page: Whole): Whole {
  return {
    ...page,
    gaps: page.gaps.filter((one) => !((one.kind === "link" || one.kind === "bridge") && one.refs.includes(page.id))),
    network: { ...page.network, missing: page.network.missing.filter((one) => !one.actors.includes(page.id)) },
  };
}

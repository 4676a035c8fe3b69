/** Which things of a row are shown where not all of them fit: the first ones, and the one that must not be missing. */

/** Their places in the row. `more` is the width of the button that leads to the others; `must` is -1 for none. */
export function fitting(widths: readonly number[], available: number, more: number, must: number): readonly number[] {
  const all = widths.map((_, i) => i);
  if (widths.reduce((sum, width) => sum + width, 0) <= available) return all;
  let room = available - more - (widths[must] ?? 0);
  const shown = must in widths ? [must] : [];
  for (const i of all) {
    if (i === must) continue;
    room -= widths[i]!;
    if (room < 0) break;
    shown.push(i);
  }
  return shown.sort((a, b) => a - b);
}

/** Whether a branch is an 안 that is still open: neither 현행 nor merged. */
export function isOpen(branch: { readonly name: string; readonly state?: string | null }): boolean {
  return branch.name !== "main" && (branch.state ?? "open") === "open";
}

/** Cities with an 안 first, each part in the order in which it came. */
export function withAlternativesFirst<T extends { readonly branches: readonly unknown[] }>(cities: readonly T[]): readonly T[] {
  return [...cities].sort((a, b) => Number(b.branches.length > 0) - Number(a.branches.length > 0));
}

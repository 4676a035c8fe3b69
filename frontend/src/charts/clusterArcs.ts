/** Who works with whom, as arcs beside a list: neighbours stand together, so that arcs stay short. Pure; drawn by ClusterArcs.svelte. */

import type { Actor, Network } from "../api/rooms/clusters";

export interface Arc {
  readonly from: number;
  readonly to: number;
  /** How many kinds of record tie the two. */
  readonly weight: number;
}

/** The actors to be listed: the most between others first, grouped by part of the network, the largest part first. */
export function listed(network: Network, most: number): readonly Actor[] {
  const shown = [...network.actors].sort((one, other) => other.betweenness - one.betweenness || other.degree - one.degree || one.id.localeCompare(other.id)).slice(0, most);
  const size = new Map(network.groups.map((one) => [one.id, one.size]));
  const rank = new Map(shown.map((one, at) => [one.id, at]));
  return shown.sort((one, other) => (size.get(other.group) ?? 0) - (size.get(one.group) ?? 0) || one.group - other.group || rank.get(one.id)! - rank.get(other.id)!);
}

/** Ties between those listed, each pair once. */
export function arcsOf(actors: readonly Actor[], ties: Network["ties"]): readonly Arc[] {
  const at = new Map(actors.map((one, n) => [one.id, n]));
  const found = new Map<string, Set<string>>();
  for (const [one, other, type] of ties) {
    const [a, b] = [at.get(one), at.get(other)];
    if (a === undefined || b === undefined || a === b) continue;
    const key = `${Math.min(a, b)} ${Math.max(a, b)}`;
    if (!found.has(key)) found.set(key, new Set());
    found.get(key)!.add(type);
  }
  return [...found].map(([key, types]) => {
    const [from, to] = key.split(" ").map(Number) as [number, number];
    return { from, to, weight: types.size };
  });
}

/** A half circle, flattened where it would leave the drawing. */
export function arcPath(arc: Arc, row: number, x: number, room: number): string {
  const [a, b] = [(arc.from + 0.5) * row, (arc.to + 0.5) * row];
  const high = (b - a) / 2;
  return `M${x},${a}A${Math.round(Math.min(high, room) * 10) / 10},${high} 0 0 1 ${x},${b}`;
}

/** With whom one actor is tied, of those listed. */
export function partners(actors: readonly Actor[], arcs: readonly Arc[], of: number): readonly Actor[] {
  return arcs.flatMap((arc) => (arc.from === of ? [actors[arc.to]!] : arc.to === of ? [actors[arc.from]!] : []));
}

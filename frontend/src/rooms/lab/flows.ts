/** Benefits and costs by year as somebody types them. Pure. */

import { parseAmount } from "../../format/amount";

export interface Line {
  readonly year: string;
  readonly benefit: string;
  readonly cost: string;
}

export interface Flows {
  readonly flows: Readonly<Record<string, { readonly benefit: number; readonly cost: number }>>;
  /** The lines that can't be read, by number from 1. */
  readonly wrong: readonly number[];
}

/** The flows that lines tell; an empty field of a line with a year is nothing that year, an empty line is no line. */
export function flowsOf(lines: readonly Line[]): Flows {
  const flows: Record<string, { benefit: number; cost: number }> = {};
  const wrong: number[] = [];
  lines.forEach((line, n) => {
    if (!line.benefit.trim() && !line.cost.trim()) return;
    const [benefit, cost] = [line.benefit, line.cost].map((text) => (text.trim() === "" ? 0 : parseAmount(text)));
    if (!/^\d{4}$/.test(line.year.trim()) || benefit === null || cost === null || benefit === undefined || cost === undefined || line.year.trim() in flows) wrong.push(n + 1);
    else flows[line.year.trim()] = { benefit, cost };
  });
  return { flows, wrong };
}

/** Ends of a factor around 1, from percentages less and more; null where both are nothing. */
export function factorOf(less: number, more: number): readonly [number, number] | null {
  return less === 0 && more === 0 ? null : [Math.round((1 - less / 100) * 1e6) / 1e6, Math.round((1 + more / 100) * 1e6) / 1e6];
}

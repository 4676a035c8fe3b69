/** Weights of criteria and judgements of pairs on the nine-point scale. Pure. */

export type Judgements = Readonly<Record<string, number>>;

/** Every pair of criteria, each once. */
export function pairsOf(criteria: readonly string[]): readonly (readonly [string, string])[] {
  return criteria.flatMap((first, n) => criteria.slice(n + 1).map((second) => [first, second] as const));
}

export const pairKey = (first: string, second: string): string => `${first} ${second}`;

/** The places of a judgement slider, -8 to 8, as the nine-point scale has them: 0 is equal, 8 is nine times the first. */
export function scaleValue(place: number): number {
  return place >= 0 ? place + 1 : 1 / (1 - place);
}

/** The number that is said aloud: 1 to 9, whichever side it is on. */
export const spoken = (place: number): number => Math.abs(place) + 1;

/** What is sent for the pairs of one judge; pairs nobody touched are equal. */
export function judgementsOf(criteria: readonly string[], told: Judgements): readonly (readonly [string, string, number])[] {
  return pairsOf(criteria).map(([first, second]) => {
    const place = told[pairKey(first, second)] ?? 0;
    return place >= 0 ? ([first, second, scaleValue(place)] as const) : ([second, first, scaleValue(-place)] as const);
  });
}

/** Shares of the whole; equal where nobody said anything. */
export function sharesOf(criteria: readonly string[], weights: Readonly<Record<string, number>>): Record<string, number> {
  const told = criteria.map((id) => Math.max(0, weights[id] ?? 0));
  const sum = told.reduce((total, one) => total + one, 0);
  return Object.fromEntries(criteria.map((id, n) => [id, sum > 0 ? told[n]! / sum : 1 / criteria.length]));
}

/** Whether somebody gave weights that are not all nothing. */
export function isWeighted(criteria: readonly string[], weights: Readonly<Record<string, number>>): boolean {
  return criteria.some((id) => (weights[id] ?? 0) > 0);
}

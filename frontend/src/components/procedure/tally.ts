/** Shares of a vote for a bar. Pure. */

export interface Share {
  readonly kind: "for" | "against" | "abstain";
  readonly share: number;
}

/** The share of each kind of ballot; none where nobody voted. */
export function shares(counts: { readonly for: number; readonly against: number; readonly abstain: number }): readonly Share[] {
  const all = counts.for + counts.against + counts.abstain;
  if (all === 0) return [];
  return (["for", "against", "abstain"] as const).map((kind) => ({ kind, share: counts[kind] / all })).filter((one) => one.share > 0);
}

/** Which names are written on the picture: the weightier first, and none over another. */

export interface Candidate {
  readonly key: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Larger is written first. */
  readonly weight: number;
  /** What is written: the same words are not written twice near each other. */
  readonly text?: string;
  /** It is written whatever lies over the picture. */
  readonly held?: boolean;
}

/** Two blocks of one house, two sides of one street. */
const SAME_WORDS_PX = 320;

/** Where no label may stand: what lies over the picture. */
export interface Taken {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Greedy placement inside a width and height; a label's point is the middle of its lower edge. */
export function placeLabels(candidates: readonly Candidate[], width: number, height: number, most: number, gapPx = 6, taken: readonly Taken[] = []): readonly Candidate[] {
  const placed: Candidate[] = [];
  for (const label of [...candidates].sort((a, b) => b.weight - a.weight || a.key.localeCompare(b.key))) {
    if (placed.length >= most) break;
    const inside = label.x - label.width / 2 >= 0 && label.x + label.width / 2 <= width && label.y - label.height >= 0 && label.y <= height;
    if (inside && (label.held || !taken.some((one) => covers(one, label))) && placed.every((other) => !overlap(label, other, gapPx) && !repeats(label, other))) placed.push(label);
  }
  return placed;
}

/** A label that must not be left out: moved into the picture, and above what lies over it where there is room. */
export function held(label: Candidate, width: number, height: number, taken: readonly Taken[] = []): Candidate {
  const within = (at: number, least: number, most: number): number => Math.max(least, Math.min(most, at));
  const inside = { ...label, held: true, x: within(label.x, label.width / 2, width - label.width / 2), y: within(label.y, label.height, height) };
  const over = taken.find((one) => covers(one, inside));
  return over && over.y - 1 >= label.height ? { ...inside, y: over.y - 1 } : inside;
}

/** Labels that would lie over each other, gathered: each lies over another of its group, and over none outside. */
export function gathered(candidates: readonly Candidate[], gapPx = 6): readonly (readonly Candidate[])[] {
  const groups: Candidate[][] = [];
  for (const label of candidates) {
    const touched = groups.filter((group) => group.some((other) => overlap(label, other, gapPx)));
    const joined = [label, ...touched.flat()];
    for (const group of touched) groups.splice(groups.indexOf(group), 1);
    groups.push(joined);
  }
  return groups;
}

/** The middle of several labels' points. */
export function middleOf(labels: readonly Candidate[]): { readonly x: number; readonly y: number } {
  const sum = labels.reduce((at, label) => ({ x: at.x + label.x, y: at.y + label.y }), { x: 0, y: 0 });
  return { x: sum.x / labels.length, y: sum.y / labels.length };
}

function overlap(a: Candidate, b: Candidate, gap: number): boolean {
  return (
    Math.abs(a.x - b.x) < (a.width + b.width) / 2 + gap && a.y - a.height < b.y + gap && b.y - b.height < a.y + gap
  );
}

function repeats(a: Candidate, b: Candidate): boolean {
  return a.text !== undefined && a.text === b.text && Math.hypot(a.x - b.x, a.y - b.y) < SAME_WORDS_PX;
}

function covers({ x, y, width, height }: Taken, label: Candidate): boolean {
  return label.x + label.width / 2 > x && label.x - label.width / 2 < x + width && label.y > y && label.y - label.height < y + height;
}

/** Which words of two texts differ, by the longest sequence of words both have. Pure. */

export interface Piece {
  readonly text: string;
  readonly changed: boolean;
}

// Beyond this many words a table of all pairs would be slow to fill; such a text is shown as changed as a whole.
const MOST_WORDS = 1500;

/** The words of the former and of the later text, those that only one has marked as changed. */
export function marked(before: string, after: string): readonly [readonly Piece[], readonly Piece[]] {
  const [old, now] = [words(before), words(after)];
  if (old.length > MOST_WORDS || now.length > MOST_WORDS) return [[{ text: before, changed: true }], [{ text: after, changed: true }]];
  const kept = common(old, now);
  return [joined(old, new Set(kept.map(([i]) => i))), joined(now, new Set(kept.map(([, j]) => j)))];
}

/** Words with the spaces behind them, so that they put together give the text again. */
function words(text: string): readonly string[] {
  return text.match(/\S+\s*/g) ?? [];
}

function common(old: readonly string[], now: readonly string[]): readonly (readonly [number, number])[] {
  const wide = now.length + 1;
  const table = new Uint16Array((old.length + 1) * wide);
  for (let i = old.length - 1; i >= 0; i -= 1)
    for (let j = now.length - 1; j >= 0; j -= 1)
      table[i * wide + j] = same(old[i]!, now[j]!) ? table[(i + 1) * wide + j + 1]! + 1 : Math.max(table[(i + 1) * wide + j]!, table[i * wide + j + 1]!);
  const found: [number, number][] = [];
  for (let i = 0, j = 0; i < old.length && j < now.length; ) {
    if (same(old[i]!, now[j]!)) found.push([i++, j++]);
    else if (table[(i + 1) * wide + j]! >= table[i * wide + j + 1]!) i += 1;
    else j += 1;
  }
  return found;
}

const same = (one: string, other: string): boolean => one.trimEnd() === other.trimEnd();

function joined(parts: readonly string[], kept: ReadonlySet<number>): readonly Piece[] {
  const made: { text: string; changed: boolean }[] = [];
  parts.forEach((text, i) => {
    const last = made.at(-1);
    const changed = !kept.has(i);
    if (last && last.changed === changed) last.text += text;
    else made.push({ text, changed });
  });
  return made;
}

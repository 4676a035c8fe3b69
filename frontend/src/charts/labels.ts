/** Names beside points so that none covers another: each moves up or down as little as it must. Pure. */

export interface Label {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The y of each label, within top and bottom and clear of what stands around; x and width stay as they are. */
export function apart(labels: readonly Label[], top: number, bottom: number, around: readonly Label[] = []): readonly number[] {
  const placed: Label[] = [...around];
  return labels.map((label) => {
    const y = tries(label, placed, top, bottom);
    placed.push({ ...label, y });
    return y;
  });
}

function tries(label: Label, placed: readonly Label[], top: number, bottom: number): number {
  const inside = Math.min(Math.max(label.y, top), bottom - label.height);
  for (let away = 0; away <= bottom - top; away += 4) {
    for (const y of [inside + away, inside - away]) {
      if (y >= top && y + label.height <= bottom && placed.every((other) => !covers({ ...label, y }, other))) return y;
    }
  }
  return inside;
}

function covers(one: Label, other: Label): boolean {
  return one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height;
}

/** About how wide a text of 13 px is; Hangul is as wide as it is high. */
export function widthOf(text: string): number {
  return [...text].reduce((sum, letter) => sum + (/[\u1100-\uffdc]/.test(letter) ? 12.4 : 7), 0);
}

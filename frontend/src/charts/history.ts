/** One quantity over time: readings as a line that breaks where none came, versions as steps. Pure. */

export interface Moment {
  readonly at: number;
  readonly value: number | null;
}

/** A reading that comes much later than usual does not go on from the one before. */
const LATE = 3;

/** The points with a hole wherever readings failed to come; `usualS` null means any distance is usual. */
export function withGaps(points: readonly Moment[], usualS: number | null): readonly Moment[] {
  if (usualS === null) return points;
  const late = usualS * LATE * 1_000;
  return points.flatMap((point, n) => {
    const before = points[n - 1];
    return before && point.at - before.at > late ? [{ at: (before.at + point.at) / 2, value: null }, point] : [point];
  });
}

/** What was said from when on, as corners of steps up to `until`. */
export function asSteps(points: readonly Moment[], until: number): readonly Moment[] {
  const corners: Moment[] = [];
  points.forEach((point, n) => {
    corners.push(point);
    const end = points[n + 1]?.at ?? until;
    if (end > point.at) corners.push({ at: end, value: point.value });
  });
  return corners;
}

const STEPS_S = [60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000, 7_776_000, 15_552_000, 31_536_000, 63_072_000, 157_680_000, 315_360_000];

/** Round moments between two, at most about so many; whole in a zone that is `zoneS` seconds ahead of UTC. */
export function ticksOver(from: number, to: number, about: number, zoneS: number): { readonly moments: readonly number[]; readonly stepS: number } {
  const stepS = STEPS_S.find((step) => (to - from) / 1_000 / step <= about) ?? STEPS_S[STEPS_S.length - 1]!;
  const moments: number[] = [];
  for (let at = Math.ceil((from / 1_000 + zoneS) / stepS) * stepS - zoneS; at * 1_000 <= to && moments.length < 50; at += stepS) moments.push(at * 1_000);
  return { moments, stepS };
}

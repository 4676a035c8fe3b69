/** Curves over days, as paths of a small drawing: planned against actual progress, and the three amounts. Pure. */

export interface Box {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Dot {
  readonly x: number;
  readonly y: number;
}

export interface Tick {
  readonly at: number;
  readonly label: string;
}

const DAY = 86_400_000;

/** Days since 1970 of a civil date known to a year, a month or a day; NaN for what is none. */
export function dayOf(text: string | null): number {
  const found = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$/.exec(text ?? "");
  return found ? Date.UTC(Number(found[1]), Number(found[2] ?? 1) - 1, Number(found[3] ?? 1)) / DAY : NaN;
}

export interface SCurve {
  readonly planned: string;
  readonly actual: string;
  readonly dots: readonly Dot[];
  readonly today: number | null;
  /** Where the plan had the last reported progress, and where it was reported: the gap between them is the delay. */
  readonly gap: { readonly from: Dot; readonly to: Dot } | null;
  readonly years: readonly Tick[];
  readonly percents: readonly Tick[];
}

interface Progress {
  readonly date: string;
  readonly percent: number;
}

/** Both curves of a facility; null where there is not a single point to draw. */
export function sCurve(planned: readonly Progress[], actual: readonly Progress[], today: string, box: Box): SCurve | null {
  const days = [...planned, ...actual].map((one) => dayOf(one.date)).filter((day) => !Number.isNaN(day));
  if (days.length === 0) return null;
  const now = dayOf(today);
  const first = Math.min(...days);
  // A point alone still needs a scale to stand on.
  const last = Math.max(...days, first + 1, ...(Number.isNaN(now) || now < first ? [] : [now]));
  const x = (day: number): number => box.left + ((day - first) / (last - first)) * (box.width - box.left - box.right);
  const y = (percent: number): number => box.height - box.bottom - (percent / 100) * (box.height - box.top - box.bottom);
  const dots = (points: readonly Progress[]): Dot[] => points.map((one) => ({ x: x(dayOf(one.date)), y: y(one.percent) }));
  const reported = actual.at(-1);
  const earned = reported ? plannedDay(planned, reported.percent) : null;
  return {
    planned: straight(dots(planned)),
    actual: straight(dots(actual)),
    dots: dots(actual),
    today: Number.isNaN(now) || now < first || now > last ? null : x(now),
    gap: reported && earned !== null ? { from: { x: x(earned), y: y(reported.percent) }, to: { x: x(dayOf(reported.date)), y: y(reported.percent) } } : null,
    years: yearTicks(first, last, x),
    percents: [0, 50, 100].map((percent) => ({ at: y(percent), label: `${percent}%` })),
  };
}

/** The first day on which the plan had this progress; null where it never says. */
export function plannedDay(planned: readonly Progress[], percent: number): number | null {
  for (let i = 0; i < planned.length; i += 1) {
    const [one, before] = [planned[i]!, planned[i - 1]];
    if (one.percent < percent) continue;
    if (before === undefined || one.percent === before.percent) return dayOf(one.date);
    const [from, to] = [dayOf(before.date), dayOf(one.date)];
    return from + ((percent - before.percent) / (one.percent - before.percent)) * (to - from);
  }
  return null;
}

export interface Lines {
  readonly lines: Readonly<Record<"pledged" | "weighted" | "realised", string>>;
  readonly years: readonly Tick[];
  readonly most: number;
}

interface Amounts {
  readonly date: string | null;
  readonly pledged: number;
  readonly weighted: number;
  readonly realised: number;
}

/** The three amounts as they stood, in steps: between two days nothing changes. Null for fewer than two days. */
export function threeLines(history: readonly Amounts[], until: string, box: Box): Lines | null {
  const told = history.filter((one) => !Number.isNaN(dayOf(one.date)));
  if (told.length < 2) return null;
  const first = dayOf(told[0]!.date);
  const last = Math.max(dayOf(told.at(-1)!.date), dayOf(until) || 0);
  const most = Math.max(...told.map((one) => Math.max(one.pledged, one.weighted, one.realised)));
  if (most <= 0 || last <= first) return null;
  const x = (day: number): number => box.left + ((day - first) / (last - first)) * (box.width - box.left - box.right);
  const y = (value: number): number => box.height - box.bottom - (value / most) * (box.height - box.top - box.bottom);
  const line = (name: "pledged" | "weighted" | "realised"): string => {
    const steps = told.map((one, i) => `${i === 0 ? "M" : "H"}${round(x(dayOf(one.date)))}${i === 0 ? "," : "V"}${round(y(one[name]))}`);
    return `${steps.join("")}H${round(x(last))}`;
  };
  return { lines: { pledged: line("pledged"), weighted: line("weighted"), realised: line("realised") }, years: yearTicks(first, last, x), most };
}

/** The first day of each year in a stretch of days; every so many of them where they would stand too close. */
function yearTicks(first: number, last: number, x: (day: number) => number): readonly Tick[] {
  const from = new Date(first * DAY).getUTCFullYear();
  const to = new Date(last * DAY).getUTCFullYear();
  const every = Math.ceil((to - from + 1) / 8);
  const ticks: Tick[] = [];
  for (let year = from; year <= to; year += every) {
    const day = Date.UTC(year, 0, 1) / DAY;
    if (day >= first && day <= last) ticks.push({ at: x(day), label: String(year) });
  }
  return ticks;
}

function straight(dots: readonly Dot[]): string {
  return dots.map((dot, i) => `${i === 0 ? "M" : "L"}${round(dot.x)},${round(dot.y)}`).join("");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

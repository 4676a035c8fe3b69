/**
 * Where the sun stands over a place, when it rises and sets, and on which days the seasons turn.
 *
 * After J. Meeus, Astronomical Algorithms (2nd ed. 1998), chapters 12, 13, 22 and 25, as src/madang/twin/sun.py does:
 * good to about 0.01 degree from 1950 to 2050. Azimuth is measured clockwise from true north; `elevation` is where the
 * sun is seen through the air (Saemundsson), `geometric` is without air. Moments are milliseconds of universal time.
 */

export interface SunAt {
  readonly azimuthDeg: number;
  readonly elevationDeg: number;
  readonly geometricDeg: number;
}

export interface SunDay {
  /** Moments; null where the sun doesn't rise or set on that day. */
  readonly rises: number | null;
  readonly sets: number | null;
  readonly noon: number;
}

/** A day of a place and the hour of its clock. */
export interface CivilTime {
  readonly date: string;
  readonly hour: number;
}

export type Season = "spring" | "summer" | "autumn" | "winter";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const J2000_MS = Date.UTC(2000, 0, 1, 12);
const TERRESTRIAL_AHEAD_DAYS = 69 / 86_400;
const RISES_AT_DEG = -0.833;
const LOWEST_DEG = -1;
const PARALLAX = radians(8.794 / 3600);

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}

function degrees(angle: number): number {
  return (angle * 180) / Math.PI;
}

const turned = (value: number): number => ((value % 360) + 360) % 360;

export function sunAt(moment: number, lon: number, lat: number): SunAt {
  const days = (moment - J2000_MS) / DAY_MS;
  const t = (days + TERRESTRIAL_AHEAD_DAYS) / 36_525;
  const node = radians(125.04 - 1934.136 * t);
  const longitude = sunLongitude(t, node);
  const tilt = obliquity(t, node);
  const ascension = Math.atan2(Math.cos(tilt) * Math.sin(longitude), Math.cos(longitude));
  const declination = Math.asin(Math.sin(tilt) * Math.sin(longitude));
  const hour = sidereal(days, node, tilt) + radians(lon) - ascension;
  const here = radians(lat);
  const sine = Math.sin(here) * Math.sin(declination) + Math.cos(here) * Math.cos(declination) * Math.cos(hour);
  const centre = Math.asin(Math.min(1, Math.max(-1, sine)));
  const above = centre - PARALLAX * Math.cos(centre);
  const south = Math.cos(hour) * Math.sin(here) - Math.tan(declination) * Math.cos(here);
  const geometricDeg = degrees(above);
  return {
    azimuthDeg: turned(degrees(Math.atan2(Math.sin(hour), south)) + 180),
    elevationDeg: geometricDeg + refractionDeg(geometricDeg),
    geometricDeg,
  };
}

/** From the ground to the sun, in the frame east, north, up; of length one. */
export function sunDirection({ azimuthDeg, elevationDeg }: SunAt): readonly [number, number, number] {
  const [azimuth, elevation] = [radians(azimuthDeg), radians(elevationDeg)];
  return [Math.sin(azimuth) * Math.cos(elevation), Math.cos(azimuth) * Math.cos(elevation), Math.sin(elevation)];
}

/** Sunrise, sunset and the sun's highest stand on a day of the place's calendar. */
export function sunDay(date: string, lon: number, lat: number, zone: string): SunDay {
  const begin = momentOf({ date, hour: 0 }, zone);
  const end = momentOf({ date: dayAfter(date), hour: 0 }, zone);
  const above = (moment: number): number => sunAt(moment, lon, lat).geometricDeg - RISES_AT_DEG;
  let [rises, sets, noon]: [number | null, number | null, number] = [null, null, begin];
  let [before, highest] = [above(begin), -Infinity];
  const step = 10 * 60_000;
  for (let at = begin + step; at <= end; at += step) {
    const now = above(at);
    if (rises === null && before < 0 && now >= 0) rises = crossing(above, at - step, at);
    if (sets === null && before >= 0 && now < 0) sets = crossing(above, at - step, at);
    if (now > highest) [highest, noon] = [now, at];
    before = now;
  }
  return { rises, sets, noon: highestNear(above, noon, step) };
}

/** The civil day on which a season begins: 춘분, 하지, 추분, 동지. */
export function seasonDay(year: number, season: Season, zone: string): string {
  const wanted = { spring: 0, summer: 90, autumn: 180, winter: 270 }[season];
  const ahead = (moment: number): number => ((apparentLongitudeDeg(moment) - wanted + 540) % 360) - 180;
  const month = { spring: 2, summer: 5, autumn: 8, winter: 11 }[season];
  const moment = crossing(ahead, Date.UTC(year, month, 15), Date.UTC(year, month, 27));
  return civilOf(moment, zone).date;
}

// --- clocks -----------------------------------------------------------------------------------------------------------

/** What calendar and clock of a zone show at a moment. */
export function civilOf(moment: number, zone: string): CivilTime {
  const shown = new Date(moment + offsetMs(moment, zone));
  const date = shown.toISOString().slice(0, 10);
  return { date, hour: (shown.getTime() - Date.parse(`${date}T00:00:00Z`)) / HOUR_MS };
}

/** The moment at which calendar and clock of a zone show this; in an hour that a clock leaps over, the one after it. */
export function momentOf({ date, hour }: CivilTime, zone: string): number {
  const shown = Date.parse(`${date}T00:00:00Z`) + hour * HOUR_MS;
  const first = shown - offsetMs(shown, zone);
  return shown - offsetMs(first, zone);
}

export function dayAfter(date: string, days = 1): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

const CLOCKS = new Map<string, Intl.DateTimeFormat>();

function offsetMs(moment: number, zone: string): number {
  let clock = CLOCKS.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    CLOCKS.set(zone, clock);
  }
  const part = Object.fromEntries(clock.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
  const shown = Date.UTC(part["year"]!, part["month"]! - 1, part["day"]!, part["hour"]!, part["minute"]!, part["second"]!);
  return shown - Math.floor(moment / 1000) * 1000;
}

// --- the sun seen from the middle of the Earth (angles in radians) ---------------------------------------------------

function apparentLongitudeDeg(moment: number): number {
  const t = ((moment - J2000_MS) / DAY_MS + TERRESTRIAL_AHEAD_DAYS) / 36_525;
  return turned(degrees(sunLongitude(t, radians(125.04 - 1934.136 * t))));
}

function sunLongitude(t: number, node: number): number {
  const mean = 280.46646 + t * (36_000.76983 + t * 0.0003032);
  const anomaly = radians(357.52911 + t * (35_999.05029 - t * 0.0001537));
  const centre = (1.914602 - t * (0.004817 + t * 0.000014)) * Math.sin(anomaly) + (0.019993 - t * 0.000101) * Math.sin(2 * anomaly) + 0.000289 * Math.sin(3 * anomaly);
  return radians(mean + centre - 0.00569 - 0.00478 * Math.sin(node));
}

function obliquity(t: number, node: number): number {
  const mean = 23 + (26 + (21.448 - t * (46.815 + t * (0.00059 - t * 0.001813))) / 60) / 60;
  return radians(mean + 0.00256 * Math.cos(node));
}

function sidereal(days: number, node: number, tilt: number): number {
  const t = days / 36_525;
  const mean = 280.46061837 + 360.98564736629 * days + t * t * (0.000387933 - t / 38_710_000);
  return radians(turned(mean - 0.00478 * Math.sin(node) * Math.cos(tilt)));
}

function refractionDeg(geometricDeg: number): number {
  if (geometricDeg < LOWEST_DEG) return 0;
  return Math.max(0, 1.02 / Math.tan(radians(geometricDeg + 10.3 / (geometricDeg + 5.11))) / 60);
}

/** Where a function that changes its sign once does so. */
function crossing(of: (at: number) => number, from: number, to: number): number {
  const begins = of(from) < 0;
  let [low, high] = [from, to];
  while (high - low > 200) {
    const middle = (low + high) / 2;
    if (of(middle) < 0 === begins) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function highestNear(of: (at: number) => number, at: number, reach: number): number {
  let [low, high] = [at - reach, at + reach];
  while (high - low > 1000) {
    const [left, right] = [low + (high - low) / 3, high - (high - low) / 3];
    if (of(left) < of(right)) low = left;
    else high = right;
  }
  return (low + high) / 2;
}

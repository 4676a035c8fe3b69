/**
 * A view of the twin as the query of an address, both ways: where the camera stands and what it is shown.
 * Pure. A link, a bookmark and a page of a story are this text; words that are not known here are kept as they are.
 */

import type { Mode } from "../geometry/panes";

/** How one moves: around a point of the ground, freely through the air, on foot. */
export type Way = "orbit" | "fly" | "walk";

/** Where the camera stands. In orbit the place is what it turns around; else it is the eye. */
export interface CameraView {
  readonly way: Way;
  readonly lon: number;
  readonly lat: number;
  /** Metres above the datum: of the ground that is looked at, or of the eye. */
  readonly height: number;
  /** Metres from the eye to the place; null on a way that has no such point. */
  readonly distance: number | null;
  readonly heading: number;
  /** The angle by which the look falls: 90 is straight down, below zero it rises. */
  readonly elevation: number;
}

/** Everything a link says of what is seen. What is null or empty is left to the page. */
export interface View {
  readonly camera: CameraView | null;
  readonly mode: Mode | null;
  readonly divider: number | null;
  readonly hidden: readonly string[] | null;
  readonly colour: { readonly layer: string; readonly attribute: string } | null;
  readonly classes: number | null;
  /** The moment of the city's history that is looked at. */
  readonly time: string | null;
  /** The day and the hour of the sun. */
  readonly date: string | null;
  readonly hour: number | null;
  readonly result: string | null;
  readonly picked: string | null;
  /** Words of panels of their own: kept, never read here. */
  readonly more: Readonly<Record<string, string>>;
}

export const NO_VIEW: View = {
  camera: null,
  mode: null,
  divider: null,
  hidden: null,
  colour: null,
  classes: null,
  time: null,
  date: null,
  hour: null,
  result: null,
  picked: null,
  more: {},
};

const KNOWN = new Set(
  ["way", "lon", "lat", "height", "distance", "heading", "elevation", "mode", "divider", "hidden", "colour", "classes", "time", "date", "hour", "result", "picked"],
);
const WAYS: readonly Way[] = ["orbit", "fly", "walk"];
const MODES: readonly Mode[] = ["split", "swipe", "main", "branch"];
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const LONGEST = 300;
/** Every layer is shown, also those that a first view leaves out. */
const NONE = "-";

/** The query of a view, without its question mark; the same view always gives the same text. */
export function queryOf(view: View): string {
  const query = new URLSearchParams();
  const put = (key: string, value: string | null | undefined): void => {
    if (value !== null && value !== undefined && value !== "") query.set(key, value);
  };
  const { camera } = view;
  if (camera) {
    if (camera.way !== "orbit") put("way", camera.way);
    put("lon", short(camera.lon, 6));
    put("lat", short(camera.lat, 6));
    if (camera.way !== "orbit" || Math.abs(camera.height) >= 0.5) put("height", short(camera.height, 1));
    if (camera.distance !== null) put("distance", short(camera.distance, camera.distance < 100 ? 1 : 0));
    put("heading", short(camera.heading, 1));
    put("elevation", short(camera.elevation, 1));
  }
  put("mode", view.mode);
  if (view.mode === "swipe" && view.divider !== null) put("divider", short(view.divider, 2));
  if (view.hidden) put("hidden", view.hidden.length > 0 ? [...view.hidden].sort().join(",") : NONE);
  if (view.colour) put("colour", `${view.colour.layer}.${view.colour.attribute}`);
  put("classes", view.classes === null ? null : String(view.classes));
  put("time", view.time);
  put("date", view.date);
  put("hour", view.hour === null ? null : short(view.hour, 2));
  put("result", view.result);
  put("picked", view.picked);
  for (const key of Object.keys(view.more).sort()) if (!KNOWN.has(key)) put(key, view.more[key]);
  // A URN and a list stay readable.
  return query.toString().replaceAll("%3A", ":").replaceAll("%2C", ",");
}

/** The view that a query tells; what makes no sense in it is left out. */
export function viewOf(query: string): View {
  const told = new URLSearchParams(query);
  const number = (key: string, least: number, most: number): number | null => {
    const text = told.get(key);
    const value = text === null || text.trim() === "" ? NaN : Number(text);
    return Number.isFinite(value) && value >= least && value <= most ? value : null;
  };
  const word = (key: string): string | null => {
    const value = told.get(key);
    return value && value.length <= LONGEST ? value : null;
  };
  const more: Record<string, string> = {};
  for (const [key, value] of told) if (!KNOWN.has(key) && key !== "token" && value.length <= LONGEST) more[key] = value;
  const date = word("date");
  return {
    camera: cameraIn(number, word("way")),
    mode: MODES.find((one) => one === told.get("mode")) ?? null,
    divider: number("divider", 0, 1),
    hidden: word("hidden")?.split(",").filter((id) => id !== "" && id !== NONE) ?? null,
    colour: colourIn(word("colour")),
    classes: number("classes", 2, 9),
    time: word("time"),
    date: date !== null && DATE.test(date) ? date : null,
    hour: number("hour", 0, 24),
    result: word("result"),
    picked: word("picked"),
    more,
  };
}

/** Whether two views differ in more than where the camera stands: such a step is one to go back over. */
export function isStep(before: View, after: View): boolean {
  const still = (view: View): string => queryOf({ ...view, camera: null, divider: null });
  return still(before) !== still(after) || (before.camera?.way ?? null) !== (after.camera?.way ?? null);
}

function cameraIn(number: (key: string, least: number, most: number) => number | null, told: string | null): CameraView | null {
  const way = WAYS.find((one) => one === told) ?? "orbit";
  const lon = number("lon", -180, 180);
  const lat = number("lat", -89.9, 89.9);
  const distance = number("distance", 5, 500_000);
  if (lon === null || lat === null || (way === "orbit" && distance === null)) return null;
  return {
    way,
    lon,
    lat,
    height: number("height", -1_000, 100_000) ?? 0,
    distance: way === "orbit" ? distance : null,
    heading: (number("heading", -360, 360) ?? 0) % 360,
    elevation: number("elevation", -90, 90) ?? (way === "orbit" ? 45 : 0),
  };
}

function colourIn(text: string | null): View["colour"] {
  const at = text?.indexOf(".") ?? -1;
  return text !== null && at > 0 && at < text.length - 1 ? { layer: text.slice(0, at), attribute: text.slice(at + 1) } : null;
}

/** A number with at most so many digits after the point, and no more than it needs. */
function short(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

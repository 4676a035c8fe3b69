/** What the lab shows, as the query of its address, both ways: a view that can be sent to somebody else. Pure. */

/** One of the alternatives on the page: a branch, or a branch with levers turned (its id differs from its branch). */
export interface Chosen {
  readonly id: string;
  readonly branch: string;
  /** What somebody called it; empty for the name that the page gives. */
  readonly title: string;
  readonly levers: Readonly<Record<string, number>>;
}

export const MAIN = "main";
export const VIEWS = ["years", "places", "tornado", "ranks", "pareto", "turning", "worth"] as const;
export type View = (typeof VIEWS)[number];

export interface LabState {
  /** null: what the page chooses. */
  readonly alternatives: readonly Chosen[] | null;
  readonly against: string;
  /** Whose sliders stand open. */
  readonly turned: string | null;
  readonly indicators: readonly string[] | null;
  readonly criteria: readonly string[] | null;
  /** How much each criterion weighs; empty for equal ones. */
  readonly weights: Readonly<Record<string, number>>;
  readonly view: View;
  /** The one indicator that the charts are about. */
  readonly about: string | null;
}

export const EMPTY: LabState = { alternatives: null, against: MAIN, turned: null, indicators: null, criteria: null, weights: {}, view: "years", about: null };

export const isVariant = (one: Chosen): boolean => one.id !== one.branch;

const PART = "|";

/** The state that a query tells; what can't be read is left out. */
export function readState(query: string): LabState {
  const found = new URLSearchParams(query);
  const told = found.getAll("alt").map(readChosen).filter((one): one is Chosen => one !== null);
  const once = told.filter((one, n) => told.findIndex((other) => other.id === one.id) === n);
  const view = VIEWS.find((one) => one === found.get("view"));
  return {
    alternatives: once.length > 0 ? once : null,
    against: found.get("against") || MAIN,
    turned: found.get("turn") || null,
    indicators: listOf(found.get("show")),
    criteria: listOf(found.get("by")),
    weights: Object.fromEntries(numbersOf(found.get("weigh")?.split(" ") ?? [])),
    view: view ?? EMPTY.view,
    about: found.get("about") || null,
  };
}

/** The query of a state; what stands as it would anyway is left out. */
export function writeState(state: LabState): string {
  const query = new URLSearchParams();
  for (const one of state.alternatives ?? []) query.append("alt", writeChosen(one));
  if (state.against !== MAIN) query.set("against", state.against);
  if (state.turned) query.set("turn", state.turned);
  if (state.indicators) query.set("show", state.indicators.join(" "));
  if (state.criteria) query.set("by", state.criteria.join(" "));
  const weights = Object.entries(state.weights);
  if (weights.length > 0) query.set("weigh", weights.map(([id, value]) => `${id}=${value}`).join(" "));
  if (state.view !== EMPTY.view) query.set("view", state.view);
  if (state.about) query.set("about", state.about);
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

function writeChosen(one: Chosen): string {
  if (!isVariant(one)) return one.branch;
  const turned = Object.entries(one.levers).map(([id, value]) => `${id}=${value}`);
  return [one.branch, one.id, one.title.replaceAll(PART, " "), ...turned].join(PART);
}

function readChosen(text: string): Chosen | null {
  const [branch, id, title, ...turned] = text.split(PART);
  if (!branch) return null;
  if (!id || id === branch) return { id: branch, branch, title: "", levers: {} };
  return { id, branch, title: title ?? "", levers: Object.fromEntries(numbersOf(turned)) };
}

function numbersOf(parts: readonly string[]): [string, number][] {
  return parts.flatMap((one) => {
    const at = one.lastIndexOf("=");
    const value = Number(one.slice(at + 1));
    return at > 0 && one.length > at + 1 && Number.isFinite(value) ? [[one.slice(0, at), value] as [string, number]] : [];
  });
}

function listOf(text: string | null): readonly string[] | null {
  const found = text?.split(" ").filter(Boolean) ?? [];
  return found.length > 0 ? found : null;
}

/** The smallest of v1, v2 … that nobody has. */
export function newId(alternatives: readonly Chosen[]): string {
  for (let n = 1; ; n += 1) if (!alternatives.some((one) => one.id === `v${n}`)) return `v${n}`;
}

/** The body part that names an alternative to the server. */
export function askedAs(one: Chosen, title: { readonly ko: string; readonly en: string }): unknown {
  return isVariant(one) ? { id: one.id, branch: one.branch, title, levers: one.levers } : one.branch;
}

/** What a model that takes its time is asked for an alternative: parameters by their own name, attributes as levers. */
export function executionInputs(model: string, levers: Readonly<Record<string, number>>): Record<string, unknown> {
  const inputs: Record<string, unknown> = {};
  const turned: Record<string, number> = {};
  for (const [id, value] of Object.entries(levers)) {
    if (id.includes("#")) turned[id] = value;
    else if (id.startsWith(`${model}.`)) inputs[id.slice(model.length + 1)] = value;
  }
  return Object.keys(turned).length > 0 ? { ...inputs, levers: turned } : inputs;
}

/**
 * Names written over the picture as plain elements, so that text stays text. Decoration: the table view says the same.
 * Names of what an 안 changes are never left out: where they would lie over each other, one stands for them all, and
 * leads there on a click.
 */

import { gathered, held, middleOf, placeLabels } from "../geometry/labels";
import type { Candidate, Taken } from "../geometry/labels";
import { place } from "../geometry/panes";
import type { Pane } from "../geometry/panes";

export interface Label {
  readonly key: string;
  readonly id: string;
  readonly text: string;
  /** In the camera's -1..1 square. */
  readonly x: number;
  readonly y: number;
  readonly weight: number;
  readonly kind: "name" | "changed" | "selected";
}

export interface Gathering {
  /** What is written where several names of changes stand together. */
  readonly textOf: (count: number) => string;
  readonly onOpen: (ids: readonly string[]) => void;
}

/** What is written at a place: one label, or one that stands for several. */
interface Written {
  readonly text: string;
  readonly kind: Label["kind"];
  readonly ids: readonly string[];
}

const MOST_PER_PANE = 14;

/** What is written at the moment, for a picture of it. */
export interface WrittenLabel {
  readonly text: string;
  readonly kind: Label["kind"];
  /** The middle of its lower edge, in CSS pixels of the canvas. */
  readonly x: number;
  readonly y: number;
}
const HEIGHT: Readonly<Record<Label["kind"], number>> = { name: 18, changed: 34, selected: 34 };

export class Labels {
  #drawn = new Map<string, HTMLSpanElement>();
  #written = new Map<string, WrittenLabel>();

  constructor(
    private readonly holder: HTMLElement,
    private readonly gathering: Gathering,
  ) {}

  /** Writes what has room; `taken` is what lies over the picture, in CSS pixels of the canvas. */
  draw(panes: readonly { pane: Pane; labels: readonly Label[] }[], taken: readonly Taken[] = []): void {
    const kept = new Set<string>();
    for (const { pane, labels } of panes) {
      const written = new Map<string, Written>(labels.map(({ key, text, kind, id }) => [key, { text, kind, ids: [id] }]));
      const { scissor } = pane;
      const covered = taken.map((one) => ({ ...one, x: one.x - scissor.x, y: one.y - scissor.y }));
      const candidateOf = (label: Label): Candidate => {
        const [x, y] = place(pane, label.x, label.y);
        return { key: label.key, x: x - scissor.x, y: y - scissor.y, width: widthOf(label.text), height: HEIGHT[label.kind], weight: label.weight, ...(label.kind === "name" ? { text: label.text } : {}) };
      };
      const inPicture = (label: Candidate): Candidate => held(label, scissor.width, scissor.height, covered);
      const names = labels.filter((label) => label.kind === "name").map(candidateOf);
      const selected = labels.filter((label) => label.kind === "selected").map(candidateOf).map(inPicture);
      const changes = gathered(labels.filter((label) => label.kind === "changed").map(candidateOf).map(inPicture)).map((group) => inPicture(this.#together(group, written)));
      for (const found of placeLabels([...names, ...selected, ...changes], scissor.width, scissor.height, MOST_PER_PANE, 6, covered)) {
        const key = `${pane.side} ${found.key}`;
        kept.add(key);
        this.#write(key, written.get(found.key)!, found.x + scissor.x, found.y + scissor.y);
      }
    }
    for (const [key, element] of this.#drawn) {
      if (kept.has(key)) continue;
      element.remove();
      this.#drawn.delete(key);
      this.#written.delete(key);
    }
  }

  get written(): readonly WrittenLabel[] {
    return [...this.#written.values()];
  }

  dispose(): void {
    for (const element of this.#drawn.values()) element.remove();
    this.#drawn.clear();
    this.#written.clear();
  }

  /** One label in place of a group, noted among what is written. */
  #together(group: readonly Candidate[], written: Map<string, Written>): Candidate {
    const first = group[0]!;
    if (group.length === 1) return first;
    const ids = group.flatMap((label) => written.get(label.key)!.ids);
    const text = this.gathering.textOf(ids.length);
    const key = `together ${[...ids].sort().join(" ")}`;
    written.set(key, { text, kind: "changed", ids });
    return { ...first, ...middleOf(group), key, width: widthOf(text) };
  }

  #write(key: string, label: Written, x: number, y: number): void {
    this.#written.set(key, { text: label.text, kind: label.kind, x, y });
    let element = this.#drawn.get(key);
    if (element === undefined) {
      element = document.createElement("span");
      this.holder.append(element);
      this.#drawn.set(key, element);
    }
    if (element.textContent !== label.text) element.textContent = label.text;
    const several = label.ids.length > 1;
    const kind = `label ${label.kind}${several ? " several" : ""}`;
    element.onclick = several ? () => this.gathering.onOpen(label.ids) : null;
    if (element.className !== kind) element.className = kind;
    element.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px) translate(-50%, -100%)`;
  }
}

/** A fair guess of a label's width in pixels, without asking the page to lay itself out. */
function widthOf(text: string): number {
  let width = 14;
  for (const letter of text) width += (letter.codePointAt(0) ?? 0) > 0x1100 ? 11.5 : 6.6;
  return width;
}

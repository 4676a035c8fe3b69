/** Names written over the picture as plain elements, so that text stays text. Decoration: the table view says the same. */

import { placeLabels } from "../geometry/labels";
import type { Candidate } from "../geometry/labels";
import { place } from "../geometry/panes";
import type { Pane } from "../geometry/panes";

export interface Label {
  readonly key: string;
  readonly text: string;
  /** In the camera's -1..1 square. */
  readonly x: number;
  readonly y: number;
  readonly weight: number;
  readonly kind: "name" | "changed" | "selected";
}

const MOST_PER_PANE = 14;
const HEIGHT: Readonly<Record<Label["kind"], number>> = { name: 18, changed: 34, selected: 34 };

export class Labels {
  #drawn = new Map<string, HTMLSpanElement>();

  constructor(private readonly holder: HTMLElement) {}

  draw(panes: readonly { pane: Pane; labels: readonly Label[] }[]): void {
    const kept = new Set<string>();
    for (const { pane, labels } of panes) {
      const text = new Map(labels.map((label) => [label.key, label]));
      const { scissor } = pane;
      const candidates = labels.map((label): Candidate => {
        const [x, y] = place(pane, label.x, label.y);
        return { key: label.key, x: x - scissor.x, y: y - scissor.y, width: widthOf(label.text), height: HEIGHT[label.kind], weight: label.weight };
      });
      for (const found of placeLabels(candidates, scissor.width, scissor.height, MOST_PER_PANE)) {
        const key = `${pane.side} ${found.key}`;
        kept.add(key);
        this.#write(key, text.get(found.key)!, found.x + scissor.x, found.y + scissor.y);
      }
    }
    for (const [key, element] of this.#drawn) {
      if (kept.has(key)) continue;
      element.remove();
      this.#drawn.delete(key);
    }
  }

  dispose(): void {
    for (const element of this.#drawn.values()) element.remove();
    this.#drawn.clear();
  }

  #write(key: string, label: Label, x: number, y: number): void {
    let element = this.#drawn.get(key);
    if (element === undefined) {
      element = document.createElement("span");
      this.holder.append(element);
      this.#drawn.set(key, element);
    }
    if (element.textContent !== label.text) element.textContent = label.text;
    const kind = `label ${label.kind}`;
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

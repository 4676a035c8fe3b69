/** The features that have come in with tiles: a number for each id, and the box around each, in growing typed arrays. */

import type { Box } from "./orbit";

export class SeenFeatures {
  readonly ids: string[] = [];
  readonly #numbers = new Map<string, number>();
  #boxes = new Float32Array(6 * 64);
  #whole: Box | null = null;

  /** The number of a feature, given when it is first met. */
  meet(id: string): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    const number = this.ids.length;
    this.ids.push(id);
    this.#numbers.set(id, number);
    if (this.#boxes.length < 6 * (number + 1)) {
      const grown = new Float32Array(this.#boxes.length * 2);
      grown.set(this.#boxes);
      this.#boxes = grown;
    }
    this.#boxes.set([Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity], number * 6);
    return number;
  }

  /** A feature's box grows by this one: one thing may lie in several tiles. */
  grow(number: number, box: Box): void {
    const at = number * 6;
    for (let axis = 0; axis < 3; axis += 1) {
      this.#boxes[at + axis] = Math.min(this.#boxes[at + axis]!, box.min[axis]!);
      this.#boxes[at + 3 + axis] = Math.max(this.#boxes[at + 3 + axis]!, box.max[axis]!);
    }
    const whole = this.#whole;
    this.#whole = whole === null ? box : {
      min: [Math.min(whole.min[0], box.min[0]), Math.min(whole.min[1], box.min[1]), Math.min(whole.min[2], box.min[2])],
      max: [Math.max(whole.max[0], box.max[0]), Math.max(whole.max[1], box.max[1]), Math.max(whole.max[2], box.max[2])],
    };
  }

  boxOf(id: string): Box | null {
    const number = this.#numbers.get(id);
    return number === undefined ? null : this.boxAt(number);
  }

  boxAt(number: number): Box | null {
    const b = this.#boxes;
    const at = number * 6;
    if (number >= this.ids.length || b[at]! > b[at + 3]!) return null;
    return { min: [b[at]!, b[at + 1]!, b[at + 2]!], max: [b[at + 3]!, b[at + 4]!, b[at + 5]!] };
  }

  /** The boxes of all that has been seen. */
  get boxes(): readonly Box[] {
    return this.ids.map((_, number) => this.boxAt(number)).filter((box): box is Box => box !== null);
  }

  /** The box around all that has been seen; null around nothing. */
  get whole(): Box | null {
    return this.#whole;
  }
}

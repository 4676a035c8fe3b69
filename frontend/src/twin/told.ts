/** What a tool hears; what lies under the pointer is worked out when it is asked for, and once. */

import type { GroundPoint, Picked, Stage, ToolEvent } from "./stage";

export class Told implements ToolEvent {
  readonly x: number;
  readonly y: number;
  readonly shift: boolean;
  readonly key?: string;
  #ground: GroundPoint | null | undefined;
  #picked: Picked | null | undefined;

  constructor(
    private readonly stage: Stage,
    at: { readonly x: number; readonly y: number; readonly shift: boolean; readonly key?: string },
  ) {
    this.x = at.x;
    this.y = at.y;
    this.shift = at.shift;
    this.key = at.key;
  }

  get ground(): GroundPoint | null {
    if (this.#ground === undefined) this.#ground = this.stage.groundAt(this.x, this.y);
    return this.#ground;
  }

  get picked(): Picked | null {
    if (this.#picked === undefined) this.#picked = this.stage.pick(this.x, this.y);
    return this.#picked;
  }
}

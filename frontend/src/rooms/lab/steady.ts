/**
 * Questions of a slider that is being moved: one at a time, and next the newest; those in between are never asked.
 *
 * A server goes on computing what a page no longer waits for, so that dropping questions half-way would only make it late.
 */
export class Steady {
  #busy = false;
  #next: (() => Promise<void>) | null = null;

  /** Asks now, or when the running question is answered; a question that waited is replaced. */
  ask(question: () => Promise<void>): void {
    if (this.#busy) this.#next = question;
    else void this.#go(question);
  }

  /** Forgets what waits. */
  stop(): void {
    this.#next = null;
  }

  async #go(question: () => Promise<void>): Promise<void> {
    this.#busy = true;
    for (let now: (() => Promise<void>) | null = question; now !== null; ) {
      await now();
      [now, this.#next] = [this.#next, null];
    }
    this.#busy = false;
  }
}

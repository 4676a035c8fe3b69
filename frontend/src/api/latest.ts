/** One question at a time: a newer one cancels the older, so that an answer never overtakes a later one. */
export class Latest {
  #running: AbortController | null = null;

  /** Runs the newest question; resolves to null where a newer one took its place. */
  async run<T>(question: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    this.#running?.abort();
    const mine = new AbortController();
    this.#running = mine;
    try {
      const answer = await question(mine.signal);
      return this.#running === mine ? answer : null;
    } catch (error) {
      if (this.#running !== mine) return null;
      throw error;
    }
  }

  stop(): void {
    this.#running?.abort();
    this.#running = null;
  }
}

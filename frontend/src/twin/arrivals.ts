/**
 * When the picture is drawn while tiles come in. Each tile is taken up a moment after it came, so that the next ones are
 * asked for; it is drawn a few times a second, however many come. A frame for every tile would hold up their coming.
 */

/** Tiles that come within so many milliseconds are taken up together. */
const TOGETHER_MS = 24;
const DRAWN_MS = 220;

export interface Arriving {
  /** Takes up what came; whether more is on its way. */
  readonly take: () => boolean;
  /** Whether what has come is waited for: it is drawn at once. */
  readonly urgent: () => boolean;
  readonly draw: () => void;
}

export class Arrivals {
  #timer = 0;
  #drawnAt = -Infinity;

  constructor(private readonly arriving: Arriving) {}

  /** Something came. */
  told(): void {
    if (this.#timer === 0) this.#timer = window.setTimeout(this.#look, TOGETHER_MS);
  }

  /** A frame was drawn: what came before it is in it. */
  drawn(): void {
    this.dispose();
    this.#drawnAt = performance.now();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  #look = (): void => {
    this.#timer = 0;
    const more = this.arriving.take();
    if (!more || performance.now() - this.#drawnAt > DRAWN_MS || this.arriving.urgent()) this.arriving.draw();
    else this.told();
  };
}

/** What all layers share: the bounds of memory, the clock of the loader, and one decoder. */

import { DEFAULT_DOWNLOAD_QUEUE, DEFAULT_PARSE_QUEUE, Scheduler } from "3d-tiles-renderer/core";
import type { LRUCache } from "3d-tiles-renderer/core";
import type { MeshoptDecoder } from "three/examples/jsm/libs/meshopt_decoder.module.js";

const MEBIBYTE = 2 ** 20;

type Decoder = Pick<typeof MeshoptDecoder, "supported" | "decodeGltfBufferAsync">;

/** EXT_meshopt_compression: the decoder is fetched when the first tile asks for it. */
const lazily: Decoder = {
  supported: typeof WebAssembly === "object",
  async decodeGltfBufferAsync(...asked) {
    const decoder = (await import("three/examples/jsm/libs/meshopt_decoder.module.js")).MeshoptDecoder;
    await decoder.ready;
    return decoder.decodeGltfBufferAsync(...asked);
  },
};

// The loader asks nothing else of it.
export const meshopt = lazily as typeof MeshoptDecoder;

/** The bounds of a tileset's cache. 3d-tiles-renderer gives all tilesets the same one, so they bound them together. */
export function bound(cache: LRUCache): void {
  const small = isSmall();
  cache.maxBytesSize = (small ? 160 : 420) * MEBIBYTE;
  cache.minBytesSize = (small ? 110 : 300) * MEBIBYTE;
  cache.maxSize = small ? 800 : 3_000;
  cache.minSize = small ? 500 : 2_000;
}

const PARSED_AT_ONCE = 8;

/**
 * The loader takes the next tiles in hand at each frame of the picture, a few at a time: where a frame takes long, tiles
 * would come in as slowly. It is given a clock of its own, with a pause for whoever moves the pointer.
 */
export function setLoading(): void {
  if (DEFAULT_PARSE_QUEUE.maxJobs === PARSED_AT_ONCE) return;
  DEFAULT_PARSE_QUEUE.maxJobs = PARSED_AT_ONCE;
  DEFAULT_DOWNLOAD_QUEUE.maxJobsPerOrigin = 32;
  const clock = { requestAnimationFrame: (next: () => void) => setTimeout(next, 0), cancelAnimationFrame: (handle: number) => clearTimeout(handle) };
  Scheduler.setXRSession(clock as unknown as XRSession);
}

/** A device with little memory: a phone, a small tablet. */
export function isSmall(): boolean {
  const memory = (navigator as { deviceMemory?: number }).deviceMemory;
  return Math.min(screen.width, screen.height) < 600 || (memory !== undefined && memory <= 2);
}

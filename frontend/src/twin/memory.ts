/** What all layers share, so that the memory of the whole picture is bounded: one cache of tiles, one decoder. */

import { LRUCache } from "3d-tiles-renderer/core";
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
const meshopt = lazily as typeof MeshoptDecoder;

let cache: LRUCache | null = null;

export function shared(): { readonly cache: LRUCache; readonly meshopt: typeof MeshoptDecoder } {
  cache ??= boundedCache(isSmall());
  return { cache, meshopt };
}

/** A device with little memory: a phone, a small tablet. */
export function isSmall(): boolean {
  const memory = (navigator as { deviceMemory?: number }).deviceMemory;
  return Math.min(screen.width, screen.height) < 600 || (memory !== undefined && memory <= 2);
}

function boundedCache(small: boolean): LRUCache {
  const made = new LRUCache();
  made.maxBytesSize = (small ? 160 : 420) * MEBIBYTE;
  made.minBytesSize = (small ? 110 : 300) * MEBIBYTE;
  made.maxSize = small ? 800 : 3_000;
  made.minSize = small ? 500 : 2_000;
  return made;
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** What is shipped inside the pages, with the licence each one asks to travel with it. */
const SHIPPED: readonly (readonly [string, string])[] = [
  ["pretendard", "dist/LICENSE.txt"],
  ["three", "LICENSE"],
  ["3d-tiles-renderer", "LICENSE"],
  ["svelte", "LICENSE.md"],
];

function licences(): Plugin {
  return {
    name: "madang-licences",
    generateBundle() {
      const texts = SHIPPED.map(([name, file]) => `${name}\n\n${readFileSync(join("node_modules", name, file), "utf8").trim()}\n`);
      this.emitFile({ type: "asset", fileName: "licences.txt", source: texts.join(`\n${"-".repeat(80)}\n\n`) });
    },
  };
}

const server = process.env["MADANG_URL"] ?? "http://127.0.0.1:8080";

// The pages are built into the Python package, which serves them; nothing built is committed.
export default defineConfig(({ command }) => ({
  base: "/",
  // A build that went well says nothing.
  logLevel: command === "build" ? "warn" : "info",
  plugins: [svelte(), licences()],
  build: {
    outDir: "../src/madang/web/pages",
    emptyOutDir: true,
    target: "es2022",
    // Font subsets stay files of their own: the browser fetches only those that a page's characters need.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  // While developing: `npm run dev` beside `madang serve --no-auth`.
  server: { proxy: { "/api": server, "/tiles": server } },
  // No test is about time: a busy machine may take as long as it needs.
  test: { include: ["tests/**/*.test.ts"], environment: "node", testTimeout: 60_000 },
}));

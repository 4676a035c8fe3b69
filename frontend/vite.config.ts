import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

// The pages are built into the Python package, which serves them; nothing built is committed.
export default defineConfig({
  base: "/",
  plugins: [svelte()],
  build: {
    outDir: "../src/madang/web/pages",
    emptyOutDir: true,
    target: "es2022",
    // Font subsets stay files of their own: the browser fetches only those that a page's characters need.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { "/api": process.env["MADANG_URL"] ?? "http://127.0.0.1:8080", "/tiles": process.env["MADANG_URL"] ?? "http://127.0.0.1:8080" } },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});

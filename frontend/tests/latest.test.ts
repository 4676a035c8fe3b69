import { expect, it } from "vitest";
import { Latest } from "../src/api/latest";

it("lets the newest question answer, and silences the older ones", async () => {
  const latest = new Latest();
  const release: ((value: string) => void)[] = [];
  const ask = (): Promise<string | null> => latest.run(() => new Promise<string>((resolve) => release.push(resolve)));
  const first = ask();
  const second = ask();
  release[1]!("second");
  release[0]!("first");
  expect(await second).toBe("second");
  expect(await first).toBeNull();
});

it("passes on the failure of the newest question only", async () => {
  const latest = new Latest();
  const failing = latest.run(() => Promise.reject(new Error("no")));
  await expect(failing).rejects.toThrow("no");
  const late = latest.run((signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted")))));
  const newest = latest.run(() => Promise.resolve(1));
  expect(await late).toBeNull();
  expect(await newest).toBe(1);
});

import { describe, expect, it } from "vitest";
import { addsUp, course, sideBySide } from "../src/rooms/promises/split";

const parts = [
  { group: "assumption", value: -50 },
  { group: "shock", value: 0 },
  { group: "delay", value: -30 },
  { group: "model-error", value: 20 },
];

describe("a miss and its parts", () => {
  it("stand left and right of zero, without overlap, and the mark is the miss", () => {
    const found = sideBySide(parts, -60)!;
    expect(found.zero).toBe(0.8);
    expect(found.miss).toBeCloseTo(0.2);
    expect(found.stretches.map((one) => [one.group, one.from, one.to])).toEqual([
      ["assumption", 0.3, 0.8],
      ["delay", 0, 0.3],
      ["model-error", 0.8, 1],
    ]);
    const drawn = found.stretches.reduce((sum, one) => sum + (one.to - one.from), 0);
    expect(drawn).toBeCloseTo(1);
  });

  it("have nothing to draw where nothing was missed", () => {
    expect(sideBySide([{ group: "delay", value: 0 }], 0)).toBeNull();
    expect(sideBySide([], 0)).toBeNull();
  });

  it("lead from the promise to what came", () => {
    const found = course(parts, 100, 40);
    expect(found.steps.at(-1)!.reached).toBe(40);
    expect(found.promised).toBe(1);
    expect(found.actual).toBeCloseTo(0.4);
    expect(found.steps[0]).toMatchObject({ from: 0.5, to: 1 });
    for (const step of found.steps) expect(step.from).toBeLessThanOrEqual(step.to);
  });

  it("lead through zero where the outcome is negative", () => {
    const found = course([{ group: "shock", value: -150 }], 100, -50);
    expect(found.actual).toBe(0);
    expect(found.steps[0]).toMatchObject({ from: 0, to: 1, reached: -50 });
  });

  it("are told from parts that do not add up", () => {
    expect(addsUp(parts, -60)).toBe(true);
    expect(addsUp(parts, -59)).toBe(false);
    expect(addsUp([{ group: "a", value: 0.1 }, { group: "b", value: 0.2 }], 0.3)).toBe(true);
  });
});

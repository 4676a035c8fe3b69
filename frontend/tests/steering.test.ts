import { expect, it } from "vitest";
import { actOf } from "../src/twin/steering";
import type { Steered } from "../src/twin/steering";

function recorded(): { view: Steered; told: unknown[][] } {
  const told: unknown[][] = [];
  const tell =
    (name: string) =>
    (...values: unknown[]): void => {
      told.push([name, ...values]);
    };
  const view: Steered = {
    pan: tell("pan"),
    rotate: tell("rotate"),
    zoom: tell("zoom"),
    reset: tell("reset"),
    northUp: tell("northUp"),
    pick: tell("pick"),
    leave: tell("leave"),
    push: tell("push"),
    way: () => "orbit",
    take: () => false,
  };
  return { told, view };
}

it.each([
  ["ArrowLeft", false, ["pan", 60, 0]],
  ["ArrowLeft", true, ["rotate", -10, 0]],
  ["ArrowDown", true, ["rotate", 0, -6]],
  ["+", false, ["zoom", 0.8]],
  ["-", false, ["zoom", 1.25]],
  ["0", false, ["reset"]],
  ["n", false, ["northUp"]],
  ["Escape", false, ["leave"]],
])("%s (shift %s) means %j", (key, shifted, expected) => {
  const { view, told } = recorded();
  actOf(key, shifted, view)!();
  expect(told).toEqual([expected]);
});

it("leaves other keys to the page", () => {
  expect(actOf("Tab", false, recorded().view)).toBeNull();
  expect(actOf("a", false, recorded().view)).toBeNull();
});

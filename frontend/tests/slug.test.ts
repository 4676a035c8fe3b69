import { expect, it } from "vitest";
import { isSlug, slugOf } from "../src/slug";

it.each([
  ["팹리스 밸리 2안", "paepriseu-baelri-2an"],
  ["Battery & Hydrogen!", "battery-hydrogen"],
  ["  ", ""],
])("%s becomes %s", (title, slug) => {
  expect(slugOf(title)).toBe(slug);
});
it("stays within forty letters, never ending in a dash", () => {
  const slug = slugOf("아주 긴 이름의 도시정책 실험을 위한 하나의 새로운 안 그리고 더");
  expect(slug.length).toBeLessThanOrEqual(40);
  expect(isSlug(slug)).toBe(true);
  expect(slug).not.toMatch(/-$/);
});
it("refuses names that mean something else", () => {
  expect(isSlug("main")).toBe(false);
  expect(isSlug("안")).toBe(false);
});

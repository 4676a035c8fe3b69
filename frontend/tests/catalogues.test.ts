import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { en, ko } from "../src/i18n/catalogues";
import { fill } from "../src/i18n/fill";

const KO: Readonly<Record<string, string>> = ko;
const EN: Readonly<Record<string, string>> = en;

const parts = (sentence: string): string[] => [...sentence.matchAll(/\{(\w+)\}/g)].map((found) => found[1]!).sort();

it("both languages have the same keys, and fill in the same facts", () => {
  expect(Object.keys(EN).sort()).toEqual(Object.keys(KO).sort());
  for (const key of Object.keys(KO)) expect(parts(EN[key]!), key).toEqual(parts(KO[key]!));
});

it("no sentence is empty, and the Korean one is Korean", () => {
  for (const key of Object.keys(KO)) {
    expect(EN[key], key).toBeTruthy();
    expect(KO[key], key).toMatch(/[가-힣]/);
  }
});

it("every key is asked for somewhere, by name or by room", () => {
  const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(svelte|ts)$/.test(name))
    .map((name) => readFileSync(join("src", name), "utf8"))
    .join("\n");
  const rooms = [...sources.matchAll(/\bword\(\s*"([\w.]+)"/g), ...sources.matchAll(/\bt\(\s*`([\w.]+)\.\$\{/g)].map((found) => found[1]!);
  const unused = Object.keys(KO).filter((key) => !sources.includes(`"${key}"`) && !rooms.some((room) => key.startsWith(`${room}.`)));
  expect(unused).toEqual([]);
});

it("picks the Korean particle that the filled word asks for", () => {
  expect(fill("{a}을(를) 봅니다", { a: "안" })).toBe("안을 봅니다");
  expect(fill("{a}을(를) 봅니다", { a: "도시" })).toBe("도시를 봅니다");
  expect(fill("{a}이(가)", { a: "3,742억 원" })).toBe("3,742억 원이");
  expect(fill("{a}(으)로", { a: "서울" })).toBe("서울로");
  expect(fill("{a} {b}", { a: 1 })).toBe("1 {b}");
});

import { expect, it } from "vitest";
import { filled, lines, started } from "../src/acts";
import { countsOf, partsOf, votersOf } from "../src/rooms/committees/ballots";
import { blocking, firstDay, shareRows, spanOf } from "../src/rooms/alliance/layout";

it("a form starts with what is given, and sends only what is filled", () => {
  const fields = [
    { name: "kind", label: "", kind: "choice" as const, options: [{ value: "a", label: "A" }] },
    { name: "to", label: "", kind: "choice" as const, options: [{ value: "b", label: "B" }], optional: true },
    { name: "text", label: "", kind: "long" as const, value: "그대로" },
  ];
  expect(started(fields)).toEqual({ kind: "a", to: "", text: "그대로" });
  expect(filled({ a: "  있음 ", b: "", c: "   " })).toEqual({ a: "있음" });
});

it("ballots are counted, and who is there may vote unless recused", () => {
  expect(countsOf({ a: "for", b: "against", c: "", d: "for", e: "abstain" })).toEqual({ for: 2, against: 1, abstain: 1 });
  expect(partsOf(3, 1, 0, 4)).toEqual({ for: 75, against: 25, abstain: 0 });
  expect(partsOf(0, 0, 0, 0)).toEqual({ for: 0, against: 0, abstain: 0 });
  const name = { ko: "가람", en: "Garam" };
  const there = (membership: string | null, mode: string) => ({ person: "p", name, part: "member", part_label: name, mode, mode_label: name, membership, role_label: null, affiliation: null });
  const meeting = { attendance: [there("m1", "in-person"), there("m2", "absent"), there(null, "in-person"), there("m3", "online")] };
  const item = { recusals: [{ member: "m3", state: "accepted" }] };
  const voters = votersOf(meeting as never, item as never);
  expect(voters.map((one) => [one.id, one.recused])).toEqual([["m1", false], ["m3", true]]);
});

it("a membership is drawn between the first joining and the day asked for", () => {
  const period = (joined: string | null, left: string | null) => ({ city: "c", name: { ko: "", en: "" }, joined, left, record: null });
  expect(firstDay([period("2021-06", null), period("2020", null)], "2026-01-01")).toBe("2020");
  expect(spanOf(period("2020-01-01", "2021-01-01"), "2020-01-01", "2022-01-01").to).toBeCloseTo(50.07, 1);
  expect(spanOf(period(null, null), "2020-01-01", "2020-01-01")).toEqual({ from: 0, to: 100 });
});

it("the first step that must be and is not blocks a form", () => {
  const step = (id: string, force: string, state: string) => ({ step: id, force, state });
  const form = { steps: [step("a", "must", "held"), step("b", "may", "optional"), step("c", "must", "missing")] };
  expect(blocking(form as never)?.step).toBe("c");
  expect(blocking({ steps: [] } as never)).toBeNull();
});

it("shares stand side by side, and one above the cost alone is marked", () => {
  const name = { ko: "수원시", en: "Suwon" };
  const answer = (share: number) => ({ members: [{ city: "c", name, share, percent: 50, weight: null, alone: 10, saving: 10 - share, benefit: null, gain: null }] });
  const project = { agreed: [{ city: "c", method: "benefit", share: { value: 8, unit: "KRW", address: "x" } }] };
  const [row] = shareRows(project as never, { benefit: answer(8), shapley: answer(12) } as never);
  expect(row?.shares.benefit).toMatchObject({ won: 8, more: false });
  expect(row?.shares.shapley).toMatchObject({ won: 12, more: true });
  expect(row?.agreed).toEqual({ value: 8, address: "x" });
  expect(shareRows(project as never, {})).toEqual([]);
});

it("a list is one a line", () => {
  expect(lines(" 보고서 \n\n요약 ")).toEqual(["보고서", "요약"]);
});

/** What can be done in the room of investment: the form of each act, where it is sent, and how its fields become a body. */

import type { Choice, Field } from "../../acting";
import { part } from "../../api/client";
import type { Agreement, Application, Call, Commitment, Company, Facility, Group, Match, Permit } from "../../api/rooms/investment";
import type { Body } from "../../api/rooms/investment";
import { say, t } from "../../i18n";
import { readPoints } from "./stages";

export interface Act {
  readonly title: string;
  readonly about?: string;
  readonly submit: string;
  readonly path: string;
  readonly fields: readonly Field[];
  /** What is sent, where it is not simply the fields. */
  readonly shape?: (body: Body) => Body;
}

const on = (label = t("act.on")): Field => ({ name: "on", label, kind: "date", past: true, hint: t("act.on.hint") });
const evidence = (needed = false): Field => ({ name: "evidence", label: t("act.evidence"), kind: "text", needed, hint: t("act.evidence.hint") });
const because = (): Field => ({ name: "because", label: t("act.because"), kind: "text", hint: t("act.because.hint") });

export function pledge(agreements: readonly Agreement[]): Act {
  return {
    title: t("inv.pledge"),
    submit: t("act.record"),
    path: "investment/memoranda",
    fields: [
      { name: "company", label: t("inv.company"), kind: "text", needed: true },
      { name: "amount", label: t("inv.pledged"), kind: "won", needed: true },
      { name: "signed_on", label: t("inv.signed"), kind: "text", needed: true, hint: t("outcome.period.hint") },
      { name: "number", label: t("inv.number"), kind: "text" },
      { name: "sector", label: t("inv.sector"), kind: "text" },
      { name: "site", label: t("inv.site"), kind: "text" },
      { name: "jobs", label: t("inv.jobs"), kind: "number" },
      { name: "agreement", label: t("inv.agreement"), kind: "choice", choices: agreements.map((one) => ({ value: one.id, label: say(one.title) })) },
    ],
  };
}

export function stage(company: Company, stages: readonly Group[]): Act {
  const choices: Choice[] = stages.map((one) => ({ value: one.key, label: say(one.label) }));
  return {
    title: t("inv.stage.of", { company: company.company }),
    about: t("inv.stage.about"),
    submit: t("act.record"),
    path: "investment/stages",
    fields: [
      { name: "stage", label: t("inv.stage"), kind: "choice", needed: true, value: company.stage, choices: [...choices, { value: "reduced", label: t("inv.reduced") }, { value: "increased", label: t("inv.increased") }] },
      on(),
      { name: "contracted", label: t("inv.contracted"), kind: "won" },
      { name: "realised", label: t("inv.realised"), kind: "won" },
      { name: "pledged", label: t("inv.pledged.new"), kind: "won", hint: t("inv.pledged.hint") },
      evidence(),
      because(),
    ],
    shape: (body) => ({ ...body, memorandum: company.id }),
  };
}

export function sign(parties: readonly Choice[]): Act {
  return {
    title: t("inv.sign"),
    submit: t("act.record"),
    path: "agreements",
    fields: [
      { name: "title", label: t("inv.agreement"), kind: "text", needed: true },
      { name: "parties", label: t("inv.parties"), kind: "long", needed: true, hint: t("inv.parties.hint"), value: parties.length > 0 ? parties[0]!.value : "" },
      { name: "other_parties", label: t("inv.others"), kind: "text" },
      { name: "signed_on", label: t("inv.signed"), kind: "text", needed: true, hint: t("outcome.period.hint") },
      { name: "ends_on", label: t("inv.ends"), kind: "text", hint: t("outcome.period.hint") },
      { name: "amount", label: t("inv.amount"), kind: "won" },
    ],
    shape: (body) => ({ ...body, parties: String(body["parties"] ?? "").split(/[\s,]+/).filter((one) => one !== "") }),
  };
}

/** The parties of an agreement by name, as whom to choose from. */
export function partiesOf(agreement: Agreement): readonly Choice[] {
  const names = say(agreement.party).split(" · ");
  return agreement.parties.map((value, i) => ({ value, label: names[i] ?? value }));
}

const MEASURE = ["measure", "target", "unit"] as const;

function withMeasure(body: Body): Body {
  const rest = Object.fromEntries(Object.entries(body).filter(([name]) => !MEASURE.includes(name as (typeof MEASURE)[number])));
  if (body["measure"] === undefined) return rest;
  return { ...rest, measures: [{ name: body["measure"], target: body["target"], unit: body["unit"] ?? null }] };
}

function commitmentFields(parties: readonly Choice[], needed: boolean): readonly Field[] {
  return [
    { name: "owner", label: t("promise.owner"), kind: "choice", needed, choices: parties },
    { name: "due", label: t("promise.due"), kind: "text", needed, hint: t("outcome.period.hint") },
    { name: "output", label: t("inv.output"), kind: "text", needed, hint: t("inv.output.hint") },
    { name: "measure", label: t("inv.measure"), kind: "text", needed },
    { name: "target", label: t("inv.target"), kind: "number", needed },
    { name: "unit", label: t("promise.unit"), kind: "choice", choices: [{ value: "{case}", label: t("promise.unit.count") }, { value: "IE", label: t("inv.unit.people") }, { value: "KRW", label: t("inv.unit.won") }, { value: "P1", label: "%" }] },
  ];
}

export function commit(agreement: Agreement): Act {
  return {
    title: t("inv.commit.of", { agreement: say(agreement.title) }),
    about: t("inv.commit.about"),
    submit: t("act.record"),
    path: `agreements/${part(agreement.id)}/commitments`,
    fields: [{ name: "title", label: t("inv.commitment"), kind: "text", needed: true }, ...commitmentFields(partiesOf(agreement), true)],
    shape: ({ reason, ...told }) => ({ commitments: [withMeasure(told)], reason }),
  };
}

export function specify(agreement: Agreement, commitment: Commitment): Act {
  return {
    title: t("inv.specify.of", { commitment: say(commitment.title) }),
    about: t("inv.missing", { what: commitment.missing.map((one) => say(one.label)).join(", ") }),
    submit: t("act.record"),
    path: `commitments/${part(commitment.id)}/specify`,
    fields: commitmentFields(partiesOf(agreement), false),
    shape: withMeasure,
  };
}

export function report(commitment: Commitment): Act {
  return {
    title: t("inv.report.of", { commitment: say(commitment.title) }),
    submit: t("act.record"),
    path: `commitments/${part(commitment.id)}/reports`,
    fields: [
      { name: "measure", label: t("inv.measure"), kind: "choice", needed: true, value: commitment.measures[0]?.name.ko ?? "", choices: commitment.measures.map((one) => ({ value: one.name.ko, label: say(one.name) })) },
      { name: "value", label: t("promise.actual"), kind: "won", needed: true },
      on(),
      evidence(),
    ],
  };
}

export function fulfil(commitment: Commitment): Act {
  return {
    title: t("inv.fulfil.of", { commitment: say(commitment.title) }),
    submit: t("act.record"),
    path: `commitments/${part(commitment.id)}/fulfil`,
    fields: [evidence(true), { name: "done_on", label: t("inv.done"), kind: "date", past: true }],
  };
}

export function amend(agreement: Agreement): Act {
  return {
    title: t("inv.amend.of", { agreement: say(agreement.title) }),
    about: t("inv.amend.about"),
    submit: t("act.record"),
    path: `agreements/${part(agreement.id)}/amendments`,
    fields: [
      { name: "on", label: t("inv.amended"), kind: "date", needed: true, past: true },
      { name: "ends_on", label: t("inv.ends"), kind: "text", hint: t("outcome.period.hint") },
      { name: "amount", label: t("inv.amount"), kind: "won" },
      { name: "terminated_on", label: t("inv.terminated"), kind: "date" },
      evidence(),
    ],
    shape: ({ on: day, evidence: shown, reason, ...changes }) => ({ on: day, ...(shown ? { evidence: shown } : {}), reason, changes }),
  };
}

export function progress(facility: Facility): Act {
  return {
    title: t("inv.progress.of", { facility: say(facility.name) }),
    submit: t("act.record"),
    path: `facilities/${part(facility.id)}/progress`,
    fields: [
      on(),
      { name: "physical", label: t("inv.physical"), kind: "number", hint: "0–100" },
      { name: "executed", label: t("inv.executed"), kind: "won" },
      { name: "occupancy", label: t("inv.occupancy"), kind: "number", hint: "0–100" },
      evidence(),
      because(),
    ],
  };
}

export function planCurve(facility: Facility): Act {
  return {
    title: t("inv.curve.of", { facility: say(facility.name) }),
    about: t("inv.curve.about"),
    submit: t("act.record"),
    path: `facilities/${part(facility.id)}/plan`,
    fields: [
      { name: "points", label: t("inv.curve"), kind: "long", needed: true, hint: t("inv.curve.hint"), value: facility.planned.map((one) => `${one.date} ${one.percent}`).join("\n") },
      { name: "budget", label: t("inv.budget"), kind: "won" },
    ],
    shape: (body) => ({ ...body, points: readPoints(String(body["points"] ?? "")) ?? [] }),
  };
}

export function apply(facilities: readonly Facility[], companies: readonly Company[]): Act {
  return {
    title: t("inv.apply"),
    submit: t("act.record"),
    path: "permits",
    fields: [
      { name: "title", label: t("inv.permit"), kind: "text", needed: true },
      { name: "clause", label: t("inv.clause"), kind: "text", needed: true, hint: t("inv.clause.hint") },
      { name: "days", label: t("inv.days"), kind: "number", needed: true },
      on(t("inv.applied")),
      { name: "facility", label: t("inv.facility"), kind: "choice", choices: facilities.map((one) => ({ value: one.id, label: say(one.name) })) },
      { name: "company", label: t("inv.company"), kind: "choice", choices: companies.map((one) => ({ value: one.id, label: one.company })) },
      { name: "counting", label: t("inv.counting"), kind: "choice", value: "petition", choices: (["petition", "business", "calendar"] as const).map((value) => ({ value, label: t(`counting.${value}`) })) },
    ],
  };
}

export type PermitStep = "suspend" | "resume" | "grant" | "refuse" | "withdraw";

/** What may happen next to a permit. */
export function nextOf(permit: Permit): readonly PermitStep[] {
  if (permit.decided_on !== null) return [];
  return permit.state === "suspended" ? ["resume", "refuse", "withdraw"] : ["grant", "suspend", "refuse", "withdraw"];
}

export function permitStep(permit: Permit, step: PermitStep): Act {
  return {
    title: `${t(`permit.${step}`)}: ${say(permit.title)}`,
    about: t(`permit.${step}.about`),
    submit: t(`permit.${step}`),
    path: `permits/${part(permit.id)}/${step}`,
    fields: [on(), evidence()],
  };
}

export function bid(call: Call, match: Match): Act {
  const byHand = call.score_sheet.filter((one) => one.by_hand);
  return {
    title: t("inv.bid.of", { task: say(match.title) }),
    about: say(call.title),
    submit: t("inv.bid"),
    path: "bids",
    fields: byHand.map((one) => ({ name: `points:${one.id}`, label: t("inv.points.of", { what: say(one.label), points: one.points }), kind: "number" })),
    shape: (body) => {
      const points = Object.fromEntries(Object.entries(body).flatMap(([name, value]) => (name.startsWith("points:") ? [[name.slice(7), value]] : [])));
      return { call: call.id, task: match.task, reason: body["reason"], ...(Object.keys(points).length > 0 ? { points } : {}) };
    },
  };
}

const BID_STEPS: Readonly<Record<string, readonly string[]>> = {
  drafting: ["reviewed", "withdrawn"],
  reviewed: ["submitted", "drafting", "withdrawn"],
  submitted: ["selected", "not-selected", "withdrawn"],
};

/** What may follow for a bid. */
export const bidSteps = (one: Application): readonly string[] => BID_STEPS[one.state] ?? [];

export function moveBid(one: Application, label: (event: string) => string): Act {
  return {
    title: t("inv.move.of", { task: say(one.task_title) }),
    about: say(one.call_title),
    submit: t("act.record"),
    path: `bids/${part(one.id)}/steps`,
    fields: [
      { name: "event", label: t("inv.next"), kind: "choice", needed: true, value: bidSteps(one)[0] ?? "", choices: bidSteps(one).map((value) => ({ value, label: label(value) })) },
      on(),
      { name: "amount", label: t("inv.grant"), kind: "won" },
      evidence(),
    ],
  };
}

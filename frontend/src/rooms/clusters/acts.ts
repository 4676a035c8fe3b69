/** What an officer can do on the pages of clusters: the form of each act, where it is sent, and how its fields become a body. */

import type { Choice, Field } from "../../acting";
import { part } from "../../api/client";
import { clusters } from "../../api/rooms/clusters";
import type { Claim, Firm, Industries, Linked, Whole } from "../../api/rooms/clusters";
import { say, t } from "../../i18n";
import { readGeometry, readList, readRange } from "./words";

type Body = Readonly<Record<string, unknown>>;

export interface Act {
  readonly title: string;
  readonly about: string;
  readonly submit: string;
  readonly fields: readonly Field[];
  readonly send: (tenant: string, body: Body) => Promise<unknown>;
}

const to = (path: string, shape: (body: Body) => unknown = (body) => body) => (tenant: string, body: Body): Promise<unknown> => clusters.act(tenant, path, shape(body));

/** Fields that hold a number or a range, as the server takes them; `percent` are written in percent and sent as shares. */
function ranged(body: Body, names: readonly string[], percent: readonly string[] = []): Body {
  const made: Record<string, unknown> = { ...body };
  for (const name of [...names, ...percent]) {
    if (made[name] !== undefined) made[name] = readRange(String(made[name]), percent.includes(name) ? 0.01 : 1);
  }
  return made;
}

const share = (name: string, label: string, value?: string): Field => ({ name, label, kind: "text", needed: true, hint: t("clusters.act.percent"), ...(value ? { value } : {}) });
const range = (name: string, label: string, needed = true): Field => ({ name, label, kind: "text", needed, hint: t("clusters.act.range") });
const year = (name: string, label: string, needed = true): Field => ({ name, label, kind: "number", needed });

/** The sources that a recorded value can name. */
const source = (sources: readonly Choice[], needed = false): Field => ({ name: "source", label: t("clusters.act.source"), kind: "choice", needed, choices: sources, hint: needed ? t("clusters.act.source.needed") : t("clusters.act.source.hint") });

export function stageChoices(industries: Industries): readonly Choice[] {
  const found = new Map(industries.industries.flatMap((one) => one.links.map((link) => [link.stage, say(link.stageLabel)] as const)));
  return [...found].map(([value, label]) => ({ value, label }));
}

export const tagChoices = (industries: Industries): readonly Choice[] => industries.industries.map((one) => ({ value: one.tag, label: say(one.label) }));

export function create(industries: Industries, sources: readonly Choice[]): Act {
  return {
    title: t("clusters.act.create"),
    about: t("clusters.act.create.about"),
    submit: t("act.record"),
    fields: [
      { name: "name", label: t("clusters.column.name"), kind: "text", needed: true },
      { name: "tag", label: t("clusters.tag"), kind: "choice", choices: tagChoices(industries) },
      { name: "codes", label: t("clusters.codes"), kind: "text", needed: true, hint: t("clusters.act.codes") },
      { name: "stages", label: t("clusters.act.stages"), kind: "text", hint: t("clusters.act.stages.hint", { stages: stageChoices(industries).map((one) => one.label).join(", ") }) },
      { name: "boundaryName", label: t("clusters.act.boundary.name"), kind: "text", hint: t("clusters.act.boundary.name.hint") },
      { name: "boundary", label: t("clusters.act.boundary"), kind: "long", hint: t("clusters.act.boundary.hint") },
      source(sources),
    ],
    send: to("", (body) => {
      const ids = new Map(stageChoices(industries).map((one) => [one.label, one.value]));
      const stages = readList(body["stages"]).map((one) => ids.get(one) ?? one);
      return { ...body, codes: readList(body["codes"]), ...(body["stages"] === undefined ? {} : { stages }), ...(body["boundary"] === undefined ? {} : { boundary: readGeometry(String(body["boundary"])) }) };
    }),
  };
}

export function classify(firm: { readonly id: string; readonly name: Firm["name"] } & Partial<Pick<Firm, "codes" | "stage">>, industries: Industries, of: readonly Choice[], cluster?: string): Act {
  return {
    title: t("clusters.act.classify", { firm: say(firm.name) }),
    about: t("clusters.act.classify.about"),
    submit: t("act.record"),
    fields: [
      { name: "codes", label: t("clusters.codes"), kind: "text", needed: true, hint: t("clusters.act.codes"), value: (firm.codes ?? []).join(", ") },
      { name: "stage", label: t("clusters.stage"), kind: "choice", choices: stageChoices(industries), ...(firm.stage ? { value: firm.stage } : {}) },
      { name: "tag", label: t("clusters.tag"), kind: "choice", choices: tagChoices(industries) },
      { name: "cluster", label: t("clusters.act.cluster"), kind: "choice", choices: of, ...(cluster ? { value: cluster } : {}), hint: t("clusters.act.cluster.hint") },
    ],
    send: to("/firms", (body) => ({ ...body, firm: firm.id, codes: readList(body["codes"]) })),
  };
}

export function link(page: Whole, what: string, candidates: readonly Choice[]): Act {
  return {
    title: t("clusters.act.link", { what }),
    about: candidates.length > 0 ? t("clusters.act.link.about") : t("clusters.act.link.none", { what }),
    submit: t("clusters.act.tie"),
    fields: [{ name: "id", label: what, kind: "choice", needed: true, choices: candidates }],
    send: to(`/${part(page.id)}/links`),
  };
}

export function untie(page: Whole, id: string, name: string): Act {
  return {
    title: t("clusters.act.untie.of", { name }),
    about: t("clusters.act.untie.about"),
    submit: t("clusters.act.untie"),
    fields: [],
    send: to(`/${part(page.id)}/links`, (body) => ({ ...body, id, remove: true })),
  };
}

const MEASURES = ["firms", "firms-in", "firms-out", "talent", "talent-in", "talent-out"] as const;

export function count(page: Whole, sources: readonly Choice[]): Act {
  return {
    title: t("clusters.act.count"),
    about: t("clusters.act.count.about"),
    submit: t("act.record"),
    fields: [
      { name: "measure", label: t("clusters.act.measure"), kind: "choice", needed: true, value: "firms", choices: MEASURES.map((value) => ({ value, label: t(`clusters.measure.${value}`) })) },
      { name: "value", label: t("clusters.act.value"), kind: "number", needed: true },
      { name: "period", label: t("clusters.act.period"), kind: "text", needed: true, hint: t("clusters.act.period.hint") },
      source(sources, true),
      { name: "status", label: t("clusters.act.status"), kind: "choice", needed: true, value: "observed", choices: (["observed", "estimated", "synthetic"] as const).map((value) => ({ value, label: t(`status.${value}`) })) },
    ],
    send: to(`/${part(page.id)}/counts`),
  };
}

export function dependency(page: Whole, sources: readonly Choice[]): Act {
  return {
    title: t("clusters.act.dependency"),
    about: t("clusters.act.assumed"),
    submit: t("act.record"),
    fields: [
      { name: "item", label: t("clusters.column.item"), kind: "text", needed: true },
      { name: "hsCode", label: t("clusters.column.hs"), kind: "text", needed: true, hint: "281111" },
      { name: "origin", label: t("clusters.column.origin"), kind: "text", needed: true, hint: t("clusters.act.origin.hint") },
      { name: "buyer", label: t("clusters.column.buyer"), kind: "text", needed: true },
      { name: "seller", label: t("clusters.seller"), kind: "text" },
      share("originShare", t("clusters.column.share")),
      range("stockDays", t("clusters.column.stock")),
      range("substitutionDays", t("clusters.act.substitution"), false),
      { name: "domesticSubstitutes", label: t("clusters.substitutes"), kind: "text", hint: t("clusters.act.list") },
      { name: "yearlyOutput", label: t("clusters.act.output"), kind: "won" },
      source(sources),
    ],
    send: to("/dependencies", (body) => ({ ...ranged(body, ["stockDays", "substitutionDays"], ["originShare"]), domesticSubstitutes: readList(body["domesticSubstitutes"]), cluster: page.id })),
  };
}

export function restrict(of: Linked): Act {
  return {
    title: t("clusters.act.restrict", { item: say(of.item) }),
    about: t("clusters.act.restrict.about"),
    submit: t("act.record"),
    fields: [
      { name: "startsOn", label: t("clusters.act.starts"), kind: "date", needed: true },
      { name: "days", label: t("clusters.act.days"), kind: "number", needed: true, value: "180" },
      { name: "delivered", label: t("clusters.act.delivered"), kind: "number", needed: true, value: "20" },
    ],
    send: to("/restrictions", (body) => ({ ...body, dependency: of.id, delivered: readRange(String(body["delivered"]), 0.01) })),
  };
}

const OPTIONS = ["stock", "substitute", "second-source"] as const;

export function option(of: Linked, sources: readonly Choice[]): Act {
  return {
    title: t("clusters.act.option", { item: say(of.item) }),
    about: t("clusters.act.option.about"),
    submit: t("act.record"),
    fields: [
      { name: "name", label: t("clusters.column.name"), kind: "text", needed: true },
      { name: "kind", label: t("clusters.act.kind"), kind: "choice", needed: true, value: "stock", choices: OPTIONS.map((value) => ({ value, label: t(`clusters.option.${value}`) })) },
      { name: "value", label: t("clusters.act.value"), kind: "text", needed: true, hint: t("clusters.act.option.hint") },
      { name: "cost", label: t("clusters.act.cost"), kind: "won" },
      source(sources),
    ],
    send: to("/options", (body) => ({ ...ranged(body, body["kind"] === "second-source" ? [] : ["value"], body["kind"] === "second-source" ? ["value"] : []), dependency: of.id })),
  };
}

export function programme(page: Whole, sources: readonly Choice[], bodies: readonly Choice[]): Act {
  return {
    title: t("clusters.act.programme"),
    about: t("clusters.act.assumed"),
    submit: t("act.record"),
    fields: [
      { name: "name", label: t("clusters.column.name"), kind: "text", needed: true },
      { name: "skill", label: t("clusters.column.skill"), kind: "text", needed: true, hint: t("clusters.act.skill.hint", { skills: page.talent.skills.join(", ") || "—" }) },
      range("seats", t("clusters.seats")),
      year("startYear", t("clusters.act.start")),
      year("endYear", t("clusters.act.end"), false),
      { name: "studyYears", label: t("clusters.act.study"), kind: "number", needed: true, value: "2" },
      share("graduationRate", t("clusters.graduation")),
      share("localHireRate", t("clusters.localhire")),
      share("retentionRate", t("clusters.retention")),
      { name: "organisation", label: t("clusters.act.organisation"), kind: "choice", choices: bodies },
      source(sources),
    ],
    send: to("/programmes", (body) => ({ ...ranged(body, ["seats"], ["graduationRate", "localHireRate", "retentionRate"]), cluster: page.id })),
  };
}

export function demand(page: Whole, sources: readonly Choice[]): Act {
  return {
    title: t("clusters.act.demand"),
    about: t("clusters.act.assumed"),
    submit: t("act.record"),
    fields: [
      { name: "skill", label: t("clusters.column.skill"), kind: "text", needed: true, hint: t("clusters.act.skill.hint", { skills: page.talent.skills.join(", ") || "—" }), ...(page.talent.skills[0] ? { value: page.talent.skills[0] } : {}) },
      year("year", t("clusters.column.year")),
      range("persons", t("clusters.act.persons")),
      { name: "kind", label: t("clusters.act.demand.kind"), kind: "choice", needed: true, value: "yearly", choices: (["yearly", "standing"] as const).map((value) => ({ value, label: t(`clusters.demand.${value}`) })) },
      source(sources),
    ],
    send: to("/demands", (body) => ranged(body, ["persons"])),
  };
}

export function checkShare(page: Whole, claim: Claim): Act {
  return {
    title: t("clusters.act.share"),
    about: t("clusters.act.share.about", { claim: say(claim.text), boundary: say(page.boundary?.name) || "—" }),
    submit: t("clusters.act.share.do"),
    fields: [{ name: "covers", label: t("clusters.act.covers"), kind: "choice", needed: true, value: "city", choices: (["city", "claim"] as const).map((value) => ({ value, label: t(`clusters.covers.${value}`) })) }],
    send: to(`/${part(page.id)}/shares`, (body) => ({ ...body, claim: claim.id })),
  };
}

export function place(): Act {
  return { title: t("clusters.act.place"), about: t("clusters.act.place.about"), submit: t("clusters.act.place.do"), fields: [], send: to("/places") };
}

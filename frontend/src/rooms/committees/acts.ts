/** What can be done at the desk of committees, as forms. */

import type { Act, Field, Option } from "../../acts";
import { committees } from "../../api/rooms/committees";
import type { AgendaItem, Committee, Desk, FollowUp, Meeting, Member, Recusal } from "../../api/rooms/committees";
import { say, t, word } from "../../i18n";

export const ITEM_KINDS = ["policy-trend", "business-introduction", "performance-plan", "progress-briefing", "decision"] as const;
const REASON = (): Field => ({ name: "reason", label: t("reason"), kind: "long" });
const options = (called: (name: string) => string, names: readonly string[]): Option[] => names.map((value) => ({ value, label: called(value) }));

export async function establishing(city: string): Promise<Act> {
  const known = await committees.charters(city);
  const charters = Object.entries(known).map(([value, one]) => ({ value, label: say(one.name) }));
  return {
    title: t("committees.establish"),
    submit: t("committees.establish.send"),
    note: t("committees.establish.note"),
    fields: [
      { name: "name", label: t("committees.name"), kind: "text" },
      { name: "code", label: t("committees.code"), kind: "text", hint: t("committees.code.hint") },
      { name: "charter", label: t("committees.charter"), kind: "choice", options: charters, optional: true },
      { name: "since", label: t("committees.since"), kind: "date", optional: true },
      REASON(),
    ],
    send: (values) => committees.establish(city, values),
  };
}

export function appointing(city: string, committee: Committee, organisations: readonly Option[]): Act {
  return {
    title: t("committees.appoint.title", { committee: say(committee.name) }),
    submit: t("committees.appoint"),
    fields: [
      { name: "person", label: t("committees.person"), kind: "text" },
      { name: "role", label: t("committees.role"), kind: "choice", options: options((one) => word("committees.role", one), ["member", "chair", "vice-chair", "adviser", "secretary"]) },
      { name: "kind", label: t("committees.seat"), kind: "choice", options: options((one) => word("committees.seat", one), ["appointed", "official"]) },
      { name: "organisation", label: t("committees.organisation"), kind: "choice", options: organisations, optional: true },
      { name: "represents", label: t("committees.represents"), kind: "choice", options: options((one) => word("committees.represents", one), ["resident"]), optional: true },
      { name: "starts_on", label: t("committees.starts"), kind: "date" },
      { name: "ends_on", label: t("committees.ends"), kind: "date", optional: true, hint: t("committees.ends.hint") },
      REASON(),
    ],
    send: (values) => committees.appoint(city, committee.id, values),
  };
}

export function ending(city: string, member: Member): Act {
  return {
    title: t("committees.end.title", { name: say(member.name) }),
    submit: t("committees.end"),
    fields: [{ name: "date", label: t("committees.end.date"), kind: "date" }, REASON()],
    send: (values) => committees.endTerm(city, member.id, values),
  };
}

/** Calls a meeting of a committee, or one without (a seminar, a hearing, a briefing). */
export function calling(city: string, desk: Desk, committee: Committee | null, called: (meeting: Meeting) => void): Act {
  const kinds = desk.meeting_kinds.filter((one) => ["regular", "extraordinary"].includes(one.kind) === (committee !== null));
  return {
    title: committee === null ? t("committees.call.other") : t("committees.call.title", { committee: say(committee.name) }),
    submit: t("committees.call"),
    fields: [
      { name: "kind", label: t("committees.meeting.kind"), kind: "choice", options: kinds.map((one) => ({ value: one.kind, label: say(one.label) })) },
      { name: "date", label: t("committees.date"), kind: "date" },
      { name: "title", label: t("committees.title"), kind: "text", optional: committee !== null },
      { name: "venue", label: t("committees.venue"), kind: "text", optional: true },
      REASON(),
    ],
    send: async ({ title, venue, ...values }) =>
      called(await committees.call(city, { ...values, ...(committee && { committee: committee.id }), ...(title && { title: { ko: title } }), ...(venue && { venue: { ko: venue } }) })),
  };
}

export function moving(city: string, meeting: Meeting, state: "open" | "closed" | "cancelled"): Act {
  return {
    title: word("committees.move", state),
    submit: word("committees.move", state),
    fields: [{ ...REASON(), value: state === "cancelled" ? "" : word("committees.move.reason", state) }],
    send: (values) => committees.record(city, meeting.id, "state", { state, ...values }),
  };
}

export function adding(city: string, meeting: Meeting, proposals: readonly Option[], concerned: readonly Option[]): Act {
  return {
    title: t("committees.item.add"),
    submit: t("committees.item.send"),
    fields: [
      { name: "kind", label: t("committees.item.kind"), kind: "choice", options: options((one) => word("committees.item", one), ITEM_KINDS) },
      { name: "title", label: t("committees.title"), kind: "text", optional: true, hint: t("committees.item.title.hint") },
      { name: "text", label: t("committees.item.text"), kind: "long", optional: true },
      { name: "proposal", label: t("committees.item.proposal"), kind: "choice", options: proposals, optional: true },
      { name: "concerns", label: t("committees.item.concerns"), kind: "choice", options: concerned, optional: true, hint: t("committees.item.concerns.hint") },
      { name: "rule", label: t("committees.item.rule"), kind: "choice", options: options((one) => word("committees.rule", one), ["ordinary", "special"]) },
    ],
    send: ({ title, text, concerns, ...values }) =>
      committees.record(city, meeting.id, "items", { ...values, ...(title && { title: { ko: title } }), ...(text && { text: { ko: text } }), ...(concerns && { concerns: [concerns] }) }),
  };
}

export function stating(city: string, meeting: Meeting): Act {
  const people = new Map([...meeting.attendance, ...meeting.absent].map((one) => [one.person, say(one.name)]));
  return {
    title: t("committees.say"),
    submit: t("committees.say.send"),
    fields: [
      { name: "speaker", label: t("committees.speaker"), kind: "choice", options: [...people].map(([value, label]) => ({ value, label })) },
      { name: "item", label: t("committees.item"), kind: "choice", options: meeting.agenda.map((one) => ({ value: one.id, label: `${one.order}. ${say(one.title)}` })), optional: true },
      { name: "issue", label: t("committees.issue"), kind: "text", optional: true, hint: t("committees.issue.hint") },
      { name: "text", label: t("committees.said"), kind: "long" },
    ],
    send: ({ issue, ...values }) => committees.record(city, meeting.id, "statements", { ...values, ...(issue && { issue: { ko: issue } }) }),
  };
}

export function counting(city: string, meeting: Meeting): Act {
  return {
    title: t("committees.audience.count"),
    submit: t("committees.record"),
    fields: [
      { name: "count", label: t("committees.audience"), kind: "number" },
      { name: "status", label: t("committees.audience.status"), kind: "choice", options: options((one) => word("status", one), ["observed", "estimated"]) },
    ],
    send: ({ count, status }) => committees.record(city, meeting.id, "audience", { count: whole(count), status }),
  };
}

export function inviting(city: string, meeting: Meeting): Act {
  return {
    title: t("committees.guest"),
    submit: t("committees.record"),
    fields: [
      { name: "person", label: t("committees.person"), kind: "text" },
      { name: "part", label: t("committees.part"), kind: "choice", options: options((one) => word("committees.part", one), ["official", "speaker", "panel", "moderator", "guest"]) },
      { name: "affiliation", label: t("committees.organisation"), kind: "text", optional: true },
      { name: "mode", label: t("committees.mode"), kind: "choice", options: options((one) => word("committees.mode", one), ["in-person", "online"]) },
    ],
    send: ({ affiliation, ...values }) => committees.record(city, meeting.id, "attendance", { ...values, ...(affiliation && { affiliation: { ko: affiliation } }) }),
  };
}

export function concluding(city: string, item: AgendaItem): Act {
  const states = item.kind === "decision" ? ["deferred", "withdrawn"] : ["heard", "deferred", "withdrawn"];
  return {
    title: t("committees.conclude.title", { item: say(item.title) }),
    submit: t("committees.record"),
    fields: [
      { name: "state", label: t("committees.conclude.state"), kind: "choice", options: options((one) => word("committees.state", one), states) },
      { name: "outcome", label: t("committees.outcome"), kind: "long", optional: true },
      REASON(),
    ],
    send: ({ outcome, ...values }) => committees.ofItem(city, item.id, "conclusion", { ...values, ...(outcome && { outcome: { ko: outcome } }) }),
  };
}

/** A recusal; `members` are those who could have to leave. */
export function recusing(city: string, item: AgendaItem, members: readonly Option[]): Act {
  return {
    title: t("committees.recuse.title", { item: say(item.title) }),
    submit: t("committees.recuse"),
    note: t("committees.recuse.note"),
    fields: [
      { name: "member", label: t("committees.member"), kind: "choice", options: members },
      { name: "kind", label: t("committees.recusal"), kind: "choice", options: options((one) => word("committees.recusal", one), ["by-law", "own", "on-request", "no-ground"]) },
      { name: "ground", label: t("committees.ground"), kind: "long" },
    ],
    send: ({ kind, ...values }) => committees.ofItem(city, item.id, "recusals", kind === "no-ground" ? { ...values, kind: "by-law", accepted: false } : { ...values, kind }),
  };
}

export function decidingRecusal(city: string, recusal: Recusal): Act {
  return {
    title: t("committees.recusal.decide", { name: say(recusal.name) }),
    submit: t("committees.record"),
    fields: [
      { name: "for", label: t("committees.count.for"), kind: "number" },
      { name: "against", label: t("committees.count.against"), kind: "number" },
      REASON(),
    ],
    send: ({ reason, ...values }) => committees.decideRecusal(city, recusal.id, { reason, for: whole(values["for"]), against: whole(values["against"]) }),
  };
}

export function following(city: string, item: AgendaItem, owners: readonly Option[]): Act {
  return {
    title: t("committees.follow.title", { item: say(item.title) }),
    submit: t("committees.follow"),
    fields: [
      { name: "title", label: t("committees.follow.what"), kind: "text" },
      { name: "owner", label: t("committees.follow.owner"), kind: "choice", options: owners },
      { name: "due", label: t("committees.due"), kind: "date" },
    ],
    send: (values) => committees.ofItem(city, item.id, "follow-ups", values),
  };
}

export function finishing(city: string, one: FollowUp, evidence: readonly Option[]): Act {
  return {
    title: t("committees.done.title", { title: say(one.title) }),
    submit: t("committees.done"),
    note: t("committees.done.note"),
    fields: [
      { name: "date", label: t("committees.done.date"), kind: "date" },
      { name: "evidence", label: t("committees.evidence"), kind: "choice", options: evidence },
      REASON(),
    ],
    send: (values) => committees.done(city, one.id, values),
  };
}

export function whole(text: string | undefined): number {
  return Number((text ?? "").replaceAll(",", ""));
}

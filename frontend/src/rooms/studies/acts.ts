/** What can be done with a study, as forms. */

import { lines } from "../../acts";
import type { Act, Field, Option } from "../../acts";
import { studies } from "../../api/rooms/studies";
import type { Alternative, Comment, Deliverable, Phase, Study } from "../../api/rooms/studies";
import { say, t, word } from "../../i18n";

export const PHASES = ["launch", "interim", "final"] as const;
const USES = ["under-review", "used", "partly-used", "not-used"] as const;
const REASON = (): Field => ({ name: "reason", label: t("reason"), kind: "long" });
const ON = (label: string): Field => ({ name: "on", label, kind: "date" });
const open = (one: Study): Alternative[] => one.alternatives.filter((choice) => choice.state === "open");
const choice = (one: Alternative): Option => ({ value: one.id, label: say(one.title) });

export function beginning(tenant: string, owners: readonly Option[], begun: (study: Study) => void): Act {
  return {
    title: t("studies.begin"),
    submit: t("studies.begin"),
    fields: [
      { name: "title", label: t("studies.title"), kind: "text" },
      { name: "question", label: t("studies.question"), kind: "long" },
      { name: "startsOn", label: t("studies.starts"), kind: "date", optional: true },
      { name: "endsOn", label: t("studies.ends"), kind: "date", optional: true },
      { name: "cost", label: t("studies.cost"), kind: "number", optional: true },
      { name: "owner", label: t("studies.owner"), kind: "choice", options: owners, optional: true },
      { name: "link", label: t("studies.link"), kind: "text", optional: true },
      REASON(),
    ],
    send: async ({ cost, ...values }) => begun(await studies.begin(tenant, { ...values, ...(cost && { cost: Number(cost.replaceAll(",", "")) }) })),
  };
}

export function adding(tenant: string, one: Study, branches: readonly Option[]): Act {
  const kinds = one.alternatives.some((known) => known.kind === "baseline") ? ["alternative"] : ["baseline", "alternative"];
  return {
    title: t("studies.alternative.add"),
    submit: t("studies.record"),
    fields: [
      { name: "kind", label: t("studies.kind"), kind: "choice", options: kinds.map((value) => ({ value, label: word("studies.kind", value) })) },
      { name: "title", label: t("studies.title"), kind: "text" },
      { name: "branch", label: t("studies.branch"), kind: "choice", options: branches, optional: true, hint: t("studies.branch.hint") },
      REASON(),
    ],
    send: (values) => studies.record(tenant, one.id, "alternatives", values),
  };
}

export function proving(tenant: string, one: Study, evidence: readonly Option[]): Act {
  return {
    title: t("studies.evidence.add"),
    submit: t("studies.record"),
    fields: [
      { name: "evidence", label: t("studies.evidence"), kind: "choice", options: evidence },
      { name: "alternative", label: t("studies.evidence.of"), kind: "choice", options: one.alternatives.map(choice), optional: true },
      { name: "text", label: t("studies.evidence.text"), kind: "long", optional: true },
      REASON(),
    ],
    send: ({ evidence: shown, ...values }) => studies.record(tenant, one.id, "evidence", { ...values, evidence: [shown] }),
  };
}

export function rejecting(tenant: string, one: Study, alternative: Alternative): Act {
  return {
    title: t("studies.reject.title", { alternative: say(alternative.title) }),
    submit: t("studies.reject"),
    fields: [{ ...REASON(), label: t("studies.reject.why") }],
    send: (values) => studies.record(tenant, one.id, "rejections", { ...values, alternative: alternative.id }),
  };
}

export function recommending(tenant: string, one: Study): Act {
  return {
    title: t("studies.recommend"),
    submit: t("studies.recommend"),
    fields: [
      { name: "alternative", label: t("studies.alternative"), kind: "choice", options: open(one).map(choice) },
      { name: "text", label: t("studies.recommend.text"), kind: "long" },
      ON(t("studies.recommend.on")),
      REASON(),
    ],
    send: (values) => studies.record(tenant, one.id, "recommendation", values),
  };
}

export function using(tenant: string, one: Study, decisions: readonly Option[], tasks: readonly Option[]): Act {
  return {
    title: t("studies.use.record"),
    submit: t("studies.record"),
    note: t("studies.use.note"),
    fields: [
      { name: "state", label: t("studies.use"), kind: "choice", options: USES.map((value) => ({ value, label: word("studies.use", value) })) },
      { name: "decision", label: t("studies.decision"), kind: "choice", options: decisions, optional: true },
      { name: "task", label: t("studies.task"), kind: "choice", options: tasks, optional: true },
      ON(t("studies.use.on")),
      REASON(),
    ],
    send: (values) => studies.record(tenant, one.id, "uses", values),
  };
}

export function phasing(tenant: string, one: Study): Act {
  const known = new Set((one.phases ?? []).map((phase) => phase.kind));
  return {
    title: t("studies.phase.add"),
    submit: t("studies.record"),
    fields: [
      { name: "kind", label: t("studies.phase"), kind: "choice", options: PHASES.filter((kind) => !known.has(kind)).map((value) => ({ value, label: word("studies.phase", value) })) },
      { name: "due", label: t("studies.due"), kind: "date" },
      { name: "deliverables", label: t("studies.deliverables"), kind: "long", optional: true, hint: t("studies.deliverables.hint") },
      REASON(),
    ],
    send: ({ deliverables, ...values }) => studies.record(tenant, one.id, "phases", { ...values, deliverables: lines(deliverables).map((title) => ({ title })) }),
  };
}

export function briefing(tenant: string, one: Study, phase: Phase): Act {
  return {
    title: t("studies.briefing.title", { phase: say(phase.label) }),
    submit: t("studies.record"),
    fields: [ON(t("studies.held")), REASON()],
    send: (values) => studies.record(tenant, one.id, "briefings", { ...values, phase: phase.kind }),
  };
}

export function delivering(tenant: string, one: Study, owed: Deliverable, evidence: readonly Option[]): Act {
  return {
    title: t("studies.deliver.title", { title: say(owed.title) }),
    submit: t("studies.record"),
    fields: [ON(t("studies.delivered")), { name: "evidence", label: t("studies.evidence"), kind: "choice", options: evidence, optional: true }, REASON()],
    send: (values) => studies.record(tenant, one.id, "deliveries", { ...values, deliverable: owed.id }),
  };
}

export function commenting(tenant: string, one: Study, phase: Phase): Act {
  return {
    title: t("studies.comment.title", { phase: say(phase.label) }),
    submit: t("studies.record"),
    fields: [{ name: "author", label: t("studies.author"), kind: "text" }, { name: "text", label: t("studies.comment"), kind: "long" }],
    send: (values) => studies.record(tenant, one.id, "comments", { ...values, phase: phase.kind }),
  };
}

export function answering(tenant: string, one: Study, comment: Comment, changed: readonly Option[]): Act {
  return {
    title: t("studies.answer"),
    submit: t("studies.record"),
    note: comment.text,
    fields: [
      { name: "text", label: t("studies.answer.text"), kind: "long" },
      { name: "changed", label: t("studies.answer.changed"), kind: "choice", options: changed, optional: true, hint: t("studies.answer.hint") },
    ],
    send: (values) => studies.record(tenant, one.id, "answers", { ...values, comment: comment.id }),
  };
}

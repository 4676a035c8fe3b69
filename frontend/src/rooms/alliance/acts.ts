/** What can be done for an alliance, as forms. */

import type { Act, Field, Option } from "../../acts";
import { METHODS, alliance } from "../../api/rooms/alliance";
import type { Alliance, CharterItem, Form, FormStep, Matrix, MatrixRow, Project } from "../../api/rooms/alliance";
import { say, t } from "../../i18n";

const REASON = (): Field => ({ name: "reason", label: t("reason"), kind: "long" });
const ON = (): Field => ({ name: "on", label: t("alliance.on"), kind: "date" });
const EVIDENCE = (evidence: readonly Option[]): Field => ({ name: "evidence", label: t("alliance.evidence"), kind: "choice", options: evidence, optional: true, hint: t("alliance.evidence.hint") });
const members = (one: Alliance): Option[] => one.members.map((member) => ({ value: member.city, label: say(member.name) }));

export function joining(tenant: string, one: Alliance, cities: readonly Option[], evidence: readonly Option[]): Act {
  const known = new Set(one.members.map((member) => member.city));
  return {
    title: t("alliance.join"),
    submit: t("alliance.record"),
    fields: [{ name: "city", label: t("alliance.city"), kind: "choice", options: cities.filter((city) => !known.has(city.value)) }, ON(), EVIDENCE(evidence), REASON()],
    send: (values) => alliance.record(tenant, one.id, "members", values),
  };
}

export function leaving(tenant: string, one: Alliance, evidence: readonly Option[]): Act {
  return {
    title: t("alliance.leave"),
    submit: t("alliance.record"),
    fields: [{ name: "city", label: t("alliance.city"), kind: "choice", options: members(one) }, { ...ON(), label: t("alliance.leave.on") }, EVIDENCE(evidence), REASON()],
    send: (values) => alliance.record(tenant, one.id, "members", { ...values, leaves: true }),
  };
}

export function stepping(tenant: string, one: Alliance, form: Form, step: FormStep, evidence: readonly Option[]): Act {
  const waiting = step.councils.filter((council) => council.state !== "done").map((council) => ({ value: council.city, label: say(council.name) }));
  return {
    title: t("alliance.step.title", { step: say(step.title) }),
    submit: t("alliance.record"),
    note: `${say(step.label)} (${say(step.clause)})`,
    fields: [
      ...(step.councils.length > 0 ? [{ name: "council", label: t("alliance.council"), kind: "choice", options: waiting } satisfies Field] : []),
      { name: "state", label: t("alliance.step.state"), kind: "choice", options: [{ value: "done", label: t("alliance.step.done") }, { value: "running", label: t("alliance.step.running") }, { value: "refused", label: t("alliance.step.refused") }] },
      ON(),
      EVIDENCE(evidence),
      REASON(),
    ],
    send: ({ evidence: shown, ...values }) => alliance.record(tenant, one.id, "steps", { ...values, form: form.form, step: step.step, ...(shown && { evidence: [shown] }) }),
  };
}

export function chartering(tenant: string, one: Alliance, form: Form, item: CharterItem): Act {
  return {
    title: t("alliance.charter.write", { item: say(item.label) }),
    submit: t("alliance.record"),
    note: say(item.clause),
    fields: [{ name: "text", label: t("alliance.charter.text"), kind: "long", value: item.text ?? "", optional: true, hint: t("alliance.charter.empty") }, REASON()],
    send: ({ text, ...values }) => alliance.record(tenant, one.id, "charter", { ...values, form: form.form, items: { [item.id]: text ?? "" } }),
  };
}

export function drafting(tenant: string, one: Alliance): Act {
  return {
    title: t("alliance.ordinance.draft"),
    submit: t("alliance.record"),
    fields: [{ name: "title", label: t("alliance.title"), kind: "text" }, { name: "text", label: t("alliance.ordinance.text"), kind: "long", hint: t("alliance.ordinance.hint") }, REASON()],
    send: (values) => alliance.record(tenant, one.id, "ordinances", values),
  };
}

export function varying(tenant: string, matrix: Matrix, row: MatrixRow, text: string): Act {
  return {
    title: t("alliance.variant.title", { city: say(row.name) }),
    submit: t("alliance.record"),
    fields: [ON(), { name: "text", label: t("alliance.ordinance.text"), kind: "long", value: text, hint: t("alliance.ordinance.hint") }, REASON()],
    send: (values) => alliance.ofOrdinance(tenant, matrix.id, "variants", { ...values, city: row.city }),
  };
}

export function adopting(tenant: string, matrix: Matrix, row: MatrixRow, evidence: readonly Option[]): Act {
  const next = row.cells.find((cell) => !cell.done)!;
  return {
    title: t("alliance.adopt.title", { city: say(row.name), state: say(next.label) }),
    submit: t("alliance.record"),
    fields: [ON(), EVIDENCE(evidence), REASON()],
    send: ({ evidence: shown, ...values }) => alliance.ofOrdinance(tenant, matrix.id, "steps", { ...values, city: row.city, state: next.state, ...(shown && { evidence: [shown] }) }),
  };
}

/** A new joint project: its whole cost, or what each city would pay alone and what is shared. */
export function beginning(tenant: string, one: Alliance): Act {
  const each = (kind: string, label: (city: string) => string): Field[] =>
    one.members.map((member) => ({ name: `${kind} ${member.city}`, label: label(say(member.name)), kind: "number", optional: true }));
  return {
    title: t("alliance.project.new"),
    submit: t("alliance.record"),
    note: t("alliance.project.note"),
    fields: [
      { name: "title", label: t("alliance.title"), kind: "text" },
      { name: "amount", label: t("alliance.project.cost"), kind: "number", optional: true, hint: t("alliance.project.cost.hint") },
      { name: "shared", label: t("alliance.project.shared"), kind: "number", optional: true, hint: t("alliance.project.shared.hint") },
      ...each("alone", (city) => t("alliance.project.alone.of", { city })),
      ...each("benefit", (city) => t("alliance.project.benefit.of", { city })),
      REASON(),
    ],
    send: (values) => {
      const amounts = (kind: string): Record<string, number> | undefined => {
        const found = Object.entries(values).filter(([name]) => name.startsWith(`${kind} `));
        return found.length === 0 ? undefined : Object.fromEntries(found.map(([name, text]) => [name.slice(kind.length + 1), won(text)]));
      };
      const body = { title: values["title"], reason: values["reason"], ...(values["amount"] && { amount: won(values["amount"]) }), ...(values["shared"] && { shared: won(values["shared"]) }), alone: amounts("alone"), benefits: amounts("benefit") };
      return alliance.record(tenant, one.id, "projects", body);
    },
  };
}

export function agreeing(tenant: string, project: Project, able: readonly string[]): Act {
  const options = METHODS.filter((one) => able.includes(one)).map((value) => ({ value, label: t(`alliance.method.${value}`) }));
  return {
    title: t("alliance.agree.title", { project: say(project.title) }),
    submit: t("alliance.agree"),
    note: t("alliance.agree.note"),
    fields: [{ name: "method", label: t("alliance.method"), kind: "choice", options }, REASON()],
    send: (values) => alliance.agree(tenant, project.id, values),
  };
}

function won(text: string): number {
  return Number(text.replaceAll(",", ""));
}

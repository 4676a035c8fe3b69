/** What a form about a part of a plan sends. Pure. */

export interface PartForm {
  readonly title: string;
  readonly goal: string;
  readonly strategy: string;
  readonly task: string;
  readonly waitsFor: string;
  readonly owner: string;
  readonly first: number | null;
  readonly last: number | null;
  readonly year: number | null;
  readonly fund: string;
  readonly amount: number | null;
  readonly executed: number | null;
  readonly due: string;
  readonly value: number | null;
  readonly baseline: number | null;
  readonly baselineYear: number | null;
  readonly unit: string;
  readonly method: string;
}

export const EMPTY: PartForm = {
  title: "", goal: "", strategy: "", task: "", waitsFor: "", owner: "", first: null, last: null, year: null, fund: "city",
  amount: null, executed: null, due: "", value: null, baseline: null, baselineYear: null, unit: "P1", method: "",
};

export const KINDS = ["Task", "BudgetLine", "Milestone", "Target", "Goal", "Strategy"] as const;
export type Kind = (typeof KINDS)[number];

const EOK = 1e8;

/** The values of a part; money is written in 억 원, and what was left empty is left out. */
export function valuesOf(kind: Kind, form: PartForm, plan: string): Record<string, unknown> {
  const won = (eok: number | null): number | null => (eok === null ? null : Math.round(eok * EOK));
  const measured = (value: number | null): unknown => (value === null ? null : { type: "Property", value, unitCode: form.unit });
  const all: Readonly<Record<Kind, Record<string, unknown>>> = {
    Goal: { title: form.title, refPlan: plan },
    Strategy: { title: form.title, refGoal: form.goal, refPlan: plan },
    Task: {
      title: form.title, refPlan: plan, refGoal: form.goal, refStrategy: form.strategy, startYear: form.first, endYear: form.last,
      dependsOn: form.waitsFor, owner: form.owner,
    },
    BudgetLine: { refTask: form.task, year: form.year, fund: form.fund, amount: won(form.amount), executed: won(form.executed) },
    Milestone: { title: form.title, refTask: form.task, due: form.due },
    Target: {
      title: form.title, refGoal: form.goal, due: form.due, value: measured(form.value), baseline: measured(form.baseline),
      baselineYear: form.baselineYear, method: form.method,
    },
  };
  return Object.fromEntries(
    Object.entries(all[kind])
      .map(([name, value]) => [name, typeof value === "string" ? value.trim() : value] as const)
      .filter(([, value]) => value !== "" && value !== null && value !== undefined),
  );
}

/** What somebody may do on a page, as a form: its fields, and what is sent. It is drawn by components/ActDialog. */

export interface Option {
  readonly value: string;
  readonly label: string;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly kind: "text" | "long" | "date" | "number" | "choice";
  readonly options?: readonly Option[];
  /** What may be left empty. */
  readonly optional?: boolean;
  readonly hint?: string;
  readonly value?: string;
}

export type Values = Readonly<Record<string, string>>;

export interface Act {
  readonly title: string;
  readonly submit: string;
  readonly fields: readonly Field[];
  /** What the reader should know before sending. */
  readonly note?: string;
  readonly send: (values: Values) => Promise<unknown>;
}

/** Opens an act's form. */
export type Start = (act: Act) => void;

/** The values as a form starts with them. */
export function started(fields: readonly Field[]): Record<string, string> {
  return Object.fromEntries(fields.map((field) => [field.name, field.value ?? (field.kind === "choice" && !field.optional ? (field.options?.[0]?.value ?? "") : "")]));
}

/** The values that somebody filled, trimmed; what was left empty is left out. */
export function filled(values: Values): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values)
      .map(([name, value]) => [name, String(value ?? "").trim()] as const)
      .filter(([, value]) => value !== ""),
  );
}

/** The lines of a text that say something. */
export function lines(text: string | undefined): readonly string[] {
  return (text ?? "").split("\n").map((one) => one.trim()).filter(Boolean);
}

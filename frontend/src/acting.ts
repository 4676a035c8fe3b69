/** The fields of an act, and the body that is sent for them. Pure: they are drawn by components/ActForm. */

import { parseAmount } from "./format/amount";

export interface Choice {
  readonly value: string;
  readonly label: string;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly kind: "text" | "long" | "number" | "won" | "date" | "choice";
  readonly needed?: boolean;
  readonly hint?: string;
  readonly choices?: readonly Choice[];
  /** What stands in it at first. */
  readonly value?: string;
  /** A day that can not lie ahead. */
  readonly past?: boolean;
}

/** What is sent: texts trimmed, numbers as numbers, and nothing of what was left empty. */
export function bodyOf(fields: readonly Field[], told: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const field of fields) {
    const text = (told[field.name] ?? "").trim();
    if (text === "") continue;
    // A sum nobody can read goes as it was written: the server says what is wrong with it.
    body[field.name] = field.kind === "number" || field.kind === "won" ? (parseAmount(text) ?? text) : text;
  }
  return body;
}

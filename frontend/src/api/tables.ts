/** Tables as Excel workbooks: a file is sent as it is, not as JSON. */

import { Problem, part, words } from "./client";

export { part };

const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

export interface Loaded {
  readonly reports: readonly { readonly path: string; readonly read: number; readonly kept: number }[];
  readonly transaction: number | null;
  readonly changes: number;
}

/** Loads an edited workbook into a branch, all or nothing. */
export async function load(tenant: string, file: File, reason: string): Promise<Loaded> {
  const asked = new URLSearchParams({ reason, name: file.name });
  const response = await fetch(`/api/cities/${part(tenant)}/tables?${asked}`, {
    method: "POST",
    headers: { "Content-Type": XLSX, ...words() },
    credentials: "same-origin",
    body: file,
  });
  if (response.ok) return (await response.json()) as Loaded;
  throw await Problem.of(response);
}

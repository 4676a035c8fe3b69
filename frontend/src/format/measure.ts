/** Measured figures, written alike in both languages. */

const FORMATS = new Map<number, Intl.NumberFormat>();

export function formatNumber(value: number, digits: number): string {
  const format = FORMATS.get(digits) ?? new Intl.NumberFormat("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  FORMATS.set(digits, format);
  return format.format(value).replace("-", "\u2212");
}

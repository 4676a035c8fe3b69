/** Numbers as people write them, read: 1,374,200,000,000 or 1조 3,742억 원 or 1.3742 tn; null for what is no number. */

const SIZES: Readonly<Record<string, number>> = { 조: 1e12, 억: 1e8, 만: 1e4, 천: 1e3, tn: 1e12, bn: 1e9, mn: 1e6, m: 1e6 };
const PIECE = /^([0-9]+(?:\.[0-9]+)?)\s*(조|억|만|천|tn|bn|mn|m)?\s*/i;

/** The number that a text writes. */
export function parseAmount(text: string): number | null {
  let rest = text.replaceAll(",", "").replace(/^KRW/i, "").replace(/원$/, "").trim();
  const sign = /^[-\u2212]/.test(rest) ? -1 : 1;
  rest = rest.replace(/^[-\u2212]\s*/, "");
  if (rest === "") return null;
  let sum = 0;
  let last = Infinity;
  while (rest !== "") {
    const found = PIECE.exec(rest);
    if (!found) return null;
    const size = found[2] ? SIZES[found[2].toLowerCase()]! : 1;
    if (size >= last) return null; // 3억 2조 is a slip, not a sum
    sum += cleaned(Number(found[1]) * size);
    last = size;
    rest = rest.slice(found[0].length);
  }
  return sign * cleaned(sum);
}

/** 1.3742 tn is a whole number of won; binary digits must not say otherwise. */
function cleaned(value: number): number {
  const whole = Math.round(value);
  return Math.abs(value - whole) < 1e-6 * Math.max(1, Math.abs(value) * 1e-6) ? whole : value;
}

/**
 * Fills `{name}` in a sentence. Korean particles that depend on the last sound are written as a pair:
 * `{name}을(를)` gives 안을 and 도시를, whichever the filled word asks for.
 */

const PAIRS: readonly (readonly [string, string, string])[] = [
  ["은(는)", "은", "는"],
  ["이(가)", "이", "가"],
  ["을(를)", "을", "를"],
  ["과(와)", "과", "와"],
  ["(으)로", "으로", "로"],
];

export function fill(sentence: string, facts: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/\{(\w+)\}(은\(는\)|이\(가\)|을\(를\)|과\(와\)|\(으\)로)?/g, (whole, name: string, particle: string | undefined) => {
    const fact = facts[name];
    if (fact === undefined) return whole;
    if (particle === undefined) return String(fact);
    const [, closed, open] = PAIRS.find(([pair]) => pair === particle)!;
    return `${fact}${endsClosed(String(fact), particle) ? closed : open}`;
  });
}

/** A sentence that somebody else filled, with its particles chosen: 과제안이(가) becomes 과제안이. */
export function settled(sentence: string): string {
  return PAIRS.reduce(
    (text, [pair, closed, open]) => text.split(pair).reduce((told, rest) => `${told}${endsClosed(told, pair) ? closed : open}${rest}`),
    sentence,
  );
}

/** Whether a Korean reader hears a consonant at the end. */
function endsClosed(word: string, particle: string): boolean {
  const last = word.trim().replace(/[)\]」』"'’”]+$/u, "").at(-1) ?? "";
  const code = last.codePointAt(0) ?? 0;
  if (code >= 0xac00 && code <= 0xd7a3) {
    const final = (code - 0xac00) % 28;
    return particle === "(으)로" ? final !== 0 && final !== 8 : final !== 0;
  }
  if (/[0-9]/.test(last)) return particle === "(으)로" ? "036".includes(last) : "013678".includes(last);
  return /[lmnrLMNR]/.test(last);
}

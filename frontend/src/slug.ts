/** A short address for an 안 from its title: Korean syllables in Revised Romanization, [a-z0-9-], at most 40 long. */

const FIRST = "g kk n d tt r m b pp s ss  j jj ch k t p h".split(" ");
const MIDDLE = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split(" ");
const LAST = " k k k n n n t l k m l l l p l m p p t t ng t t k t p t".split(" ");

/** The suggestion; empty where nothing in the title can be written. */
export function slugOf(title: string): string {
  const latin = [...title.normalize("NFC").toLowerCase()].map(romanize).join("");
  return latin
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40)
    .replace(/-+$/, "");
}

/** Whether a name can be an 안's address. */
export function isSlug(name: string): boolean {
  return /^[a-z0-9-]{1,40}$/.test(name) && name !== "-" && name !== "main" && name !== "proposals";
}

function romanize(letter: string): string {
  const code = letter.codePointAt(0)! - 0xac00;
  if (code < 0 || code > 11171) return letter;
  return FIRST[Math.floor(code / 588)]! + MIDDLE[Math.floor((code % 588) / 28)]! + LAST[code % 28]!;
}

/** Which three letters in a row a text has, as bits: what lacks one of a term's cannot have the term. Pure. */

/** Of one text, in numbers of 32 bits. About two hundred of its trigrams set a third of them. */
export const signatureWords = 16;
const bits = signatureWords * 32;

const bitOf = (text: string, at: number): number => {
  const mixed =
    Math.imul(text.charCodeAt(at), 0x9e3779b1) ^
    Math.imul(text.charCodeAt(at + 1), 0x85ebca6b) ^
    Math.imul(text.charCodeAt(at + 2), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 15)) >>> 0) % bits;
};

/** Writes the signature of `text` over what stands in `into` from `offset` on. */
export function sign(text: string, into: Uint32Array, offset: number): void {
  into.fill(0, offset, offset + signatureWords);
  for (let at = 0; at + 2 < text.length; at++) {
    const bit = bitOf(text, at);
    into[offset + (bit >>> 5)]! |= 1 << (bit & 31);
  }
}

/** Of what is looked for: only the numbers that have bits, so that most texts are passed over after one comparison. */
export interface Wanted {
  readonly words: readonly number[];
  readonly masks: readonly number[];
}

export function wantedFor(texts: readonly string[]): Wanted {
  const all = new Uint32Array(signatureWords);
  const one = new Uint32Array(signatureWords);
  for (const text of texts) {
    sign(text, one, 0);
    for (let word = 0; word < signatureWords; word++) all[word]! |= one[word]!;
  }
  const words = [...all.keys()].filter(word => all[word] !== 0);
  return { words, masks: words.map(word => all[word]!) };
}

/** False for certain; true perhaps. */
export function mayHave(signatures: Uint32Array, offset: number, { words, masks }: Wanted): boolean {
  for (let index = 0; index < words.length; index++)
    if ((signatures[offset + words[index]!]! & masks[index]!) >>> 0 !== masks[index]) return false;
  return true;
}

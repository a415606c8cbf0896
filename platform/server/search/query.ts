/** What somebody looks for, as terms that must all be found; and how well a text answers them. Pure. */
import { badRequest } from '@orrery/machinery/status';
import { markOf, type Field } from './document.ts';

export interface Term {
  /** Lower case. */
  readonly text: string;
  readonly field?: Field;
}

const textMax = 256;
const termsMax = 8;
const qualified = /^(name|alias|label|image|ip|text):(.+)$/;

/**
 * Words separated by blanks; `label:app=web`, `image:nginx`, `ip:10.0.` and `name:web` look in one place only.
 * @throws StatusError 400 for nothing, or for more than can be looked for at once.
 */
export function parseQuery(asked: string): Term[] {
  if (asked.length > textMax) throw badRequest(`query.q is longer than ${textMax}`);
  const words = asked
    .toLowerCase()
    .split(/\s+/)
    .filter(word => word !== '');
  if (words.length === 0) throw badRequest('query.q is what to look for');
  if (words.length > termsMax) throw badRequest(`query.q has more than ${termsMax} words`);
  return words.map(word => {
    const [, field, text] = qualified.exec(word) ?? [];
    return text === undefined ? { text: word } : { text, field: field as Field };
  });
}

const lineEnd = 10;

/** Where a term stands in a packed, folded text; -1 when it does not. The mark of a line is no part of it. */
export function placeOf(text: string, { text: wanted, field }: Term): number {
  const mark = field === undefined ? undefined : markOf(field);
  for (let place = text.indexOf(wanted, 1); place >= 0; place = text.indexOf(wanted, place + 1)) {
    if (text.charCodeAt(place - 1) === lineEnd) continue;
    if (mark === undefined || text[text.lastIndexOf('\n', place) + 1] === mark) return place;
  }
  return -1;
}

export interface Match {
  /** Smaller is better: whole names, beginnings of names, names, then everything else. */
  readonly rank: number;
  /** Where the worst of its terms stands. */
  readonly place: number;
}

/** Undefined unless every term is found. */
export function matchOf(text: string, terms: readonly Term[]): Match | undefined {
  const nameEnd = text.indexOf('\n');
  const end = nameEnd < 0 ? text.length : nameEnd;
  let rank = 0;
  let shown = -1;
  for (const term of terms) {
    const place = placeOf(text, term);
    if (place < 0) return undefined;
    const own = place >= end ? 3 : place > 1 ? 2 : term.text.length < end - 1 ? 1 : 0;
    if (shown < 0 || own > rank) shown = place;
    rank = Math.max(rank, own);
  }
  return { rank, place: shown };
}

/** Field selectors: `metadata.name=a,status.phase!=Running` (apimachinery `fields`). */

export interface FieldTerm {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** Terms that must all hold; the empty list matches everything. */
export type FieldSelector = readonly FieldTerm[];

/**
 * Parses a field selector; `\,`, `\=` and `\\` stand for themselves in values. Throws an Error in upstream's words. Which
 * fields a kind can be selected by is for the caller to say.
 */
export function parseFieldSelector(text: string): FieldSelector {
  return splitTerms(text)
    .sort()
    .filter(term => term !== '')
    .map(term => {
      const match = /!=|==|=/.exec(term);
      if (!match) throw new Error(`invalid selector: '${text}'; can't understand '${term}'`);
      const value = unescapeFieldValue(term.slice(match.index + match[0].length));
      return { field: term.slice(0, match.index), operator: match[0] === '!=' ? '!=' : '=', value };
    });
}

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === ',') {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...terms, text.slice(start)];
}

/** Throws an Error for a lone backslash or a bare `,` or `=`. */
export function unescapeFieldValue(text: string): string {
  let value = '';
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]!;
    if (letter === '\\') {
      const next = text[++i];
      if (next === undefined) throw new Error('invalid field selector: invalid escape sequence: \\');
      if (!'\\,='.includes(next)) throw new Error(`invalid field selector: invalid escape sequence: \\${next}`);
      value += next;
    } else if (letter === ',' || letter === '=') {
      // Upstream prints the code point, not the letter.
      throw new Error(`invalid field selector: unescaped character in value: ${letter.codePointAt(0)}`);
    } else value += letter;
  }
  return value;
}

export const escapeFieldValue = (value: string): string => value.replace(/[\\,=]/g, letter => `\\${letter}`);

/** True when every term holds for the values that `read` gives; an absent field reads as the empty text. */
export const matchesFields = (selector: FieldSelector, read: (field: string) => string | undefined): boolean =>
  selector.every(({ field, operator, value }) => ((read(field) ?? '') === value) === (operator === '='));

export const formatFieldSelector = (selector: FieldSelector): string =>
  selector.map(({ field, operator, value }) => `${field}${operator}${escapeFieldValue(value)}`).join(',');

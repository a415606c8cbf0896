/** `snakecase`, `kebabcase` and `camelcase` (`xstrings`). Pure. */

// Capitals in a row are a word, digits join the word before them unless small letters follow.
const word =
  /\p{Lu}+(?!\p{Ll})\d*(?![\p{Ll}\d])|\p{Lu}?\p{Ll}+(?:\d+(?![\p{Ll}\d]))?|\d+[\p{Ll}\d]*|\p{Lu}|[^\p{L}\d\s_-]+|[\s_-]+/gu;

function joined(text: string, connector: string): string {
  const words = text.match(word) ?? [];
  return words
    .map((each, at) => {
      if (/^[\s_-]+$/u.test(each)) return connector.repeat([...each].length);
      const before = words[at - 1];
      return (
        (before === undefined || /^[\s_-]+$/u.test(before) || isMark(before) || isMark(each) ? '' : connector) +
        each.toLowerCase()
      );
    })
    .join('');
}

const isMark = (text: string): boolean => /^[^\p{L}\d]+$/u.test(text);

export const snakeCase = (text: string): string => joined(text, '_');
export const kebabCase = (text: string): string => joined(text, '-');

/** With a capital in front: `some_words` is `SomeWords`. */
export function camelCase(text: string): string {
  const lead = /^[_\s-]+/u.exec(text)?.[0] ?? '';
  const rest = text.slice(lead.length);
  const inner = rest.replace(/[_\s-]+(.)/gu, (_, letter: string) => letter.toUpperCase()).replace(/[_\s-]+$/u, '');
  return lead + inner.replace(/^\p{L}/u, letter => letter.toUpperCase());
}

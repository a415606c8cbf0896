/** How go-yaml writes one text, and where it breaks its lines: what clients compare and keep under version control must not differ. Pure. */

/** Lines are broken at the first space beyond this column. */
const bestWidth = 80;

const words =
  /^(?:~|null|Null|NULL|y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF|<<)$/;
const floats = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const decimal = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const based = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+)$/;
const base60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const time =
  /^\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d\d:\d\d))| \d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?)?$/;

/** Whether readers would take a plain text for something else than a text. */
function means(text: string): boolean {
  if (text === '' || words.test(text) || floats.test(text) || base60.test(text) || time.test(text)) return true;
  const bare = text.replaceAll('_', '');
  return /^[-+.0-9]/.test(text) && (decimal.test(bare) || based.test(bare));
}

const firstOfOther = /^(?:[#,[\]{}&*!|>'"%@`]|[?:](?:[ \t\n]|$)|-(?:[ \t\n]|$)|---|\.\.\.)/;
const inside = /.:(?:[ \t\n]|$)|[ \t\n]#/s;
// What is not shown as it is: control characters, tabs, the byte order mark, halves of pairs and what no text has.
// eslint-disable-next-line no-control-regex
const special = /[\0-\t\v-\x1f\x7f-\x84\x86-\x9f\u{fffe}\u{ffff}\u{feff}\u{d800}-\u{dfff}]/u;
const breaks = /[\n\r\x85\u2028\u2029]/;

type Style = 'plain' | 'single' | 'double' | 'literal';

function styleOf(text: string, isKey: boolean): Style {
  const isStrange = special.test(text) || / [\n\r\x85\u2028\u2029]/.test(text);
  if (breaks.test(text)) return !text.includes('\n') || isStrange || isKey || text.endsWith(' ') ? 'double' : 'literal';
  if (isStrange || means(text)) return 'double';
  return firstOfOther.test(text) || inside.test(text) || /^ | $/.test(text) ? 'single' : 'plain';
}

const named: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\u2028': 'L',
  '\u2029': 'P',
};

function escaped(character: string): string {
  if (character !== '"' && character !== '\\' && !special.test(character) && !breaks.test(character)) return character;
  const name = named[character];
  if (name !== undefined) return `\\${name}`;
  const code = character.codePointAt(0)!;
  const [letter, digits] = code <= 0xff ? ['x', 2] : code <= 0xffff ? ['u', 4] : ['U', 8];
  return `\\${letter}${code
    .toString(16)
    .toUpperCase()
    .padStart(digits as number, '0')}`;
}

/** Writes a text that stands on one line, breaking it at spaces. */
function folded(text: string, style: Exclude<Style, 'literal'>, column: number, indent: number): string {
  const quote = style === 'single' ? "'" : style === 'double' ? '"' : '';
  const characters = [...text];
  let written = quote;
  let at = column + quote.length;
  let wasSpace = false;
  for (const [index, character] of characters.entries()) {
    const isSpace = character === ' ';
    const isWithin = style === 'plain' || (index > 0 && index < characters.length - 1);
    const nextIsSpace = characters[index + 1] === ' ';
    if (isSpace && !wasSpace && at > bestWidth && isWithin && (style === 'double' || !nextIsSpace)) {
      const mark = style === 'double' && nextIsSpace ? '\\' : '';
      written += `\n${' '.repeat(indent)}${mark}`;
      at = indent + mark.length;
    } else {
      const piece =
        style === 'single' && character === "'" ? "''" : style === 'double' ? escaped(character) : character;
      written += piece;
      at += [...piece].length;
    }
    wasSpace = isSpace;
  }
  return written + quote;
}

function literal(text: string, indent: number): string {
  const hint = /^[ \n]/.test(text) ? '2' : '';
  const chomp = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : '';
  const lines = text.replace(/\n$/, '').split('\n');
  return `|${hint}${chomp}\n${lines.map(line => (line === '' ? '' : ' '.repeat(indent) + line)).join('\n')}`;
}

/**
 * A text as a value.
 * @param column where it begins on its line
 * @param indent of the lines that follow
 */
export function yamlText(text: string, column: number, indent: number): string {
  const style = styleOf(text, false);
  return style === 'literal' ? literal(text, indent) : folded(text, style, column, indent);
}

/** A text as a key: on one line. */
export function yamlKey(text: string): string {
  const style = styleOf(text, true);
  return style === 'literal' ? '' : folded(text, style, Number.NEGATIVE_INFINITY, 0);
}

/** Tokens of CEL (cel-spec, "Syntax"). */
import type { Issue } from './issues.ts';
import { unescapeText } from './unescape.ts';

export type TokenKind = 'float' | 'uint' | 'int' | 'bytes' | 'string' | 'escaped' | 'ident' | 'op' | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly at: number;
}

const escape = String.raw`\\[abfnrtv"'\\?\x60]|\\[xX][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\[0-3][0-7][0-7]`;
const plain = [
  String.raw`"""(?:${escape}|[^\\])*?"""`,
  String.raw`'''(?:${escape}|[^\\])*?'''`,
  String.raw`"(?:${escape}|[^\\"\n\r])*"`,
  String.raw`'(?:${escape}|[^\\'\n\r])*'`,
].join('|');
const raw = String.raw`[rR](?:"""[^]*?"""|'''[^]*?'''|"[^"\n\r]*"|'[^'\n\r]*')`;
const exponent = String.raw`(?:[eE][+-]?\d+)`;

/** Longest match wins: floats before ints, three quotes before one. */
const token = new RegExp(
  [
    String.raw`(?<space>(?:[\t\n\f\r ]|//[^\n]*)+)`,
    String.raw`(?<float>\d+\.\d+${exponent}?|\d+${exponent}|\.\d+${exponent}?)`,
    String.raw`(?<uint>0x[0-9a-fA-F]+[uU]|\d+[uU])`,
    String.raw`(?<int>0x[0-9a-fA-F]+|\d+)`,
    String.raw`(?<bytes>[bB](?:${raw}|${plain}))`,
    String.raw`(?<string>${raw}|${plain})`,
    '(?<escaped>`[a-zA-Z0-9_.\\-/ ]+`)',
    String.raw`(?<ident>[A-Za-z_][A-Za-z0-9_]*)`,
    String.raw`(?<op>==|!=|<=|>=|&&|\|\||[<>[\](){}.,\-!?:+*/%])`,
  ].join('|'),
  'yu',
);

const kinds = ['float', 'uint', 'int', 'bytes', 'string', 'escaped', 'ident', 'op'] as const;

/** Nobody needs more of them at once. */
const maxErrors = 10;

/** The tokens, ended by one of kind `end`; letters that fit nowhere are issues and left out. */
export function tokenize(source: string, issues: Issue[]): Token[] {
  const tokens: Token[] = [];
  let errors = 0;
  for (let at = 0; at < source.length;) {
    token.lastIndex = at;
    const found = token.exec(source);
    if (!found) {
      const text = unrecognized(source, at);
      issues.push({ at, message: `Syntax error: token recognition error at: '${text}'` });
      at += text.length;
      if (++errors >= maxErrors) break;
      continue;
    }
    const groups = found.groups!;
    const kind = kinds.find(name => groups[name] !== undefined);
    if (kind) tokens.push({ kind, text: found[0], at });
    at += found[0].length;
  }
  tokens.push({ kind: 'end', text: '<EOF>', at: source.length });
  return tokens;
}

/** As much as upstream's lexer swallows before it gives up: a string that does not end, or `|` with the letter after it. */
function unrecognized(source: string, at: number): string {
  const quoted = /(?:[bB]?[rR]?)(["'])/y;
  quoted.lastIndex = at;
  const quote = quoted.exec(source);
  if (!quote) {
    const letter = String.fromCodePoint(source.codePointAt(at)!);
    return (letter === '|' || letter === '&' || letter === '=') && at + 1 < source.length
      ? source.slice(at, at + 2)
      : letter;
  }
  const rest = new RegExp(String.raw`(?:${escape}|[^\\${quote[1]}\n\r])*(?:\\[xXuU]?[0-9a-fA-F]*[^\n\r]?)?`, 'yu');
  rest.lastIndex = at + quote[0].length;
  return quote[0] + (rest.exec(source)?.[0] ?? '');
}

/** The text that a string or bytes token stands for; bytes as letters below 256. */
export function textOf({ text, kind }: Token): string {
  const isBytes = kind === 'bytes';
  let rest = isBytes ? text.slice(1) : text;
  const isRaw = /^[rR]/.test(rest);
  if (isRaw) rest = rest.slice(1);
  const quotes = rest.startsWith('"""') || rest.startsWith("'''") ? 3 : 1;
  const inner = rest.slice(quotes, -quotes).replace(/\r\n?/g, '\n');
  return isRaw ? inner : unescapeText(inner, isBytes);
}

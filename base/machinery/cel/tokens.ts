/** A reader of tokens that words its complaints as upstream's generated parser does. */
import type { Issue } from './issues.ts';
import type { Token } from './lexer.ts';

/** The first syntax error ends parsing. */
export class SyntaxProblem extends Error {}

/** What an expression may begin with, in the order in which messages list tokens. */
const starters = ['[', '{', '(', '.', '-', '!', 'true', 'false', 'null'];
const kindsShown = ['NUM_FLOAT', 'NUM_INT', 'NUM_UINT', 'STRING', 'BYTES', 'IDENTIFIER'];
const order = ['[', ']', '{', '}', '(', ')', '.', ',', '-', '!', '?', 'true', 'false', 'null'];

const keywords = new Set(['in', 'true', 'false', 'null']);

/** What may stand behind a closing bracket. */
const afterClosing = new Set(
  [
    '==',
    '!=',
    '<',
    '<=',
    '>',
    '>=',
    '&&',
    '||',
    '?',
    ':',
    ',',
    '.',
    '[',
    ']',
    '}',
    ')',
    '+',
    '-',
    '*',
    '/',
    '%',
    'in',
  ].concat('<EOF>'),
);

const expectation = (extra: readonly string[]): string => {
  const symbols = order.filter(symbol => starters.includes(symbol) || extra.includes(symbol));
  return `{${[...symbols.map(symbol => `'${symbol}'`), ...kindsShown].join(', ')}}`;
};

export const isIdentifier = (token: Token): boolean => token.kind === 'ident' && !keywords.has(token.text);

export function startsExpression(token: Token): boolean {
  switch (token.kind) {
    case 'op':
      return starters.includes(token.text);
    case 'ident':
      return token.text !== 'in';
    case 'escaped':
    case 'end':
      return false;
    default:
      return true;
  }
}

export class Tokens {
  readonly #tokens: readonly Token[];
  readonly #issues: Issue[];
  #at = 0;
  constructor(tokens: readonly Token[], issues: Issue[]) {
    this.#tokens = tokens;
    this.#issues = issues;
  }
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!;
  }
  next(): Token {
    const token = this.peek();
    if (this.#at < this.#tokens.length - 1) this.#at++;
    return token;
  }
  /** Whether the next token is this operator or keyword. */
  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.text === text && (token.kind === 'op' || token.kind === 'ident');
  }
  take(text: string): Token | undefined {
    return this.is(text) ? this.next() : undefined;
  }
  /** A complaint that does not stop the reading. */
  report(at: number, message: string): void {
    this.#issues.push({ at, message });
  }
  stop(token: Token, message: string): never {
    this.report(token.at, `Syntax error: ${message}`);
    throw new SyntaxProblem();
  }
  /** The token that has to stand here; one that is too many is passed over, a closing bracket that is missing is imagined. */
  expect(text: string): Token {
    const found = this.take(text);
    if (found) return found;
    const token = this.peek();
    if (this.is(text, 1)) {
      this.report(token.at, `Syntax error: extraneous input '${token.text}' expecting '${text}'`);
      this.next();
      return this.next();
    }
    if (text !== ':' && afterClosing.has(token.text)) this.stop(token, `missing '${text}' at '${token.text}'`);
    return this.stop(token, `mismatched input '${token.text}' expecting '${text}'`);
  }
  expectEnd(): void {
    const token = this.peek();
    if (token.kind === 'end') return;
    const word = this.peek(1).kind === 'end' ? 'extraneous' : 'mismatched';
    this.stop(token, `${word} input '${token.text}' expecting <EOF>`);
  }
  /** Makes sure that an expression begins here. */
  expectStart(extra: readonly string[] = []): void {
    const token = this.peek();
    if (startsExpression(token)) return;
    const next = this.peek(1);
    const goesOn = token.kind !== 'end' && (startsExpression(next) || extra.includes(next.text));
    if (!goesOn) this.stop(token, `mismatched input '${token.text}' expecting ${expectation(extra)}`);
    this.report(token.at, `Syntax error: extraneous input '${token.text}' expecting ${expectation(extra)}`);
    this.next();
    if (!startsExpression(this.peek())) throw new SyntaxProblem();
  }
  /** Behind a dot. */
  noField(): never {
    const token = this.peek();
    if (/^(true|false|null)$/.test(token.text))
      this.stop(token, `mismatched input '${token.text}' expecting IDENTIFIER`);
    return this.stop(token, `no viable alternative at input '.${token.kind === 'end' ? '' : token.text}'`);
  }
}

/** Text to tree (cel-spec grammar), macros opened on the way. Depth and length are bounded as upstream bounds them. */
import type { Issue } from './issues.ts';
import { tokenize } from './lexer.ts';
import type { Token } from './lexer.ts';
import { literalOf } from './literals.ts';
import { expandMacro } from './macros.ts';
import { operators } from './syntax.ts';
import type { Entry, Expr, FieldInit } from './syntax.ts';
import { isIdentifier, SyntaxProblem, Tokens } from './tokens.ts';

/** Letters in an expression. */
export const maxLength = 100_000;
/** Expressions inside expressions, and operands in a row. */
export const maxDepth = 250;

const reserved = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);

const relations: Readonly<Record<string, string>> = {
  '<': '_<_',
  '<=': '_<=_',
  '>=': '_>=_',
  '>': '_>_',
  '==': '_==_',
  '!=': '_!=_',
  in: operators.in,
};
const sums: Readonly<Record<string, string>> = { '+': '_+_', '-': '_-_' };
const products: Readonly<Record<string, string>> = { '*': '_*_', '/': '_/_', '%': '_%_' };

/** The tree, or issues. */
export function parse(source: string): { expr?: Expr; issues: Issue[] } {
  const issues: Issue[] = [];
  // Letters are counted only where units already are too many.
  if (source.length > maxLength && [...source].length > maxLength) {
    const message = `expression code point size exceeds limit: size: ${[...source].length}, limit ${maxLength}`;
    return { issues: [{ at: -1, message }] };
  }
  const parser = new Parser(new Tokens(tokenize(source, issues), issues));
  try {
    const expr = parser.whole();
    return issues.length > 0 ? { issues } : { expr, issues };
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    return { issues };
  }
}

type Rule = 'expr' | 'relation' | 'calc' | 'member';

class Parser {
  readonly #tokens: Tokens;
  readonly #depths: Record<Rule, number> = { expr: 0, relation: 0, calc: 0, member: 0 };
  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  whole(): Expr {
    this.#tokens.expectStart();
    const expr = this.#expr();
    this.#tokens.expectEnd();
    return expr;
  }

  #enter(rule: Rule): void {
    if (++this.#depths[rule] <= maxDepth) return;
    this.#tokens.report(-1, `expression recursion limit exceeded: ${maxDepth}`);
    throw new SyntaxProblem();
  }

  #call(at: number, name: string, ...args: Expr[]): Expr {
    return { kind: 'call', at, name, args };
  }

  #expr(): Expr {
    this.#enter('expr');
    const condition = this.#or();
    const question = this.#tokens.take('?');
    let expr = condition;
    if (question) {
      const yes = this.#or();
      this.#tokens.expect(':');
      expr = this.#call(question.at, operators.conditional, condition, yes, this.#expr());
    }
    this.#depths.expr--;
    return expr;
  }

  #or(): Expr {
    return this.#chain('||', operators.or, () => this.#chain('&&', operators.and, () => this.#relation()));
  }

  /** Terms in a row become a balanced tree, so that long rows are not deep. */
  #chain(symbol: string, name: string, term: () => Expr): Expr {
    const terms = [term()];
    const ops: Token[] = [];
    for (let op = this.#tokens.take(symbol); op; op = this.#tokens.take(symbol)) {
      ops.push(op);
      terms.push(term());
    }
    const balanced = (low: number, high: number): Expr => {
      const middle = (low + high + 1) >> 1;
      const left = middle === low ? terms[middle]! : balanced(low, middle - 1);
      const right = middle === high ? terms[middle + 1]! : balanced(middle + 1, high);
      return this.#call(ops[middle]!.at, name, left, right);
    };
    return ops.length === 0 ? terms[0]! : balanced(0, ops.length - 1);
  }

  #relation(): Expr {
    return this.#row('relation', relations, () =>
      this.#row('calc', sums, () => this.#row('calc', products, () => this.#unary())),
    );
  }

  /** Operators of one rank, from the left. */
  #row(rule: 'relation' | 'calc', table: Readonly<Record<string, string>>, operand: () => Expr): Expr {
    const before = this.#depths[rule];
    this.#enter(rule);
    let left = operand();
    for (;;) {
      const { kind, text } = this.#tokens.peek();
      const isOperator = kind === 'op' || (kind === 'ident' && text === 'in');
      if (!isOperator || !Object.hasOwn(table, text)) break;
      const op = this.#tokens.next();
      this.#enter(rule);
      left = this.#call(op.at, table[text]!, left, operand());
    }
    this.#depths[rule] = before;
    return left;
  }

  #unary(): Expr {
    this.#tokens.expectStart();
    const symbol = this.#tokens.is('!') ? '!' : '-';
    const first = this.#tokens.peek();
    let count = 0;
    while (this.#tokens.is(symbol) && !(symbol === '-' && this.#isNumber(1))) {
      this.#tokens.next();
      count++;
    }
    const operand = this.#member();
    if (count % 2 === 0) return operand;
    return this.#call(first.at, symbol === '!' ? operators.not : operators.negate, operand);
  }

  #isNumber(ahead: number): boolean {
    const { kind } = this.#tokens.peek(ahead);
    return kind === 'int' || kind === 'float';
  }

  #member(): Expr {
    const before = this.#depths.member;
    this.#enter('member');
    let expr = this.#primary();
    for (;;) {
      const next = this.#tokens.take('.') ?? this.#tokens.take('[');
      if (!next) break;
      this.#enter('member');
      expr = next.text === '.' ? this.#field(expr, next) : this.#index(expr, next);
    }
    this.#depths.member = before;
    return expr;
  }

  #field(operand: Expr, dot: Token): Expr {
    const optional = this.#tokens.take('?');
    const token = this.#tokens.peek();
    if (!isIdentifier(token) && token.kind !== 'escaped') this.#tokens.noField();
    this.#tokens.next();
    const field = token.kind === 'escaped' ? token.text.slice(1, -1) : token.text;
    if (token.kind === 'escaped') this.#tokens.report(token.at, "unsupported syntax: '`'");
    if (optional) {
      const name: Expr = { kind: 'literal', at: token.at, value: field };
      return this.#call(dot.at, operators.optionalSelect, operand, name);
    }
    const open = token.kind === 'ident' ? this.#tokens.take('(') : undefined;
    if (!open) return { kind: 'select', at: dot.at, operand, field, test: false };
    return this.#macroOr({ kind: 'call', at: open.at, name: field, target: operand, args: this.#arguments() });
  }

  #index(operand: Expr, open: Token): Expr {
    const optional = this.#tokens.take('?');
    this.#tokens.expectStart();
    const at = this.#expr();
    this.#tokens.expect(']');
    return this.#call(open.at, optional ? operators.optionalIndex : operators.index, operand, at);
  }

  #macroOr(call: Expr & { kind: 'call' }): Expr {
    return expandMacro(call, (at, message) => this.#tokens.report(at, message)) ?? call;
  }

  /** Behind the opening parenthesis. */
  #arguments(): Expr[] {
    if (this.#tokens.take(')')) return [];
    this.#tokens.expectStart([')']);
    const args = [this.#expr()];
    while (this.#tokens.take(',')) args.push(this.#expr());
    this.#tokens.expect(')');
    return args;
  }

  #primary(): Expr {
    const token = this.#tokens.peek();
    const sign = this.#tokens.is('-') && this.#isNumber(1) ? '-' : '';
    if (sign) return this.#literal(token, sign);
    if (this.#tokens.is('.') || isIdentifier(token)) return this.#named();
    if (token.kind === 'ident') return this.#word(this.#tokens.next());
    if (token.kind !== 'op') return this.#literal(token, '');
    this.#tokens.next();
    if (token.text === '(') {
      this.#tokens.expectStart();
      const inner = this.#expr();
      this.#tokens.expect(')');
      return inner;
    }
    return token.text === '[' ? this.#list(token) : this.#map(token);
  }

  #literal({ at }: Token, sign: '' | '-'): Expr {
    if (sign) this.#tokens.next();
    const result = literalOf(this.#tokens.next(), sign);
    if ('value' in result) return { kind: 'literal', at, value: result.value };
    this.#tokens.report(at, result.problem);
    return { kind: 'literal', at, value: null };
  }

  #word({ at, text }: Token): Expr {
    return { kind: 'literal', at, value: text === 'null' ? null : text === 'true' };
  }

  #named(): Expr {
    const start = this.#tokens.peek();
    const dot = this.#tokens.take('.') ? '.' : '';
    if (!isIdentifier(this.#tokens.peek())) this.#tokens.noField();
    if (this.#isStruct()) return this.#struct(dot);
    const token = this.#tokens.next();
    const isReserved = reserved.has(token.text);
    if (isReserved) this.#tokens.report(start.at, `reserved identifier: ${token.text}`);
    const open = this.#tokens.take('(');
    if (!open && isReserved) return { kind: 'literal', at: token.at, value: null };
    if (!open) return { kind: 'ident', at: token.at, name: dot + token.text };
    return this.#macroOr({ kind: 'call', at: open.at, name: dot + token.text, args: this.#arguments() });
  }

  /** Whether names with dots lead to a brace. */
  #isStruct(): boolean {
    let ahead = 1;
    while (this.#tokens.is('.', ahead) && isIdentifier(this.#tokens.peek(ahead + 1))) ahead += 2;
    return this.#tokens.is('{', ahead);
  }

  #struct(dot: string): Expr {
    let name = dot + this.#tokens.next().text;
    while (this.#tokens.take('.')) name += `.${this.#tokens.next().text}`;
    const open = this.#tokens.expect('{');
    const fields: FieldInit[] = [];
    while (!this.#tokens.is('}')) {
      const optional = this.#tokens.take('?') !== undefined;
      const field = this.#tokens.peek();
      if (!isIdentifier(field)) {
        const expected = "{'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}";
        this.#tokens.stop(field, `extraneous input '${field.text}' expecting ${expected}`);
      }
      this.#tokens.next();
      const colon = this.#tokens.expect(':');
      fields.push({ at: colon.at, name: field.text, value: this.#expr(), optional });
      if (!this.#tokens.take(',')) break;
    }
    this.#tokens.expect('}');
    return { kind: 'struct', at: open.at, name, fields };
  }

  #list(open: Token): Expr {
    const items: Expr[] = [];
    const optionals = new Set<number>();
    while (!this.#tokens.is(']')) {
      if (items.length === 0 && this.#tokens.is(',') && this.#tokens.is(']', 1)) {
        this.#tokens.next();
        break;
      }
      if (this.#tokens.take('?')) optionals.add(items.length);
      if (items.length === 0) this.#tokens.expectStart([']', ',', '?']);
      items.push(this.#expr());
      if (!this.#tokens.take(',')) break;
    }
    this.#tokens.expect(']');
    return { kind: 'list', at: open.at, items, optionals };
  }

  #map(open: Token): Expr {
    const entries: Entry[] = [];
    while (!this.#tokens.is('}')) {
      const optional = this.#tokens.take('?') !== undefined;
      if (entries.length === 0) this.#tokens.expectStart(['}', ',', '?']);
      const key = this.#expr();
      const colon = this.#tokens.expect(':');
      entries.push({ at: colon.at, key, value: this.#expr(), optional });
      if (!this.#tokens.take(',')) break;
    }
    this.#tokens.expect('}');
    return { kind: 'map', at: open.at, entries };
  }
}

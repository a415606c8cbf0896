/** From tokens to the trees of the templates of one file, as Go's `text/template/parse` does. Pure. */
import { RenderError } from '../errors.ts';
import { constantOf, unquote } from './constants.ts';
import { tokensOf } from './lexer.ts';
import type { Block, Command, Operand, Pipe, Statement, Template } from './nodes.ts';
import { LexError, type Token } from './tokens.ts';

/** Blocks and parentheses within one another. */
const depthMax = 200;

const lineOf = (source: string, at: number): number => source.slice(0, at).split('\n').length;

/** How Go names a token in a complaint. */
function tokenName({ type, text }: Token): string {
  if (type === 'end') return 'EOF';
  if (type === 'keyword') return `<${text}>`;
  const letters = [...text];
  return letters.length > 10 ? `${JSON.stringify(letters.slice(0, 10).join(''))}...` : JSON.stringify(text);
}

/** What ends a list of statements. */
type Ending = 'end' | 'else' | 'eof';
type ControlType = 'if' | 'with' | 'range';

class Parser {
  readonly templates = new Map<string, Template>();
  private readonly file: string;
  private readonly source: string;
  private readonly isFunction: (name: string) => boolean;
  private tokens: Token[] = [];
  private next = 0;
  private variables: string[] = ['$'];
  private ranges = 0;
  private depth = 0;

  constructor(file: string, source: string, isFunction: (name: string) => boolean) {
    this.file = file;
    this.source = source;
    this.isFunction = isFunction;
  }

  run(name: string): Template[] {
    try {
      this.tokens = tokensOf(this.source);
    } catch (error) {
      if (error instanceof LexError) throw this.error(error.message, error.at);
      throw error;
    }
    const [body, ending] = this.list(true);
    if (ending !== 'eof') throw this.error(`unexpected {{${ending}}}`);
    this.add({ name, file: this.file, source: this.source, body });
    return [...this.templates.values()];
  }

  private error(message: string, at = this.tokens[Math.max(0, this.next - 1)]?.at ?? 0): RenderError {
    return new RenderError(`template: ${this.file}:${lineOf(this.source, at)}: ${message}`);
  }

  private unexpected(token: Token, where: string): RenderError {
    return this.error(`unexpected ${tokenName(token)} in ${where}`, token.at);
  }

  private add(template: Template): void {
    const known = this.templates.get(template.name);
    if (known && !isEmpty(known.body)) {
      if (!isEmpty(template.body))
        throw this.error(`template: multiple definition of template ${JSON.stringify(template.name)}`);
      return;
    }
    this.templates.set(template.name, template);
  }

  private peek(): Token {
    return this.tokens[this.next]!;
  }

  private take(): Token {
    return this.tokens[this.next++] ?? this.tokens.at(-1)!;
  }

  private skipSpace(): Token {
    while (this.peek().type === 'space') this.next++;
    return this.peek();
  }

  private takeSolid(): Token {
    this.skipSpace();
    return this.take();
  }

  private expect(type: Token['type'], where: string): Token {
    const token = this.takeSolid();
    if (token.type !== type) throw this.unexpected(token, where);
    return token;
  }

  private deeper<T>(read: () => T): T {
    if (++this.depth > depthMax) throw this.error(`nested deeper than ${depthMax}`);
    const result = read();
    this.depth--;
    return result;
  }

  /** Statements until their end, which is taken. */
  private list(isTop = false): [Block, Ending, Token] {
    const statements: Statement[] = [];
    for (;;) {
      const token = this.take();
      if (token.type === 'end') {
        if (!isTop) throw this.error('unexpected EOF', token.at);
        return [statements, 'eof', token];
      }
      if (token.type === 'text') {
        statements.push({ type: 'text', at: token.at, text: token.text });
        continue;
      }
      const word = this.skipSpace();
      if (word.type === 'keyword' && (word.text === 'end' || word.text === 'else')) {
        this.take();
        if (word.text === 'end') this.expect('right', 'end');
        return [statements, word.text, word];
      }
      const statement = word.type === 'keyword' ? this.control(isTop) : this.action();
      if (statement) statements.push(statement);
    }
  }

  private action(): Statement {
    const { at } = this.peek();
    return { type: 'action', at, pipe: this.pipeline('command', 'right') };
  }

  private control(isTop: boolean): Statement | undefined {
    const word = this.take();
    switch (word.text) {
      case 'if':
      case 'with':
      case 'range':
        return this.deeper(() => this.branch(word.text as ControlType, word.at));
      case 'template': {
        const { at, name } = this.templateName('template clause');
        if (this.skipSpace().type !== 'right') {
          return { type: 'template', at, name, pipe: this.pipeline('template clause', 'right') };
        }
        this.take();
        return { type: 'template', at, name };
      }
      case 'block': {
        const { at, name } = this.templateName('block clause');
        const pipe = this.pipeline('block clause', 'right');
        this.define(name, 'block clause');
        return { type: 'template', at, name, pipe };
      }
      case 'define': {
        if (!isTop) throw this.unexpected(word, 'command');
        const { name } = this.templateName('define clause');
        this.expect('right', 'define clause');
        this.define(name, 'define clause');
        return undefined;
      }
      case 'break':
      case 'continue':
        return this.jump(word);
      default:
        throw this.unexpected(word, 'command');
    }
  }

  private jump(word: Token): Statement {
    const after = this.takeSolid();
    if (after.type !== 'right') throw this.unexpected(after, `{{${word.text}}}`);
    if (this.ranges === 0) throw this.error(`{{${word.text}}} outside {{range}}`);
    return { type: word.text as 'break' | 'continue', at: word.at };
  }

  private templateName(where: string): { at: number; name: string } {
    const token = this.takeSolid();
    if (token.type !== 'string') throw this.unexpected(token, where);
    return { at: token.at, name: this.unquoted(token) };
  }

  private unquoted(token: Token): string {
    const text = unquote(token.text);
    if (text === undefined) throw this.error('invalid syntax', token.at);
    return text;
  }

  /** The body of a template of its own; it sees no variables of what stands around it. */
  private define(name: string, where: string): void {
    const { variables, ranges } = this;
    this.variables = ['$'];
    this.ranges = 0;
    const [body, ending, token] = this.deeper(() => this.list());
    if (ending !== 'end') throw this.unexpected(token, where);
    this.add({ name, file: this.file, source: this.source, body });
    this.variables = variables;
    this.ranges = ranges;
  }

  private branch(type: ControlType, at: number): Statement {
    const visible = this.variables.length;
    const pipe = this.pipeline(type, 'right');
    if (type === 'range') this.ranges++;
    const [body, ending] = this.list();
    if (type === 'range') this.ranges--;
    const otherwise = ending === 'else' ? this.otherwise(type) : undefined;
    this.variables.length = visible;
    return { type, at, pipe, body, ...(otherwise && { otherwise }) };
  }

  /** What follows `else`: another question of the same kind, or a body. */
  private otherwise(type: ControlType): Block {
    const word = this.skipSpace();
    if (word.type === 'keyword' && word.text === type && type !== 'range') {
      this.take();
      return [this.deeper(() => this.branch(type, word.at))];
    }
    this.expect('right', 'else');
    const [body, ending] = this.list();
    if (ending !== 'end') throw this.error('expected end; found {{else}}');
    return body;
  }

  private pipeline(where: string, end: 'right' | ')'): Pipe {
    const { at } = this.skipSpace();
    const { variables, isAssignment } = this.declarations(where);
    const commands: Command[] = [];
    for (;;) {
      const token = this.skipSpace();
      if (token.type === end) {
        this.take();
        this.checkStages(commands, where);
        return { type: 'pipe', at, variables, isAssignment, commands };
      }
      if (!startsOperand.has(token.type)) {
        this.take();
        throw this.unexpected(token, where);
      }
      commands.push(this.command());
    }
  }

  private checkStages(commands: readonly Command[], where: string): void {
    if (commands.length === 0) throw this.error(`missing value for ${where}`);
    const lazy = commands.findIndex(
      ({ words }, index) => index > 0 && ['constant', 'dot', 'nil'].includes(words[0]!.type),
    );
    if (lazy > 0) throw this.error(`non executable command in pipeline stage ${lazy + 1}`);
  }

  private declarations(where: string): { variables: string[]; isAssignment: boolean } {
    const variables: string[] = [];
    while (this.skipSpace().type === 'variable') {
      const start = this.next;
      const { text } = this.take();
      const after = this.skipSpace();
      if (after.type === ':=' || after.type === '=') {
        this.take();
        variables.push(text);
        for (const name of variables) {
          if (after.type === ':=') this.variables.push(name);
          else this.checkVariable(name);
        }
        return { variables, isAssignment: after.type === '=' };
      }
      if (after.type !== 'other' || after.text !== ',') {
        this.next = start;
        break;
      }
      this.take();
      if (where !== 'range' || variables.length > 0) throw this.error(`too many declarations in ${where}`);
      if (this.skipSpace().type !== 'variable') throw this.error('range can only initialize variables');
      variables.push(text);
    }
    if (variables.length > 0) throw this.error('range can only initialize variables');
    return { variables, isAssignment: false };
  }

  private command(): Command {
    const { at } = this.skipSpace();
    const words: Operand[] = [];
    for (;;) {
      this.skipSpace();
      const operand = this.operand();
      if (operand) words.push(operand);
      const token = this.peek();
      if (token.type === 'space') continue;
      if (token.type === 'pipe') this.take();
      else if (token.type !== 'right' && token.type !== ')') {
        this.take();
        throw this.unexpected(token, 'operand');
      }
      break;
    }
    if (words.length === 0) throw this.error('empty command');
    return { type: 'command', at, words };
  }

  private operand(): Operand | undefined {
    const term = this.term();
    const start = this.peek();
    if (!term || start.type !== 'field') return term;
    const names: string[] = [];
    while (this.peek().type === 'field') names.push(this.take().text.slice(1));
    // What Go takes for the place of a chain is its second link.
    if (term.type === 'field') return { type: 'field', at: start.at, names: [...term.names, ...names] };
    if (term.type === 'variable') return { ...term, at: start.at, names };
    if (term.type === 'constant' || term.type === 'nil' || term.type === 'dot') {
      throw this.error(
        `unexpected . after term ${JSON.stringify(term.type === 'constant' ? term.source : term.type === 'nil' ? 'nil' : '.')}`,
      );
    }
    return { type: 'chain', at: start.at, of: term, names };
  }

  private term(): Operand | undefined {
    const token = this.peek();
    const { at, text } = token;
    if (!startsOperand.has(token.type)) return undefined;
    this.take();
    switch (token.type) {
      case 'identifier':
        if (!this.isFunction(text)) throw this.error(`function ${JSON.stringify(text)} not defined`, at);
        return { type: 'function', at, name: text };
      case 'dot':
      case 'nil':
        return { type: token.type, at };
      case 'field':
        return { type: 'field', at, names: [text.slice(1)] };
      case 'variable':
        this.checkVariable(text);
        return { type: 'variable', at, name: text, names: [] };
      case '(':
        return this.deeper(() => this.pipeline('parenthesized pipeline', ')'));
      case 'string':
        return { type: 'constant', at, value: this.unquoted(token), source: text };
      default: {
        const value = constantOf(token);
        if (value instanceof Error) throw this.error(value.message, at);
        return { type: 'constant', at, value, source: text };
      }
    }
  }

  private checkVariable(name: string): void {
    if (!this.variables.includes(name)) throw this.error(`undefined variable ${JSON.stringify(name)}`);
  }
}

const startsOperand: ReadonlySet<Token['type']> = new Set([
  'bool',
  'character',
  'dot',
  'field',
  'identifier',
  'number',
  'nil',
  'string',
  'variable',
  '(',
] as const);

/** Only space: such a template does not take the place of one that says something. */
export const isEmpty = (body: Block): boolean =>
  body.every(statement => statement.type === 'text' && statement.text.trim() === '');

/**
 * The templates of a file: its own body under `name`, and those it defines.
 * @throws RenderError in Go's words: `template: file:3: unclosed action`.
 */
export const parseTemplates = (
  name: string,
  source: string,
  isFunction: (name: string) => boolean,
  file = name,
): Template[] => new Parser(file, source, isFunction).run(name);

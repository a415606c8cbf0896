/**
 * Conditions of audit rules, in the language of KubeSphere's rule engine: `Verb = "create" and ObjectRef.Resource in ("pods", "services")`.
 * `not` binds before `and`, `and` before `or`. Of a path with `[*]`, one of the values is enough.
 */
import { compileRegexp } from '@orrery/machinery/regexp';
import { ConditionError, tokensOf, type Token } from './tokens.ts';

export type Condition = (event: object) => boolean;

/** What other rules of the same object give names to. */
export interface Names {
  readonly macros: ReadonlyMap<string, string>;
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly aliases: ReadonlyMap<string, string>;
}

interface Reader {
  readonly tokens: readonly Token[];
  at: number;
  readonly names: Names;
  /** Macros that are being read: one that needs itself is told. */
  readonly within: readonly string[];
}

/** @throws ConditionError in words. */
export const readCondition = (text: string, names: Names): Condition => read(text, names, []);

function read(text: string, names: Names, within: readonly string[]): Condition {
  const reader: Reader = { tokens: tokensOf(text), at: 0, names, within };
  const condition = either(reader);
  const { kind, text: rest, at } = peek(reader);
  if (kind !== 'end') throw new ConditionError(`${JSON.stringify(rest)} at ${at} comes after the end of the condition`);
  return condition;
}

const peek = ({ tokens, at }: Reader): Token => tokens[Math.min(at, tokens.length - 1)]!;
const take = (reader: Reader): Token => {
  const token = peek(reader);
  reader.at++;
  return token;
};
const isWord = (reader: Reader, word: string): boolean => {
  const { kind, text } = peek(reader);
  return kind === 'word' && text.toLowerCase() === word;
};

function either(reader: Reader): Condition {
  const parts = [both(reader)];
  while (isWord(reader, 'or')) {
    take(reader);
    parts.push(both(reader));
  }
  return event => parts.some(part => part(event));
}

function both(reader: Reader): Condition {
  const parts = [single(reader)];
  while (isWord(reader, 'and')) {
    take(reader);
    parts.push(single(reader));
  }
  return event => parts.every(part => part(event));
}

function single(reader: Reader): Condition {
  if (isWord(reader, 'not')) {
    take(reader);
    const negated = single(reader);
    return event => !negated(event);
  }
  const { kind, text, at } = take(reader);
  if (text === '(' && kind === 'sign') {
    const inner = either(reader);
    sign(reader, ')');
    return inner;
  }
  if (kind !== 'word' && kind !== 'reference')
    throw new ConditionError(
      kind === 'end' ? `something is missing at ${at}` : `a field is wanted at ${at}, not ${JSON.stringify(text)}`,
    );
  const { macros, aliases } = reader.names;
  if (macros.has(text)) return macroOf(reader, text);
  const path = aliases.get(text) ?? text;
  if (kind === 'reference' && !aliases.has(text)) throw new ConditionError(`nothing is called ${text}`);
  return comparison(reader, path);
}

function macroOf({ names, within }: Reader, name: string): Condition {
  if (within.includes(name)) throw new ConditionError(`the macro ${name} needs itself`);
  return read(names.macros.get(name)!, names, [...within, name]);
}

function sign(reader: Reader, wanted: string): void {
  const { kind, text, at } = take(reader);
  if (kind !== 'sign' || text !== wanted) throw new ConditionError(`${JSON.stringify(wanted)} is wanted at ${at}`);
}

type Test = (value: unknown) => boolean;

function comparison(reader: Reader, path: string): Condition {
  const negated = isWord(reader, 'not');
  if (negated) take(reader);
  const { kind, text, at } = peek(reader);
  const operator = text.toLowerCase();
  const test = testOf(reader, kind, operator);
  if (test === undefined) {
    if (negated) throw new ConditionError(`"in", "contains", "like", "regex" or "exists" is wanted at ${at}`);
    return event => valuesAt(event, path).some(value => value === true || value === 'true');
  }
  // Of several values, `!=` means that none is the one.
  if (operator === '!=') return event => !valuesAt(event, path).some(value => !test(value));
  return event => valuesAt(event, path).some(test) !== negated;
}

/** Undefined where no operator stands: then the field itself is the condition. */
function testOf(reader: Reader, kind: Token['kind'], operator: string): Test | undefined {
  if (kind === 'sign' && /^[=!<>]/.test(operator)) {
    take(reader);
    return comparing(operator, literal(reader));
  }
  if (kind !== 'word' || !['in', 'contains', 'like', 'regex', 'regexp', 'exists'].includes(operator)) return undefined;
  take(reader);
  if (operator === 'exists') return value => value !== undefined && value !== null;
  if (operator === 'in') {
    const among = new Set(listOf(reader));
    return value => among.has(String(value));
  }
  const { text, at } = literal(reader);
  if (operator === 'contains')
    return value => (Array.isArray(value) ? value.map(String).includes(text) : String(value).includes(text));
  const pattern = patternOf(operator === 'like' ? likeness(text) : text, at);
  return value => pattern.test(String(value));
}

function patternOf(source: string, at: number) {
  try {
    return compileRegexp(source);
  } catch (error) {
    throw new ConditionError(`the expression at ${at} cannot be read: ${(error as Error).message}`);
  }
}

/** `*` for any letters, `?` for one. */
const likeness = (text: string): string =>
  `(?s)^${text
    .replaceAll(/[\\^$.|+()[\]{}]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.')}$`;

function literal(reader: Reader): Token {
  const token = take(reader);
  if (token.kind === 'text' || token.kind === 'number') return token;
  throw new ConditionError(`a text in quotes or a number is wanted at ${token.at}`);
}

function listOf(reader: Reader): readonly string[] {
  const { kind, text, at } = peek(reader);
  if (kind === 'reference' || kind === 'word') {
    take(reader);
    const named = reader.names.lists.get(text);
    if (named === undefined) throw new ConditionError(`no list is called ${text}`);
    return named;
  }
  if (text !== '(') throw new ConditionError(`"(" or the name of a list is wanted at ${at}`);
  take(reader);
  const items = [literal(reader).text];
  while (peek(reader).text === ',' && peek(reader).kind === 'sign') {
    take(reader);
    items.push(literal(reader).text);
  }
  sign(reader, ')');
  return items;
}

function comparing(operator: string, { kind, text }: Token): Test {
  const wanted = Number(text);
  const isNumber = kind === 'number';
  switch (operator) {
    case '=':
    case '==':
      return value => (isNumber ? Number(value) === wanted : String(value) === text);
    case '!=':
      return value => (isNumber ? Number(value) !== wanted : String(value) !== text);
    case '>':
      return value => Number(value) > wanted;
    case '<':
      return value => Number(value) < wanted;
    case '>=':
      return value => Number(value) >= wanted;
    default:
      return value => Number(value) <= wanted;
  }
}

/** All that a path leads to. Names are found as they are written, or else without regard to capitals: `ObjectRef.Resource`. */
export function valuesAt(event: object, path: string): unknown[] {
  let values: unknown[] = [event];
  for (const step of path.split('.').filter(part => part !== '')) {
    const [, name = '', every = ''] = /^([^[]*)((?:\[\*\])*)$/.exec(step) ?? [];
    values = values.flatMap(value => memberOf(value, name));
    for (let left = every.length / 3; left > 0; left--)
      values = values.flatMap(value => (Array.isArray(value) ? value : []));
  }
  return values;
}

function memberOf(value: unknown, name: string): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const found = Object.hasOwn(value, name)
    ? name
    : Object.keys(value).find(key => key.toLowerCase() === name.toLowerCase());
  return found === undefined ? [] : [(value as Record<string, unknown>)[found]];
}

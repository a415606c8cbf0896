/** Label selectors: the string grammar, `metav1.LabelSelector` objects and maps (apimachinery `labels`, `metav1.LabelSelectorAsSelector`). */
export * from './fieldselector.ts';
import { validateLabelValue, validateQualifiedName } from './names.ts';

export type LabelOperator = 'in' | 'notin' | '=' | '==' | '!=' | 'exists' | '!' | 'gt' | 'lt';

export interface Requirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

/** Requirements that must all hold. The empty list matches everything; {@link nothing} matches nothing. */
export type LabelSelector = readonly Requirement[];

/** `metav1.LabelSelector` as it stands in objects. */
export interface LabelSelectorObject {
  matchLabels?: Readonly<Record<string, string>>;
  matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}

export type Labels = Readonly<Record<string, string>> | undefined;

export const everything: LabelSelector = [];

/** The selector of an absent `metav1.LabelSelector`. */
export const nothing: LabelSelector = Object.freeze([Object.freeze({ key: '', operator: 'in', values: [] } as const)]);

const has = (labels: Labels, key: string): boolean => labels !== undefined && Object.hasOwn(labels, key);

/** True when the labels satisfy every requirement. */
export const matches = (selector: LabelSelector, labels: Labels): boolean =>
  selector.every(requirement => satisfies(requirement, labels));

function satisfies({ key, operator, values }: Requirement, labels: Labels): boolean {
  const present = has(labels, key);
  switch (operator) {
    case 'exists':
      return present;
    case '!':
      return !present;
    case 'in':
    case '=':
    case '==':
      return present && values.includes(labels![key]!);
    case 'notin':
    case '!=':
      return !present || !values.includes(labels![key]!);
    case 'gt':
    case 'lt':
      return present && compares(operator, labels![key]!, values[0] ?? '');
  }
}

function compares(operator: 'gt' | 'lt', left: string, right: string): boolean {
  if (!isInteger(left) || !isInteger(right)) return false;
  return operator === 'gt' ? BigInt(left) > BigInt(right) : BigInt(left) < BigInt(right);
}

const isInteger = (text: string): boolean => {
  if (!/^[-+]?\d+$/.test(text)) return false;
  const value = BigInt(text.replace('+', ''));
  return BigInt.asIntN(64, value) === value;
};

/** The selector `key=value,...` of a map; every entry must match. An absent or empty map matches everything. */
export const selectorFromMap = (labels: Labels): LabelSelector =>
  Object.entries(labels ?? {})
    .sort(byKey)
    .map(([key, value]) => ({ key, operator: '=', values: [value] }));

const byKey = (a: readonly [string, unknown], b: readonly [string, unknown]): number =>
  a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;

const objectOperators: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

/**
 * The selector of a `metav1.LabelSelector`: absent selects nothing, empty selects everything. Throws an Error in upstream's
 * words for an unknown operator or malformed keys and values.
 */
export function selectorFromObject(object: LabelSelectorObject | undefined | null): LabelSelector {
  if (!object) return nothing;
  const requirements = Object.entries(object.matchLabels ?? {}).map(([key, value]) => requirement(key, '=', [value]));
  for (const { key, operator, values } of object.matchExpressions ?? []) {
    const known = objectOperators[operator];
    if (known === undefined) throw new Error(`${quote(operator)} is not a valid label selector operator`);
    requirements.push(requirement(key, known, values ?? []));
  }
  return sorted(requirements);
}

const sorted = (requirements: Requirement[]): LabelSelector =>
  requirements.sort((a, b) => byKey([a.key, 0], [b.key, 0]));

const quote = (text: string): string => JSON.stringify(text);
const listed = (values: readonly string[]): string => JSON.stringify(values);

/** A checked requirement; throws an Error that names every problem. */
export function requirement(key: string, operator: LabelOperator, values: readonly string[]): Requirement {
  const problems: string[] = [];
  const keyProblems = validateQualifiedName(key);
  if (keyProblems.length > 0) problems.push(`key: Invalid value: ${quote(key)}: ${keyProblems.join('; ')}`);
  const valueProblem = countProblem(operator, values);
  if (valueProblem) problems.push(`values: Invalid value: ${listed(values)}: ${valueProblem}`);
  if (operator === 'gt' || operator === 'lt') {
    values.forEach((value, index) => {
      if (isInteger(value)) return;
      problems.push(
        `values[${index}]: Invalid value: ${quote(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    });
  }
  values.forEach((value, index) => {
    const found = validateLabelValue(value);
    if (found.length > 0)
      problems.push(`values[${index}][${key}]: Invalid value: ${quote(value)}: ${found.join('; ')}`);
  });
  const distinct = [...new Set(problems)];
  if (distinct.length > 0) throw new Error(distinct.length === 1 ? distinct[0]! : `[${distinct.join(', ')}]`);
  return { key, operator, values };
}

function countProblem(operator: LabelOperator, values: readonly string[]): string | undefined {
  switch (operator) {
    case 'in':
    case 'notin':
      return values.length === 0 ? "for 'in', 'notin' operators, values set can't be empty" : undefined;
    case '=':
    case '==':
    case '!=':
      return values.length === 1 ? undefined : 'exact-match compatibility requires one single value';
    case 'exists':
    case '!':
      return values.length === 0 ? undefined : 'values set must be empty for exists and does not exist';
    case 'gt':
    case 'lt':
      return values.length === 1 ? undefined : "for 'Gt', 'Lt' operators, exactly one value is required";
  }
}

/** The canonical text of a selector, as `status.selector` of a scale and error messages show it. */
export const formatSelector = (selector: LabelSelector): string => selector.map(formatRequirement).join(',');

function formatRequirement({ key, operator, values }: Requirement): string {
  const joined = values.length > 1 ? [...values].sort().join(',') : (values[0] ?? '');
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
      return `${key} in (${joined})`;
    case 'notin':
      return `${key} notin (${joined})`;
    case 'gt':
      return `${key}>${joined}`;
    case 'lt':
      return `${key}<${joined}`;
    default:
      return `${key}${operator}${joined}`;
  }
}

type TokenKind =
  'end' | 'identifier' | 'error' | '(' | ')' | ',' | '!' | '=' | '==' | '!=' | '>' | '<' | 'in' | 'notin';

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const symbols = new Set<string>([')', ',', '!', '==', '=', '>', '<', '!=', '(']);

function tokens(text: string): Token[] {
  const found: Token[] = [];
  let position = 0;
  while (position < text.length) {
    const rest = text.slice(position);
    const space = /^[ \t\r\n]+/.exec(rest);
    if (space) {
      position += space[0].length;
      continue;
    }
    const word = /^[^=!(),<> \t\r\n]+/.exec(rest);
    if (word) {
      position += word[0].length;
      const kind = word[0] === 'in' || word[0] === 'notin' ? word[0] : 'identifier';
      found.push({ kind, text: word[0] });
      continue;
    }
    const symbol = symbols.has(rest.slice(0, 2)) ? rest.slice(0, 2) : rest.slice(0, 1);
    position += symbol.length;
    found.push({ kind: symbol as TokenKind, text: symbol });
  }
  found.push({ kind: 'end', text: '' });
  return found;
}

const binaryOperators: Readonly<Partial<Record<TokenKind, LabelOperator>>> = {
  in: 'in',
  notin: 'notin',
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
};

/** A reader over tokens; as a value, `in` and `notin` are ordinary identifiers. */
class Parser {
  readonly #tokens: Token[];
  #position = 0;

  constructor(text: string) {
    this.#tokens = tokens(text);
  }

  peek(): Token {
    const token = this.#tokens[this.#position] ?? { kind: 'end', text: '' };
    return token.kind === 'in' || token.kind === 'notin' ? { kind: 'identifier', text: token.text } : token;
  }

  take(): Token {
    const token = this.peek();
    this.#position++;
    return token;
  }

  takeOperator(): LabelOperator {
    const token = this.#tokens[this.#position++] ?? { kind: 'end', text: '' };
    const operator = binaryOperators[token.kind];
    if (operator === undefined) throw new Error(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`);
    return operator;
  }
}

/**
 * Parses `a=b,c in (d,e),!f`. The empty text selects everything. Throws an Error in upstream's words; a server answers it as
 * BadRequest.
 */
export function parseSelector(text: string): LabelSelector {
  const parser = new Parser(text);
  const found: Requirement[] = [];
  for (;;) {
    const next = parser.peek();
    if (next.kind === 'end') return sorted(found);
    if (next.kind !== 'identifier' && next.kind !== '!') {
      throw new Error(`found '${next.text}', expected: !, identifier, or 'end of string'`);
    }
    try {
      found.push(parseRequirement(parser));
    } catch (error) {
      throw new Error(`unable to parse requirement: ${(error as Error).message}`, { cause: error });
    }
    const separator = parser.take();
    if (separator.kind === 'end') return sorted(found);
    if (separator.kind !== ',') throw new Error(`found '${separator.text}', expected: ',' or 'end of string'`);
    const after = parser.peek();
    if (after.kind !== 'identifier' && after.kind !== '!') {
      throw new Error(`found '${after.text}', expected: identifier after ','`);
    }
  }
}

function parseRequirement(parser: Parser): Requirement {
  let token = parser.take();
  const negated = token.kind === '!';
  if (negated) token = parser.take();
  if (token.kind !== 'identifier') throw new Error(`found '${token.text}', expected: identifier`);
  const key = token.text;
  const problems = validateQualifiedName(key);
  if (problems.length > 0) throw new Error(`<nil>: Invalid value: ${quote(key)}: ${problems.join('; ')}`);
  if (negated) return requirement(key, '!', []);
  const next = parser.peek().kind;
  if (next === 'end' || next === ',') return requirement(key, 'exists', []);
  const operator = parser.takeOperator();
  const values = operator === 'in' || operator === 'notin' ? parseValues(parser) : [parseExactValue(parser)];
  return requirement(key, operator, [...new Set(values)].sort());
}

function parseExactValue(parser: Parser): string {
  const next = parser.peek().kind;
  if (next === 'end' || next === ',') return '';
  const token = parser.take();
  if (token.kind !== 'identifier') throw new Error(`found '${token.text}', expected: identifier`);
  return token.text;
}

function parseValues(parser: Parser): string[] {
  const open = parser.take();
  if (open.kind !== '(') throw new Error(`found '${open.text}' expected: '('`);
  const first = parser.peek();
  if (first.kind === ')') {
    parser.take();
    return [''];
  }
  if (first.kind !== 'identifier' && first.kind !== ',') {
    throw new Error(`found '${first.text}', expected: ',', ')' or identifier`);
  }
  const values = parseIdentifiers(parser);
  parser.take();
  return values;
}

/** Reads up to, not including, the closing parenthesis; empty places are empty values. */
function parseIdentifiers(parser: Parser): string[] {
  const values: string[] = [];
  for (;;) {
    const token = parser.take();
    const next = parser.peek();
    if (token.kind === 'identifier') {
      values.push(token.text);
      if (next.kind === ')') return values;
      if (next.kind !== ',') throw new Error(`found '${next.text}', expected: ',' or ')'`);
    } else if (token.kind === ',') {
      if (values.length === 0 || next.kind === ',' || next.kind === ')') values.push('');
      if (next.kind === ')') return values;
    } else {
      throw new Error(`found '${token.text}', expected: ',', or identifier`);
    }
  }
}

/** The equality requirements of a selector as a map: what upstream lists by exact labels (`RequiresExactMatch`). */
export function exactValue(selector: LabelSelector, key: string): string | undefined {
  const found = selector.find(
    item => item.key === key && (item.operator === '=' || item.operator === '==' || item.operator === 'in'),
  );
  return found?.values.length === 1 ? found.values[0] : undefined;
}

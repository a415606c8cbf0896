/**
 * JSONPath as kubectl and the API server speak it (client-go `util/jsonpath`), for one expression: `.spec.containers[0].name`,
 * `.status.conditions[?(@.type=="Ready")].status`, `['a','b']`, `[1:3]`, `[*]`, `..name`. Templates with text and ranges are not here.
 */
import { readFilter } from './jsonpath/filter.ts';
import type { Filter } from './jsonpath/filter.ts';
import { Reader } from './jsonpath/reader.ts';

/** An expression, ready to be applied to any number of values. */
export interface JsonPath {
  /** All values found; nothing where a field is missing. */
  find(value: unknown): unknown[];
  /** The names of the fields, when the expression is nothing but fields: `.spec.replicas` is `['spec', 'replicas']`. */
  readonly fields: readonly string[] | undefined;
}

type Step = (values: readonly unknown[]) => unknown[];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const field =
  (name: string): Step =>
  values =>
    values.flatMap(value => (isObject(value) && Object.hasOwn(value, name) ? [value[name]] : []));

const children = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];

const wildcard: Step = values => values.flatMap(children);

/** Every value inside, outermost first. Walks without recursion: values may be deep. */
const descend: Step = values => {
  const found: unknown[] = [];
  const waiting = [...values].reverse();
  while (waiting.length > 0) {
    const value = waiting.pop();
    found.push(value);
    const inner = children(value);
    for (let at = inner.length - 1; at >= 0; at--) waiting.push(inner[at]);
  }
  return found;
};

const position = (at: number, length: number): number => (at < 0 ? at + length : at);

function slice(from: number | undefined, to: number | undefined, step: number): Step {
  return values =>
    values.flatMap(value => {
      if (!Array.isArray(value)) return [];
      const found: unknown[] = [];
      const end = Math.min(to === undefined ? value.length : position(to, value.length), value.length);
      for (let at = Math.max(0, position(from ?? 0, value.length)); at < end; at += step) found.push(value[at]);
      return found;
    });
}

const indexed =
  (at: number): Step =>
  values =>
    values.flatMap(value => {
      const place = Array.isArray(value) ? position(at, value.length) : -1;
      return place >= 0 && place < (value as unknown[]).length ? [(value as unknown[])[place]] : [];
    });

const filtered =
  (filter: Filter): Step =>
  values =>
    values.flatMap(value => (Array.isArray(value) ? value.filter(item => filter(item, value)) : []));

const union =
  (steps: readonly Step[]): Step =>
  values =>
    steps.flatMap(step => step(values));

/**
 * Reads an expression; it may stand in braces and begin with `$`.
 * @throws Error telling what is wrong.
 */
export function parseJsonPath(text: string): JsonPath {
  const bare = /^\{(.*)\}$/s.exec(text)?.[1] ?? text;
  const reader = new Reader(bare.trim());
  const { steps, fields } = readSteps(reader);
  if (!reader.done) throw new Error(`unexpected ${JSON.stringify(reader.peek())} in ${JSON.stringify(text)}`);
  return {
    find: value => steps.reduce<unknown[]>((values, step) => step(values), [value]),
    fields: fields.length === steps.length ? fields : undefined,
  };
}

/** At most this many steps: expressions come from users. */
const maxSteps = 100;

function readSteps(reader: Reader): { steps: Step[]; fields: string[] } {
  const steps: Step[] = [];
  const fields: string[] = [];
  if (reader.peek() === '$' || reader.peek() === '@') reader.next();
  while (!reader.done) {
    if (steps.length > maxSteps) throw new Error('the path has too many parts');
    const letter = reader.peek();
    if (letter === '[') {
      steps.push(readBrackets(reader));
      continue;
    }
    if (letter === '.') {
      reader.next();
      if (reader.peek() === '.') {
        reader.next();
        steps.push(descend);
        if (reader.peek() === '[') continue;
      }
      if (reader.done || reader.peek() === '[') continue;
    } else if (steps.length > 0) break;
    if (reader.peek() === '*') {
      reader.next();
      steps.push(wildcard);
      continue;
    }
    const name = reader.name();
    fields.push(name);
    steps.push(field(name));
  }
  return { steps, fields };
}

/** `[...]`: a filter, a wildcard, positions, slices or quoted names. */
function readBrackets(reader: Reader): Step {
  reader.expect('[');
  reader.space();
  if (reader.peek() === '?') {
    reader.next();
    const filter = readFilter(reader, () => operandPath(reader));
    reader.space();
    reader.expect(']');
    return filtered(filter);
  }
  const steps: Step[] = [];
  do {
    reader.space();
    steps.push(readSubscript(reader));
    reader.space();
  } while (reader.take(','));
  reader.expect(']');
  return steps.length === 1 ? steps[0]! : union(steps);
}

function readSubscript(reader: Reader): Step {
  const letter = reader.peek();
  if (letter === '*') {
    reader.next();
    return wildcard;
  }
  if (letter === "'" || letter === '"') return field(reader.quoted());
  const from = reader.integer();
  if (!reader.take(':')) {
    if (from === undefined) throw new Error('an array position is missing');
    return indexed(from);
  }
  const to = reader.integer();
  const step = reader.take(':') ? (reader.integer() ?? 1) : 1;
  if (step < 1) throw new Error('step must be > 0');
  return slice(from, to, step);
}

/** A path inside a filter: `@.type` or `$.spec`. */
function operandPath(reader: Reader): (item: unknown, root: unknown) => unknown[] {
  const ofRoot = reader.peek() === '$';
  reader.next();
  const steps: Step[] = [];
  while (reader.peek() === '.' || reader.peek() === '[') {
    if (reader.peek() === '[') {
      steps.push(readBrackets(reader));
      continue;
    }
    reader.next();
    if (reader.peek() === '*') {
      reader.next();
      steps.push(wildcard);
    } else steps.push(field(reader.name()));
  }
  return (item, root) => steps.reduce<unknown[]>((values, step) => step(values), [ofRoot ? root : item]);
}

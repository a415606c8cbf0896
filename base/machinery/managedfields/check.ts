/** Whether an applied configuration fits its schema, in upstream's words (structured-merge-diff `typed.AsTyped`). */
import { formatGoValue } from '../patch/value.ts';
import type { Json } from '../patch/value.ts';
import type { Schema } from '../schema/types.ts';
import { describeElement } from './element.ts';
import { elementsOf, fieldSchema, formOf, isMap, itemKeys, itemSchema } from './shape.ts';

/** What is wrong, as one text; undefined when nothing is. */
export function problemOf(schema: Schema, value: unknown): string | undefined {
  const problems: string[] = [];
  check(schema, value, '', problems);
  if (problems.length <= 1) return problems[0];
  return ['errors:', ...problems.map(problem => `  ${problem}`)].join('\n');
}

const at = (path: string, message: string): string => (path === '' ? message : `${path}: ${message}`);
const shown = (value: unknown): string => `&{${formatGoValue(value as Json)}}`;
const literal = (value: unknown): string =>
  `&value.valueUnstructured{Value:${typeof value === 'string' ? JSON.stringify(value) : formatGoValue(value as Json)}}`;

const goTypes: Record<string, string> = { string: 'string', boolean: 'bool', number: 'int64' };
const goType = (value: unknown): string =>
  Array.isArray(value) ? '[]interface {}' : (goTypes[typeof value] ?? 'map[string]interface {}');

function check(schema: Schema, value: unknown, path: string, problems: string[]): void {
  switch (formOf(schema, value)) {
    case 'scalar': {
      const problem = scalarProblem(schema, value);
      if (problem !== undefined) problems.push(at(path, problem));
      return;
    }
    case 'list':
      return checkList(schema, value, path, problems);
    case 'map':
      return checkMap(schema, value, path, problems);
  }
}

function scalarProblem({ type, format }: Schema, value: unknown): string | undefined {
  if (value === null) return undefined;
  const isScalar = typeof value !== 'object';
  const isTyped = format === undefined || format === 'byte';
  if (type === 'integer' || type === 'number') {
    return typeof value === 'number' ? undefined : `expected numeric (int or float), got ${goType(value)}`;
  }
  if (type === 'boolean') return typeof value === 'boolean' ? undefined : `expected boolean, got ${shown(value)}`;
  if (type === 'string' && isTyped)
    return typeof value === 'string' ? undefined : `expected string, got ${literal(value)}`;
  return isScalar ? undefined : `expected any scalar, got ${shown(value)}`;
}

function checkList(schema: Schema, value: unknown, path: string, problems: string[]): void {
  if (value === null) return;
  if (!Array.isArray(value)) return void problems.push(at(path, `expected list, got ${shown(value)}`));
  const keys = itemKeys(schema);
  let elements: string[];
  try {
    elements = keys === undefined ? value.map((_, index) => `i:${index}`) : elementsOf(schema, keys, value);
  } catch (error) {
    problems.push(at(path, (error as Error).message));
    return;
  }
  const seen = new Set<string>();
  elements.forEach((element, index) => {
    const text = describeElement(element);
    if (seen.has(element)) problems.push(at(path, `duplicate entries for key ${text}`));
    seen.add(element);
    check(itemSchema(schema), value[index], path + text, problems);
  });
}

function checkMap(schema: Schema, value: unknown, path: string, problems: string[]): void {
  if (value === null) return;
  if (!isMap(value)) return void problems.push(at(path, `expected map, got ${shown(value)}`));
  for (const name of Object.keys(value)) {
    const child = fieldSchema(schema, name);
    if (child === undefined) problems.push(at(`${path}.${name}`, 'field not declared in schema'));
    else check(child, value[name], `${path}.${name}`, problems);
  }
}

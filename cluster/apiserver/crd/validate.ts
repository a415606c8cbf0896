/**
 * Checks a value against an OpenAPI v3 schema, in the words and order of upstream's validator (kube-openapi `validation/validate`,
 * apiextensions `apiserver/validation`). With an old value, what did not change is not judged again (ratcheting).
 */
import { isDeepStrictEqual } from 'node:util';
import type { JSONSchemaProps } from '@orrery/kinds/types';
import * as field from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { validateCombinations } from './combinations.ts';
import { isOfFormat } from './formats.ts';
import { hasPattern } from './patterns.ts';

/** What one schema says of one value. */
export class Findings {
  readonly errors: FieldError[] = [];
  /** How many checks were made: upstream tells of the alternative that went furthest. */
  checks = 0;

  add(other: Findings): void {
    for (const error of other.errors) this.errors.push(error);
    this.checks += other.checks;
  }
}

/** An old value that is not there. */
const absent = Symbol('absent');
type Old = unknown;

/**
 * @param path of the value; empty for the whole object
 * @param old the value before a change; what equals it is taken as it is
 */
export function validateValue(schema: JSONSchemaProps, value: unknown, path = '', old: Old = absent): FieldError[] {
  steps = 0;
  try {
    return judge(schema, value, path, old).errors;
  } catch (error) {
    if (error instanceof TooLong) return [field.forbidden(path, tooLong)];
    throw error;
  }
}

/** Large schemas on large values are given up: nobody may keep the server busy for seconds. */
const maxSteps = 1_000_000;
const tooLong = `must not need more than ${maxSteps} steps to validate`;
class TooLong extends Error {}
/** Of the validation under way; it is never interrupted. */
let steps = 0;

export function judge(schema: JSONSchemaProps, value: unknown, path: string, old: Old): Findings {
  const findings = new Findings();
  if (++steps > maxSteps) throw new TooLong();
  if (old !== absent && isDeepStrictEqual(value, old)) return findings;
  checkType(findings, schema, value, path);
  if (value === null) {
    checkEnum(findings, schema, value, path);
    return findings;
  }
  validateCombinations(findings, schema, value, path, part => judge(part, value, path, old));
  if (typeof value === 'string') checkText(findings, schema, value, path);
  else if (typeof value === 'number') checkNumber(findings, schema, value, path);
  else if (Array.isArray(value)) checkList(findings, schema, value, path, old);
  checkEnum(findings, schema, value, path);
  if (typeof value === 'object' && !Array.isArray(value))
    checkObject(findings, schema, value as Record<string, unknown>, path, old);
  return findings;
}

const shown = (path: string): string => `${path} in body`;

/** The word for a value's type in messages. */
function typeWord(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function checkType(findings: Findings, schema: JSONSchemaProps, value: unknown, path: string): void {
  const wanted = schema['x-kubernetes-int-or-string'] ? ['integer', 'string'] : schema.type ? [schema.type] : [];
  if (value === null && schema.nullable) return;
  if (wanted.length === 0) return;
  findings.checks++;
  const actual = typeWord(value);
  if (wanted.includes(actual) || (actual === 'integer' && wanted.includes('number'))) return;
  findings.errors.push(
    field.typeInvalid(path, actual, `${shown(path)} must be of type ${wanted.join(',')}: ${JSON.stringify(actual)}`),
  );
}

function checkEnum(findings: Findings, schema: JSONSchemaProps, value: unknown, path: string): void {
  const { enum: words } = schema;
  if (!words || words.length === 0) return;
  findings.checks++;
  if (words.some(word => isDeepStrictEqual(word, value))) return;
  const listed = words.map(word => (typeof word === 'string' ? word : JSON.stringify(word)));
  findings.errors.push(field.notSupported(path, value, listed));
}

/** Letters as Go counts them. */
function lengthOf(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length - 1; at++)
    if ((text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) length--;
  return length;
}

function checkText(findings: Findings, schema: JSONSchemaProps, value: string, path: string): void {
  findings.checks++;
  const problem = textProblem(schema, value, path);
  if (problem) findings.errors.push(problem);
  if (!schema.format) return;
  findings.checks++;
  if (schema.type && schema.type !== 'string') return;
  if (isOfFormat(value, schema.format)) return;
  const detail = `${shown(path)} must be of type ${schema.format}: ${field.quote(value)}`;
  findings.errors.push(field.typeInvalid(path, value, detail));
}

/** Only the first of these is told. */
function textProblem(schema: JSONSchemaProps, value: string, path: string): FieldError | undefined {
  const { maxLength, minLength, pattern } = schema;
  if (maxLength !== undefined && lengthOf(value) > maxLength) return field.tooLong(path, maxLength);
  if (minLength !== undefined && lengthOf(value) < minLength)
    return field.invalid(path, value, `${shown(path)} should be at least ${minLength} chars long`);
  if (pattern && !hasPattern(pattern, value))
    return field.invalid(path, value, `${shown(path)} should match '${pattern}'`);
  return undefined;
}

/** Whether one number is a multiple of another, free of the errors of binary fractions. */
function isMultiple(value: number, factor: number): boolean {
  if (factor === 0) return true;
  const quotient = value / factor;
  return Math.abs(quotient - Math.round(quotient)) <= Math.abs(quotient) * Number.EPSILON * 4;
}

function checkNumber(findings: Findings, schema: JSONSchemaProps, value: number, path: string): void {
  findings.checks++;
  const tell = (detail: string): void =>
    void findings.errors.push(field.invalid(path, value, `${shown(path)} ${detail}`));
  const { multipleOf, maximum, minimum, exclusiveMaximum, exclusiveMinimum, format } = schema;
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) tell(`should be a multiple of ${multipleOf}`);
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum))
    tell(`should be less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`);
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum))
    tell(`should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`);
  if (format === 'int32' && schema.type === 'integer' && (value > 2147483647 || value < -2147483648)) {
    const detail = `Checked value must be of type integer with format int32 in body must be of type integer: ${value}`;
    findings.errors.push(field.invalid(path, value, detail));
  }
}

function checkList(
  findings: Findings,
  schema: JSONSchemaProps,
  list: readonly unknown[],
  path: string,
  old: Old,
): void {
  findings.checks++;
  const { items, minItems, maxItems } = schema;
  if (items && !Array.isArray(items)) {
    const before = earlierItems(schema, old);
    list.forEach((item, at) => findings.add(judge(items, item, `${path}[${at}]`, before(item))));
  }
  if (minItems !== undefined && list.length < minItems)
    findings.errors.push(field.invalid(path, list.length, `${shown(path)} should have at least ${minItems} items`));
  if (maxItems !== undefined && list.length > maxItems)
    findings.errors.push(field.tooMany(path, list.length, maxItems));
}

/** Items of a list with keys are found again by their keys; others have no earlier self. */
function earlierItems(schema: JSONSchemaProps, old: Old): (item: unknown) => Old {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (!Array.isArray(old) || schema['x-kubernetes-list-type'] !== 'map' || !keys) return () => absent;
  const identity = (item: unknown): string =>
    JSON.stringify(keys.map(key => (item as Record<string, unknown> | null)?.[key] ?? null));
  const known = new Map(old.map(item => [identity(item), item as unknown]));
  return item => {
    const key = identity(item);
    return known.has(key) ? known.get(key) : absent;
  };
}

function checkObject(
  findings: Findings,
  schema: JSONSchemaProps,
  object: Record<string, unknown>,
  path: string,
  old: Old,
): void {
  findings.checks++;
  const names = Object.keys(object);
  const { minProperties, maxProperties } = schema;
  if (minProperties !== undefined && names.length < minProperties) {
    const detail = `${shown(path)} should have at least ${minProperties} properties`;
    return void findings.errors.push(field.invalid(path, names.length, detail));
  }
  if (maxProperties !== undefined && names.length > maxProperties)
    return void findings.errors.push(field.tooMany(path, names.length, maxProperties));
  const before = typeof old === 'object' && old !== null && !Array.isArray(old) ? (old as Record<string, unknown>) : {};
  const { additionalProperties: values } = schema;
  for (const name of names.sort()) {
    const known = schema.properties && Object.hasOwn(schema.properties, name);
    const inner = known ? schema.properties![name] : typeof values === 'object' ? values : undefined;
    const here = path === '' ? name : `${path}.${name}`;
    if (inner) findings.add(judge(inner, object[name], here, Object.hasOwn(before, name) ? before[name] : absent));
  }
  for (const name of schema.required ?? []) {
    findings.checks++;
    if (!Object.hasOwn(object, name)) findings.errors.push(field.required(path === '' ? name : `${path}.${name}`));
  }
}

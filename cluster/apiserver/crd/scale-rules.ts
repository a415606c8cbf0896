/** What the parts of a custom resource must be that its definition calls replicas and selector (apiextensions `customResourceValidator`). */
import { invalid } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import type { ScalePaths } from '../registry/resource.ts';

const most = 2 ** 31 - 1;

const textOf = (path: readonly string[]): string => `.${path.join('.')}`;

/** A value of JSON as Go's `%v` shows it. */
function shown(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(shown).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const members = Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${members.map(([name, member]) => `${name}:${shown(member)}`).join(' ')}]`;
}

/** The type that Go decodes a value of JSON into. */
function goType(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : 'string';
}

/** What lies at a path: undefined where nothing does, and what is wrong with a value of another type. */
function read(object: unknown, path: readonly string[], type: 'int64' | 'string'): { value?: unknown; wrong?: string } {
  let value = object;
  const wrong = (upTo: number, expected: string): { wrong: string } => ({
    wrong: `${textOf(path.slice(0, upTo))} accessor error: ${shown(value)} is of the type ${goType(value)}, expected ${expected}`,
  });
  for (const [at, name] of path.entries()) {
    if (value === null) return {};
    if (goType(value) !== 'map[string]interface {}') return wrong(at + 1, 'map[string]interface{}');
    if (!Object.hasOwn(value as object, name)) return {};
    value = (value as Record<string, unknown>)[name];
    if (value === undefined) return {};
  }
  return goType(value) === type ? { value } : wrong(path.length, type);
}

function validateReplicas(object: unknown, path: readonly string[]): FieldError[] {
  const { value = 0, wrong } = read(object, path, 'int64');
  const field = textOf(path);
  if (wrong !== undefined) return [invalid(field, 0, wrong)];
  if ((value as number) < 0) return [invalid(field, value, 'should be a non-negative integer')];
  return (value as number) > most ? [invalid(field, value, `should be less than or equal to ${most}`)] : [];
}

export const validateScaleSpec = (scale: ScalePaths | undefined, object: unknown): FieldError[] =>
  scale ? validateReplicas(object, scale.spec) : [];

export function validateScaleStatus(scale: ScalePaths | undefined, object: unknown): FieldError[] {
  if (!scale) return [];
  const wrong = scale.selector && read(object, scale.selector, 'string').wrong;
  return [
    ...validateReplicas(object, scale.status),
    ...(wrong === undefined ? [] : [invalid(textOf(scale.selector!), '', wrong)]),
  ];
}

/**
 * Validation errors (apimachinery `util/validation/field`): where, what kind, which value, why; and the 422 answer made of them.
 */
import { StatusError } from './status.ts';

/** A place in an object, e.g. `spec.containers[0].name` or `metadata.labels[a/b]`. Plain text: cheap to build, easy to compare. */
export type FieldPath = string;

export type FieldErrorType =
  | 'notFound'
  | 'required'
  | 'duplicate'
  | 'invalid'
  | 'notSupported'
  | 'forbidden'
  | 'tooLong'
  | 'tooMany'
  | 'internal'
  | 'typeInvalid';

/** One thing that is wrong with an object. */
export interface FieldError {
  readonly type: FieldErrorType;
  readonly field: FieldPath;
  /** Everything after the field: `Invalid value: "x": must be ...`. */
  readonly message: string;
}

const words: Record<FieldErrorType, readonly [text: string, reason: string]> = {
  notFound: ['Not found', 'FieldValueNotFound'],
  required: ['Required value', 'FieldValueRequired'],
  duplicate: ['Duplicate value', 'FieldValueDuplicate'],
  invalid: ['Invalid value', 'FieldValueInvalid'],
  notSupported: ['Unsupported value', 'FieldValueNotSupported'],
  forbidden: ['Forbidden', 'FieldValueForbidden'],
  tooLong: ['Too long', 'FieldValueTooLong'],
  tooMany: ['Too many', 'FieldValueTooMany'],
  internal: ['Internal error', 'InternalError'],
  typeInvalid: ['Invalid value', 'FieldValueTypeInvalid'],
};

/** `child('spec', 'replicas')` is `spec.replicas`; an empty parent is the root. Plain joining: validation builds many paths. */
export function child(parent: FieldPath, name: string, deeper?: string): FieldPath {
  const path = parent === '' ? name : `${parent}.${name}`;
  return deeper === undefined ? path : `${path}.${deeper}`;
}

export const index = (parent: FieldPath, at: number): FieldPath => `${parent}[${at}]`;

export const key = (parent: FieldPath, name: string): FieldPath => `${parent}[${name}]`;

/** What Go shows as it is: letters, marks, digits, signs and the plain space. */
const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

function escapeOf(letter: string): string {
  const code = letter.codePointAt(0)!;
  const digits = code.toString(16);
  if (code === 0x7f) return '\\x7f';
  return code < 0x10000 ? `\\u${digits.padStart(4, '0')}` : `\\U${digits.padStart(8, '0')}`;
}

const controls: Readonly<Record<string, string>> = { '07': '\\a', '08': '\\b', '0b': '\\v' };

/** Go's `%q`: what upstream quotes values with. */
export const quote = (text: string): string =>
  JSON.stringify(text)
    .replace(/\\u00([0-9a-f]{2})/g, (_all, code: string) => controls[code] ?? `\\x${code}`)
    .replace(unprintable, escapeOf);

/** How a bad value is shown: texts quoted, the rest as JSON. */
function show(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  return typeof value === 'string' ? quote(value) : JSON.stringify(value);
}

const make = (type: FieldErrorType, field: FieldPath, value: string | undefined, detail: string): FieldError => {
  const head = value === undefined ? words[type][0] : `${words[type][0]}: ${value}`;
  return { type, field, message: detail === '' ? head : `${head}: ${detail}` };
};

export const required = (field: FieldPath, detail = ''): FieldError => make('required', field, undefined, detail);
export const forbidden = (field: FieldPath, detail = ''): FieldError => make('forbidden', field, undefined, detail);
export const invalid = (field: FieldPath, value: unknown, detail: string): FieldError =>
  make('invalid', field, show(value), detail);
/** For values that upstream shows in a form of their own (a Go structure, a Stringer): `shown` is written as it is. */
export const invalidShown = (field: FieldPath, shown: string, detail: string): FieldError =>
  make('invalid', field, shown, detail);
export const duplicate = (field: FieldPath, value: unknown): FieldError => make('duplicate', field, show(value), '');
export const notFound = (field: FieldPath, value: unknown, detail = ''): FieldError =>
  make('notFound', field, show(value), detail);
export const internal = (field: FieldPath, detail: string): FieldError => make('internal', field, undefined, detail);
export const typeInvalid = (field: FieldPath, value: unknown, detail: string): FieldError =>
  make('typeInvalid', field, show(value), detail);

/** `supported` is shown in the order given: callers pass it sorted where upstream sorts. */
export const notSupported = (field: FieldPath, value: unknown, supported: readonly string[]): FieldError =>
  make(
    'notSupported',
    field,
    show(value),
    supported.length === 0 ? '' : `supported values: ${supported.map(quote).join(', ')}`,
  );

/** `maxLength` is in bytes. */
export const tooLong = (field: FieldPath, maxLength: number): FieldError =>
  make('tooLong', field, undefined, maxLength < 0 ? 'value is too long' : `may not be more than ${maxLength} bytes`);

export const tooMany = (field: FieldPath, count: number, max: number): FieldError =>
  make('tooMany', field, String(count), `must have at most ${max} item${max === 1 ? '' : 's'}`);

/** `field: message`: one element of the 422's sentence. */
export const describe = ({ field, message }: FieldError): string => (field === '' ? message : `${field}: ${message}`);

/** What a 422 is about. */
export interface InvalidObject {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

/** The answer to an object that fails validation: 422 `Kind.group "name" is invalid: [..]` with a cause per error. */
export function invalidObject({ group, kind, name }: InvalidObject, errors: readonly FieldError[]): StatusError {
  const sentences = [...new Set(errors.map(describe))];
  const sentence = sentences.length === 1 ? sentences[0]! : `[${sentences.join(', ')}]`;
  const qualified = group === '' ? kind : `${kind}.${group}`;
  const causes = errors.map(({ type, field, message }) => ({
    reason: words[type][1],
    message,
    ...(field && { field }),
  }));
  const details = { ...(name && { name }), ...(group && { group }), ...(kind && { kind }), causes };
  return new StatusError(422, 'Invalid', `${qualified} "${name}" is invalid: ${sentence}`, details);
}

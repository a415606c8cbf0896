/** Names and lists that the kinds of resource.k8s.io share. */
import { child, duplicate, index, invalid, required, tooLong, tooMany } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import { subdomain } from '../rules.ts';
import type { Errors } from '../rules.ts';
import { driverName } from '../storage/driver-validation.ts';

const identifierMax = 32;
const identifierRule =
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";

function identifier(errors: Errors, value: string, path: FieldPath): void {
  if (value.length > identifierMax) errors.push(tooLong(path, identifierMax));
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(value)) errors.push(invalid(path, value, identifierRule));
}

/** `name` or `domain/name`: attributes and capacities of devices. */
export function qualifiedName(errors: Errors, name: string, path: FieldPath): void {
  if (name === '') return void errors.push(required(path, 'name required'));
  const parts = name.split('/');
  if (parts.length === 1) identifier(errors, name, path);
  if (parts.length !== 2) return;
  const [domain = '', last = ''] = parts;
  if (domain === '') errors.push(required(path, 'the domain must not be empty'));
  else driverName(errors, domain, path);
  if (last === '') errors.push(required(path, 'the name must not be empty'));
  else identifier(errors, last, path);
}

/** With a domain in any case. */
export function fullName(errors: Errors, name: string, path: FieldPath): void {
  qualifiedName(errors, name, path);
  if (!name.includes('/')) errors.push(invalid(path, name, 'must include a domain'));
}

const poolMax = 253;

export function poolName(errors: Errors, name: string, path: FieldPath): void {
  if (name === '') return void errors.push(required(path));
  if (name.length > poolMax) errors.push(tooLong(path, poolMax));
  for (const part of name.split('/')) subdomain(errors, part, path);
}

/** Each item, and not too many of them. */
export function listOf<T>(
  errors: Errors,
  items: readonly T[],
  max: number,
  path: FieldPath,
  judge: (item: T, path: FieldPath) => void,
): void {
  items.forEach((item, at) => judge(item, index(path, at)));
  if (max >= 0 && items.length > max) errors.push(tooMany(path, items.length, max));
}

/** As {@link listOf}, each key once; `keyOf` answers the key and the field that holds it. */
export function setOf<T>(
  errors: Errors,
  items: readonly T[],
  max: number,
  path: FieldPath,
  keyOf: (item: T) => readonly [key: string, field: string | undefined],
  judge: (item: T, path: FieldPath) => void,
): void {
  const seen = new Set<string>();
  items.forEach((item, at) => {
    const here = index(path, at);
    judge(item, here);
    const [key, field] = keyOf(item);
    if (seen.has(key)) errors.push(duplicate(field === undefined ? here : child(here, field), key));
    seen.add(key);
  });
  if (max >= 0 && items.length > max) errors.push(tooMany(path, items.length, max));
}

/** What changed between two forms of an object, as a patch. Inputs are never changed; members that are undefined count as absent. */
import type { JsonPatchOperation } from '@orrery/machinery/patch';

type Members = Readonly<Record<string, unknown>>;
type Value = JsonPatchOperation['value'];

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const namesOf = (object: Members): string[] => Object.keys(object).filter(name => object[name] !== undefined);
const has = (object: Members, name: string): boolean => Object.hasOwn(object, name) && object[name] !== undefined;

/** Equal as JSON, whatever the order of members. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  }
  if (!isMembers(a) || !isMembers(b)) return false;
  const names = namesOf(a);
  return names.length === namesOf(b).length && names.every(name => has(b, name) && sameJson(a[name], b[name]));
}

/**
 * The JSON merge patch (RFC 7386) that makes `after` from `before`; undefined when they are the same. Lists are replaced whole. A null
 * in `after` cannot be expressed: it removes the member.
 */
export function mergePatchOf(before: object, after: object): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {};
  const from = before as Members;
  const to = after as Members;
  for (const name of namesOf(from)) if (!has(to, name)) define(patch, name, null);
  for (const name of namesOf(to)) {
    const old = has(from, name) ? from[name] : undefined;
    if (sameJson(old, to[name])) continue;
    const inner = isMembers(old) && isMembers(to[name]) ? mergePatchOf(old, to[name]) : to[name];
    define(patch, name, inner);
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** Also under names such as `__proto__` that assignment would misread. */
const define = (target: object, name: string, value: unknown): void =>
  void Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });

/**
 * The JSON patch (RFC 6902) that makes `after` from `before`: only `add`, `remove` and `replace`. Items at the start and the end of a
 * list that stay are left alone, those between are compared in place.
 */
export function jsonPatchOf(before: object, after: object): JsonPatchOperation[] {
  const operations: JsonPatchOperation[] = [];
  compare(before, after, '', operations);
  return operations;
}

const pointer = (path: string, token: string | number): string =>
  `${path}/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`;

function compare(before: unknown, after: unknown, path: string, operations: JsonPatchOperation[]): void {
  if (sameJson(before, after)) return;
  if (Array.isArray(before) && Array.isArray(after)) return compareLists(before, after, path, operations);
  if (!isMembers(before) || !isMembers(after)) {
    operations.push({ op: 'replace', path, value: after as Value });
    return;
  }
  for (const name of namesOf(before)) {
    if (!has(after, name)) operations.push({ op: 'remove', path: pointer(path, name) });
  }
  for (const name of namesOf(after)) {
    const at = pointer(path, name);
    if (has(before, name)) compare(before[name], after[name], at, operations);
    else operations.push({ op: 'add', path: at, value: after[name] as Value });
  }
}

function compareLists(
  before: readonly unknown[],
  after: readonly unknown[],
  path: string,
  operations: JsonPatchOperation[],
): void {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && sameJson(before[head], after[head])) head++;
  let tail = 0;
  while (tail < shorter - head && sameJson(before.at(-1 - tail), after.at(-1 - tail))) tail++;
  const kept = shorter - tail;
  for (let index = head; index < kept; index++) compare(before[index], after[index], pointer(path, index), operations);
  // From the end, so that the places of those before stay what they are.
  for (let index = before.length - tail - 1; index >= kept; index--) {
    operations.push({ op: 'remove', path: pointer(path, index) });
  }
  for (let index = kept; index < after.length - tail; index++) {
    operations.push({ op: 'add', path: pointer(path, index), value: after[index] as Value });
  }
}

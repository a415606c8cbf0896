/**
 * JSON patch (RFC 6902) as the API server reads it. It differs from the RFC where upstream does: `replace` of an absent member
 * adds it, negative array indexes count from the end, and the whole document cannot be addressed. A general library
 * follows the RFC in all three, so this is our own.
 */
import { badRequest, StatusError } from '../status.ts';
import { deepEqual, getOwn, goTypeName, isList, isObject, setOwn, type Json, type JsonObject } from './value.ts';

export interface JsonPatchOperation {
  op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  path: string;
  from?: string;
  value?: Json;
}

const maxOperations = 10_000;
/** Copies multiply a document: together they may not write more than this many characters. */
const maxCopiedLength = 3 * 1024 * 1024;

/** Every failure to apply has one answer upstream; what went wrong stays out of it. */
const cannotApply = (): StatusError =>
  new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});

/**
 * Applies the operations in order to a document. Throws a StatusError: BadRequest when `patch` is no list of operations,
 * RequestEntityTooLarge for too many, Invalid when one cannot be applied (then nothing is changed).
 */
export function applyJsonPatch(document: JsonObject, patch: unknown): JsonObject {
  const operations = decode(patch as Json);
  let copied = 0;
  const apply = (current: Json, operation: JsonPatchOperation | null): Json => {
    if (operation?.op !== 'copy') return applyOne(current, operation);
    const value = read(current, tokensOf(operation.from)) ?? null;
    copied += JSON.stringify(value).length;
    if (copied > maxCopiedLength) throw cannotApply();
    return change(current, tokensOf(operation.path), insert(value));
  };
  return operations.reduce(apply, document as Json) as JsonObject;
}

/** What of an operation is text. */
const texts = ['op', 'path', 'from'];

function decode(patch: Json): readonly (JsonPatchOperation | null)[] {
  const wrong = (value: Json, type: string) =>
    badRequest(`error decoding patch: json: cannot unmarshal ${goTypeName(value)} into Go value of type ${type}`);
  if (patch === null) return [];
  if (!isList(patch)) throw wrong(patch, '[]handlers.jsonPatchOp');
  for (const operation of patch) {
    if (operation === null) continue;
    if (!isObject(operation)) throw wrong(operation, 'handlers.jsonPatchOp');
    for (const name of texts) {
      const text = operation[name] ?? '';
      if (typeof text === 'string') continue;
      const place = `struct field jsonPatchOp.${name} of type string`;
      throw badRequest(`error decoding patch: json: cannot unmarshal ${goTypeName(text)} into Go ${place}`);
    }
  }
  if (patch.length > maxOperations) {
    const problem = `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`;
    throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: ${problem}`);
  }
  return patch as unknown as readonly (JsonPatchOperation | null)[];
}

function applyOne(document: Json, operation: JsonPatchOperation | null): Json {
  if (operation === null) throw cannotApply();
  const { op, path, from, value } = operation;
  const target = tokensOf(path);
  switch (op) {
    case 'add':
      return change(document, target, insert(value ?? null));
    case 'remove':
      return change(document, target, remove);
    case 'replace':
      return change(document, target, replace(value ?? null));
    case 'move': {
      const moved = read(document, tokensOf(from));
      return change(change(document, tokensOf(from), remove), target, insert(moved ?? null));
    }
    case 'test':
      if (!deepEqual(read(document, target) ?? null, value ?? null)) throw cannotApply();
      return document;
    default:
      throw cannotApply();
  }
}

/** At least one token: upstream cannot address the whole document. What stands before the first slash means nothing. */
function tokensOf(pointer: unknown): readonly string[] {
  if (typeof pointer !== 'string' || !pointer.includes('/')) throw cannotApply();
  return pointer
    .split('/')
    .slice(1)
    .map(token => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value at a pointer; undefined for an absent member of an object. */
function read(document: Json, tokens: readonly string[]): Json | undefined {
  let current: Json | undefined = document;
  for (const token of tokens) {
    if (isList(current)) current = current[indexOf(token, current.length, current.length - 1)];
    else if (isObject(current)) current = getOwn(current, token);
    else throw cannotApply();
  }
  return current;
}

function indexOf(token: string, length: number, highest: number): number {
  if (!/^[-+]?\d+$/.test(token)) throw cannotApply();
  const index = Number(token);
  const absolute = index < 0 ? index + length : index;
  if (absolute < 0 || absolute > highest) throw cannotApply();
  return absolute;
}

/** What to do to the container that holds the last token. */
type Edit = (container: readonly Json[] | JsonObject, token: string) => Json;

function change(document: Json, tokens: readonly string[], edit: Edit): Json {
  const [token, ...rest] = tokens as [string, ...string[]];
  if (!isList(document) && !isObject(document)) throw cannotApply();
  if (rest.length === 0) return edit(document, token);
  if (isList(document)) {
    const index = indexOf(token, document.length, document.length - 1);
    return document.with(index, change(document[index]!, rest, edit));
  }
  const inner = getOwn(document, token);
  if (inner === undefined) throw cannotApply();
  return withMember(document, token, change(inner, rest, edit));
}

/** Upstream keeps what a patch goes through as maps, which it writes with sorted keys: its error messages show that. */
function sortedCopy(object: JsonObject, without?: string): Record<string, Json> {
  const copy: Record<string, Json> = {};
  for (const key of Object.keys(object).sort()) if (key !== without) setOwn(copy, key, object[key]!);
  return copy;
}

function withMember(object: JsonObject, key: string, value: Json): JsonObject {
  if (Object.hasOwn(object, key)) {
    const changed = sortedCopy(object);
    setOwn(changed, key, value);
    return changed;
  }
  const added = { ...object };
  setOwn(added, key, value);
  return sortedCopy(added);
}

const insert =
  (value: Json): Edit =>
  (container, token) => {
    if (!isList(container)) return withMember(container, token, value);
    const index = token === '-' ? container.length : indexOf(token, container.length + 1, container.length);
    return container.toSpliced(index, 0, value);
  };

const replace =
  (value: Json): Edit =>
  (container, token) =>
    isList(container)
      ? container.with(indexOf(token, container.length, container.length - 1), value)
      : withMember(container, token, value);

const remove: Edit = (container, token) => {
  if (isList(container)) return container.toSpliced(indexOf(token, container.length, container.length - 1), 1);
  if (!Object.hasOwn(container, token)) throw cannotApply();
  return sortedCopy(container, token);
};

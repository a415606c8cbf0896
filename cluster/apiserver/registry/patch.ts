/** Patch: one of three languages applied to the stored object as it is served (apiserver `handlers/patch.go`). */
import { applyJsonPatch, applyMergePatch, applyStrategicMergePatch, formatGoValue } from '@orrery/machinery/patch';
import type { Json, JsonObject } from '@orrery/machinery/patch';
import { duplicateFields } from '@orrery/machinery/schema';
import { badRequest, StatusError } from '@orrery/machinery/status';
import { jsonProblem } from '@orrery/machinery/json-problem';
import { parseJson } from './json.ts';
import type { ResourceInfo } from './resource.ts';

/** A patch that was read. */
export interface Patch {
  apply(document: JsonObject): JsonObject;
  /** How a refusal shows what was wrong: the patched document, or the patch itself where upstream never makes the document. */
  show(patched: JsonObject): string;
  /** The decoder's message as this kind of patch words it. */
  explain(problem: string): string;
  /** What strict reading has against the patch itself: keys given twice, and what operations do not know. */
  problems(): string[];
}

const json = 'application/json-patch+json';
const merge = 'application/merge-patch+json';
const strategic = 'application/strategic-merge-patch+json';
const applyType = 'application/apply-patch+yaml';

/** Whether a patch is an applied configuration rather than a change. */
export const isApply = (contentType: string): boolean => contentType.split(';')[0]!.trim() === applyType;

/** JSON patches with more operations are refused. */
const maxOperations = 10_000;

/** Upstream's router knows the types that patches of built-in kinds have, and has few words. */
const notRouted = (): StatusError => new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});

const unsupported = (accepted: readonly string[]): StatusError =>
  new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );

function parse(body: Uint8Array, type: string, read: (body: Uint8Array) => unknown): unknown {
  try {
    return read(body);
  } catch {
    // For a strategic patch upstream passes on what its decoder says, without a word of its own.
    const prefix = type === strategic ? '' : 'error decoding patch: ';
    throw badRequest(`${prefix}${jsonProblem(new TextDecoder().decode(body))}`);
  }
}

/** The patch of a request. @throws StatusError 415 for a type that is not served, 400 for a body that is no patch. */
export function patchOf(info: ResourceInfo, contentType: string, body: Uint8Array, read = parseJson<unknown>): Patch {
  const type = contentType.split(';')[0]!.trim();
  const { patchSchema } = info.rules;
  const accepted = patchSchema ? [json, merge, strategic, applyType] : [json, merge, applyType];
  if (!accepted.includes(type) && !info.typedItems) throw notRouted();
  if (!accepted.includes(type) || type === applyType) throw unsupported(accepted);
  const patch = parse(body, type, read);
  if (type === json) {
    if (Array.isArray(patch) && patch.length > maxOperations) {
      throw new StatusError(
        413,
        'RequestEntityTooLarge',
        `Request entity is too large: The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`,
      );
    }
    const problems = () => [...duplicatesIn(body), ...unknownParts(patch)].map(problem => `json patch ${problem}`);
    return { apply: document => applyJsonPatch(document, patch), show: showDocument, explain: same, problems };
  }
  const problems = () => duplicatesIn(body);
  if (type === merge)
    return { apply: document => applyMergePatch(document, patch), show: showDocument, explain: same, problems };
  return {
    apply: document => applyStrategicMergePatch(document, patch, patchSchema),
    show: () => formatGoValue(patch as Json),
    explain: inWordsOfConverter,
    problems,
  };
}

const duplicatesIn = (body: Uint8Array): string[] =>
  duplicateFields(new TextDecoder().decode(body)).map(path => `duplicate field ${JSON.stringify(path)}`);

const operationParts = ['op', 'path', 'from', 'value'];

const unknownParts = (patch: unknown): string[] =>
  (Array.isArray(patch) ? (patch as unknown[]) : []).flatMap((operation, index) =>
    Object.keys(operation ?? {})
      .filter(name => !operationParts.includes(name))
      .map(name => `unknown field ${JSON.stringify(`[${index}].${name}`)}`),
  );

/** Kinds of Go values by the names that its JSON decoder has for them. */
const goKinds: Readonly<Record<string, string>> = {
  object: 'map',
  array: 'slice',
  string: 'string',
  number: 'int64',
  bool: 'bool',
};

/**
 * A strategic patch is not decoded from JSON but converted from maps, in other words (runtime `unstructuredConverter`). Go would convert a
 * number to a string, hence the words for that; what it converts nowhere is of an unrecognized type.
 */
function inWordsOfConverter(problem: string): string {
  const [, from = '', isDecimal, to = ''] = /cannot unmarshal (\w+)( \S+)? into .* of type (\S+)$/.exec(problem) ?? [];
  const kind = isDecimal ? 'float64' : goKinds[from];
  if (kind === undefined) return problem;
  if (to.startsWith('[]')) return `cannot restore slice from ${kind}`;
  if (to.startsWith('map[')) return `cannot restore map from ${kind}`;
  if (to === 'string' && kind === 'int64') return 'cannot convert int64 to string';
  if (/^int(32|64)$/.test(to) && kind === 'float64') return `cannot convert float64 to ${to}`;
  if (/^(string|bool|int32|int64|float64)$/.test(to)) return `unrecognized type: ${to}`;
  // What else has a name is a structure, unless an object was refused: every structure takes one.
  return kind === 'map' ? problem : `cannot restore struct from: ${kind}`;
}

const same = (problem: string): string => problem;

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

/** The order in which upstream writes metadata. */
const metadataOrder = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
];

function showDocument(patched: JsonObject): string {
  const { metadata } = patched as { metadata?: Record<string, unknown> };
  const ordered = metadata && {
    ...Object.fromEntries(metadataOrder.filter(name => name in metadata).map(name => [name, metadata[name]])),
    ...Object.fromEntries(Object.entries(metadata).filter(([name]) => !metadataOrder.includes(name))),
  };
  const whole = { ...patched, ...(ordered && { metadata: ordered }) };
  return JSON.stringify(Object.fromEntries(Object.entries(whole).sort(byName)));
}

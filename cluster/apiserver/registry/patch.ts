/** Patch: one of three languages applied to the stored object as it is served (apiserver `handlers/patch.go`). */
import { applyJsonPatch, applyMergePatch, applyStrategicMergePatch, formatGoValue } from '@orrery/machinery/patch';
import type { Json, JsonObject } from '@orrery/machinery/patch';
import { duplicateFields } from '@orrery/machinery/schema';
import { badRequest, StatusError } from '@orrery/machinery/status';
import { jsonProblem } from './json-problem.ts';
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

function parse(body: Uint8Array, read: (body: Uint8Array) => unknown): unknown {
  try {
    return read(body);
  } catch {
    throw badRequest(`error decoding patch: ${jsonProblem(new TextDecoder().decode(body))}`);
  }
}

/** The patch of a request. @throws StatusError 415 for a type that is not served, 400 for a body that is no patch. */
export function patchOf(info: ResourceInfo, contentType: string, body: Uint8Array, read = parseJson<unknown>): Patch {
  const type = contentType.split(';')[0]!.trim();
  const { patchSchema } = info.rules;
  const accepted = patchSchema ? [json, merge, strategic, applyType] : [json, merge, applyType];
  if (!accepted.includes(type) && !info.typedItems) throw notRouted();
  if (!accepted.includes(type) || type === applyType) throw unsupported(accepted);
  const patch = parse(body, read);
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
    explain: problem =>
      /cannot unmarshal object into .* of type \[\]/.test(problem) ? 'cannot restore slice from map' : problem,
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

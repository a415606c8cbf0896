/** Patch: one of three languages applied to the stored object as it is served (apiserver `handlers/patch.go`). */
import { applyJsonPatch, applyMergePatch, applyStrategicMergePatch } from '@orrery/machinery/patch';
import type { JsonObject } from '@orrery/machinery/patch';
import { badRequest, StatusError } from '@orrery/machinery/status';
import { jsonProblem } from './json-problem.ts';
import { parseJson } from './json.ts';
import type { ResourceInfo } from './resource.ts';

export type PatchFunction = (document: JsonObject) => JsonObject;

const json = 'application/json-patch+json';
const merge = 'application/merge-patch+json';
const strategic = 'application/strategic-merge-patch+json';
/** JSON patches with more operations are refused. */
const maxOperations = 10_000;

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
export function patchOf(
  info: ResourceInfo,
  contentType: string,
  body: Uint8Array,
  read = parseJson<unknown>,
): PatchFunction {
  const type = contentType.split(';')[0]!.trim();
  const { patchSchema } = info.rules;
  const accepted = patchSchema ? [json, merge, strategic] : [json, merge];
  if (!accepted.includes(type)) throw unsupported(accepted);
  const patch = parse(body, read);
  if (type === json) {
    if (Array.isArray(patch) && patch.length > maxOperations) {
      throw new StatusError(
        413,
        'RequestEntityTooLarge',
        `Request entity is too large: The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`,
      );
    }
    return document => applyJsonPatch(document, patch);
  }
  if (type === merge) return document => applyMergePatch(document, patch);
  return document => applyStrategicMergePatch(document, patch, patchSchema);
}

/** Bodies of writes: read once, checked for their kind, decoded by the kind's schema. */
import { header } from '@orrery/http';
import type { Request } from '@orrery/http';
import * as field from '@orrery/machinery/fieldpath';
import { invalidObject } from '@orrery/machinery/fieldpath';
import { apiVersionOf } from '@orrery/machinery/meta';
import type { KubeObject } from '@orrery/machinery/meta';
import type { JsonObject } from '@orrery/machinery/patch';
import { badRequest, StatusError } from '@orrery/machinery/status';
import { decodeFailure, duplicateFields } from '@orrery/machinery/schema';
import { parse as parseYaml } from 'yaml';
import type { RequestContext } from '../chain/context.ts';
import { parseJson } from '../registry/json.ts';
import type { FieldValidation, ResourceInfo } from '../registry/resource.ts';
import { jsonProblem } from '../registry/json-problem.ts';
import { decodeProtobuf } from './protobuf.ts';

const decoder = new TextDecoder();
const accepted = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

export type BodyFormat = 'json' | 'yaml' | 'protobuf';

/** @throws StatusError 415. No content type is read as JSON. */
export function bodyFormatOf(request: Request): BodyFormat {
  const type = (header(request.headers, 'content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  if (type === '' || type === 'application/json') return 'json';
  if (type === 'application/yaml') return 'yaml';
  if (type === 'application/vnd.kubernetes.protobuf') return 'protobuf';
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
  throw new StatusError(415, 'UnsupportedMediaType', message);
}

/** Upstream's glance at a body it could not read. */
function summary(body: Uint8Array): string {
  if (body.length === 0) return '<empty>';
  const shown = body.subarray(0, 30);
  const text = body[0] === 0x7b ? decoder.decode(shown) : Buffer.from(shown).toString('hex');
  return body.length > 30 ? `${text} ...` : text;
}

/** The parsed body and its kind. @throws StatusError 400 in upstream's words. */
export function readBodyValue(request: Request, expectedKind: string): unknown {
  const format = bodyFormatOf(request);
  const unrecognized = (why: string): StatusError =>
    badRequest(
      `the object provided is unrecognized (must be of type ${expectedKind}): ${why} (${summary(request.body)})`,
    );
  if (format === 'protobuf') return decodeProtobuf(request.body);
  if (format === 'yaml') {
    try {
      return parseYaml(decoder.decode(request.body), { version: '1.1', merge: true, maxAliasCount: 100 });
    } catch (error) {
      throw unrecognized(`couldn't get version/kind; json parse error: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  let value: unknown;
  try {
    value = parseJson(request.body);
  } catch {
    throw unrecognized(`couldn't get version/kind; json parse error: ${jsonProblem(decoder.decode(request.body))}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const type = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
    throw unrecognized(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${type} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    );
  }
  return value;
}

/** Reads `fieldValidation`. @throws StatusError 422 as upstream. */
export function fieldValidationOf(context: RequestContext): FieldValidation {
  const word = context.query.get('fieldValidation');
  if (word === undefined || word === '') return 'Warn';
  if (word === 'Strict' || word === 'Warn' || word === 'Ignore') return word;
  throw badRequest(
    `fieldValidation: Unsupported value: ${JSON.stringify(word)}: supported values: "", "Ignore", "Strict", "Warn"`,
  );
}

function checkKind(info: ResourceInfo, value: Record<string, unknown>): void {
  const { kind, apiVersion } = value;
  const expected = apiVersionOf(info);
  const version = typeof apiVersion === 'string' && apiVersion !== '' ? apiVersion : expected;
  const given = typeof kind === 'string' && kind !== '' ? kind : info.kind;
  if (given === info.kind && version === expected) return;
  if (given === info.kind) {
    throw badRequest(`the API version in the data (${version}) does not match the expected API version (${expected})`);
  }
  const why = `no kind ${JSON.stringify(given)} is registered for version ${JSON.stringify(version)} in scheme "pkg/api/legacyscheme/scheme.go:30"`;
  throw badRequest(
    `${given} in version ${JSON.stringify(shortVersion(version))} cannot be handled as a ${info.kind}: ${why}`,
  );
}

const shortVersion = (apiVersion: string): string => apiVersion.slice(apiVersion.indexOf('/') + 1);

/** Where duplicate keys are looked for: the text of a JSON body. */
function duplicatesOf(request: Request): string[] {
  return bodyFormatOf(request) === 'json' ? duplicateFields(decoder.decode(request.body)) : [];
}

/** Takes a parsed body in as an object of the resource's kind, with defaults. @throws StatusError 400. */
export function decodeObject(info: ResourceInfo, value: unknown, context: RequestContext): KubeObject {
  const typed = value as Record<string, unknown>;
  checkKind(info, typed);
  const decoded = info.rules.decode(typed);
  if (decoded.error !== undefined) {
    throw badRequest(decodeFailure(info.kind, info.version, info.kind, decoded.error));
  }
  reportFields(info, decoded.unknown, context, true);
  return finished(info, decoded.value as KubeObject);
}

/** Takes the result of a patch in. @throws StatusError 422 about the patch, as upstream. */
export function decodePatched(info: ResourceInfo, value: JsonObject, context: RequestContext): KubeObject {
  const decoded = info.rules.decode(value);
  const { kind, apiVersion } = value;
  const retyped =
    (kind !== undefined && kind !== info.kind) || (apiVersion !== undefined && apiVersion !== apiVersionOf(info));
  const problem =
    decoded.error ?? (retyped ? `the patched object is ${String(apiVersion)}, Kind=${String(kind)}` : undefined);
  if (problem !== undefined) {
    const shown = JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))));
    throw invalidObject({ group: '', kind: '', name: '' }, [field.invalid('patch', shown, problem)]);
  }
  reportFields(info, decoded.unknown, context, false);
  return finished(info, decoded.value as KubeObject);
}

function finished(info: ResourceInfo, object: KubeObject): KubeObject {
  object.metadata ??= {};
  info.rules.setDefaults(object);
  return info.conversion ? info.conversion.toStored(object) : object;
}

/** Refuses, warns of or ignores unknown and duplicate fields. */
function reportFields(
  info: ResourceInfo,
  unknown: readonly string[],
  context: RequestContext,
  fromBody: boolean,
): void {
  const validation = fieldValidationOf(context);
  if (validation === 'Ignore') return;
  const problems = unknown.map(path => `unknown field ${JSON.stringify(path)}`);
  if (fromBody) problems.push(...duplicatesOf(context.request).map(path => `duplicate field ${JSON.stringify(path)}`));
  if (problems.length === 0) return;
  if (validation === 'Strict') {
    throw badRequest(
      decodeFailure(info.kind, info.version, info.kind, `strict decoding error: ${problems.join(', ')}`),
    );
  }
  for (const problem of problems) context.warnings.add(problem);
}

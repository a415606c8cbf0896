/** Bodies of writes: read once, checked for their kind, decoded by the kind's schema. */
import { header } from '@orrery/http';
import type { Request } from '@orrery/http';
import { catalogue, schemaOf } from '@orrery/kinds';
import type { KindInfo } from '@orrery/kinds';
import * as field from '@orrery/machinery/fieldpath';
import { invalidObject } from '@orrery/machinery/fieldpath';
import { apiVersionOf, parseApiVersion } from '@orrery/machinery/meta';
import type { KubeObject } from '@orrery/machinery/meta';
import { goTypeName } from '@orrery/machinery/patch';
import type { Json, JsonObject } from '@orrery/machinery/patch';
import { badRequest, StatusError } from '@orrery/machinery/status';
import { decode, decodeFailure, duplicateFields } from '@orrery/machinery/schema';
import type { RequestContext } from '../chain/context.ts';
import { rememberEmptyLists } from '../registry/fields.ts';
import { parseJson } from '../registry/json.ts';
import type { Patch } from '../registry/patch.ts';
import type { FieldValidation, ResourceInfo } from '../registry/resource.ts';
import { jsonProblem } from '@orrery/machinery/json-problem';
import { decodeProtobuf } from './protobuf.ts';
import { duplicateYamlKeys, readYaml } from './yaml-input.ts';

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

const versionAndKind = `couldn't get version/kind; json parse error: `;

/** What upstream has against a body before it knows what it is; undefined when it goes on. */
export function unreadable(value: unknown): string | undefined {
  const refused = (type: string, into: string): string =>
    `${versionAndKind}json: cannot unmarshal ${type} into Go ${into}`;
  if (value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) {
    const whole =
      'value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
    return refused(goTypeName(value as Json), whole);
  }
  for (const name of ['apiVersion', 'kind'] as const) {
    const text = (value as Record<string, unknown>)[name] ?? '';
    if (typeof text !== 'string') return refused(goTypeName(text as Json), `struct field .${name} of type string`);
    if (name === 'apiVersion' && text.split('/').length > 2) return `unexpected GroupVersion string: ${text}`;
  }
  return undefined;
}

/** The parsed body. @throws Error with upstream's words, StatusError for what is no fault of its form */
export function parseBody(request: Request, format: BodyFormat): unknown {
  if (format === 'yaml') return readYaml(request);
  try {
    return parseJson(request.body);
  } catch (cause) {
    throw new Error(`${versionAndKind}${jsonProblem(decoder.decode(request.body))}`, { cause });
  }
}

/** The parsed body and its kind. @throws StatusError 400 in upstream's words. */
export function readBodyValue(request: Request, expectedKind: string): unknown {
  const format = bodyFormatOf(request);
  const unrecognized = (why: string): StatusError =>
    badRequest(
      `the object provided is unrecognized (must be of type ${expectedKind}): ${why} (${summary(request.body)})`,
    );
  let value: unknown;
  try {
    value = format === 'protobuf' ? decodeProtobuf(request.body) : parseBody(request, format);
  } catch (error) {
    if (error instanceof StatusError && (format !== 'protobuf' || !/expected prefix/.test(error.message))) throw error;
    throw unrecognized((error as Error).message);
  }
  const problem = unreadable(value);
  if (problem !== undefined) throw unrecognized(problem);
  return value ?? {};
}

/** Reads `fieldValidation`; its word was checked with the other options. */
export function fieldValidationOf(context: RequestContext): FieldValidation {
  const word = context.query.get('fieldValidation');
  return word === 'Strict' || word === 'Ignore' ? word : 'Warn';
}

const notRegistered = (kind: string, version: string): string =>
  `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(version)} in scheme "pkg/api/legacyscheme/scheme.go:30"`;

const typedAs = (apiVersion: string, kind: string): KindInfo | undefined =>
  catalogue.byKind({ ...parseApiVersion(apiVersion), kind });

/** The body must be of the kind that the path asks for; upstream decodes it as what it says it is before it compares. */
function checkKind(info: ResourceInfo, value: Record<string, unknown>): void {
  const { kind, apiVersion } = value;
  const expected = apiVersionOf(info);
  if (info.typedItems) return checkCustomKind(info, value);
  const version = typeof apiVersion === 'string' && apiVersion !== '' ? apiVersion : expected;
  const given = typeof kind === 'string' && kind !== '' ? kind : info.kind;
  if (given === info.kind && version === expected) return;
  const other = typedAs(version, given);
  if (other && given === info.kind) {
    throw versionMismatch(version, expected);
  }
  const problem = other
    ? (decode(schemaOf(other), value).error ?? unconvertible(other, info))
    : notRegistered(given, version);
  throw badRequest(decodeFailure(given, parseApiVersion(version).version, info.kind, problem));
}

const versionMismatch = (version: string, expected: string): StatusError =>
  badRequest(`the API version in the data (${version}) does not match the expected API version (${expected})`);

/** Custom resources say what they are; nothing is taken for granted. */
function checkCustomKind(info: ResourceInfo, value: Record<string, unknown>): void {
  const { kind, apiVersion, metadata } = value;
  const expected = apiVersionOf(info);
  if (typeof kind !== 'string' || kind === '') {
    const text = JSON.stringify(value);
    const start = summary(Buffer.from(text));
    const why = `Object 'Kind' is missing in '${text.slice(0, maxShown)}'`;
    throw badRequest(`the object provided is unrecognized (must be of type ${info.kind}): ${why} (${start})`);
  }
  if (apiVersion !== expected) throw versionMismatch(typeof apiVersion === 'string' ? apiVersion : '', expected);
  if (kind === info.kind) return;
  const { name } = (metadata ?? {}) as { name?: unknown };
  const problem = field.invalid('kind', kind, `must be ${info.kind}`);
  throw invalidObject({ group: info.group, kind, name: typeof name === 'string' ? name : '' }, [problem]);
}

/** Bodies are repeated in messages up to this length. */
const maxShown = 1024;

const goPackage = (group: string): string => (group === '' ? 'core' : group.split('.')[0]!);

const unconvertible = (from: KindInfo, to: ResourceInfo): string =>
  `converting (${from.version}.${from.kind}) to (${goPackage(to.group)}.${to.kind}): unknown conversion`;

/** Keys given twice in the body, as problems of field validation. */
function duplicatesOf(request: Request): string[] {
  const format = bodyFormatOf(request);
  if (format === 'protobuf') return [];
  if (format === 'json') {
    return duplicateFields(decoder.decode(request.body)).map(path => `duplicate field ${JSON.stringify(path)}`);
  }
  const lines = duplicateYamlKeys(request).map(
    ({ line, key }) => `\n  line ${line}: key ${JSON.stringify(key)} already set in map`,
  );
  return lines.length > 0 ? [`yaml: unmarshal errors:${lines.join('')}`] : [];
}

/** Takes a parsed body in as an object of the resource's kind, with defaults. @throws StatusError 400. */
export function decodeObject(info: ResourceInfo, value: unknown, context: RequestContext): KubeObject {
  const typed = value as Record<string, unknown>;
  checkKind(info, typed);
  const decoded = info.rules.decode(typed);
  if (decoded.error !== undefined) {
    throw badRequest(decodeFailure(info.kind, info.version, info.kind, decoded.error));
  }
  reportFields(info, decoded.unknown, context);
  return finished(info, decoded.value as KubeObject, typed);
}

/** Takes an object in that the server itself put together. @throws StatusError 500 */
export function decodeMade(info: ResourceInfo, value: object): KubeObject {
  const decoded = info.rules.decode(value);
  if (decoded.error !== undefined) throw new StatusError(500, undefined, decoded.error);
  return finished(info, decoded.value as KubeObject, {});
}

/** Takes the result of a patch in. @throws StatusError 422 about the patch, as upstream. */
export function decodePatched(
  info: ResourceInfo,
  patch: Patch,
  value: JsonObject,
  context: RequestContext,
): KubeObject {
  const refused = (why: string): StatusError =>
    invalidObject({ group: '', kind: '', name: '' }, [field.invalid('patch', patch.show(value), patch.explain(why))]);
  const decoded = info.rules.decode(value);
  const problem = retypedProblem(info, value) ?? decoded.error;
  if (problem !== undefined) throw refused(problem);
  const validation = fieldValidationOf(context);
  const problems = validation === 'Ignore' ? [] : [...patch.problems(), ...decoded.unknown.map(unknownField)];
  if (problems.length > 0 && validation === 'Strict') throw refused(`strict decoding error: ${problems.join(', ')}`);
  for (const text of problems) context.warnings.add(text);
  return finished(info, decoded.value as KubeObject, value);
}

/** Why a patched document that changed its kind cannot be read; undefined when it did not. */
function retypedProblem(info: ResourceInfo, value: JsonObject): string | undefined {
  const { kind, apiVersion } = value;
  const expected = apiVersionOf(info);
  if (info.typedItems) return void checkCustomKind(info, value);
  if ((kind === undefined || kind === info.kind) && (apiVersion === undefined || apiVersion === expected))
    return undefined;
  const version = String(apiVersion ?? expected);
  const given = String(kind ?? info.kind);
  const other = typedAs(version, given);
  if (other === undefined) return notRegistered(given, version);
  return decode(schemaOf(other), value).error ?? unconvertible(other, info);
}

const unknownField = (path: string): string => `unknown field ${JSON.stringify(path)}`;

function finished(info: ResourceInfo, object: KubeObject, given: Readonly<Record<string, unknown>>): KubeObject {
  object.metadata ??= {};
  // An empty list says something: nobody owns anything from now on.
  const { managedFields } = (given.metadata ?? {}) as { managedFields?: unknown };
  if (Array.isArray(managedFields) && managedFields.length === 0) object.metadata.managedFields = [];
  rememberEmptyLists(object, given.spec);
  info.rules.setDefaults(object);
  return info.conversion ? info.conversion.toStored(object) : object;
}

/** Refuses, warns of or ignores unknown and duplicate fields. */
function reportFields(info: ResourceInfo, unknown: readonly string[], context: RequestContext): void {
  const validation = fieldValidationOf(context);
  if (validation === 'Ignore') return;
  const duplicates = duplicatesOf(context.request);
  const isYaml = duplicates[0]?.startsWith('yaml: ') ?? false;
  const told = unknown.map(unknownField);
  const problems = isYaml ? [...duplicates, ...told] : [...told, ...duplicates];
  if (problems.length === 0) return;
  if (validation === 'Strict') {
    throw badRequest(
      decodeFailure(info.kind, info.version, info.kind, `strict decoding error: ${problems.join(', ')}`),
    );
  }
  for (const problem of problems) context.warnings.add(problem);
}

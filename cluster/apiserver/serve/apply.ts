/** Server-side apply: a PATCH whose body says what its sender wants of an object, as YAML or JSON (apiserver `handlers/patch.go`, `applyPatcher`). */
import type { KubeObject } from '@orrery/machinery/meta';
import { cloneJson } from '@orrery/machinery/patch';
import { badRequest, conflict, StatusError } from '@orrery/machinery/status';
import { duplicateFields } from '@orrery/machinery/schema';
import type { RequestContext } from '../chain/context.ts';
import { applyConfiguration } from '../registry/fields.ts';
import { withConverted } from '../registry/pending.ts';
import { parseJson } from '../registry/json.ts';
import type { Machine, WriteRequest } from '../registry/machine.ts';
import { resourceName } from '../registry/resource.ts';
import type { ResourceInfo } from '../registry/resource.ts';
import { decodeMade, fieldValidationOf } from './body.ts';
import { duplicateYamlKeys, readYaml } from './yaml-input.ts';

export type Configuration = Readonly<Record<string, unknown>>;

const decoder = new TextDecoder();

/** The body of an apply. JSON is YAML, but read much faster as what it is. @throws StatusError 400 */
export function readConfiguration({ request }: RequestContext): Configuration {
  let value: unknown;
  try {
    value = request.body[0] === 0x7b ? readJson(request.body) : undefined;
    value ??= readYaml(request);
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw badRequest(`error decoding YAML: error converting YAML to JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || Array.isArray(value)) {
    const type = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${type} into Go value of type map[string]interface {}`,
    );
  }
  return (value ?? {}) as Configuration;
}

function readJson(body: Uint8Array): unknown {
  try {
    return parseJson<unknown>(body);
  } catch {
    return undefined;
  }
}

/** Keys that a map of the body gives twice: an error or a warning. */
export function checkDuplicates(context: RequestContext): void {
  const validation = fieldValidationOf(context);
  if (validation === 'Ignore') return;
  const { request } = context;
  if (request.body[0] === 0x7b) {
    if (duplicateFields(decoder.decode(request.body)).length === 0) return;
    readYaml(request);
  }
  const lines = duplicateYamlKeys(request).map(
    ({ line, key }) => `\n  line ${line}: key ${JSON.stringify(key)} already set in map`,
  );
  if (lines.length === 0) return;
  const problem = `error converting YAML to JSON: yaml: unmarshal errors:${lines.join('')}`;
  if (validation === 'Strict') throw badRequest(`error strict decoding YAML: ${problem}`);
  context.warnings.add(problem);
}

/** What an update calls to get the new object: it knows who owns its fields. */
export function applierOf(
  machine: Machine,
  info: ResourceInfo,
  context: RequestContext,
  request: WriteRequest,
): (current: KubeObject | undefined) => Promise<KubeObject> {
  const { name, subresource } = context.info;
  let configuration: Configuration | undefined;
  return async current => {
    configuration ??= readConfiguration(context);
    context.requestObject = configuration;
    const given = configuration;
    const { document, own } = await withConverted(converted =>
      applyConfiguration(machine, info, subresource, current, given, request, converted),
    );
    checkDuplicates(context);
    const object = document === undefined ? cloneJson(current!) : decodeMade(info, cloneJson(document));
    own(object);
    if (current === undefined && object.metadata.uid) {
      const why = `uid mismatch: the provided object specified uid ${object.metadata.uid}, and no existing object was found`;
      throw conflict(resourceName(info, name), why);
    }
    return object;
  };
}

/** The options of writes: query parameters, and for deletes a body. */
import { schemaOfType } from '@orrery/kinds';
import * as field from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { decode } from '@orrery/machinery/schema';
import { StatusError } from '@orrery/machinery/status';
import type { RequestContext } from '../chain/context.ts';
import type { Query } from '../chain/query.ts';
import { validateDeleteOptions } from '../registry/delete.ts';
import type { DeleteOptions } from '../registry/delete.ts';
import type { WriteRequest } from '../registry/machine.ts';
import { booleanOf, integerOf } from '../registry/parameters.ts';
import { invalid } from '../registry/resource.ts';
import { bodyFormatOf, parseBody, unreadable } from './body.ts';
import { decodeProtobuf } from './protobuf.ts';

/** `ApplyOptions` are the PatchOptions of an apply. */
type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'ApplyOptions' | 'DeleteOptions';

const maxManagerBytes = 128;
const validations = ['', 'Ignore', 'Strict', 'Warn'];

/** Letters, marks, digits, signs and the plain space. */
const printable = /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

function managerProblems(manager: string): FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(manager) > maxManagerBytes) errors.push(field.tooLong('fieldManager', maxManagerBytes));
  let at = 0;
  for (const letter of manager) {
    if (!printable.test(letter)) {
      const code = letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
      errors.push(field.invalid('fieldManager', manager, `invalid character U+${code} (at position ${at})`));
    }
    at += Buffer.byteLength(letter);
  }
  return errors;
}

const dryRunProblems = (dryRuns: readonly string[]): FieldError[] =>
  dryRuns.some(value => value !== 'All') ? [field.notSupported('dryRun', dryRuns, ['All'])] : [];

/** What is wrong with the options of a write (apimachinery `ValidateCreateOptions` and friends). */
function problems(kind: OptionsKind, dryRuns: readonly string[], query: Query): FieldError[] {
  // The options of a delete are judged as a whole before.
  if (kind === 'DeleteOptions') return [];
  const errors: FieldError[] = [];
  if (kind === 'PatchOptions' && query.has('force')) {
    errors.push(field.forbidden('force', 'may not be specified for non-apply patch'));
  }
  const manager = query.get('fieldManager') ?? '';
  if (kind === 'ApplyOptions' && manager === '') {
    errors.push(field.required('fieldManager', 'is required for apply patch'));
  }
  errors.push(...managerProblems(manager), ...dryRunProblems(dryRuns));
  const validation = query.get('fieldValidation') ?? '';
  if (!validations.includes(validation)) errors.push(field.notSupported('fieldValidation', validation, validations));
  return errors;
}

/** What a write is told of its request. `extra` are the options that came in a body. */
export function writeRequestOf(
  context: RequestContext,
  wanted: OptionsKind,
  extra: Readonly<Record<string, unknown>> = {},
): WriteRequest {
  const { query, request } = context;
  const told = Array.isArray(extra.dryRun) ? (extra.dryRun as string[]) : [];
  const dryRuns = wanted === 'DeleteOptions' ? told : query.all('dryRun');
  const errors = problems(wanted, dryRuns, query);
  const kind = wanted === 'ApplyOptions' ? 'PatchOptions' : wanted;
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', errors);
  const dryRun = dryRuns.length > 0;
  const fieldManager = query.get('fieldManager');
  const fieldValidation = query.get('fieldValidation');
  const userAgent = request.headers['user-agent'];
  return {
    user: context.user,
    userAgent: typeof userAgent === 'string' ? userAgent : '',
    dryRun,
    options: {
      kind,
      apiVersion: 'meta.k8s.io/v1',
      ...extra,
      ...(dryRun && { dryRun: dryRuns }),
      ...(fieldManager && { fieldManager }),
      ...(wanted === 'ApplyOptions' && query.has('force') && { force: booleanOf(query, 'force') }),
      ...(fieldValidation && { fieldValidation }),
    },
    signal: request.signal,
    warn: text => void context.warnings.add(text),
    annotate: (key, value) => void (context.annotations[key] = value),
  };
}

const undecodable = (message: string): StatusError => new StatusError(500, undefined, message);

function deleteBody(context: RequestContext): Record<string, unknown> {
  const { request } = context;
  if (request.body.length === 0) return {};
  const format = bodyFormatOf(request);
  if (format === 'protobuf') return decodeProtobuf(request.body) as Record<string, unknown>;
  let value: unknown;
  try {
    value = parseBody(request, format) ?? {};
  } catch (error) {
    throw error instanceof StatusError ? error : undecodable((error as Error).message);
  }
  const problem = unreadable(value);
  if (problem !== undefined) throw undecodable(problem);
  const { kind = 'DeleteOptions', apiVersion = 'v1' } = value as Record<string, unknown>;
  if (kind !== 'DeleteOptions') {
    const scheme = 'pkg/apis/meta/internalversion/scheme/register.go:27';
    throw undecodable(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme ${JSON.stringify(scheme)}`,
    );
  }
  const decoded = decode(schemaOfType('meta.v1.DeleteOptions'), value);
  if (decoded.error !== undefined) throw undecodable(decoded.error);
  return decoded.value as Record<string, unknown>;
}

/** The options of a delete: its body, else its query. @throws StatusError 400, and 422 for options that contradict each other */
export function deleteOptionsOf(context: RequestContext): { options: DeleteOptions; extra: Record<string, unknown> } {
  const { query, request } = context;
  const options: DeleteOptions & Record<string, unknown> = deleteBody(context);
  if (request.body.length === 0) {
    const grace = integerOf(query, 'gracePeriodSeconds');
    if (grace !== undefined) options.gracePeriodSeconds = grace;
    const policy = query.get('propagationPolicy');
    if (policy !== undefined) options.propagationPolicy = policy;
    const orphan = booleanOf(query, 'orphanDependents');
    if (orphan !== undefined) options.orphanDependents = orphan;
    const uid = query.get('uid');
    if (uid) options.preconditions = { uid };
    const dryRun = query.all('dryRun');
    if (dryRun.length > 0) options.dryRun = dryRun;
  }
  const dryRuns = Array.isArray(options.dryRun) ? (options.dryRun as string[]) : [];
  validateDeleteOptions(options, dryRunProblems(dryRuns));
  const { kind: _kind, apiVersion: _apiVersion, ...extra } = options;
  return { options, extra };
}

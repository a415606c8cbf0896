/** Create: admission, the resource's rules, one commit (registry `Store.Create`). */
import { required } from '@orrery/machinery/fieldpath';
import type { KubeObject } from '@orrery/machinery/meta';
import { cloneJson } from '@orrery/machinery/patch';
import { alreadyExists, badRequest, StatusError } from '@orrery/machinery/status';
import type { Finish, WriteContext } from '../types.ts';
import { Admission } from './admission.ts';
import { trackWrite } from './fields.ts';
import { contextOf } from './machine.ts';
import type { Machine, WriteRequest, Written } from './machine.ts';
import { dedupeOwners, fillForCreate, placeInNamespace, wipeSystemFields } from './metadata.ts';
import { deepFreeze } from './objects.ts';
import { headOf, identityOf, valueOf } from './record.ts';
import { errorKind, invalid, resourceName, storageKey } from './resource.ts';
import type { ResourceInfo } from './resource.ts';

/** How often a generated name that is taken is drawn anew. */
const nameAttempts = 8;

/**
 * Stores a new object, given in its stored version with defaults filled.
 * @throws StatusError 409 when the name is taken, 422 when it is invalid, and whatever admission says.
 */
export async function create(
  machine: Machine,
  info: ResourceInfo,
  namespace: string,
  given: KubeObject,
  request: WriteRequest,
): Promise<Written> {
  const context = contextOf(machine, request);
  placeInNamespace(given, info, namespace);
  if (given.metadata.resourceVersion) {
    throw new StatusError(500, undefined, 'resourceVersion should not be set on objects to be created');
  }
  wipeSystemFields(given);
  dedupeOwners(given, context.warn, false);
  trackWrite(machine, info, '', undefined, given, request);
  for (let attempt = 1; ; attempt++) {
    const generated = !given.metadata.name && Boolean(given.metadata.generateName);
    const object = generated && attempt < nameAttempts ? cloneJson(given) : given;
    try {
      return await createNamed(machine, info, namespace, object, request, context);
    } catch (error) {
      const taken = error instanceof StatusError && error.reason === 'AlreadyExists';
      if (!taken || !generated) throw error;
      if (attempt >= nameAttempts) throw exhausted(info, error);
    }
  }
}

/** Upstream's answer when every drawn name was taken. */
const exhausted = (info: ResourceInfo, error: StatusError): StatusError =>
  new StatusError(
    409,
    'AlreadyExists',
    `${error.message}, the server was not able to generate a unique name for the object`,
    {
      ...error.details,
      kind: info.resource,
    },
  );

async function createNamed(
  machine: Machine,
  info: ResourceInfo,
  namespace: string,
  given: KubeObject,
  request: WriteRequest,
  context: WriteContext,
): Promise<Written> {
  const admission = new Admission(machine, request, {
    operation: 'CREATE',
    info,
    subresource: '',
    namespace,
    name: given.metadata.name ?? '',
  });
  const object = (await admission.admit(given))!;
  placeInNamespace(object, info, namespace);
  dedupeOwners(object, context.warn, true);
  fillForCreate(object, context);
  const finish = await settleNew(info, object, context, admission);
  return storeNew(machine, info, namespace, object, request, finish);
}

/** Reservations, the resource's own rules and validating admission. Shared with updates that create. */
export async function settleNew(
  info: ResourceInfo,
  object: KubeObject,
  context: WriteContext,
  admission: Admission,
): Promise<Finish | undefined> {
  const begin = (): Promise<Finish | undefined> | undefined => info.hooks?.beginCreate?.(object, context);
  const isFirst = info.hooks?.beforeRules === true;
  const reserved = isFirst ? await begin() : undefined;
  try {
    await beforeCreate(info, object, context);
    await admission.validate(object);
  } catch (error) {
    await reserved?.(false);
    throw error;
  }
  return isFirst ? reserved : begin();
}

/** The resource's own preparation and checks of a new object. */
async function beforeCreate(info: ResourceInfo, object: KubeObject, context: WriteContext): Promise<void> {
  const { strategy } = info;
  if (strategy.resetsStatus) (object as { status?: unknown }).status = info.rules.emptyStatus();
  strategy.prepareForCreate?.(object, context);
  if (!object.metadata.name && !object.metadata.generateName) {
    throw invalid(errorKind(info), '', [required('metadata.name', 'name or generateName is required')]);
  }
  const errors = [...info.rules.validateCreate(object), ...(strategy.validate?.(object, context) ?? [])];
  if (strategy.judge) errors.push(...(await strategy.judge(object, undefined, errors, context)));
  if (errors.length > 0) throw invalid(errorKind(info), object.metadata.name ?? '', errors);
  for (const text of info.rules.warnings?.(object, undefined) ?? []) context.warn(text);
  for (const text of strategy.warnings?.(object, undefined, context) ?? []) context.warn(text);
  strategy.canonicalize?.(object);
}

/** Commits a new object; takes reservations back when that fails. */
export async function storeNew(
  machine: Machine,
  info: ResourceInfo,
  namespace: string,
  object: KubeObject,
  request: WriteRequest,
  finish: Finish | undefined,
): Promise<Written> {
  let stored = false;
  try {
    const name = object.metadata.name!;
    if (name === '') throw badRequest('name must be provided');
    const key = storageKey(info, namespace, name);
    if (request.dryRun) {
      if ((await machine.store.get(key)) !== undefined) throw await taken(machine, info, key, name);
      return { object, value: valueOf(object), revision: 0, created: true };
    }
    const kept = info.converter ? await info.converter.toStored(object) : object;
    const value = valueOf(kept);
    const head = headOf(kept, info.strategy.selectableFields?.(object) ?? {}, info.refresh?.stamp);
    const { timeToLiveMs } = info.strategy;
    const expiresAtMs = timeToLiveMs === undefined ? undefined : machine.clock.now() + timeToLiveMs;
    const result = await machine.store.commit({
      compare: [{ key, revision: 0 }],
      operations: [{ type: 'put', key, head, value, ...(expiresAtMs !== undefined && { expiresAtMs }) }],
    });
    if (!result.committed) throw await taken(machine, info, key, name);
    stored = true;
    object.metadata.resourceVersion = kept.metadata.resourceVersion = String(result.revision);
    machine.objects.put(key, result.revision, deepFreeze(kept));
    return { object, value, revision: result.revision, created: true, ...(info.converter && { head }) };
  } finally {
    await finish?.(stored);
  }
}

async function taken(machine: Machine, info: ResourceInfo, key: string, name: string): Promise<StatusError> {
  const error = alreadyExists(resourceName(info, name));
  const existing = await machine.store.get(key);
  if (existing === undefined || identityOf(existing.head).deletionTimestamp === '') return error;
  return new StatusError(error.code, error.reason, `object is being deleted: ${error.message}`, error.details);
}

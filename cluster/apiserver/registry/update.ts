/** Update: read, change, check, commit only if nobody was faster (registry `Store.Update`, storage `GuaranteedUpdate`). */
import { failpoint } from '@orrery/machinery/failpoint';
import { pathSegmentName, validateObjectMeta, validateObjectMetaUpdate } from '@orrery/kinds/meta';
import * as field from '@orrery/machinery/fieldpath';
import { differOnlyInTimes } from '@orrery/machinery/managedfields';
import type { KubeObject } from '@orrery/machinery/meta';
import { deepEqual } from '@orrery/machinery/patch';
import type { Json } from '@orrery/machinery/patch';
import { badRequest, conflict, isReason, notFound, StatusError } from '@orrery/machinery/status';
import type { Entry } from '@orrery/store';
import type { AdmissionKind, SubresourceStrategy, WriteContext } from '../types.ts';
import { Admission } from './admission.ts';
import { freshObject, prepare } from './fresh.ts';
import { trackConverted, trackWrite } from './fields.ts';
import { notANumber, parseVersion } from './get.ts';
import { settleNew, storeNew } from './create.ts';
import { contextOf } from './machine.ts';
import type { Machine, WriteRequest, Written } from './machine.ts';
import { dedupeOwners, fillForCreate, keepForUpdate, placeInNamespace } from './metadata.ts';
import { deepFreeze } from './objects.ts';
import { headOf, valueOf } from './record.ts';
import { errorKind, invalid, resourceName, storageKey } from './resource.ts';
import type { ResourceInfo } from './resource.ts';

const staleVersion = 'the object has been modified; please apply your changes to the latest version and try again';

/** What an update is about to do. */
export interface Change {
  readonly info: ResourceInfo;
  readonly namespace: string;
  readonly name: string;
  /** Empty for the object itself. */
  readonly subresource?: string;
  /** Rules that replace those of the object, for subresources. */
  readonly part?: SubresourceStrategy;
  /** What admission sees when it is not the resource's own kind, and how that is got from the object and put back. */
  readonly view?: {
    kind: AdmissionKind;
    of(object: KubeObject): KubeObject;
    into(view: KubeObject, object: KubeObject): KubeObject;
  };
  /**
   * The new object, made from the stored one (frozen; undefined when there is none), in the stored version. Called again when somebody else was faster.
   * It must not be the argument itself nor share parts that are changed later: see `structuredClone`.
   */
  apply(current: KubeObject | undefined): Promise<KubeObject> | KubeObject;
  /** A uid in the new object is a precondition (409), as of a PUT; else an attempt to change what cannot be (422). */
  readonly uidIsPrecondition?: boolean;
  /** A name that does not exist is created. */
  readonly createIfAbsent?: boolean;
  /** Skips admission: for changes that are part of another operation. */
  readonly internal?: boolean;
  /** The sender of an internal change owns what it changes: it is an operation of its own to upstream. */
  readonly tracked?: boolean;
  /** `apply` itself says who owns the fields of what it answers. */
  readonly ownsFields?: boolean;
}

/**
 * Changes a stored object.
 * @throws StatusError 404, 409 for a stale resourceVersion or another uid, 422.
 */
export async function update(machine: Machine, change: Change, request: WriteRequest): Promise<Written> {
  const { info, namespace, name } = change;
  const key = storageKey(info, namespace, name);
  for (let attempt = 1; ; attempt++) {
    const entry = await machine.store.get(key);
    if (entry === undefined) {
      const made = await createInstead(machine, change, request);
      if (made !== undefined) return made;
      continue;
    }
    const written = await attemptUpdate(machine, change, request, entry);
    if (written !== undefined) return written;
    if (attempt >= 1000) throw conflict(resourceName(info, name), staleVersion);
  }
}

/** One round; undefined when another write came first. */
async function attemptUpdate(
  machine: Machine,
  change: Change,
  request: WriteRequest,
  entry: Entry,
): Promise<Written | undefined> {
  const { info, namespace, name } = change;
  if (info.converter) await prepare(info, [entry]);
  const old = freshObject(machine, info, entry);
  const context = contextOf(machine, request);
  let object = await change.apply(old);
  checkIdentity(info, object, namespace, name);
  const isWhole = !change.ownsFields && change.uidIsPrecondition !== false && !change.internal;
  if (isWhole) dedupeOwners(object, request.warn, false);
  if (!change.ownsFields && (!change.internal || change.tracked)) {
    if (info.converter) await trackConverted(machine, info, change.subresource ?? '', old, object, request);
    else trackWrite(machine, info, change.subresource ?? '', old, object, request);
  }
  const admission = change.internal
    ? undefined
    : new Admission(machine, request, {
        operation: 'UPDATE',
        info,
        subresource: change.subresource ?? '',
        namespace,
        name,
        oldObject: change.view ? deepFreeze(change.view.of(old)) : old,
        ...(change.view && { kind: change.view.kind }),
      });
  object = await admitted(change, admission, object);
  placeInNamespace(object, info, namespace);
  if (!change.internal) dedupeOwners(object, request.warn, true);
  // Upstream compares after mutating admission: a stale write is told so before it is validated.
  const asked = object.metadata.resourceVersion;
  if (asked && parseVersion(asked) === undefined) throw new StatusError(500, undefined, notANumber(asked, 'ParseUint'));
  if (asked && asked !== '0' && asked !== String(entry.revision))
    throw conflict(resourceName(info, name), staleVersion);
  if (!asked && info.strategy.allowUnconditionalUpdate === false && change.subresource === undefined) {
    throw invalid(info, name, [
      field.invalidShown('metadata.resourceVersion', '0x0', 'must be specified for an update'),
    ]);
  }
  object.metadata.resourceVersion = String(entry.revision);
  if (change.uidIsPrecondition !== false) checkUid(info, object, old, name, entry.key);
  const hooks = change.subresource ? undefined : info.hooks;
  const begin = () => hooks?.beginUpdate?.(object, old, context);
  let finish = hooks?.beforeRules ? await begin() : undefined;
  let stored = false;
  try {
    object = await beforeUpdate(change, object, old, context);
    await admission?.validate(change.view ? change.view.of(object) : object);
    if (!hooks?.beforeRules) finish = await begin();
    const written = await storeChanged(machine, info, entry, object, old, request);
    stored = written !== undefined;
    return written;
  } finally {
    await finish?.(stored);
  }
}

async function admitted(change: Change, admission: Admission | undefined, object: KubeObject): Promise<KubeObject> {
  if (admission === undefined) return object;
  if (change.view === undefined) return (await admission.admit(object))!;
  const view = (await admission.admit(change.view.of(object)))!;
  return change.view.into(view, object);
}

function checkIdentity(info: ResourceInfo, object: KubeObject, namespace: string, name: string): void {
  object.metadata ??= {};
  placeInNamespace(object, info, namespace);
  if (!object.metadata.name) {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (object.metadata.name !== name) {
    throw badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`);
  }
}

function checkUid(info: ResourceInfo, object: KubeObject, old: KubeObject, name: string, key: string): void {
  const { uid } = object.metadata;
  if (!uid || uid === old.metadata.uid) return;
  throw uidConflict(info, name, key, uid, old);
}

/** The storage's words for a write that meant another object of the same name. */
export function uidConflict(info: ResourceInfo, name: string, key: string, uid: string, old: KubeObject): StatusError {
  return conflict(
    resourceName(info, name),
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid ?? ''}`,
  );
}

/** The resource's own preparation and checks of a changed object; answers the object to store. */
async function beforeUpdate(
  change: Change,
  given: KubeObject,
  old: KubeObject,
  context: WriteContext,
): Promise<KubeObject> {
  const { info, part, name } = change;
  const { strategy } = info;
  let object = given;
  keepForUpdate(object, old);
  if (part) object = part.prepareForUpdate(object, old, context);
  else strategy.prepareForUpdate?.(object, old, context);
  // Upstream checks the envelope by itself and again with the kind: both are told.
  const errors = validateObjectMeta(object.metadata, info.namespaced, pathSegmentName, 'metadata', true);
  errors.push(...validateObjectMetaUpdate(object.metadata, old.metadata, 'metadata', true));
  if (part) errors.push(...(part.validateUpdate ?? info.rules.validateStatusUpdate)(object, old, context));
  else
    errors.push(...info.rules.validateUpdate(object, old), ...(strategy.validateUpdate?.(object, old, context) ?? []));
  if (strategy.judge) errors.push(...(await strategy.judge(object, old, errors, context)));
  if (errors.length > 0) throw invalid(errorKind(info), name, errors);
  if (!part) {
    for (const text of info.rules.warnings?.(object, old) ?? []) context.warn(text);
    for (const text of strategy.warnings?.(object, old, context) ?? []) context.warn(text);
  }
  strategy.canonicalize?.(object);
  return object;
}

/** True when nothing holds an object any more whose deletion has begun without a grace period. */
export function isReadyToGo(info: ResourceInfo, object: KubeObject, old: KubeObject): boolean {
  if ((object.metadata.finalizers?.length ?? 0) > 0) return false;
  if (old.metadata.deletionGracePeriodSeconds !== 0 && !(info.strategy.heldBy && old.metadata.deletionTimestamp))
    return false;
  return !(info.strategy.heldBy?.(object) ?? false);
}

/** True when nothing changed but the times at which fields were owned: that is no change. */
function isOnlyNewer(object: KubeObject, old: KubeObject, entry: Entry): boolean {
  const { managedFields } = old.metadata;
  if (managedFields === undefined || !differOnlyInTimes(managedFields, object.metadata.managedFields)) return false;
  const statusOf = (some: KubeObject): Json => ((some as { status?: Json }).status ?? null) as Json;
  if (!deepEqual(statusOf(object), statusOf(old))) return false;
  const value = valueOf({ ...object, metadata: { ...object.metadata, managedFields } });
  return Buffer.compare(value, entry.value) === 0;
}

async function storeChanged(
  machine: Machine,
  info: ResourceInfo,
  entry: Entry,
  object: KubeObject,
  old: KubeObject,
  request: WriteRequest,
): Promise<Written | undefined> {
  const { key, revision } = entry;
  const kept = info.converter && !request.dryRun ? await info.converter.toStored(object) : object;
  const value = valueOf(kept);
  if (isReadyToGo(info, object, old)) {
    const gone = request.dryRun || (await removeEntry(machine, info, entry, old, request));
    object.metadata.resourceVersion = old.metadata.resourceVersion;
    return gone ? { object, value, revision, created: false } : undefined;
  }
  if (Buffer.compare(value, entry.value) === 0 || isOnlyNewer(kept, old, entry)) {
    return { object: old, value: entry.value, revision, created: false, ...(info.converter && { head: entry.head }) };
  }
  if (request.dryRun) {
    object.metadata.resourceVersion = String(revision);
    return { object, value, revision, created: false };
  }
  const head = headOf(kept, info.strategy.selectableFields?.(object) ?? {}, info.refresh?.stamp);
  const { timeToLiveMs } = info.strategy;
  const expiresAtMs = timeToLiveMs === undefined ? undefined : machine.clock.now() + timeToLiveMs;
  failpoint('apiserver.update.checked');
  const result = await machine.store.commit({
    compare: [{ key, revision }],
    operations: [{ type: 'put', key, head, value, ...(expiresAtMs !== undefined && { expiresAtMs }) }],
  });
  if (!result.committed) return undefined;
  failpoint('apiserver.update.committed');
  object.metadata.resourceVersion = kept.metadata.resourceVersion = String(result.revision);
  machine.objects.put(key, result.revision, deepFreeze(kept));
  return { object, value, revision: result.revision, created: false, ...(info.converter && { head }) };
}

/** Deletes exactly this version; false when another write came first. */
export async function removeEntry(
  machine: Machine,
  info: ResourceInfo,
  entry: Entry,
  old: KubeObject,
  request: WriteRequest,
): Promise<boolean> {
  const { key, revision } = entry;
  const result = await machine.store.commit({ compare: [{ key, revision }], operations: [{ type: 'delete', key }] });
  if (!result.committed) return false;
  failpoint('apiserver.delete.committed');
  machine.objects.forget(key);
  await info.hooks?.afterDelete?.(old, contextOf(machine, request));
  return true;
}

/** A PUT of a name that does not exist; undefined when somebody else made it meanwhile. */
async function createInstead(machine: Machine, change: Change, request: WriteRequest): Promise<Written | undefined> {
  const { info, namespace, name } = change;
  const absent = notFound(resourceName(info, name));
  if (!change.createIfAbsent) throw absent;
  const given = await change.apply(undefined);
  if (given.metadata.resourceVersion && given.metadata.resourceVersion !== '0') throw absent;
  checkIdentity(info, given, namespace, name);
  await request.authorizeCreate?.();
  if (!change.ownsFields) trackWrite(machine, info, '', undefined, given, request);
  const context = contextOf(machine, request);
  if (given.metadata.uid) {
    const { uid } = given.metadata;
    if (!change.ownsFields) throw uidConflict(info, name, storageKey(info, namespace, name), uid, { metadata: {} });
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    throw conflict(resourceName(info, name), why);
  }
  const admission = new Admission(machine, request, { operation: 'CREATE', info, subresource: '', namespace, name });
  const object = (await admission.admit(given))!;
  checkIdentity(info, object, namespace, name);
  delete object.metadata.resourceVersion;
  fillForCreate(object, context);
  const finish = await settleNew(info, object, context, admission);
  try {
    return await storeNew(machine, info, namespace, object, request, finish);
  } catch (error) {
    if (isReason(error, 'AlreadyExists')) return undefined;
    throw error;
  }
}

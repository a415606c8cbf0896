/** Delete: preconditions, grace periods, finalizers and propagation (registry `Store.Delete`, `rest.BeforeDelete`). */
import { formatTime } from '@orrery/machinery/clock';
import * as field from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import type { KubeObject } from '@orrery/machinery/meta';
import { cloneJson } from '@orrery/machinery/patch';
import { conflict, notFound } from '@orrery/machinery/status';
import type { Entry } from '@orrery/store';
import { Admission } from './admission.ts';
import { freshObject, prepare } from './fresh.ts';
import type { Machine, WriteRequest } from './machine.ts';
import { deepFreeze } from './objects.ts';
import { headOf, valueOf } from './record.ts';
import { invalid, resourceName, storageKey } from './resource.ts';
import type { ResourceInfo } from './resource.ts';
import { removeEntry } from './update.ts';

export const orphanFinalizer = 'orphan';
export const foregroundFinalizer = 'foregroundDeletion';

/** `metav1.DeleteOptions`, as far as it decides something. */
export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: string;
  orphanDependents?: boolean;
  preconditions?: { uid?: string; resourceVersion?: string };
  ignoreStoreReadErrorWithClusterBreakingPotential?: boolean;
}

/** What a delete did. `object` is what is left (still ending) or was (gone). */
export interface Deleted {
  readonly gone: boolean;
  readonly object: KubeObject;
  readonly revision: number;
}

const policies = ['Foreground', 'Background', 'Orphan'];

/** @throws StatusError 422 for options that contradict each other or are unknown, and for `others` that were found. */
export function validateDeleteOptions(options: DeleteOptions, others: readonly FieldError[] = []): void {
  const errors: FieldError[] = [];
  const { propagationPolicy: policy, orphanDependents } = options;
  if (policy !== undefined && orphanDependents !== undefined) {
    const why = 'orphanDependents and deletionPropagation cannot be both set';
    errors.push(field.invalid('propagationPolicy', policy, why));
  }
  if (policy !== undefined && !policies.includes(policy)) {
    errors.push(field.notSupported('propagationPolicy', policy, [...policies, 'nil']));
  }
  errors.push(...others);
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors);
}

/**
 * Deletes one object, or begins to.
 * @param isAdmitted for deletes that are part of another operation
 * @throws StatusError 404, 409 when a precondition fails, 422.
 */
export async function remove(
  machine: Machine,
  info: ResourceInfo,
  namespace: string,
  name: string,
  options: DeleteOptions,
  request: WriteRequest,
  isAdmitted = false,
): Promise<Deleted> {
  validateDeleteOptions(options);
  const run = (): Promise<Deleted> => removeAsked(machine, info, { namespace, name }, options, request, isAdmitted);
  return info.aroundDelete && !request.dryRun ? info.aroundDelete(name, run) : run();
}

async function removeAsked(
  machine: Machine,
  info: ResourceInfo,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  options: DeleteOptions,
  request: WriteRequest,
  isAdmitted: boolean,
): Promise<Deleted> {
  const key = storageKey(info, namespace, name);
  let admitted = isAdmitted;
  for (;;) {
    const entry = await machine.store.get(key);
    if (entry === undefined) throw notFound(resourceName(info, name));
    if (info.converter) await prepare(info, [entry]);
    const old = freshObject(machine, info, entry);
    if (!admitted) {
      const target = { operation: 'DELETE', info, subresource: '', namespace, name, oldObject: old } as const;
      const admission = new Admission(machine, request, target);
      await admission.admit(undefined);
      await admission.validate(undefined);
      admitted = true;
    }
    checkPreconditions(info, name, old, options);
    const done = await attempt(machine, info, entry, old, options, request);
    if (done !== undefined) return done;
  }
}

/** @throws StatusError 409 when the object is another one, or another version, than the options want. */
export function checkPreconditions(
  info: ResourceInfo,
  name: string,
  old: KubeObject,
  { preconditions }: DeleteOptions,
): void {
  const what = { group: info.group, resource: info.kind, name };
  const { uid, resourceVersion } = old.metadata;
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) {
    const found = `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid})`;
    throw conflict(what, `${found}. The object might have been deleted and then recreated`);
  }
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    const found = `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion})`;
    throw conflict(what, `${found}. The object might have been modified`);
  }
}

/** What the grace period makes of a delete. */
interface Grace {
  /** The object is marked (again) and stays for a while. */
  readonly mark: boolean;
  /** A deletion with at most this grace period is under way: nothing to do. */
  readonly pending: boolean;
  readonly seconds: number;
  readonly deletionTimestampMs: number;
}

const noGrace: Grace = { mark: false, pending: false, seconds: 0, deletionTimestampMs: 0 };

function graceOf(info: ResourceInfo, old: KubeObject, options: DeleteOptions, nowMs: number): Grace {
  const { gracefulDelete } = info.strategy;
  if (gracefulDelete === undefined) return noGrace;
  const asked = options.gracePeriodSeconds;
  // A negative period means "at once, but through the node".
  const requested = asked !== undefined && asked < 0 ? 1 : asked;
  const { deletionTimestamp, deletionGracePeriodSeconds: running } = old.metadata;
  if (deletionTimestamp !== undefined) {
    if (running === undefined) return noGrace;
    if (requested === undefined || requested >= running) return { ...noGrace, pending: true, seconds: running };
    const deletionTimestampMs = Date.parse(deletionTimestamp) - running * 1000 + requested * 1000;
    return { mark: true, pending: false, seconds: requested, deletionTimestampMs };
  }
  const graceful = gracefulDelete(old, requested);
  if (graceful === undefined) return noGrace;
  const seconds = graceful.gracePeriodSeconds;
  return { mark: true, pending: false, seconds, deletionTimestampMs: nowMs + seconds * 1000 };
}

/** The finalizers that the propagation policy asks for, sorted; undefined when they stay as they are. */
export function finalizersFor(info: ResourceInfo, old: KubeObject, options: DeleteOptions): string[] | undefined {
  const present = old.metadata.finalizers ?? [];
  const policy = propagationOf(info, present, options);
  const wanted = present.filter(finalizer => finalizer !== orphanFinalizer && finalizer !== foregroundFinalizer);
  if (policy === 'Orphan') wanted.push(orphanFinalizer);
  if (policy === 'Foreground') wanted.push(foregroundFinalizer);
  const same = wanted.length === present.length && wanted.every(finalizer => present.includes(finalizer));
  return same ? undefined : wanted;
}

function propagationOf(info: ResourceInfo, present: readonly string[], options: DeleteOptions): string {
  const byDefault = info.strategy.defaultGarbageCollection;
  if (byDefault === 'unsupported') return 'Background';
  if (options.orphanDependents !== undefined) return options.orphanDependents ? 'Orphan' : 'Background';
  if (options.propagationPolicy !== undefined) return options.propagationPolicy;
  if (present.includes(orphanFinalizer)) return 'Orphan';
  if (present.includes(foregroundFinalizer)) return 'Foreground';
  return byDefault === 'orphan' ? 'Orphan' : 'Background';
}

/** One round; undefined when another write came first. */
async function attempt(
  machine: Machine,
  info: ResourceInfo,
  entry: Entry,
  old: KubeObject,
  options: DeleteOptions,
  request: WriteRequest,
): Promise<Deleted | undefined> {
  const nowMs = machine.clock.now();
  const grace = graceOf(info, old, options, nowMs);
  const { revision } = entry;
  if (grace.pending) return { gone: false, object: old, revision };
  const finalizers = finalizersFor(info, old, options);
  const remaining = finalizers ?? old.metadata.finalizers ?? [];
  const held = remaining.length > 0 || (info.strategy.heldBy?.(old) ?? false);
  if (!grace.mark && !held) return removeNow(machine, info, entry, old, request);
  const object = cloneJson(old);
  if (finalizers) setFinalizers(object, finalizers);
  if (grace.mark) markGraceful(object, old, grace);
  else markDeleting(info, object, nowMs);
  const marked = await storeMarked(machine, info, entry, object, request);
  if (marked === undefined || !grace.mark || grace.seconds > 0 || held) return marked;
  // As upstream: watchers see the mark, then the end, of an object that goes without grace.
  if (request.dryRun) return { ...marked, gone: true };
  const last = await machine.store.get(entry.key);
  if (last === undefined || last.revision !== marked.revision) return { ...marked, gone: last === undefined };
  return (await removeNow(machine, info, last, object, request)) ?? marked;
}

function setFinalizers(object: KubeObject, finalizers: string[]): void {
  if (finalizers.length > 0) object.metadata.finalizers = finalizers;
  else delete object.metadata.finalizers;
}

function markGraceful(object: KubeObject, old: KubeObject, grace: Grace): void {
  const { metadata } = object;
  if (old.metadata.deletionTimestamp === undefined && metadata.generation) metadata.generation++;
  metadata.deletionTimestamp = formatTime(grace.deletionTimestampMs);
  metadata.deletionGracePeriodSeconds = grace.seconds;
}

function markDeleting(info: ResourceInfo, object: KubeObject, nowMs: number): void {
  const { metadata } = object;
  if (metadata.deletionTimestamp === undefined) {
    if (metadata.generation) metadata.generation++;
    info.strategy.onDeletion?.(object, nowMs);
  }
  if (metadata.deletionTimestamp === undefined || Date.parse(metadata.deletionTimestamp) > nowMs) {
    metadata.deletionTimestamp = formatTime(nowMs);
  }
  if (info.strategy.heldBy === undefined) metadata.deletionGracePeriodSeconds = 0;
}

async function removeNow(
  machine: Machine,
  info: ResourceInfo,
  entry: Entry,
  object: KubeObject,
  request: WriteRequest,
): Promise<Deleted | undefined> {
  if (!request.dryRun && !(await removeEntry(machine, info, entry, object, request))) return undefined;
  return { gone: true, object, revision: entry.revision };
}

async function storeMarked(
  machine: Machine,
  info: ResourceInfo,
  entry: Entry,
  object: KubeObject,
  request: WriteRequest,
): Promise<Deleted | undefined> {
  const { key, revision } = entry;
  const kept = info.converter && !request.dryRun ? await info.converter.toStored(object) : object;
  const value = valueOf(kept);
  if (request.dryRun || Buffer.compare(value, entry.value) === 0) return { gone: false, object, revision };
  const head = headOf(kept, info.strategy.selectableFields?.(object) ?? {}, info.refresh?.stamp);
  const result = await machine.store.commit({
    compare: [{ key, revision }],
    operations: [{ type: 'put', key, head, value }],
  });
  if (!result.committed) return undefined;
  object.metadata.resourceVersion = kept.metadata.resourceVersion = String(result.revision);
  machine.objects.put(key, result.revision, deepFreeze(kept));
  return { gone: false, object, revision: result.revision };
}

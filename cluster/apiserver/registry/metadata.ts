/** The envelope's own rules: what the server fills in, and what may never change (apimachinery `api/validation`, `rest.BeforeCreate`). */
import { isDeepStrictEqual } from 'node:util';
import { formatTime } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import { nameSuffix } from '@orrery/machinery/random';
import { badRequest } from '@orrery/machinery/status';
import type { WriteContext } from '../types.ts';
import type { ResourceInfo } from './resource.ts';

/** Generated names keep at most this much of their base. */
const maxGeneratedBase = 58;

/** Fills a new object's name, uid and times, and clears what only the server sets. In place. */
export function fillForCreate(object: KubeObject, context: WriteContext): void {
  const { metadata } = object;
  if (!metadata.name && metadata.generateName) {
    metadata.name = metadata.generateName.slice(0, maxGeneratedBase) + nameSuffix(context.random);
  }
  metadata.uid = context.random.uuid();
  metadata.creationTimestamp = formatTime(context.nowMs);
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
}

/** Takes from a new object what only the server says, before anybody is told who owns it. In place. */
export function wipeSystemFields({ metadata }: KubeObject): void {
  delete metadata.uid;
  delete metadata.creationTimestamp;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
}

/** Leaves each owner once, and warns of those that stood there again. In place. @param isAfter whether admission may have added them */
export function dedupeOwners({ metadata }: KubeObject, warn: (text: string) => void, isAfter: boolean): void {
  const owners = metadata.ownerReferences ?? [];
  if (owners.length < 2) return;
  const again: string[] = [];
  const kept = owners.filter((owner, at) => {
    const isKnown = owners.slice(0, at).some(other => other.uid === owner.uid && isDeepStrictEqual(other, owner));
    if (isKnown) again.push(owner.uid);
    return !isKnown;
  });
  if (again.length === 0) return;
  metadata.ownerReferences = kept;
  const when = isAfter ? ' after mutating admission happens' : '';
  warn(
    `.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${again.join(', ')}`,
  );
}

/** Makes the object's namespace that of the request, or refuses. In place. */
export function placeInNamespace(object: KubeObject, info: ResourceInfo, namespace: string): void {
  const { metadata } = object;
  if (!info.namespaced) {
    if (metadata.namespace) throw badRequest('namespace is not allowed on this type');
    delete metadata.namespace;
    return;
  }
  if (!metadata.namespace) metadata.namespace = namespace;
  else if (metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

/** Keeps the fields of the envelope that updates cannot touch. In place. */
export function keepForUpdate(object: KubeObject, old: KubeObject): void {
  const { metadata } = object;
  const before = old.metadata;
  if (before.generation === undefined) delete metadata.generation;
  else metadata.generation = before.generation;
  metadata.uid ||= before.uid;
  metadata.creationTimestamp = before.creationTimestamp;
  delete metadata.selfLink;
  if (before.generateName !== undefined && metadata.generateName === undefined)
    metadata.generateName = before.generateName;
  // A client cannot end or begin a deletion by an update, so what it leaves out is kept.
  if (before.deletionTimestamp !== undefined) metadata.deletionTimestamp ??= before.deletionTimestamp;
  if (before.deletionGracePeriodSeconds !== undefined) {
    metadata.deletionGracePeriodSeconds ??= before.deletionGracePeriodSeconds;
  }
}

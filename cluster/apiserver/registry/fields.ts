/** Which manager owns which field after a write: the registry's side of managed fields. Ownership is told by the served version. */
import { formatTime } from '@orrery/machinery/clock';
import {
  decodeManagersOrNone,
  emptySet,
  encodeManagers,
  intersection,
  manageApply,
  managerOfUserAgent,
  manageUpdate,
  ownersAfterScale,
  ownersOfScale,
  recursiveDifference,
  setOfPaths,
} from '@orrery/machinery/managedfields';
import type { Change, FieldSet, Managers, Owned, Version } from '@orrery/machinery/managedfields';
import { apiVersionOf, parseApiVersion } from '@orrery/machinery/meta';
import type { KubeObject } from '@orrery/machinery/meta';
import { cloneJson } from '@orrery/machinery/patch';
import type { Schema } from '@orrery/machinery/schema';
import { StatusError } from '@orrery/machinery/status';
import { statusAlone } from '../strategies/generic.ts';
import { deepFreeze } from './objects.ts';
import type { Machine, WriteRequest } from './machine.ts';
import { withConverted } from './pending.ts';
import type { ConvertedObjects } from './pending.ts';
import type { ResourceInfo } from './resource.ts';

interface Filter {
  keep(set: FieldSet): FieldSet;
  /** Fields of the object itself of which nothing is kept. */
  readonly skips?: ReadonlySet<string>;
}

const without = (...paths: string[][]): Filter => {
  const fields = setOfPaths(...paths);
  const whole = paths.filter(path => path.length === 1).map(([element]) => element!.slice('f:'.length));
  return { keep: set => recursiveDifference(set, fields), skips: new Set(whole) };
};

const status = ['f:status'];
const spec = ['f:spec'];
const metadata = ['f:metadata'];

const noStatus = without(status);
const onlyStatus = without(spec);
const onlyMetadata = without(spec, status);
const statusAndNoMetadata = without(spec, metadata);

/** Keeps `spec.<name>` and what is below. */
const partOfSpec = (name: string): Filter => ({
  keep(set) {
    const inner = set.children?.get('f:spec')?.children?.get(name);
    if (inner === undefined) return emptySet();
    const tree: FieldSet = { member: false, children: new Map([[name, inner]]) };
    return intersection(set, { member: false, children: new Map([['f:spec', tree]]) });
  },
});

/** What a write to this subresource cannot own, because the strategy takes it back (upstream `GetResetFields`). */
function filterOf(info: ResourceInfo, subresource: string): Filter | undefined {
  const parts = info.strategy.subresources;
  switch (subresource) {
    case '':
      if (info.group === 'certificates.k8s.io') return onlyMetadata;
      return parts?.status ? noStatus : undefined;
    case 'finalize':
      return noStatus;
    case 'status':
      if (parts?.status === statusAlone) return statusAndNoMetadata;
      if (info.group === 'apps' && info.resource === 'deployments') return deploymentStatus;
      return info.group === '' && info.resource === 'pods' ? podStatus : onlyStatus;
    case 'ephemeralcontainers':
      return partOfSpec('f:ephemeralContainers');
    default:
      return undefined;
  }
}

const deploymentStatus = without(spec, ['f:metadata', 'f:labels']);
const podStatus = without(spec, ['f:metadata', 'f:deletionTimestamp'], ['f:metadata', 'f:ownerReferences']);

/** Stored objects as a version serves them. */
function toServed(info: ResourceInfo, object: KubeObject): KubeObject {
  return info.conversion ? info.conversion.fromStored(cloneJson(object)) : object;
}

function versionOf(
  machine: Machine,
  info: ResourceInfo,
  apiVersion: string,
  converted: ConvertedObjects | undefined,
): Version | undefined {
  const { group, version } = parseApiVersion(apiVersion);
  const other = machine.resource?.(group, version, info.resource);
  if (other?.rules.schema === undefined) return undefined;
  const { converter } = info;
  if (converter && other.converter && converted && other !== info) {
    const { converter: others } = other;
    return {
      schema: other.rules.schema,
      convert: object => converted.by(others, other.version, object as KubeObject, info.version),
      revert: object => converted.by(converter, info.version, object as KubeObject, other.version),
    };
  }
  const stored = (from: ResourceInfo, object: unknown): KubeObject =>
    from.conversion ? from.conversion.toStored(cloneJson(object) as KubeObject) : (object as KubeObject);
  return {
    schema: other.rules.schema,
    convert: object => toServed(other, stored(info, object)),
    revert: object => toServed(info, stored(other, object)),
  };
}

function changeOf(
  machine: Machine,
  info: ResourceInfo,
  schema: Schema,
  subresource: string,
  request: WriteRequest,
  converted?: ConvertedObjects,
): Change {
  const filter = filterOf(info, subresource);
  const { fieldManager } = request.options;
  return {
    group: info.group,
    version: info.version,
    kind: info.kind,
    apiVersion: apiVersionOf(info),
    schema,
    inVersion: apiVersion => versionOf(machine, info, apiVersion, converted),
    ...(filter && { filter: filter.keep, skips: filter.skips }),
    manager: typeof fieldManager === 'string' ? fieldManager : managerOfUserAgent(request.userAgent),
    subresource,
    now: formatTime(machine.clock.now()),
    empty: () => emptyOf(info),
  };
}

const empties = new WeakMap<ResourceInfo, unknown>();

/** An object with nothing said. */
function emptyOf(info: ResourceInfo): unknown {
  let empty = empties.get(info);
  if (empty === undefined) empties.set(info, (empty = deepFreeze(info.rules.decode({}).value)));
  return empty;
}

function setOwners(object: KubeObject, owners: Managers): void {
  const entries = encodeManagers(owners);
  if (entries) object.metadata.managedFields = entries;
  else delete object.metadata.managedFields;
}

/**
 * Writes into an object of the request who owns its fields, in place. Runs before admission: what that fills in belongs to nobody.
 * @param old the stored object; undefined for a create
 */
export function trackWrite(
  machine: Machine,
  info: ResourceInfo,
  subresource: string,
  old: KubeObject | undefined,
  object: KubeObject,
  request: WriteRequest,
  converted?: ConvertedObjects,
): void {
  const { schema } = info.rules;
  if (schema === undefined) return;
  const change = changeOf(machine, info, schema, subresource, request, converted);
  const live = old && toServed(info, old);
  const given = throughInternal(info, info.conversion ? toServed(info, object) : object);
  setOwners(object, manageUpdate(change, live, given));
}

/** The same where owners in other versions are seen through a webhook. While that fails, owners stay who they were (as upstream). */
export async function trackConverted(
  machine: Machine,
  info: ResourceInfo,
  subresource: string,
  old: KubeObject | undefined,
  object: KubeObject,
  request: WriteRequest,
): Promise<void> {
  try {
    await withConverted(converted => trackWrite(machine, info, subresource, old, object, request, converted));
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const { managedFields } = old?.metadata ?? {};
    if (managedFields) object.metadata.managedFields = managedFields;
    else delete object.metadata.managedFields;
  }
}

/** A DaemonSet's annotation is a field of the form that upstream works on: everybody who sends one sends it. */
const templateGeneration = 'deprecated.daemonset.template.generation';

const emptyLists = new WeakMap<KubeObject, readonly string[]>();

/** Remembers which lists of the spec were sent empty: they are stored as absent ones are, yet their sender owns them. */
export function rememberEmptyLists(object: KubeObject, sent: unknown): void {
  const { spec: made } = object as { spec?: Record<string, unknown> };
  if (typeof sent !== 'object' || sent === null || !made) return;
  let names: string[] | undefined;
  for (const name in sent) {
    const value = (sent as Record<string, unknown>)[name];
    if (Array.isArray(value) && value.length === 0 && made[name] === null) (names ??= []).push(name);
  }
  if (names) emptyLists.set(object, names);
}

function throughInternal(info: ResourceInfo, object: KubeObject): KubeObject {
  const names = emptyLists.get(object);
  if (names) {
    const lists = Object.fromEntries(names.map(name => [name, []]));
    return { ...object, spec: { ...(object as { spec?: object }).spec, ...lists } } as KubeObject;
  }
  if (info.group !== 'apps' || info.resource !== 'daemonsets') return object;
  const { metadata } = object;
  if (metadata.annotations?.[templateGeneration] !== undefined) return object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, [templateGeneration]: '0' } } };
}

/** What an apply makes of a stored object. */
export interface AppliedObject {
  /** As served, not yet decoded; undefined when only owners change. */
  readonly document: KubeObject | undefined;
  /** Writes the owners into the object that is made of it. */
  own(object: KubeObject): void;
}

/** Applies a configuration. @throws StatusError 400, 409, 500 as upstream words them */
export function applyConfiguration(
  machine: Machine,
  info: ResourceInfo,
  subresource: string,
  old: KubeObject | undefined,
  applied: Readonly<Record<string, unknown>>,
  request: WriteRequest,
  converted?: ConvertedObjects,
): AppliedObject {
  const change = changeOf(machine, info, info.rules.schema!, subresource, request, converted);
  const live = old && { kind: info.kind, apiVersion: apiVersionOf(info), ...toServed(info, old) };
  const { object, owners } = manageApply(change, live, applied, request.options.force === true);
  return { document: object, own: made => setOwners(made, owners) };
}

/**
 * Applies a configuration to the Scale of an object: who owns its count here owned it there, and does afterwards.
 * @param body the kind Scale
 * @throws StatusError as {@link applyConfiguration}
 */
export function applyScale(
  machine: Machine,
  { info, body }: { readonly info: ResourceInfo; readonly body: ResourceInfo },
  old: KubeObject,
  scale: KubeObject,
  applied: Readonly<Record<string, unknown>>,
  request: WriteRequest,
): AppliedObject {
  const { group, version, kind } = body;
  const owners = decodeManagersOrNone(old.metadata.managedFields);
  const path = countPath(info);
  const change = {
    ...changeOf(machine, info, body.rules.schema!, 'scale', request),
    ...{ group, version, kind, apiVersion: apiVersionOf(body), inVersion: () => undefined, empty: () => emptyOf(body) },
  };
  const managedFields = encodeManagers(ownersOfScale(owners, path)) ?? [];
  const live = { ...scale, metadata: { ...scale.metadata, managedFields } };
  const made = manageApply(change, live, applied, request.options.force === true);
  const after = listed(ownersAfterScale(owners, made.owners, path, apiVersionOf(info)));
  return { document: made.object, own: object => setOwners(object, after) };
}

const countPath = (info: ResourceInfo): string[] => (info.scale?.spec ?? ['spec', 'replicas']).map(name => `f:${name}`);

/** More than one may have one identifier: a scale's owners are told apart by a version that the object's are not. */
const listed = (owners: readonly Owned[]): Managers => new Map(owners.map((owned, at) => [String(at), owned] as const));

const scaleFields: Schema = { type: 'object', values: { type: 'any' } };

/** Writes into an object whose replicas are set through its Scale who owns them now, in place. */
export function trackScale(
  machine: Machine,
  info: ResourceInfo,
  old: KubeObject,
  scale: { readonly old: KubeObject; readonly new: KubeObject },
  object: KubeObject,
  request: WriteRequest,
): void {
  if (info.rules.schema === undefined) return;
  const owners = decodeManagersOrNone(old.metadata.managedFields);
  const change = changeOf(machine, info, scaleFields, 'scale', request);
  const path = countPath(info);
  const before = ownersOfScale(owners, path);
  const seen = { ...scale.old, metadata: { ...scale.old.metadata, managedFields: encodeManagers(before) ?? [] } };
  const after = manageUpdate({ ...change, apiVersion: 'autoscaling/v1' }, seen, scale.new);
  setOwners(object, listed(ownersAfterScale(owners, after, path, apiVersionOf(info))));
}

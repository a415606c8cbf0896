/** The scale subresource: how many replicas, seen as `autoscaling/v1` Scale (registry `apps/.../storage` ScaleREST). */
import { header } from '@orrery/http';
import { scaleColumns } from '@orrery/kinds/columns';
import * as field from '@orrery/machinery/fieldpath';
import type { KubeObject } from '@orrery/machinery/meta';
import type { JsonObject } from '@orrery/machinery/patch';
import { cloneJson } from '@orrery/machinery/patch';
import { formatSelector, selectorFromMap, selectorFromObject } from '@orrery/machinery/selector';
import type { LabelSelectorObject } from '@orrery/machinery/selector';
import { badRequest, internalError } from '@orrery/machinery/status';
import { applyScale, trackScale } from '../registry/fields.ts';
import { prepare } from '../registry/fresh.ts';
import { get } from '../registry/get.ts';
import type { Machine, WriteRequest } from '../registry/machine.ts';
import { isApply, patchOf } from '../registry/patch.ts';
import { invalid } from '../registry/resource.ts';
import type { ResourceInfo, ScalePaths } from '../registry/resource.ts';
import { update } from '../registry/update.ts';
import { countChanges } from '../strategies/generic.ts';
import { checkDuplicates, readConfiguration, type Configuration } from './apply.ts';
import { decodeMade, decodeObject, decodePatched, readBodyValue } from './body.ts';
import { methodNotAllowed } from './errors.ts';
import { bodyInfo } from './kinds.ts';
import { writeRequestOf } from './options.ts';
import { partialMetadata } from './partial.ts';
import { answerObject, servedObject } from './render.ts';
import { mediaOf, oneOffer } from './media.ts';
import type { SubresourceEndpoint } from './resources.ts';
import type { RequestContext } from '../chain/context.ts';

export const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

interface Scale extends KubeObject {
  spec?: { replicas?: number };
  status?: { replicas: number; selector?: string };
}

interface Scalable extends KubeObject {
  spec?: { replicas?: number; selector?: unknown };
  status?: { replicas?: number };
}

function selectorText(info: ResourceInfo, selector: unknown): string {
  if (info.group === '') return formatSelector(selectorFromMap(selector as Record<string, string> | undefined));
  return formatSelector(selectorFromObject(selector as LabelSelectorObject | undefined));
}

/** What is at a path of fields. */
function valueAt(object: unknown, path: readonly string[]): unknown {
  let value = object;
  for (const name of path) value = (value as Record<string, unknown> | null | undefined)?.[name];
  return value;
}

/** The parts of a custom resource that its definition calls replicas and selector. */
function customParts(
  object: KubeObject,
  paths: ScalePaths,
): { replicas: unknown; selector: string; observed: unknown } {
  const selector = paths.selector && valueAt(object, paths.selector);
  return {
    replicas: valueAt(object, paths.spec),
    selector: typeof selector === 'string' ? selector : '',
    observed: valueAt(object, paths.status),
  };
}

/** Stands for replicas of a custom resource that are not there: a change has to say some. */
const unset = -(2 ** 31);

function customScale(object: KubeObject, paths: ScalePaths): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const parts = customParts(object, paths);
  const { selector, observed } = parts;
  const replicas = typeof parts.replicas === 'number' ? parts.replicas : unset;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: typeof observed === 'number' ? observed : 0, ...(selector !== '' && { selector }) },
  };
}

/** Puts a value where a path leads, making what is missing on the way. */
function place(object: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let at = object;
  for (const name of path.slice(0, -1)) {
    if (typeof at[name] !== 'object' || at[name] === null) at[name] = {};
    at = at[name] as Record<string, unknown>;
  }
  at[path.at(-1)!] = value;
}

/** The Scale of an object. */
export function scaleOf(info: ResourceInfo, object: KubeObject): Scale {
  if (info.scale) return customScale(object, info.scale);
  const { spec, status } = object as Scalable;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = spec?.replicas ?? 0;
  const selector = selectorText(info, spec?.selector);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: status?.replicas ?? 0, ...(selector !== '' && { selector }) },
  };
}

/** A Scale to show. @throws StatusError 500 for a custom resource that says no replicas. */
function shown(info: ResourceInfo, scale: Scale): Scale {
  if (info.scale === undefined || scale.spec?.replicas !== unset) return scale;
  throw internalError(`the spec replicas field ".${info.scale.spec.join('.')}" does not exist`);
}

/** Custom resources have rules of their own for their replicas. */
function checked(info: ResourceInfo, scale: Scale, name: string): Scale {
  if (!scale.metadata.name)
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (scale.metadata.name !== name) {
    throw badRequest(`the name of the object (${scale.metadata.name}) does not match the name on the URL (${name})`);
  }
  const replicas = scale.spec?.replicas ?? 0;
  if (info.scale && replicas === unset)
    throw badRequest(`the spec replicas field ".${info.scale.spec.join('.')}" cannot be empty`);
  if (info.scale || replicas >= 0) return scale;
  const problem = field.invalid('spec.replicas', replicas, 'must be greater than or equal to 0');
  throw invalid(scaleKind, name, [problem]);
}

/** The object with the replicas of a Scale. A resourceVersion or uid in the Scale is a precondition. */
function scaled(info: ResourceInfo, object: KubeObject, scale: Scale): KubeObject {
  const { resourceVersion, uid } = scale.metadata;
  const changed = cloneJson(object) as Scalable & Record<string, unknown>;
  place(changed, info.scale?.spec ?? ['spec', 'replicas'], scale.spec?.replicas ?? 0);
  changed.metadata.resourceVersion = resourceVersion;
  changed.metadata.uid = uid || object.metadata.uid;
  return changed;
}

export function createScaleEndpoint(
  machine: Machine,
  age: (created: string | undefined) => string,
): SubresourceEndpoint {
  return async (context, info) => {
    const media = mediaOf(context, oneOffer);
    const scale = await scaleFor(machine, context, info);
    if (media.view === 'Table') {
      const { name, resourceVersion, creationTimestamp } = scale.metadata;
      const cells = [name, scale.spec?.replicas ?? 0, scale.status?.replicas ?? 0, age(creationTimestamp)];
      const rows = [{ cells, object: partialMetadata(scale, media.viewVersion) }];
      const apiVersion = `meta.k8s.io/${media.viewVersion}`;
      const table = { kind: 'Table', apiVersion, metadata: { resourceVersion }, columnDefinitions: scaleColumns, rows };
      return answerObject(200, table, media);
    }
    return answerObject(200, media.view === '' ? scale : partialMetadata(scale, media.viewVersion), media);
  };
}

async function scaleFor(machine: Machine, context: RequestContext, info: ResourceInfo): Promise<Scale> {
  const { namespace, name, verb } = context.info;
  if (verb === 'get') {
    const entry = await get(machine, info, namespace, name, undefined);
    if (info.converter) await prepare(info, [entry]);
    return shown(info, scaleOf(info, servedObject(info, entry, entry.revision)));
  }
  const body = bodyInfo(info, scaleKind);
  const applies = verb === 'patch' && isApply(header(context.request.headers, 'content-type') ?? '');
  const request = writeRequestOf(context, optionsKind(verb, applies));
  const change = (applies ? applierOf : changerOf)(machine, context, { info, body }, request);
  if (change === undefined) throw methodNotAllowed();
  const written = await update(
    machine,
    {
      info,
      namespace,
      name,
      subresource: 'scale',
      part: {
        prepareForUpdate: (object, old) => (countChanges(object, old), object),
        validateUpdate: (object, old) => (info.scale ? info.rules.validateUpdate(object, old) : []),
      },
      view: {
        kind: scaleKind,
        of: object => scaleOf(info, object),
        into: (view, object) => scaled(info, object, checked(info, view, name)),
      },
      ownsFields: true,
      apply: current => change(current!),
    },
    request,
  );
  return scaleOf(info, written.object);
}

const optionsKind = (verb: string, applies: boolean) =>
  verb !== 'patch' ? 'UpdateOptions' : applies ? 'ApplyOptions' : 'PatchOptions';

/** An object with a Scale, and the kind Scale. */
interface Kinds {
  readonly info: ResourceInfo;
  readonly body: ResourceInfo;
}

/** The object with the replicas that the request says, and who owns them; undefined for a verb that is none. */
function changerOf(
  machine: Machine,
  context: RequestContext,
  { info, body }: Kinds,
  request: WriteRequest,
): ((current: KubeObject) => KubeObject) | undefined {
  const read = readerOf(context, info, body);
  return (
    read &&
    (current => {
      const wanted = read(current);
      const changed = scaled(info, current, checked(info, wanted, context.info.name));
      trackScale(machine, info, current, { old: scaleOf(info, current), new: wanted }, changed, request);
      return changed;
    })
  );
}

/** The same for an applied configuration. */
function applierOf(machine: Machine, context: RequestContext, kinds: Kinds, request: WriteRequest) {
  const { info, body } = kinds;
  let configuration: Configuration | undefined;
  return (current: KubeObject): KubeObject => {
    configuration ??= readConfiguration(context);
    context.requestObject = configuration;
    const scale = scaleOf(info, current);
    const { document, own } = applyScale(machine, kinds, current, scale, configuration, request);
    checkDuplicates(context);
    const wanted = document ? (decodeMade(body, cloneJson(document)) as Scale) : scale;
    const changed = scaled(info, current, checked(info, wanted, context.info.name));
    own(changed);
    return changed;
  };
}

/** How the new Scale comes from the request and the stored object; undefined for other verbs. */
function readerOf(
  context: RequestContext,
  info: ResourceInfo,
  body: ResourceInfo,
): ((current: KubeObject) => Scale) | undefined {
  if (context.info.verb === 'update') {
    return () => {
      const value = readBodyValue(context.request, 'Scale');
      context.requestObject = value;
      return decodeObject(body, value, context) as Scale;
    };
  }
  if (context.info.verb !== 'patch') return undefined;
  // Scales merge like any object: the resource's own schema says which patches are served.
  const patch = patchOf(
    { ...body, rules: { ...body.rules, patchSchema: info.rules.patchSchema && scalePatch } },
    header(context.request.headers, 'content-type') ?? '',
    context.request.body,
  );
  return current => {
    const document = scaleOf(info, current) as unknown as JsonObject;
    return decodePatched(body, patch, cloneJson(patch.apply(document)), context) as Scale;
  };
}

const scalePatch = { property: () => undefined, items: () => undefined };

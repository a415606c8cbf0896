/** The endpoint of all API resources: finds the resource, then the verb. */
import type { Response } from '@orrery/http';
import { header } from '@orrery/http';
import { asksWebSocket } from '@orrery/http/node/websocket';
import type { KubeObject } from '@orrery/machinery/meta';
import { validatePathSegmentName } from '@orrery/machinery/names';
import type { JsonObject } from '@orrery/machinery/patch';
import { cloneJson } from '@orrery/machinery/patch';
import { badRequest, notFound, StatusError } from '@orrery/machinery/status';
import { forbiddenAnswer } from '../chain/authorization.ts';
import type { Endpoint, RequestContext } from '../chain/context.ts';
import { create } from '../registry/create.ts';
import { prepare } from '../registry/fresh.ts';
import { get } from '../registry/get.ts';
import { list, listOptionsOf } from '../registry/list.ts';
import type { Machine, WriteRequest, Written } from '../registry/machine.ts';
import { isApply, patchOf } from '../registry/patch.ts';
import { resourceName } from '../registry/resource.ts';
import type { ResourceInfo } from '../registry/resource.ts';
import type { Resources } from '../registry/resources.ts';
import { update } from '../registry/update.ts';
import { watch } from '../registry/watch.ts';
import type { Authorizer, SubresourceStrategy } from '../types.ts';
import { applierOf } from './apply.ts';
import { bodyFormatOf, decodeObject, decodePatched, readBodyValue } from './body.ts';
import { absent, methodNotAllowed, methodNotSupported, pageNotFound, unknownResource } from './errors.ts';
import { deleteMany, deleteOne } from './deletes.ts';
import { eventFormOf } from './forms.ts';
import { includeOf, listOffer, mediaOf, oneOffer, watchOffer } from './media.ts';
import { contentTypes } from './negotiate.ts';
import { writeRequestOf } from './options.ts';
import { answerList } from './lists.ts';
import { answerEntry, servedWritten } from './render.ts';
import { selectionFor } from './selection.ts';
import { watchOverWebSocket } from './websocket.ts';

/** Answers requests to one subresource that is no mere part of the object. */
export type SubresourceEndpoint = (context: RequestContext, info: ResourceInfo) => Promise<Response>;

export interface ResourceEndpointOptions {
  readonly machine: Machine;
  readonly resources: Resources;
  /** By `group/resource/subresource`; resources that store nothing have an empty subresource. */
  readonly special: ReadonlyMap<string, SubresourceEndpoint>;
  /** Asked once more when an update creates. */
  readonly authorizer: Authorizer | undefined;
}

/** Warnings for whoever uses these at all. */
const deprecations: Readonly<Record<string, string>> = {
  '/v1/endpoints': 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  '/v1/componentstatuses': 'v1 ComponentStatus is deprecated in v1.19+',
};

/** Names are keys of the store and parts of paths: nothing that could be read as two of them gets further. */
function checkSegment(what: 'Name' | 'Namespace', text: string): void {
  const problems = validatePathSegmentName(text);
  if (problems.length > 0)
    throw badRequest(`${what} parameter invalid: ${JSON.stringify(text)}: ${problems.join(';')}`);
}

/** Where the endpoint of the scale of custom resources stands among the special ones. */
export const scaleOfCustomResources = '*/scale';

/** `/api/v1/namespaces/x` is in the namespace x; `/api/v1/namespaces/x/namespaces/y` is nothing at all. */
const isNamespaceItself = (context: RequestContext): boolean => {
  const { apiGroup, resource, namespace, name, verb } = context.info;
  // The name of a list comes from its selector, not from the path.
  const isMany = verb === 'list' || verb === 'deletecollection';
  return apiGroup === '' && resource === 'namespaces' && !isMany && namespace === name;
};

/** Subresources that hand on requests of any method. */
const connects: ReadonlySet<string> = new Set(['proxy', 'exec', 'attach', 'portforward']);

/** Custom resources know no router: a path without a namespace, or with one too many, is no page. */
function isNoPage(info: ResourceInfo, { info: { namespace, verb } }: RequestContext): boolean {
  if (!info.typedItems) return false;
  return info.namespaced ? namespace === '' && verb !== 'list' && verb !== 'watch' : namespace !== '';
}

const notServed = (info: ResourceInfo, verb: string): StatusError =>
  info.typedItems ? methodNotSupported(resourceName(info, ''), verb) : methodNotAllowed();

export function createResourceEndpoint(options: ResourceEndpointOptions): Endpoint {
  const { machine, resources, special, authorizer } = options;
  return async context => {
    const { apiGroup, apiVersion, resource, subresource, verb } = context.info;
    const info = resources.get(apiGroup, apiVersion, resource);
    if (info === undefined) return absent(resources, apiGroup);
    if (isNoPage(info, context)) return pageNotFound();
    checkSegment('Namespace', context.info.namespace);
    checkSegment('Name', context.info.name);
    const deprecated = info.deprecation ?? deprecations[`${apiGroup}/${apiVersion}/${resource}`];
    if (deprecated !== undefined) context.warnings.add(deprecated);
    // Upstream's router knows no such path: a namespaced name without a namespace, or the other way round.
    if (!info.namespaced && context.info.namespace !== '' && !isNamespaceItself(context)) throw unknownResource();
    if (context.request.method === 'HEAD' && !connects.has(subresource)) throw methodNotAllowed();
    const endpoint =
      special.get(`${apiGroup}/${resource}/${subresource}`) ??
      (info.scale && subresource === 'scale' ? special.get(scaleOfCustomResources) : undefined);
    if (subresource === '') {
      if (endpoint && !info.verbs.includes('delete')) {
        if (verb !== 'create' && verb !== 'get' && verb !== 'list') throw methodNotAllowed();
        if (!info.verbs.includes(verb)) throw methodNotAllowed();
        return endpoint(context, info);
      }
      if (!info.verbs.includes(verb)) throw methodNotAllowed();
      return objectVerb(machine, info, context, authorizer);
    }
    const known = info.subresources.find(candidate => candidate.name === subresource);
    if (known === undefined)
      throw info.typedItems ? notFound(resourceName(info, context.info.name)) : unknownResource();
    if (!known.verbs.includes(verb)) throw notServed(info, verb);
    if (endpoint) return endpoint(context, info);
    const part = info.strategy.subresources?.[subresource];
    if (part === undefined) throw notServed(info, verb);
    return partVerb(machine, info, context, part);
  };
}

function objectVerb(
  machine: Machine,
  info: ResourceInfo,
  context: RequestContext,
  authorizer: Authorizer | undefined,
): Promise<Response> {
  const path = context.info;
  // A list of one name found in a field selector carries the name too: only the path decides here.
  const named = hasPathName(context);
  if (info.namespaced && path.namespace === '' && path.verb !== 'list' && path.verb !== 'watch') {
    throw named ? unknownResource() : methodNotAllowed();
  }
  switch (path.verb) {
    case 'get':
      return getOne(machine, info, context);
    case 'list':
      return listMany(machine, info, context);
    case 'watch':
      return watchMany(machine, info, context);
    case 'create':
      if (named && !info.typedItems) throw methodNotAllowed();
      return createOne(machine, info, context);
    case 'update':
      if (!named) throw unnamed(info);
      return updateOne(machine, info, context, undefined, authorizer);
    case 'patch':
      if (!named) throw unnamed(info);
      return patchOne(machine, info, context, undefined, authorizer);
    case 'delete':
      return deleteOne(machine, info, context);
    case 'deletecollection':
      return deleteMany(machine, info, context);
    default:
      throw methodNotAllowed();
  }
}

const unnamed = (info: ResourceInfo): StatusError =>
  info.typedItems ? badRequest('name must be provided') : methodNotAllowed();

function hasPathName({ info }: RequestContext): boolean {
  if (info.name === '') return false;
  return info.verb !== 'list' && info.verb !== 'deletecollection' && info.verb !== 'watch';
}

function partVerb(
  machine: Machine,
  info: ResourceInfo,
  context: RequestContext,
  part: SubresourceStrategy,
): Promise<Response> {
  switch (context.info.verb) {
    case 'get':
      return getOne(machine, info, context);
    case 'update':
      return updateOne(machine, info, context, part);
    case 'patch':
      return patchOne(machine, info, context, part);
    default:
      throw methodNotAllowed();
  }
}

/** The type that upstream holds an object or list in. */
const goType = ({ group, kind, listKind, typedItems }: ResourceInfo, isList: boolean): string => {
  if (typedItems) return isList ? '*unstructured.UnstructuredList' : '*unstructured.Unstructured';
  const held = group === '' || group === 'events.k8s.io' ? 'core' : group.split('.')[0];
  return `*${held}.${isList ? listKind : kind}`;
};

const notAList = (info: ResourceInfo): StatusError => {
  const problem = `the requested object is not a list (${goType(info, false)})`;
  return new StatusError(406, 'NotAcceptable', `you requested PartialObjectMetadataList, but ${problem}`);
};

const aList = (info: ResourceInfo): StatusError => {
  const problem = `the requested object is a list (${goType(info, true)})`;
  return new StatusError(406, 'NotAcceptable', `you requested PartialObjectMetadata, but ${problem}`);
};

async function getOne(machine: Machine, info: ResourceInfo, context: RequestContext): Promise<Response> {
  const { namespace, name } = context.info;
  const media = mediaOf(context, oneOffer, info);
  if (media.view === 'PartialObjectMetadataList') throw notAList(info);
  const entry = await get(machine, info, namespace, name, context.query.get('resourceVersion'));
  if (info.converter) await prepare(info, [entry]);
  return answerEntry(info, entry, entry.revision, media, includeOf(context, media), machine.clock.now());
}

async function listMany(machine: Machine, info: ResourceInfo, context: RequestContext): Promise<Response> {
  const options = listOptionsOf(context.query, false);
  const media = mediaOf(context, listOffer, info);
  const selection = selectionFor(info, context);
  const page = await list(machine, info, context.info.namespace, selection, options);
  if (media.view === 'PartialObjectMetadata') throw aList(info);
  if (info.converter) await prepare(info, page.entries);
  const acceptEncoding = header(context.request.headers, 'accept-encoding');
  return answerList({ info, page, media, include: includeOf(context, media), clock: machine.clock, acceptEncoding });
}

const streamTypes = { ...contentTypes, protobuf: `${contentTypes.protobuf};stream=watch` };

async function watchMany(machine: Machine, info: ResourceInfo, context: RequestContext): Promise<Response> {
  const options = listOptionsOf(context.query, true);
  const media = mediaOf(context, watchOffer, info);
  const named = context.info.name === '' ? undefined : `metadata.name=${context.info.name}`;
  const fieldSelector = context.info.fieldSelector ?? named;
  const selection = selectionFor(info, context, fieldSelector);
  const form = eventFormOf(info, media, includeOf(context, media), machine.clock);
  const { signal } = context.request;
  const body = watch(machine, info, context.info.namespace, selection, form, options, signal);
  if (asksWebSocket(context.request)) return watchOverWebSocket(context.request, body, media.format !== 'protobuf');
  return {
    status: 200,
    headers: { 'content-type': streamTypes[media.format], 'cache-control': 'no-cache, private' },
    body,
  };
}

async function answerWritten(
  machine: Machine,
  info: ResourceInfo,
  context: RequestContext,
  written: Written,
): Promise<Response> {
  if (info.converter) await prepare(info, [written]);
  const media = mediaOf(context, oneOffer, info);
  const status = written.created ? 201 : 200;
  return answerEntry(info, written, written.revision, media, includeOf(context, media), machine.clock.now(), status);
}

async function createOne(machine: Machine, info: ResourceInfo, context: RequestContext): Promise<Response> {
  mediaOf(context, oneOffer, info);
  bodyFormatOf(context.request);
  const request = writeRequestOf(context, 'CreateOptions');
  const value = readBodyValue(context.request, info.kind);
  context.requestObject = value;
  const object = decodeObject(info, value, context);
  return answerWritten(machine, info, context, await create(machine, info, context.info.namespace, object, request));
}

/** A PUT that creates needs the permission to create. */
async function authorizeCreate(context: RequestContext, authorizer: Authorizer | undefined): Promise<void> {
  if (authorizer === undefined) return;
  const attributes = { ...context.info, verb: 'create' };
  const { decision, reason } = await authorizer(context.user, attributes);
  if (decision !== 'allow') throw forbiddenAnswer(context.user, attributes, reason);
}

async function updateOne(
  machine: Machine,
  info: ResourceInfo,
  context: RequestContext,
  part?: SubresourceStrategy,
  authorizer?: Authorizer,
): Promise<Response> {
  const request: WriteRequest = {
    ...writeRequestOf(context, 'UpdateOptions'),
    authorizeCreate: () => authorizeCreate(context, authorizer),
  };
  mediaOf(context, oneOffer, info);
  const { namespace, name, subresource } = context.info;
  const read = (): KubeObject => {
    const value = readBodyValue(context.request, info.kind);
    context.requestObject = value;
    return decodeObject(info, value, context);
  };
  let first: KubeObject | undefined = read();
  const apply = (): KubeObject => {
    // The first round makes the object its own; another one reads the body again.
    const object = first ?? read();
    first = undefined;
    return object;
  };
  const createIfAbsent = part === undefined && info.strategy.allowCreateOnUpdate === true;
  const written = await update(
    machine,
    { info, namespace, name, ...(part && { subresource, part }), apply, createIfAbsent },
    request,
  );
  return answerWritten(machine, info, context, written);
}

/** The stored object as this version serves it, without copying what patches leave alone. */
export const documentOf = (info: ResourceInfo, current: KubeObject): JsonObject =>
  servedWritten(info, current) as unknown as JsonObject;

async function patchOne(
  machine: Machine,
  info: ResourceInfo,
  context: RequestContext,
  part?: SubresourceStrategy,
  authorizer?: Authorizer,
): Promise<Response> {
  const contentType = header(context.request.headers, 'content-type') ?? '';
  if (isApply(contentType)) return applyOne(machine, info, context, part, authorizer);
  const patch = patchOf(info, contentType, context.request.body);
  const request = writeRequestOf(context, 'PatchOptions');
  mediaOf(context, oneOffer, info);
  const { namespace, name, subresource } = context.info;
  const apply = (current: KubeObject | undefined): KubeObject => {
    const document = documentOf(info, current!);
    const patched = patch.apply(document);
    const shown = { ...patch, show: () => patch.show(patched) };
    return decodePatched(info, shown, cloneJson(withoutOwners(patched, document)), context);
  };
  const written = await update(
    machine,
    { info, namespace, name, ...(part && { subresource, part }), apply, uidIsPrecondition: false },
    request,
  );
  return answerWritten(machine, info, context, written);
}

/** A patched object without its managed fields if they are as they were: these are told by the registry. */
function withoutOwners(patched: JsonObject, document: JsonObject): JsonObject {
  const { managedFields, ...metadata } = (patched.metadata ?? {}) as JsonObject;
  const before = (document.metadata as JsonObject | undefined)?.managedFields;
  return managedFields === undefined || managedFields !== before ? patched : { ...patched, metadata };
}

async function applyOne(
  machine: Machine,
  info: ResourceInfo,
  context: RequestContext,
  part: SubresourceStrategy | undefined,
  authorizer: Authorizer | undefined,
): Promise<Response> {
  const request: WriteRequest = {
    ...writeRequestOf(context, 'ApplyOptions'),
    authorizeCreate: () => authorizeCreate(context, authorizer),
  };
  mediaOf(context, oneOffer, info);
  const { namespace, name, subresource } = context.info;
  const change = { info, namespace, name, ownsFields: true, createIfAbsent: part === undefined };
  const apply = applierOf(machine, info, context, request);
  const written = await update(machine, { ...change, ...(part && { subresource, part }), apply }, request);
  return answerWritten(machine, info, context, written);
}

/** DELETE of an object and of a collection. */
import type { Response } from '@orrery/http';
import { badRequest } from '@orrery/machinery/status';
import type { RequestContext } from '../chain/context.ts';
import { remove } from '../registry/delete.ts';
import type { Deleted } from '../registry/delete.ts';
import { removeCollection } from '../registry/deletecollection.ts';
import { prepare } from '../registry/fresh.ts';
import { listOptionsOf } from '../registry/list.ts';
import type { Machine } from '../registry/machine.ts';
import { valueOf } from '../registry/record.ts';
import type { ResourceInfo } from '../registry/resource.ts';
import { answerList } from './lists.ts';
import { includeOf, manyOffer, mediaOf, oneOffer } from './media.ts';
import type { Media } from './negotiate.ts';
import { deleteOptionsOf, writeRequestOf } from './options.ts';
import { answerEntry, answerObject } from './render.ts';
import { selectionFor } from './selection.ts';

const jobsArePreserved =
  'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning';

/** Deletes the object that the path names. */
export async function deleteOne(machine: Machine, info: ResourceInfo, context: RequestContext): Promise<Response> {
  const media = mediaOf(context, oneOffer, info);
  const { options, extra } = deleteOptionsOf(context);
  const request = writeRequestOf(context, 'DeleteOptions', extra);
  const { namespace, name } = context.info;
  if (name === '') throw badRequest('name must be provided');
  const unsaid = options.propagationPolicy === undefined && options.orphanDependents === undefined;
  if (unsaid && info.group === 'batch' && info.resource === 'jobs') context.warnings.add(jobsArePreserved);
  const deleted = await remove(machine, info, namespace, name, options, request);
  const answer = answerDeleted(machine, info, context, media, deleted);
  // Only who says the older option's no is told that it takes time.
  return deleted.gone || options.orphanDependents !== false ? answer : { ...answer, status: 202 };
}

/** A Status when the object is gone, unless the kind answers with the object. */
export function answerDeleted(
  machine: Machine,
  info: ResourceInfo,
  context: RequestContext,
  media: Media,
  deleted: Deleted,
): Response {
  if (!deleted.gone || info.strategy.returnsDeleted) {
    const value = valueOf(deleted.object);
    return answerEntry(info, { value }, deleted.revision, media, includeOf(context, media), machine.clock.now());
  }
  const { name, uid } = deleted.object.metadata;
  const details = { name, ...(info.group !== '' && { group: info.group }), kind: info.resource, uid };
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
  return answerObject(200, status, { ...media, view: '' });
}

/** Deletes what a list would answer, and answers it. */
export async function deleteMany(machine: Machine, info: ResourceInfo, context: RequestContext): Promise<Response> {
  const media = mediaOf(context, manyOffer, info);
  const listOptions = listOptionsOf(context.query, false);
  const selection = selectionFor(info, context);
  const { options, extra } = deleteOptionsOf(context);
  const request = writeRequestOf(context, 'DeleteOptions', extra);
  const page = await removeCollection(machine, info, context.info.namespace, selection, listOptions, options, request);
  if (info.converter) await prepare(info, page.entries);
  const include = includeOf(context, media);
  return answerList({ info, page, media, include, clock: machine.clock, acceptEncoding: undefined });
}

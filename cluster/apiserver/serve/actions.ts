/** Creates that store nothing: reviews and tokens, done by the security half of the server. */
import { catalogue } from '@orrery/kinds';
import type { GroupVersionKind } from '@orrery/machinery/meta';
import { Admission } from '../registry/admission.ts';
import { trackWrite } from '../registry/fields.ts';
import { contextOf } from '../registry/machine.ts';
import type { Machine } from '../registry/machine.ts';
import type { Action } from '../types.ts';
import { decodeObject, readBodyValue } from './body.ts';
import { bodyInfo, typed } from './kinds.ts';
import { writeRequestOf } from './options.ts';
import { answerObject } from './render.ts';
import { mediaOf } from './media.ts';
import type { SubresourceEndpoint } from './resources.ts';

const offer = { views: [], watch: false, protobuf: true };

/** Reviews whose answer has nothing of what was asked. */
const madeAnew = new Set(['SelfSubjectRulesReview', 'SelfSubjectReview']);

/** @param subresource empty for a kind of its own */
export function createActionEndpoint(machine: Machine, subresource: string, action: Action): SubresourceEndpoint {
  return async (context, info) => {
    const kind: GroupVersionKind =
      subresource === '' ? info : info.subresources.find(candidate => candidate.name === subresource)!.kind;
    const media = mediaOf(context, offer);
    const value = readBodyValue(context.request, kind.kind);
    context.requestObject = value;
    const given = decodeObject(bodyInfo(info, kind), value, context);
    const request = writeRequestOf(context, 'CreateOptions');
    const { namespace, name } = context.info;
    trackWrite(machine, bodyInfo(info, kind), subresource, undefined, given, request);
    if (info.namespaced && subresource === '') given.metadata.namespace ??= namespace;
    const target = { operation: 'CREATE', info, subresource, kind, namespace, name } as const;
    const admission = new Admission(machine, request, target);
    const object = (await admission.admit(given))!;
    await admission.validate(object);
    const answer = await action(object, {
      ...contextOf(machine, request),
      info: context.info,
      request: context.request,
    });
    const { managedFields } = object.metadata;
    if (managedFields && !madeAnew.has(kind.kind)) answer.metadata = { ...answer.metadata, managedFields };
    else if (answer.metadata?.managedFields) delete answer.metadata.managedFields;
    return answerObject(201, typed(kind, answer), media);
  };
}

/** The kinds whose creates need an action. */
export const isAction = (group: string, version: string, resource: string): boolean =>
  catalogue.byResource({ group, version, resource })?.storageVersionHash === undefined;

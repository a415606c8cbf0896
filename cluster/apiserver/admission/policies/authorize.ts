/** Who makes a policy look at objects must be able to read them (registry `validatingadmissionpolicy/authz.go`). */
import { isDeepStrictEqual } from 'node:util';
import type { ParamKind, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '@orrery/kinds/types';
import type { UserInfo } from '@orrery/http';
import { forbidden, invalidObject } from '@orrery/machinery/fieldpath';
import type { KubeObject } from '@orrery/machinery/meta';
import { privilegedGroup } from '../../authorization/chain.ts';
import type { Authorizer, Served, WriteContext, WriteHooks } from '../../types.ts';
import { kindOfParams } from './params.ts';

export interface Guard {
  readonly authorizer: Authorizer;
  readonly served: Pick<Served, 'byKind'>;
}

const group = 'admissionregistration.k8s.io';

/** As Go prints a user. */
function shownUser({ name, uid = '', groups, extra = {} }: UserInfo): string {
  const extras = Object.keys(extra)
    .sort()
    .map(key => `${key}:[${extra[key]!.join(' ')}]`);
  return `&{${name} ${uid} [${groups.join(' ')}] map[${extras.join(' ')}]}`;
}

async function mayRead(
  { authorizer, served }: Guard,
  user: UserInfo,
  paramKind: ParamKind | undefined,
  namespace: string,
  name: string,
): Promise<boolean> {
  if (user.groups.includes(privilegedGroup)) return true;
  const kind = paramKind && kindOfParams(paramKind);
  const { decision } = await authorizer(user, {
    verb: 'get',
    isResourceRequest: true,
    path: '',
    apiGroup: kind?.group ?? '*',
    apiVersion: kind?.version ?? '*',
    resource: (kind && served.byKind(kind)?.resource.resource) ?? '*',
    subresource: '',
    namespace,
    name,
  });
  return decision === 'allow';
}

/** For `ServerParts.writeHooks`. */
export function paramHooks(guard: Guard): Record<string, WriteHooks> {
  const checkPolicy = async (
    object: KubeObject,
    old: KubeObject | undefined,
    context: WriteContext,
  ): Promise<undefined> => {
    const { spec, metadata } = object as ValidatingAdmissionPolicy;
    const { paramKind } = spec;
    if (!paramKind || isDeepStrictEqual(paramKind, (old as ValidatingAdmissionPolicy | undefined)?.spec.paramKind))
      return;
    if (await mayRead(guard, context.user, paramKind, '*', '*')) return;
    const why = `user ${shownUser(context.user)} must have "get" permission on all objects of the referenced paramKind (kind=${paramKind.kind}, apiVersion=${paramKind.apiVersion})`;
    throw invalidObject({ group, kind: 'ValidatingAdmissionPolicy', name: metadata.name ?? '' }, [
      forbidden('spec.paramKind', why),
    ]);
  };
  const checkBinding = async (
    object: KubeObject,
    old: KubeObject | undefined,
    context: WriteContext,
  ): Promise<undefined> => {
    const { spec, metadata } = object as ValidatingAdmissionPolicyBinding;
    const { paramRef, policyName = '' } = spec;
    const before = (old as ValidatingAdmissionPolicyBinding | undefined)?.spec;
    if (!paramRef || (before?.policyName === policyName && isDeepStrictEqual(before.paramRef, paramRef))) return;
    const policy = await context.reads.get({ group, resource: 'validatingadmissionpolicies' }, '', policyName);
    const { paramKind } = (policy as ValidatingAdmissionPolicy | undefined)?.spec ?? {};
    if (await mayRead(guard, context.user, paramKind, paramRef.namespace ?? '', paramRef.name ?? '')) return;
    const why = `user ${shownUser(context.user)} does not have "get" permission on the object referenced by paramRef`;
    throw invalidObject({ group, kind: 'ValidatingAdmissionPolicyBinding', name: metadata.name ?? '' }, [
      forbidden('spec.paramRef', why),
    ]);
  };
  const hooks = (check: typeof checkPolicy): WriteHooks => ({
    beginCreate: (object, context) => check(object, undefined, context),
    beginUpdate: check,
  });
  return {
    [`${group}/validatingadmissionpolicies`]: hooks(checkPolicy),
    [`${group}/validatingadmissionpolicybindings`]: hooks(checkBinding),
  };
}

/** Who makes a policy look at objects must be able to read them (registry `validatingadmissionpolicy/authz.go`). */
import { isDeepStrictEqual } from 'node:util';
import type { ParamKind, ParamRef } from '@orrery/kinds/types';
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

type Policy = KubeObject & { readonly spec: { readonly paramKind?: ParamKind } };
type Binding = KubeObject & { readonly spec: { readonly paramRef?: ParamRef; readonly policyName?: string } };
type Check = (object: KubeObject, old: KubeObject | undefined, context: WriteContext) => Promise<undefined>;

const policyCheck =
  (guard: Guard, kind: string): Check =>
  async (object, old, { user }) => {
    const { spec, metadata } = object as Policy;
    const { paramKind } = spec;
    if (!paramKind || isDeepStrictEqual(paramKind, (old as Policy | undefined)?.spec.paramKind)) return;
    if (await mayRead(guard, user, paramKind, '*', '*')) return;
    const why = `user ${shownUser(user)} must have "get" permission on all objects of the referenced paramKind (kind=${paramKind.kind}, apiVersion=${paramKind.apiVersion})`;
    throw invalidObject({ group, kind, name: metadata.name ?? '' }, [forbidden('spec.paramKind', why)]);
  };

const bindingCheck =
  (guard: Guard, kind: string, policies: string): Check =>
  async (object, old, { user, reads }) => {
    const { spec, metadata } = object as Binding;
    const { paramRef, policyName = '' } = spec;
    const before = (old as Binding | undefined)?.spec;
    if (!paramRef || (before?.policyName === policyName && isDeepStrictEqual(before.paramRef, paramRef))) return;
    const policy = (await reads.get({ group, resource: policies }, '', policyName)) as Policy | undefined;
    if (await mayRead(guard, user, policy?.spec.paramKind, paramRef.namespace ?? '', paramRef.name ?? '')) return;
    const why = `user ${shownUser(user)} does not have "get" permission on the object referenced by paramRef`;
    throw invalidObject({ group, kind, name: metadata.name ?? '' }, [forbidden('spec.paramRef', why)]);
  };

const hooksOf = (check: Check): WriteHooks => ({
  beginCreate: (object, context) => check(object, undefined, context),
  beginUpdate: check,
});

/** For `ServerParts.writeHooks`: of policies that judge and of those that change. */
export const paramHooks = (guard: Guard): Record<string, WriteHooks> =>
  Object.fromEntries(
    ['Validating', 'Mutating'].flatMap(sort => {
      const kind = `${sort}AdmissionPolicy`;
      const policies = `${sort.toLowerCase()}admissionpolicies`;
      const bindings = `${sort.toLowerCase()}admissionpolicybindings`;
      return [
        [`${group}/${policies}`, hooksOf(policyCheck(guard, kind))],
        [`${group}/${bindings}`, hooksOf(bindingCheck(guard, `${kind}Binding`, policies))],
      ];
    }),
  );

/** The objects that a binding gives to its policy (apiserver `policy/generic` `CollectParams`). */
import type { ParamKind, ParamRef } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { matches, selectorFromObject } from '@orrery/machinery/selector';
import { StatusError } from '@orrery/machinery/status';
import type { AdmissionKind, Reader, Served, ServedResource } from '../../types.ts';

/** What is wrong with a policy or a binding: it denies or not by the failure policy. */
export class ConfigurationError extends Error {}

/** What is told of such an error. @throws what is none */
export function problemOf(error: unknown): string {
  if (error instanceof ConfigurationError || error instanceof StatusError) return error.message;
  throw error;
}

export function kindOfParams({ apiVersion = '', kind = '' }: ParamKind): AdmissionKind {
  const slash = apiVersion.indexOf('/');
  return { group: apiVersion.slice(0, Math.max(0, slash)), version: apiVersion.slice(slash + 1), kind };
}

/** @throws ConfigurationError when nothing of this kind is served */
export function resourceOfParams(paramKind: ParamKind, served: Pick<Served, 'byKind'>): ServedResource {
  const kind = kindOfParams(paramKind);
  const found = served.byKind(kind);
  if (found) return found;
  const shown = `${kind.group}/${kind.version}, Kind=${kind.kind}`;
  throw new ConfigurationError(`failed to find resource referenced by paramKind: '${shown}'`);
}

/**
 * @param namespace of the write; where a reference without one looks
 * @returns one entry per time the policy is to be asked
 * @throws ConfigurationError
 */
export async function collectParams(
  of: ServedResource,
  reference: ParamRef,
  namespace: string,
  reads: Pick<Reader, 'get' | 'list'>,
  served: Pick<Served, 'show'>,
): Promise<KubeObject[]> {
  if (!of.namespaced && reference.namespace)
    throw new ConfigurationError('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  const within = of.namespaced ? reference.namespace || namespace : '';
  if (of.namespaced && within === '')
    throw new ConfigurationError(
      'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
    );
  const found = await find(of, reference, within, reads);
  if (found.length === 0 && reference.parameterNotFoundAction === 'Deny')
    throw new ConfigurationError('no params found for policy binding with `Deny` parameterNotFoundAction');
  return Promise.all(found.map(object => served.show(object, of, of)));
}

async function find(
  { resource }: ServedResource,
  { name, selector }: ParamRef,
  namespace: string,
  reads: Pick<Reader, 'get' | 'list'>,
): Promise<KubeObject[]> {
  if (name) {
    const object = await reads.get(resource, namespace, name);
    return object ? [object] : [];
  }
  const wanted = selectorFromObject(selector);
  return (await reads.list(resource, namespace)).filter(({ metadata }) => matches(wanted, metadata.labels));
}

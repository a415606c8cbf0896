/** What policies of both kinds are given with a write: their parameters, its namespace. */
import type { ParamKind, ParamRef } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { notFound } from '@orrery/machinery/status';
import type { AdmissionAttributes, Served } from '../../types.ts';
import { collectParams, resourceOfParams } from './params.ts';

const isNamespaces = ({ resource }: AdmissionAttributes): boolean =>
  resource.group === '' && resource.resource === 'namespaces';

/** One entry per time the policy is asked: undefined for a policy without parameters, null for a binding without. @throws ConfigurationError */
export async function paramsOf(
  kind: ParamKind | undefined,
  reference: ParamRef | undefined,
  attributes: AdmissionAttributes,
  served: Served,
): Promise<(KubeObject | null | undefined)[]> {
  if (!kind) return [undefined];
  if (!reference) return [null];
  const { reads, namespace, name } = attributes;
  // A namespace lies in itself.
  const within = isNamespaces(attributes) ? name : namespace;
  return collectParams(resourceOfParams(kind, served), reference, within, reads, served);
}

/** The namespace that the object lies in. */
export async function namespaceOf(attributes: AdmissionAttributes): Promise<KubeObject | undefined> {
  const { namespace, reads } = attributes;
  if (namespace === '' || isNamespaces(attributes)) return undefined;
  const found = await reads.get({ group: '', resource: 'namespaces' }, '', namespace);
  if (!found) throw notFound({ group: '', resource: 'namespaces', name: namespace });
  return found;
}

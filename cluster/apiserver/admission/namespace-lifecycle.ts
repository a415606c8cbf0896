/** Nothing is created in a namespace that is absent or ends; three namespaces stay. */
import type { KubeObject } from '@orrery/machinery/meta';
import { notFound } from '@orrery/machinery/status';
import type { AdmissionPlugin } from '../types.ts';
import { refuse } from './refuse.ts';

const immortal = new Set(['default', 'kube-system', 'kube-public']);
const namespaces = { group: '', resource: 'namespaces' };

const ends = (namespace: KubeObject): boolean =>
  namespace.metadata.deletionTimestamp !== undefined ||
  (namespace as KubeObject & { status?: { phase?: string } }).status?.phase === 'Terminating';

export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  handles: (operation, { group, resource }) =>
    operation !== 'CONNECT' && !(group === 'authorization.k8s.io' && resource === 'localsubjectaccessreviews'),
  async admit(attributes) {
    const { operation, resource, namespace, name, reads } = attributes;
    if (resource.group === '' && resource.resource === 'namespaces') {
      if (operation === 'DELETE' && immortal.has(name)) throw refuse(attributes, 'this namespace may not be deleted');
      return;
    }
    if (operation === 'DELETE' || namespace === '') return;
    const found = await reads.get(namespaces, '', namespace);
    if (!found) throw notFound({ ...namespaces, name: namespace });
    if (operation !== 'CREATE' || !ends(found)) return;
    const cause = {
      reason: 'NamespaceTerminating',
      message: `namespace ${namespace} is being terminated`,
      field: 'metadata.namespace',
    };
    throw refuse(attributes, `unable to create new content in namespace ${namespace} because it is being terminated`, [
      cause,
    ]);
  },
};

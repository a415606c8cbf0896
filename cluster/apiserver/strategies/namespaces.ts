/** Namespaces: a finalizer of their own in the spec, which the namespace controller takes away through `finalize`. */
import { validateObjectMetaUpdate } from '@orrery/kinds/meta';
import { validateNamespaceFinalizers } from '@orrery/kinds/namespaces';
import type { Namespace as StoredNamespace } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Strategy, SubresourceStrategy } from '../types.ts';
import { keepStatus, statusOnly, textAt } from './generic.ts';

interface Namespace extends KubeObject {
  spec?: { finalizers?: string[] };
  status?: { phase?: string };
}

const finalizerOfKubernetes = 'kubernetes';

/** Keeps everything but the spec's finalizers. */
const finalize: SubresourceStrategy = {
  prepareForUpdate(object, old) {
    const { finalizers } = (object as Namespace).spec ?? {};
    const spec = finalizers && finalizers.length > 0 ? { finalizers } : {};
    return { ...(old as Namespace), metadata: object.metadata, spec } as KubeObject;
  },
  validateUpdate: (object, old) => [
    ...validateObjectMetaUpdate(object.metadata, old.metadata),
    ...validateNamespaceFinalizers(object as StoredNamespace),
  ],
};

export const namespaceStrategy: Strategy = {
  prepareForCreate(object) {
    const namespace = object as Namespace;
    namespace.status = { phase: 'Active' };
    const finalizers = namespace.spec?.finalizers ?? [];
    namespace.spec = {
      finalizers: finalizers.includes(finalizerOfKubernetes) ? finalizers : [...finalizers, finalizerOfKubernetes],
    };
  },
  prepareForUpdate(object, old) {
    (object as Namespace).spec = { ...(object as Namespace).spec, finalizers: (old as Namespace).spec?.finalizers };
    keepStatus(object, old);
  },
  canonicalize(object) {
    const { metadata } = object;
    metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name! };
  },
  heldBy: object => ((object as Namespace).spec?.finalizers?.length ?? 0) > 0,
  onDeletion(object) {
    (object as Namespace).status = { ...(object as Namespace).status, phase: 'Terminating' };
  },
  selectableFields: object => ({ 'status.phase': textAt(object, 'status', 'phase'), name: object.metadata.name ?? '' }),
  subresources: { status: statusOnly, finalize },
};

/** The parts of a running pod that may change through subresources of their own: debug containers, and how much a container gets. */
import { validateEphemeralUpdate, validateResize } from '@orrery/kinds/pod-parts';
import type { Pod } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import type { SubresourceStrategy } from '../types.ts';
import { countChanges } from './generic.ts';
import { dropDisabledFields } from './pod-fields.ts';
import { qosClassOf } from './pod-qos.ts';

type StoredPod = Pod & KubeObject;

/** Only the list of ephemeral containers changes. */
export const ephemeralcontainers: SubresourceStrategy = {
  prepareForUpdate(object, old) {
    const before = old as StoredPod;
    const { ephemeralContainers } = (object as StoredPod).spec ?? {};
    const spec = { ...before.spec!, ...(ephemeralContainers && { ephemeralContainers }) };
    if (!ephemeralContainers) delete spec.ephemeralContainers;
    const updated = { ...before, metadata: object.metadata, spec } as KubeObject;
    if (ephemeralContainers)
      dropDisabledFields({ ...spec, containers: [], initContainers: [], volumes: [] }, before.spec);
    countChanges(updated, old);
    return updated;
  },
  validateUpdate: (object, old) => validateEphemeralUpdate(object as Pod, old as Pod),
};

type Containers = NonNullable<Pod['spec']>['containers'];

/** The stored containers with the resources and resize policies asked for; what was renamed or moved is left for validation to see. */
function resized(stored: Containers | undefined, asked: Containers | undefined): Containers | undefined {
  if (!asked || !stored || asked.some(({ name }, at) => name !== stored[at]?.name)) return asked;
  return stored.map((container, at) => {
    const { resources: _resources, resizePolicy: _policy, ...rest } = container;
    const { resources, resizePolicy } = asked[at]!;
    return { ...rest, resources, ...(resizePolicy && { resizePolicy }) } as Containers[number];
  });
}

/** Only the containers' resources and resize policies change, and not so that the pod's class of service would. */
export const resize: SubresourceStrategy = {
  prepareForUpdate(object, old) {
    const before = old as StoredPod;
    const asked = (object as StoredPod).spec;
    const sameCount = (['containers', 'initContainers'] as const).every(
      list => (asked?.[list]?.length ?? 0) === (before.spec?.[list]?.length ?? 0),
    );
    if (!sameCount) return object;
    const containers = resized(before.spec?.containers, asked?.containers);
    const initContainers = resized(before.spec?.initContainers, asked?.initContainers);
    const spec = { ...before.spec!, containers: containers!, ...(initContainers && { initContainers }) };
    const updated = { ...before, metadata: object.metadata, spec } as KubeObject;
    countChanges(updated, old);
    return updated;
  },
  validateUpdate: (object, old) => validateResize(object as Pod, old as Pod, qosClassOf),
};

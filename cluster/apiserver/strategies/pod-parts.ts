/** The parts of a running pod that may change through subresources of their own: debug containers, and how much a container gets. */
import { isDeepStrictEqual } from 'node:util';
import type { EphemeralContainer, Pod } from '@orrery/kinds/types';
import * as field from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import type { KubeObject } from '@orrery/machinery/meta';
import { validateDns1123Label } from '@orrery/machinery/names';
import type { SubresourceStrategy } from '../types.ts';
import { countChanges } from './generic.ts';
import { qosClassOf } from './pod-qos.ts';

type StoredPod = Pod & KubeObject;

const notForDebugging = [
  'ports',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resources',
  'resizePolicy',
] as const;

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);

/** What is wrong with the debug containers of a pod. */
export function ephemeralProblems({ spec }: Pod): FieldError[] {
  const errors: FieldError[] = [];
  const targets = new Set([...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map(({ name }) => name));
  const names = new Set(targets);
  spec?.ephemeralContainers?.forEach((container: EphemeralContainer, i) => {
    const at = `spec.ephemeralContainers[${i}]`;
    if (!container.name) errors.push(field.required(`${at}.name`));
    else
      for (const problem of validateDns1123Label(container.name))
        errors.push(field.invalid(`${at}.name`, container.name, problem));
    if (names.has(container.name)) errors.push(field.duplicate(`${at}.name`, container.name));
    names.add(container.name);
    if (!container.image) errors.push(field.required(`${at}.image`));
    const { targetContainerName: target } = container;
    if (target && !targets.has(target)) errors.push(field.notFound(`${at}.targetContainerName`, target));
    for (const name of notForDebugging) {
      const value = (container as unknown as Record<string, unknown>)[name];
      if (!isEmpty(value)) errors.push(field.forbidden(`${at}.${name}`, 'cannot be set for an Ephemeral Container'));
    }
  });
  return errors;
}

/** Debug containers are only ever added. */
function lostOrChanged(pod: Pod, old: Pod): FieldError[] {
  const now = new Map(pod.spec?.ephemeralContainers?.map(container => [container.name, container]));
  return (old.spec?.ephemeralContainers ?? []).flatMap(before => {
    const after = now.get(before.name);
    if (isDeepStrictEqual(after, before)) return [];
    const what = after === undefined ? 'removed' : 'changed';
    const why = `existing ephemeral containers ${JSON.stringify(before.name)} may not be ${what}\n`;
    return [field.forbidden('spec.ephemeralContainers', why)];
  });
}

/** Only the list of ephemeral containers changes. */
export const ephemeralcontainers: SubresourceStrategy = {
  prepareForUpdate(object, old) {
    const before = old as StoredPod;
    const { ephemeralContainers } = (object as StoredPod).spec ?? {};
    const spec = { ...before.spec!, ...(ephemeralContainers && { ephemeralContainers }) };
    if (!ephemeralContainers) delete spec.ephemeralContainers;
    const updated = { ...before, metadata: object.metadata, spec } as KubeObject;
    countChanges(updated, old);
    return updated;
  },
  validateUpdate: (object, old) => [...ephemeralProblems(object as Pod), ...lostOrChanged(object as Pod, old as Pod)],
};

type Sized = { readonly name: string; readonly resources?: unknown; readonly resizePolicy?: unknown };

const resized = <T extends Sized>(stored: readonly T[] | undefined, asked: readonly T[] | undefined): T[] | undefined =>
  stored?.map(container => {
    const wanted = asked?.find(other => other.name === container.name);
    if (wanted === undefined) return container;
    const { resizePolicy: _policy, ...rest } = container;
    return {
      ...rest,
      resources: wanted.resources,
      ...(wanted.resizePolicy !== undefined && { resizePolicy: wanted.resizePolicy }),
    } as T;
  });

/** Only the containers' resources and resize policies change, and not so that the pod's class of service would. */
export const resize: SubresourceStrategy = {
  prepareForUpdate(object, old) {
    const before = old as StoredPod;
    const asked = (object as StoredPod).spec;
    const containers = resized(before.spec?.containers, asked?.containers);
    const initContainers = resized(before.spec?.initContainers, asked?.initContainers);
    const spec = { ...before.spec!, containers: containers!, ...(initContainers && { initContainers }) };
    const updated = { ...before, metadata: object.metadata, spec } as KubeObject;
    countChanges(updated, old);
    return updated;
  },
  validateUpdate(object, old) {
    const before = qosClassOf(old as Pod);
    const after = qosClassOf(object as Pod);
    return before === after
      ? []
      : [field.invalid('spec', after, 'Pod QOS Class may not change as a result of resizing')];
  },
};

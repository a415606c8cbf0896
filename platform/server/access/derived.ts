/** The materialised objects that are there, by the object they follow from. */
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { watchOf, type Informer, type InformerFactory, type Source } from '@orrery/reconciler';
import { managedBy, sourceAnnotation, type Wanted } from './materialise.ts';

export interface Derived {
  of(source: string): Wanted[];
  /** Wakes the source of whatever materialised object changed. */
  readonly sources: readonly Source[];
}

const bySource = 'source';
const derivedKinds = [
  resources.clusterroles,
  resources.clusterrolebindings,
  resources.rolebindings,
  resources.roles,
] as const;
const labelSelector = Object.entries(managedBy)
  .map(([name, value]) => `${name}=${value}`)
  .join(',');

const sourceOf = (object: KubeObject | undefined): string | undefined =>
  object?.metadata.annotations?.[sourceAnnotation];

export function derivedObjects(informers: InformerFactory): Derived {
  const all = derivedKinds.map(resource => ({ resource, informer: informers.of(resource, { labelSelector }) }));
  for (const { informer } of all) informer.addIndex(bySource, object => [sourceOf(object) ?? '']);
  return {
    of: source =>
      all.flatMap(({ resource, informer }) => informer.byIndex(bySource, source).map(object => ({ resource, object }))),
    sources: all.map(({ informer }) => sourceSource(informer)),
  };
}

const sourceSource = (informer: Informer): Source =>
  watchOf(informer, ({ before, after }) => [sourceOf(before), sourceOf(after)].filter(key => key !== undefined));

/** Labels and annotations of which somebody makes something: who may change a project's others may not change those. */
import type { ObjectMeta } from '@orrery/machinery/meta';
import { annotations, labels } from '@orrery/platform-kinds';

const reserved = /(^|\.)(kubernetes\.io|k8s\.io|kubesphere\.io|orrery\.io)$/;

const domainOf = (key: string): string => (key.includes('/') ? key.slice(0, key.indexOf('/')) : '');

export type Marks = Pick<ObjectMeta, 'labels' | 'annotations'>;

/**
 * The first label or annotation that differs and is not for members of a project to change: which workspace it is in, how strict pod
 * security is, where pods may run. Annotations of `kubesphere.io` itself (display name, description) are for people.
 */
export function reservedChange(before: Marks, after: Marks): string | undefined {
  const changed = (old: Readonly<Record<string, string>> = {}, now: Readonly<Record<string, string>> = {}) =>
    Object.keys({ ...old, ...now }).filter(key => old[key] !== now[key] && reserved.test(domainOf(key)));
  const label = changed(before.labels, after.labels)[0];
  if (label !== undefined) return `metadata.labels[${label}]`;
  const annotation = changed(before.annotations, after.annotations).find(key => domainOf(key) !== openDomain);
  return annotation === undefined ? undefined : `metadata.annotations[${annotation}]`;
}

/**
 * The metadata of something whose words and marks somebody changes: `kept` are marks that stay unless `given` names them, those of `before` unless
 * told otherwise. Who made it stays.
 */
export function markedAs(before: ObjectMeta, given: ObjectMeta | undefined, kept: Marks = before): ObjectMeta {
  const creator = before.annotations?.[annotations.creator];
  return {
    ...before,
    ...(given?.resourceVersion && { resourceVersion: given.resourceVersion }),
    labels: { ...kept.labels, ...given?.labels },
    annotations: { ...kept.annotations, ...given?.annotations, ...(creator && { [annotations.creator]: creator }) },
  };
}

const openDomain = domainOf(labels.workspace);

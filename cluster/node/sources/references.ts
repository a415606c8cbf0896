/** Which config maps and secrets a pod refers to. */
import type { Pod } from '@orrery/kinds/types';
import { membersOf } from '../pods/pod.ts';

export interface Reference {
  resource: 'configmaps' | 'secrets';
  name: string;
}

/** Each once, pull secrets included. */
export function referencesOf(pod: Pod): Reference[] {
  const configMaps = new Set<string | undefined>();
  const secrets = new Set<string | undefined>((pod.spec.imagePullSecrets ?? []).map(({ name }) => name));
  for (const { container } of membersOf(pod)) {
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      configMaps.add(configMapRef?.name);
      secrets.add(secretRef?.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      configMaps.add(valueFrom?.configMapKeyRef?.name);
      secrets.add(valueFrom?.secretKeyRef?.name);
    }
  }
  for (const { configMap, secret, projected } of pod.spec.volumes ?? []) {
    configMaps.add(configMap?.name);
    secrets.add(secret?.secretName);
    for (const source of projected?.sources ?? []) {
      configMaps.add(source.configMap?.name);
      secrets.add(source.secret?.name);
    }
  }
  const named = (names: Set<string | undefined>, resource: Reference['resource']): Reference[] =>
    [...names].flatMap(name => (name ? [{ resource, name }] : []));
  return [...named(configMaps, 'configmaps'), ...named(secrets, 'secrets')];
}

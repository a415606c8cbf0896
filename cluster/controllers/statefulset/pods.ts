/** The pods and claims of a StatefulSet: each ordinal has its own name, and keeps it. */
import type { PersistentVolumeClaim, Pod, PodTemplateSpec, StatefulSet } from '@orrery/kinds/types';
import { controllerReference } from '../common/ownership.ts';
import { podFromTemplate } from '../common/podcontrol.ts';

export const revisionLabel = 'controller-revision-hash';
const podNameLabel = 'statefulset.kubernetes.io/pod-name';
const podIndexLabel = 'apps.kubernetes.io/pod-index';

export const podNameOf = (statefulSet: StatefulSet, ordinal: number): string =>
  `${statefulSet.metadata.name}-${ordinal}`;

/** The ordinal of a pod by its name; undefined for a pod that is none of the set's. */
export function ordinalOf(statefulSet: StatefulSet, pod: Pod): number | undefined {
  const prefix = `${statefulSet.metadata.name}-`;
  const rest = pod.metadata.name?.startsWith(prefix) ? pod.metadata.name.slice(prefix.length) : '';
  return /^(0|[1-9]\d*)$/.test(rest) ? Number(rest) : undefined;
}

export const claimNameOf = (statefulSet: StatefulSet, template: PersistentVolumeClaim, ordinal: number): string =>
  `${template.metadata.name}-${podNameOf(statefulSet, ordinal)}`;

/** The pod of one ordinal, of the revision whose template is given. */
export function statefulPod(
  statefulSet: StatefulSet,
  ordinal: number,
  template: PodTemplateSpec,
  revisionName: string,
): Pod {
  const name = podNameOf(statefulSet, ordinal);
  const labels = {
    ...template.metadata?.labels,
    [podNameLabel]: name,
    [podIndexLabel]: String(ordinal),
    [revisionLabel]: revisionName,
  };
  const claims = (statefulSet.spec.volumeClaimTemplates ?? []).map(claim => ({
    name: claim.metadata.name!,
    persistentVolumeClaim: { claimName: claimNameOf(statefulSet, claim, ordinal) },
  }));
  const own = (template.spec!.volumes ?? []).filter(volume => !claims.some(claim => claim.name === volume.name));
  const volumes = [...own, ...claims];
  const spec = {
    ...template.spec!,
    hostname: name,
    ...(statefulSet.spec.serviceName && { subdomain: statefulSet.spec.serviceName }),
    ...(volumes.length > 0 && { volumes }),
  };
  const metadata = { ...template.metadata, labels };
  return podFromTemplate(statefulSet, { metadata, spec }, controllerReference(statefulSet), name);
}

/** The claims an ordinal needs; they outlive its pods. */
export const claimsOf = (statefulSet: StatefulSet, ordinal: number): PersistentVolumeClaim[] =>
  (statefulSet.spec.volumeClaimTemplates ?? []).map(template => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      ...template.metadata,
      name: claimNameOf(statefulSet, template, ordinal),
      namespace: statefulSet.metadata.namespace,
      labels: { ...template.metadata.labels, ...statefulSet.spec.selector.matchLabels },
    },
    spec: template.spec,
  }));

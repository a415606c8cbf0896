/** What is accepted but deserves a word (api/pod `GetWarningsForPod` and its like): texts for `Warning` headers. */
import { child, index, key, quote } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import type { KubeObject, ObjectMeta } from '@orrery/machinery/meta';
import { validateDns1123Label } from '@orrery/machinery/names';
import { each } from './fill.ts';
import type {
  CronJob,
  Ingress,
  Job,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodSpec,
  PodTemplateSpec,
  Volume,
} from './types.data.ts';

const nodeLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

const volumeSources: Readonly<Partial<Record<keyof Volume, string>>> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11, and disabled by default in v1.33+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

const podAnnotations: readonly (readonly [prefix: string, text: string])[] = [
  ['seccomp.security.alpha.kubernetes.io/pod', 'non-functional in v1.27+; use the "seccompProfile" field instead'],
  [
    'container.seccomp.security.alpha.kubernetes.io/',
    'non-functional in v1.27+; use the "seccompProfile" field instead',
  ],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  [
    'container.apparmor.security.beta.kubernetes.io/',
    'deprecated since v1.30; use the "appArmorProfile" field instead',
  ],
];

function ofPlacement(spec: PodSpec, path: FieldPath): string[] {
  const texts: string[] = [];
  for (const name of Object.keys(spec.nodeSelector ?? {}).sort()) {
    if (nodeLabels[name]) texts.push(`${key(child(path, 'nodeSelector'), name)}: ${nodeLabels[name]}`);
  }
  const node = spec.affinity?.nodeAffinity;
  const at = child(path, 'affinity', 'nodeAffinity');
  const ofTerm = (term: { matchExpressions?: { key: string }[] } | undefined, place: FieldPath): void =>
    each(term?.matchExpressions).forEach((expression, entry) => {
      const text = nodeLabels[expression.key];
      if (text)
        texts.push(`${child(index(child(place, 'matchExpressions'), entry), 'key')}: ${expression.key} is ${text}`);
    });
  const must = child(at, 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms');
  each(node?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms).forEach((term, entry) =>
    ofTerm(term, index(must, entry)),
  );
  const may = child(at, 'preferredDuringSchedulingIgnoredDuringExecution');
  each(node?.preferredDuringSchedulingIgnoredDuringExecution).forEach((term, entry) =>
    ofTerm(term.preference, child(index(may, entry), 'preference')),
  );
  each(spec.topologySpreadConstraints).forEach(({ topologyKey, labelSelector }, entry) => {
    const here = index(child(path, 'topologySpreadConstraints'), entry);
    const text = nodeLabels[topologyKey];
    if (text) texts.push(`${child(here, 'topologyKey')}: ${topologyKey} is ${text}`);
    if (!labelSelector) texts.push(`${child(here, 'labelSelector')}: a null labelSelector results in matching no pod`);
  });
  return texts;
}

function ofVolumes(spec: PodSpec, path: FieldPath): string[] {
  return each(spec.volumes).flatMap((volume, at) =>
    Object.entries(volumeSources).flatMap(([name, text]) =>
      volume[name as keyof Volume] ? [`${child(index(child(path, 'volumes'), at), name)}: ${text}`] : [],
    ),
  );
}

function ofContainers(spec: PodSpec, path: FieldPath): string[] {
  const texts: string[] = [];
  for (const list of ['initContainers', 'containers'] as const) {
    each(spec[list]).forEach(({ env, resources }, at) => {
      const here = index(child(path, list), at);
      for (const kind of ['limits', 'requests'] as const) {
        for (const name of ['memory', 'ephemeral-storage']) {
          const amount = resources?.[kind]?.[name];
          if (amount?.endsWith('m'))
            texts.push(
              `${key(child(here, 'resources', kind), name)}: fractional byte value ${quote(amount)} is invalid, must be an integer`,
            );
        }
      }
      const seen = new Set<string>();
      each(env).forEach(({ name }, place) => {
        if (seen.has(name))
          texts.push(
            `${index(child(here, 'env'), place)}: hides previous definition of ${quote(name)}, which may be dropped when using apply`,
          );
        seen.add(name);
      });
    });
  }
  return texts;
}

function ofPodSpec(
  meta: Pick<ObjectMeta, 'annotations'> | undefined,
  spec: PodSpec | undefined,
  path: FieldPath,
): string[] {
  if (!spec) return [];
  const at = child(path, 'spec');
  const annotations = Object.keys(meta?.annotations ?? {}).sort();
  const ofAnnotations = annotations.flatMap(name => {
    const known = podAnnotations.find(([prefix]) => (prefix.endsWith('/') ? name.startsWith(prefix) : name === prefix));
    return known ? [`${key(child(path, 'metadata', 'annotations'), name)}: ${known[1]}`] : [];
  });
  const secrets = each(spec.imagePullSecrets).flatMap(({ name }, place) =>
    name ? [] : [`${index(child(at, 'imagePullSecrets'), place)}: invalid empty name ""`],
  );
  const grace =
    (spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [
          `${child(at, 'terminationGracePeriodSeconds')}: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : [];
  return [
    ...ofPlacement(spec, at),
    ...ofAnnotations,
    ...ofVolumes(spec, at),
    ...secrets,
    ...ofContainers(spec, at),
    ...grace,
  ];
}

/** Names that become parts of host names should be labels. */
function ofName({ name = '' }: ObjectMeta, use: string): string[] {
  const problems = validateDns1123Label(name);
  if (problems.length === 0) return [];
  return [
    `metadata.name: this is used in ${use}, which can result in surprising behavior; a DNS label is recommended: [${problems.join(' ')}]`,
  ];
}

type Owner = KubeObject & { spec?: { template?: PodTemplateSpec } };
const ofTemplate = ({ metadata, spec }: Owner): string[] => [
  ...ofName(metadata, 'Pod names and hostnames'),
  ...ofPodSpec(spec?.template?.metadata, spec?.template?.spec, 'spec.template'),
];

const classAnnotation = 'volume.beta.kubernetes.io/storage-class';
const ofStorageAnnotation = ({ metadata }: PersistentVolume | PersistentVolumeClaim): string[] =>
  metadata.annotations?.[classAnnotation] === undefined
    ? []
    : [`metadata.annotations[${classAnnotation}]: deprecated since v1.8; use "storageClassName" attribute instead`];

const of = <T extends KubeObject>(texts: (object: T) => string[]) =>
  texts as unknown as (object: KubeObject) => string[];

/** By `group/resource`: the texts for a new or changed object. */
export const warnings: Readonly<Record<string, (object: KubeObject) => string[]>> = {
  '/pods': of<Pod>(({ metadata, spec }) => [
    ...ofName(metadata, "the Pod's hostname"),
    ...ofPodSpec(metadata, spec, ''),
  ]),
  '/podtemplates': of<KubeObject & { template?: PodTemplateSpec }>(({ template }) =>
    ofPodSpec(template?.metadata, template?.spec, 'template'),
  ),
  '/replicationcontrollers': of(ofTemplate),
  'apps/deployments': of(ofTemplate),
  'apps/replicasets': of(ofTemplate),
  'apps/statefulsets': of(ofTemplate),
  'apps/daemonsets': of<Owner>(({ spec }) =>
    ofPodSpec(spec?.template?.metadata, spec?.template?.spec, 'spec.template'),
  ),
  'batch/jobs': of<Job>(ofTemplate),
  'batch/cronjobs': of<CronJob>(({ spec }) => {
    const template = spec.jobTemplate?.spec?.template;
    return ofPodSpec(template?.metadata, template?.spec, 'spec.jobTemplate.spec.template');
  }),
  '/persistentvolumes': of<PersistentVolume>(volume => [
    ...ofStorageAnnotation(volume),
    ...(volume.spec.persistentVolumeReclaimPolicy === 'Recycle'
      ? [
          'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
        ]
      : []),
  ]),
  '/persistentvolumeclaims': of<PersistentVolumeClaim>(ofStorageAnnotation),
  'networking.k8s.io/ingresses': of<Ingress>(({ metadata }) =>
    metadata.annotations?.['kubernetes.io/ingress.class'] === undefined
      ? []
      : ['annotation "kubernetes.io/ingress.class" is deprecated, please use \'spec.ingressClassName\' instead'],
  ),
};

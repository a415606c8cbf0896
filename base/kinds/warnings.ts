/** What is accepted but deserves a word: texts for `Warning` headers, by kind. */
import type { KubeObject, ObjectMeta } from '@orrery/machinery/meta';
import { validateDns1123Label } from '@orrery/machinery/names';
import { podWarnings } from './core/pod-warnings.ts';
import type {
  CronJob,
  Ingress,
  Job,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodTemplateSpec,
} from './types.data.ts';

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
  ...podWarnings(spec?.template?.metadata, spec?.template?.spec, 'spec.template'),
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
    ...podWarnings(metadata, spec, ''),
  ]),
  '/podtemplates': of<KubeObject & { template?: PodTemplateSpec }>(({ template }) =>
    podWarnings(template?.metadata, template?.spec, 'template'),
  ),
  '/replicationcontrollers': of(ofTemplate),
  'apps/deployments': of(ofTemplate),
  'apps/replicasets': of(ofTemplate),
  'apps/statefulsets': of(ofTemplate),
  'apps/daemonsets': of<Owner>(({ spec }) =>
    podWarnings(spec?.template?.metadata, spec?.template?.spec, 'spec.template'),
  ),
  'batch/jobs': of<Job>(ofTemplate),
  'batch/cronjobs': of<CronJob>(({ spec }) => {
    const template = spec.jobTemplate?.spec?.template;
    return podWarnings(template?.metadata, template?.spec, 'spec.jobTemplate.spec.template');
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

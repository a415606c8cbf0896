/** What is accepted but deserves a word: texts for `Warning` headers, by kind. */
import type { KubeObject, ObjectMeta } from '@orrery/machinery/meta';
import { validateDns1123Label } from '@orrery/machinery/names';
import { podWarnings } from './core/pod-warnings.ts';
import * as core from './core/warnings.ts';
import type { CronJob, Ingress, Job, Pod, PodTemplateSpec } from './types.data.ts';

/** Names that become parts of host names should be labels. */
function ofName({ name = '' }: ObjectMeta, use: string): string[] {
  const problems = validateDns1123Label(name);
  if (problems.length === 0) return [];
  return [
    `metadata.name: this is used in ${use}, which can result in surprising behavior; a DNS label is recommended: [${problems.join(' ')}]`,
  ];
}

type Warnings<T> = (object: T, old: T | undefined) => string[];
const of = <T extends KubeObject>(texts: Warnings<T>): Warnings<KubeObject> => texts as unknown as Warnings<KubeObject>;

type Owner = KubeObject & { spec?: { template?: PodTemplateSpec } };
const templateOf = ({ spec }: Owner): string[] =>
  podWarnings(spec?.template?.metadata, spec?.template?.spec, 'spec.template');

/** When an object is new, or its content changed. */
const isNews = (object: KubeObject, old: KubeObject | undefined): boolean =>
  old?.metadata.generation === undefined || old.metadata.generation !== object.metadata.generation;

const ofTemplate = of<Owner>((owner, old) => (isNews(owner, old) ? templateOf(owner) : []));
/** Owners whose names begin those of their pods. */
const ofNamed = of<Owner>((owner, old) => [
  ...(old ? [] : ofName(owner.metadata, 'Pod names and hostnames')),
  ...ofTemplate(owner, old),
]);

/** By `group/resource`: the texts for a new or changed object. */
export const warnings: Readonly<Record<string, Warnings<KubeObject>>> = {
  // Not on updates: these come often, and from programs.
  '/pods': of<Pod>(({ metadata, spec }, old) =>
    old ? [] : [...ofName(metadata, "the Pod's hostname"), ...podWarnings(metadata, spec, '')],
  ),
  '/podtemplates': of<KubeObject & { template?: PodTemplateSpec }>((owner, old) =>
    isNews(owner, old) ? podWarnings(owner.template?.metadata, owner.template?.spec, 'template') : [],
  ),
  '/replicationcontrollers': ofNamed,
  '/services': of(core.ofService),
  '/endpoints': of(core.ofEndpoints),
  '/nodes': of(core.ofNode),
  '/serviceaccounts': core.ofServiceAccount,
  '/persistentvolumes': of(core.ofPersistentVolume),
  '/persistentvolumeclaims': of(core.ofClaim),
  'apps/deployments': ofNamed,
  'apps/replicasets': ofNamed,
  'apps/statefulsets': ofTemplate,
  'apps/daemonsets': ofTemplate,
  'batch/jobs': of<Job>(ofNamed),
  'batch/cronjobs': of<CronJob>((job, old) => {
    const template = job.spec.jobTemplate?.spec?.template;
    const texts = podWarnings(template?.metadata, template?.spec, 'spec.jobTemplate.spec.template');
    return isNews(job, old) ? texts : [];
  }),
  'networking.k8s.io/ingresses': of<Ingress>(({ metadata }) =>
    metadata.annotations?.['kubernetes.io/ingress.class'] === undefined
      ? []
      : ['annotation "kubernetes.io/ingress.class" is deprecated, please use \'spec.ingressClassName\' instead'],
  ),
};

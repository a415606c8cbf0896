/** What the server itself changes in a pod that is written: fields of features that are off go, older forms become newer ones (api/pod). */
import type { Container, Pod, PodSpec } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';

/** All containers, the ephemeral ones too: the fields looked at here are the same. */
const allContainers = (spec: PodSpec): Container[] => [
  ...(spec.initContainers ?? []),
  ...(spec.containers ?? []),
  ...((spec.ephemeralContainers ?? []) as Container[]),
];

function dropImageVolumes(spec: PodSpec): void {
  const names = new Set(spec.volumes?.flatMap(({ name, image }) => (image ? [name] : [])));
  if (names.size === 0) return;
  spec.volumes = spec.volumes!.filter(({ name }) => !names.has(name));
  for (const container of allContainers(spec))
    if (container.volumeMounts) container.volumeMounts = container.volumeMounts.filter(({ name }) => !names.has(name));
}

type Projection = NonNullable<NonNullable<NonNullable<PodSpec['volumes']>[number]['projected']>['sources']>[number];

const projectionsOf = (spec: PodSpec | undefined): Projection[] =>
  (spec?.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? []);

function dropProjections(spec: PodSpec, old: PodSpec | undefined): void {
  for (const name of ['clusterTrustBundle', 'podCertificate'] as const) {
    if (projectionsOf(old).some(source => source[name])) continue;
    for (const source of projectionsOf(spec)) delete source[name];
  }
}

/** Rules about when single containers start again. */
function dropRestartRules(spec: PodSpec): void {
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy !== undefined && container.restartPolicy !== 'Always') delete container.restartPolicy;
    delete container.restartPolicyRules;
  }
  for (const container of [...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])]) {
    delete container.restartPolicy;
    delete container.restartPolicyRules;
  }
}

function dropOfContainer(container: Container): void {
  const { env, lifecycle } = container;
  if (env) for (const { valueFrom } of env) if (valueFrom?.fileKeyRef) delete valueFrom.fileKeyRef;
  if (!lifecycle?.stopSignal) return;
  delete lifecycle.stopSignal;
  if (Object.keys(lifecycle).length === 0) delete container.lifecycle;
}

/** Features that are off in v1.34 unless a cluster asks for them. What a stored pod already uses stays. */
export function dropDisabledFields(spec: PodSpec, old: PodSpec | undefined): void {
  if (!old?.volumes?.some(volume => volume.image)) dropImageVolumes(spec);
  if (spec.volumes) dropProjections(spec, old);
  if (old?.hostnameOverride === undefined) delete spec.hostnameOverride;
  const usesRules = (container: Container): boolean =>
    (container.restartPolicy !== undefined && container.restartPolicy !== 'Always') ||
    (container.restartPolicyRules?.length ?? 0) > 0;
  if (!old || !allContainers(old).some(usesRules)) dropRestartRules(spec);
  for (const container of allContainers(spec)) dropOfContainer(container);
}

type Selector = NonNullable<NonNullable<PodSpec['topologySpreadConstraints']>[number]['labelSelector']>;

function addRequirements(
  selector: Selector,
  keys: readonly string[] | undefined,
  operator: 'In' | 'NotIn',
  labels: Readonly<Record<string, string>>,
): void {
  for (const key of keys ?? []) {
    const value = labels[key];
    if (value !== undefined)
      selector.matchExpressions = [...(selector.matchExpressions ?? []), { key, operator, values: [value] }];
  }
}

/** A pod's own values of the labels that its terms name by key become part of their selectors. */
export function mergeLabelKeys({ metadata, spec }: Pod & KubeObject): void {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {};
  const constraints = spec?.topologySpreadConstraints;
  if (!podAffinity && !podAntiAffinity && !constraints) return;
  const labels = metadata.labels ?? {};
  for (const affinity of [podAffinity, podAntiAffinity]) {
    const terms = [
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(term => term.podAffinityTerm),
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ];
    for (const { labelSelector, matchLabelKeys, mismatchLabelKeys } of terms) {
      if (!labelSelector) continue;
      addRequirements(labelSelector, matchLabelKeys, 'In', labels);
      addRequirements(labelSelector, mismatchLabelKeys, 'NotIn', labels);
    }
  }
  for (const { labelSelector, matchLabelKeys } of constraints ?? [])
    if (labelSelector) addRequirements(labelSelector, matchLabelKeys, 'In', labels);
}

type Profile = NonNullable<NonNullable<PodSpec['securityContext']>['appArmorProfile']>;

function profileOf(annotation: string): Profile | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' };
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' };
  const name = annotation.startsWith('localhost/') ? annotation.slice('localhost/'.length) : '';
  const isValid = name !== '' && name.trim() === name && name.length <= 4095;
  return isValid ? { type: 'Localhost', localhostProfile: name } : undefined;
}

const appArmor = 'container.apparmor.security.beta.kubernetes.io/';

/** AppArmor profiles named by annotations become fields, as kubelets of today look only there. */
export function syncAppArmor({ metadata, spec }: Pod & KubeObject, warn: (text: string) => void): void {
  const { annotations } = metadata;
  if (!annotations || !spec || spec.os?.name === 'windows') return;
  const ofPod = spec.securityContext?.appArmorProfile;
  for (const container of allContainers(spec)) {
    const annotation = annotations[appArmor + container.name];
    if (annotation === undefined || container.securityContext?.appArmorProfile) continue;
    const profile = profileOf(annotation);
    const isSame = profile?.type === ofPod?.type && profile?.localhostProfile === ofPod?.localhostProfile;
    if (profile && isSame) continue;
    if (profile) container.securityContext = { ...container.securityContext, appArmorProfile: profile };
    const at = `metadata.annotations[${appArmor}${container.name}]`;
    warn(`${at}: deprecated since v1.30; use the "appArmorProfile" field instead`);
  }
}

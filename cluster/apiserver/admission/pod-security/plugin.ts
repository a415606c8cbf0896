/** PodSecurity: enforces, warns of and audits the level that a namespace's labels ask for. */
import { invalidObject } from '@orrery/machinery/fieldpath';
import type { KubeObject } from '@orrery/machinery/meta';
import { controllerOf } from '@orrery/machinery/meta';
import { same } from '../../authorization/same.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../../types.ts';
import { refuse } from '../refuse.ts';
import type { CheckedContainer, CheckedPod, CheckedSpec } from './pod.ts';
import { containersOf } from './pod.ts';
import type { LevelVersion } from './standard.ts';
import { detailText, findings, levelText, policyOf, reasonText, strictness } from './standard.ts';

/** Where workloads keep their pod template. */
const templates: Readonly<Record<string, readonly string[]>> = {
  '/replicationcontrollers': ['spec', 'template'],
  '/podtemplates': ['template'],
  'apps/replicasets': ['spec', 'template'],
  'apps/deployments': ['spec', 'template'],
  'apps/statefulsets': ['spec', 'template'],
  'apps/daemonsets': ['spec', 'template'],
  'batch/jobs': ['spec', 'template'],
  'batch/cronjobs': ['spec', 'jobTemplate', 'spec', 'template'],
};

/** Subresources of pods that cannot change what a pod may do. */
const harmless = new Set(['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status']);

function templateOf(object: unknown, path: readonly string[]): CheckedPod | undefined {
  let value = object as Record<string, unknown> | undefined;
  for (const name of path) value = value?.[name] as Record<string, unknown> | undefined;
  const spec = value?.['spec'] as CheckedSpec | undefined;
  return spec && { metadata: (value?.['metadata'] as CheckedPod['metadata']) ?? {}, spec };
}

/** Of a pod that exists only images and added containers (and old seccomp annotations) can change. */
function matters(pod: CheckedPod, old: CheckedPod): boolean {
  const shown = ({ metadata, spec }: CheckedPod) => {
    const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) =>
      key.includes('seccomp.security.alpha.kubernetes.io/'),
    );
    const image = ({ name, image: text }: CheckedContainer) => [name, text];
    return [Object.fromEntries(annotations), containersOf(spec).map(image)];
  };
  return !same(shown(pod), shown(old));
}

function evaluate(attributes: AdmissionAttributes, pod: CheckedPod, namespace: KubeObject, enforced: boolean): void {
  const { policy } = policyOf(namespace.metadata.labels);
  const text = (level: LevelVersion) => detailText(findings(pod, level));
  if (enforced) {
    attributes.annotate('pod-security.kubernetes.io/enforce-policy', levelText(policy.enforce));
    const broken = text(policy.enforce);
    if (broken) throw refuse(attributes, `violates PodSecurity "${levelText(policy.enforce)}": ${broken}`);
  }
  const would = (level: LevelVersion, broken: string) => `would violate PodSecurity "${levelText(level)}": ${broken}`;
  const audited = text(policy.audit);
  if (audited) attributes.annotate('pod-security.kubernetes.io/audit-violations', would(policy.audit, audited));
  const warned = text(policy.warn);
  if (warned) attributes.warn(would(policy.warn, warned));
}

/** What pods of a namespace that exist already break of its new level: told, not undone. */
export function namespaceWarnings(name: string, level: LevelVersion, pods: readonly KubeObject[]): string[] {
  const limit = 3000;
  // One pod of each controller first: its replicas tell nothing new.
  const seen = new Set<string>();
  const replicas = (pod: KubeObject) => {
    const owner = controllerOf(pod)?.uid;
    if (owner === undefined || !seen.has(owner)) return owner !== undefined && (seen.add(owner), false);
    return true;
  };
  const [first, later] = [[] as KubeObject[], [] as KubeObject[]];
  for (const pod of pods) (replicas(pod) ? later : first).push(pod);
  const byReason = new Map<string, string[]>();
  for (const pod of [...first, ...later].slice(0, limit)) {
    const reason = reasonText(findings(pod as KubeObject & CheckedPod, level));
    if (reason) byReason.set(reason, [...(byReason.get(reason) ?? []), pod.metadata.name ?? '']);
  }
  const lines = [...byReason].map(([reason, names]) => {
    const others = names.length - 1;
    const more = others === 0 ? '' : others === 1 ? ' (and 1 other pod)' : ` (and ${others} other pods)`;
    return `${names.toSorted()[0]}${more}: ${reason}`;
  });
  const partly =
    pods.length > limit
      ? [`new PodSecurity enforce level only checked against the first ${limit} of ${pods.length} existing pods`]
      : [];
  const head =
    lines.length > 0
      ? [`existing pods in namespace "${name}" violate the new PodSecurity enforce level "${levelText(level)}"`]
      : [];
  return [...partly, ...head, ...lines.toSorted()];
}

async function checkNamespace(attributes: AdmissionAttributes): Promise<void> {
  const { operation, object, oldObject, name, reads } = attributes;
  const { policy, errors } = policyOf(object!.metadata.labels);
  const before = oldObject && policyOf(oldObject.metadata.labels);
  if (errors.length > 0 && !(before && same(before.errors, errors)))
    throw invalidObject({ group: '', kind: 'Namespace', name: name || (object!.metadata.name ?? '') }, errors);
  if (operation !== 'UPDATE' || !before) return;
  const [now, old] = [policy.enforce, before.policy.enforce];
  if (now.level === 'privileged' || same(now, old)) return;
  if (now.minor === old.minor && strictness(now.level) <= strictness(old.level)) return;
  const pods = await reads.list({ group: '', resource: 'pods' }, name);
  for (const warning of namespaceWarnings(name, now, pods)) attributes.warn(warning);
}

async function namespaceOf({ reads, namespace }: AdmissionAttributes): Promise<KubeObject> {
  const found = await reads.get({ group: '', resource: 'namespaces' }, '', namespace);
  return found ?? { metadata: {} };
}

export const podSecurity: AdmissionPlugin = {
  name: 'PodSecurity',
  handles: (operation, { group, resource }, subresource) => {
    if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
    if (group === '' && resource === 'pods') return !harmless.has(subresource);
    return (
      subresource === '' &&
      ((group === '' && resource === 'namespaces') || Object.hasOwn(templates, `${group}/${resource}`))
    );
  },
  async validate(attributes) {
    const { resource, object, oldObject } = attributes;
    if (resource.resource === 'namespaces') return checkNamespace(attributes);
    if (resource.resource === 'pods') {
      const pod = object as KubeObject & CheckedPod;
      if (oldObject && !matters(pod, oldObject as KubeObject & CheckedPod)) return;
      return evaluate(attributes, pod, await namespaceOf(attributes), true);
    }
    const template = templateOf(object, templates[`${resource.group}/${resource.resource}`]!);
    if (template) evaluate(attributes, template, await namespaceOf(attributes), false);
  },
};

/** What quotas count, and whether there is room. Pure. */
import { isInScopes, isTracked, addUsage, scopesOf, usageOf, type Usage } from '@orrery/kinds/quota';
import type { ResourceQuota as NativeQuota } from '@orrery/kinds/types';
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  subtractQuantities,
  zeroQuantity,
} from '@orrery/machinery/quantity';
import { labels, type Quantities, type WorkspaceQuota } from '@orrery/platform-kinds';

const resource = (group: string, version: string, ...names: string[]): GroupVersionResource[] =>
  names.map(name => ({ group, version, resource: name }));

/** Whatever a quota can name is counted among these. */
export const countedKinds: readonly GroupVersionResource[] = [
  ...resource(
    '',
    'v1',
    'pods',
    'services',
    'persistentvolumeclaims',
    'configmaps',
    'secrets',
    'replicationcontrollers',
    'serviceaccounts',
  ),
  ...resource('apps', 'v1', 'deployments', 'statefulsets', 'daemonsets', 'replicasets'),
  ...resource('batch', 'v1', 'jobs', 'cronjobs'),
  ...resource('networking.k8s.io', 'v1', 'ingresses'),
];

export const hardOf = ({ spec }: WorkspaceQuota): Quantities => spec.quota?.hard ?? {};
export const workspaceOf = ({ spec }: WorkspaceQuota): string => spec.selector?.[labels.workspace] ?? '';

/** The kinds that a quota's names are about. */
export const kindsOf = (hard: Quantities): GroupVersionResource[] =>
  countedKinds.filter(kind => Object.keys(hard).some(name => isTracked(kind, name)));

/** Names that nothing is counted for. */
export const unknownNames = (hard: Quantities): string[] =>
  Object.keys(hard).filter(name => !countedKinds.some(kind => isTracked(kind, name)));

/** Of what an object uses, the part that the quota is about. */
export const partOf = (hard: Quantities, usage: Usage): Usage =>
  new Map([...usage].filter(([name]) => Object.hasOwn(hard, name)));

/** Whether the quota is about the object: one with scopes is about pods that are in all of them. */
export const isAbout = ({ spec }: WorkspaceQuota, kind: GroupVersionResource, object: KubeObject): boolean =>
  isInScopes({ spec: spec.quota ?? {} } as NativeQuota, kind, object);

export const usageIn = (quota: WorkspaceQuota, kind: GroupVersionResource, object: KubeObject, nowMs: number): Usage =>
  isAbout(quota, kind, object) ? partOf(hardOf(quota), usageOf(kind, object, nowMs)) : new Map();

const scopeNames = [
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
];
const pods: GroupVersionResource = { group: '', version: 'v1', resource: 'pods' };

/** What is wrong with the scopes of a quota: field and why. */
export function scopeProblem(quota: WorkspaceQuota): { readonly field: string; readonly why: string } | undefined {
  const scopes = scopesOf({ spec: quota.spec.quota ?? {} } as NativeQuota);
  if (scopes.length === 0) return undefined;
  const unknown = scopes.find(({ scopeName }) => !scopeNames.includes(scopeName));
  if (unknown) return { field: 'spec.quota.scopes', why: `there is no scope "${unknown.scopeName}"` };
  const isBestEffort = scopes.some(({ scopeName }) => scopeName === 'BestEffort');
  const other = Object.keys(hardOf(quota)).find(
    name => !isTracked(pods, name) || (isBestEffort && !['pods', 'count/pods'].includes(name)),
  );
  return other === undefined
    ? undefined
    : { field: `spec.quota.hard[${other}]`, why: 'a quota with these scopes does not count it' };
}

/** What is used more than before; less is told by what is there afterwards. */
export function growth(before: Usage, after: Usage): Usage {
  const more = new Map<string, ReturnType<typeof parseQuantity>>();
  for (const [name, amount] of after) {
    const difference = subtractQuantities(amount, before.get(name) ?? zeroQuantity);
    if (compareQuantities(difference, zeroQuantity) > 0) more.set(name, difference);
  }
  return more;
}

export const sum = (usages: Iterable<Usage>): Usage => {
  let total: Usage = new Map();
  for (const usage of usages) total = addUsage(total, usage);
  return total;
};

/** As objects tell amounts; every name of the quota is there. */
export const written = (hard: Quantities, usage: Usage): Quantities =>
  Object.fromEntries(Object.keys(hard).map(name => [name, formatQuantity(usage.get(name) ?? zeroQuantity)]));

export const read = (amounts: Quantities = {}): Usage =>
  new Map(Object.entries(amounts).map(([name, text]) => [name, parseQuantity(text)]));

/** The names of which there is not enough. */
export const lacking = (hard: Quantities, used: Usage, wanted: Usage): string[] =>
  [...wanted.keys()]
    .filter(
      name =>
        compareQuantities(
          addQuantities(used.get(name) ?? zeroQuantity, wanted.get(name)!),
          parseQuantity(hard[name]!),
        ) > 0,
    )
    .toSorted();

const computed = /^((requests|limits)\.)?(cpu|memory|ephemeral-storage)$/;

/** What a pod must say when a quota limits it: what says nothing would count for nothing. */
export const unsaid = (hard: Quantities, usage: Usage): string[] =>
  Object.keys(hard)
    .filter(name => computed.test(name) && !usage.has(name))
    .toSorted();

const shown = (names: readonly string[], amounts: (name: string) => string): string =>
  names.map(name => `${name}=${amounts(name)}`).join(',');

/** In the words of the cluster's own quotas. */
export const refusal = (quota: WorkspaceQuota, names: readonly string[], used: Usage, wanted: Usage): string =>
  `exceeded quota: ${quota.metadata.name} of the workspace ${workspaceOf(quota)}, requested: ${shown(names, name => formatQuantity(wanted.get(name)!))}, ` +
  `used: ${shown(names, name => formatQuantity(used.get(name) ?? zeroQuantity))}, limited: ${shown(names, name => hardOf(quota)[name]!)}`;

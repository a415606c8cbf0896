/** What an object counts against a ResourceQuota (upstream `pkg/quota/v1/evaluator/core`): for admission and for the controller. */
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import { addQuantities, compareQuantities, parseQuantity, quantityOf, type Quantity } from '@orrery/machinery/quantity';
import type {
  Container,
  PersistentVolumeClaim,
  Pod,
  ResourceQuota,
  ScopedResourceSelectorRequirement,
  Service,
} from './types.data.ts';

/** Amounts by the names that quotas use, e.g. `requests.cpu`, `pods`, `count/deployments.apps`. */
export type Usage = ReadonlyMap<string, Quantity>;

type Amounts = Readonly<Record<string, string>> | undefined;

/** Resources that have had a name of their own since before `count/` was invented. */
const named = new Set([
  'pods',
  'services',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'replicationcontrollers',
  'resourcequotas',
]);
const one = quantityOf(1);

/** Everything that an object of a resource uses. `now` is in milliseconds since the epoch. */
export function usageOf(
  resource: Pick<GroupVersionResource, 'group' | 'resource'>,
  object: KubeObject,
  now: number,
): Usage {
  const { group, resource: plural } = resource;
  const usage = new Map<string, Quantity>([[`count/${plural}${group ? `.${group}` : ''}`, one]]);
  if (group !== '') return usage;
  if (plural === 'pods') return podUsage(object as Pod, usage, now);
  if (named.has(plural)) usage.set(plural, one);
  if (plural === 'services') serviceUsage(object as Service, usage);
  if (plural === 'persistentvolumeclaims') claimUsage(object as PersistentVolumeClaim, usage);
  return usage;
}

/** Sums up two usages. */
export function addUsage(a: Usage, b: Usage): Usage {
  const sum = new Map(a);
  for (const [name, amount] of b) sum.set(name, sum.has(name) ? addQuantities(sum.get(name)!, amount) : amount);
  return sum;
}

/** A pod counts until it has finished, or its time to terminate is over. */
function isCounted({ metadata, status }: Pod, now: number): boolean {
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return false;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  if (!deletionTimestamp || deletionGracePeriodSeconds === undefined) return true;
  return now <= Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000;
}

function podUsage(pod: Pod, usage: Map<string, Quantity>, now: number): Usage {
  if (!isCounted(pod, now)) return usage;
  usage.set('pods', one);
  for (const [name, amount] of podAmounts(pod, 'requests')) {
    usage.set(`requests.${name}`, amount);
    if (name === 'cpu' || name === 'memory' || name === 'ephemeral-storage' || name.startsWith('hugepages-')) {
      usage.set(name, amount);
    }
  }
  for (const [name, amount] of podAmounts(pod, 'limits')) {
    if (name === 'cpu' || name === 'memory' || name === 'ephemeral-storage') usage.set(`limits.${name}`, amount);
  }
  return usage;
}

/** What a pod needs at its peak: its containers and sidecars together, or an init container with the sidecars before it. */
export function podAmounts({ spec }: Pod, kind: 'requests' | 'limits'): Usage {
  const of = (amounts: Amounts): Usage =>
    new Map(Object.entries(amounts ?? {}).map(([name, text]) => [name, parseQuantity(text)]));
  const ask = (container: Container) => of(container.resources?.[kind]);
  let running: Usage = new Map();
  let peak: Usage = new Map();
  for (const container of spec.initContainers ?? []) {
    const sidecar = container.restartPolicy === 'Always';
    const during = addUsage(running, ask(container));
    peak = larger(peak, during);
    if (sidecar) running = during;
  }
  for (const container of spec.containers) running = addUsage(running, ask(container));
  const whole = larger(larger(running, peak), of(spec.resources?.[kind]));
  const overhead = of(spec.overhead);
  // A limit that is not set stays unset.
  const added = kind === 'requests' ? overhead : new Map([...overhead].filter(([name]) => whole.has(name)));
  return addUsage(whole, added);
}

function larger(a: Usage, b: Usage): Usage {
  const result = new Map(a);
  for (const [name, amount] of b) {
    const other = result.get(name);
    if (!other || compareQuantities(other, amount) < 0) result.set(name, amount);
  }
  return result;
}

function serviceUsage({ spec }: Service, usage: Map<string, Quantity>): void {
  const ports = quantityOf(spec.ports?.length ?? 0);
  if (spec.type === 'NodePort') usage.set('services.nodeports', ports);
  if (spec.type !== 'LoadBalancer') return;
  usage.set('services.loadbalancers', one);
  const numbered = (spec.ports ?? []).filter(({ nodePort }) => nodePort).length;
  usage.set('services.nodeports', spec.allocateLoadBalancerNodePorts === false ? quantityOf(numbered) : ports);
}

function claimUsage({ spec, metadata }: PersistentVolumeClaim, usage: Map<string, Quantity>): void {
  const storageClass = metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName;
  const prefix = storageClass ? `${storageClass}.storageclass.storage.k8s.io/` : undefined;
  if (prefix) usage.set(`${prefix}persistentvolumeclaims`, one);
  const request = spec?.resources?.requests?.['storage'];
  if (request === undefined) return;
  const amount = parseQuantity(request);
  usage.set('requests.storage', amount);
  if (prefix) usage.set(`${prefix}requests.storage`, amount);
}

const podAmountNames = ['cpu', 'memory', 'ephemeral-storage'];
const podNames = new Set([
  'pods',
  ...podAmountNames,
  ...podAmountNames.flatMap(name => [`requests.${name}`, `limits.${name}`]),
]);
const claimSuffixes = [
  '.storageclass.storage.k8s.io/requests.storage',
  '.storageclass.storage.k8s.io/persistentvolumeclaims',
];

/** Whether a quota's name for an amount is about objects of a resource (upstream's evaluators' `MatchingResources`). */
export function isTracked(
  { group, resource }: Pick<GroupVersionResource, 'group' | 'resource'>,
  name: string,
): boolean {
  if (name === `count/${resource}${group ? `.${group}` : ''}`) return true;
  if (group !== '') return false;
  if (resource === 'pods')
    return podNames.has(name) || /^(requests\.)?hugepages-/.test(name) || isExtendedRequest(name);
  if (resource === 'services')
    return name === 'services' || name === 'services.nodeports' || name === 'services.loadbalancers';
  if (resource === 'persistentvolumeclaims')
    return name === resource || name === 'requests.storage' || claimSuffixes.some(suffix => name.endsWith(suffix));
  return named.has(resource) && name === resource;
}

const isExtendedRequest = (name: string): boolean =>
  name.startsWith('requests.') && name.includes('/') && !name.includes('kubernetes.io/');

const demanded = ['cpu', 'limits.cpu', 'limits.memory', 'memory', 'requests.cpu', 'requests.memory'];

/**
 * Under a quota on cpu or memory every container must say what it asks for. The names of containers that do not, by the
 * amount they leave out, both in order (upstream `podEvaluator.Constraints`).
 */
export function unspecified({ spec }: Pod, names: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const tracked = new Set(names);
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const missing = new Map<string, string[]>();
  for (const name of demanded) {
    if (!tracked.has(name)) continue;
    const kind = name.startsWith('limits.') ? 'limits' : 'requests';
    const amount = name.replace(/^(limits|requests)\./, '');
    const without = containers.filter(({ resources }) => resources?.[kind]?.[amount] === undefined);
    if (without.length > 0) missing.set(name, [...new Set(without.map(container => container.name))].sort());
  }
  return missing;
}

type Scope = Pick<ScopedResourceSelectorRequirement, 'scopeName' | 'operator' | 'values'>;

export const scopesOf = ({ spec }: ResourceQuota): Scope[] => [
  ...(spec.scopes ?? []).map(scopeName => ({ scopeName, operator: 'Exists' as const })),
  ...(spec.scopeSelector?.matchExpressions ?? []),
];

/** Whether a quota is about an object at all: one with scopes is about pods that are in all of them. */
export function isInScopes(
  quota: ResourceQuota,
  { group, resource }: Pick<GroupVersionResource, 'group' | 'resource'>,
  object: KubeObject,
): boolean {
  const scopes = scopesOf(quota);
  if (scopes.length === 0) return true;
  return group === '' && resource === 'pods' && scopes.every(scope => isInScope(scope, object as Pod));
}

function isInScope({ scopeName, operator, values = [] }: Scope, pod: Pod): boolean {
  switch (scopeName) {
    case 'Terminating':
      return pod.spec.activeDeadlineSeconds !== undefined;
    case 'NotTerminating':
      return pod.spec.activeDeadlineSeconds === undefined;
    case 'BestEffort':
      return isBestEffort(pod);
    case 'NotBestEffort':
      return !isBestEffort(pod);
    case 'PriorityClass': {
      const name = pod.spec.priorityClassName ?? '';
      if (operator === 'Exists') return name !== '';
      if (operator === 'DoesNotExist') return name === '';
      return operator === 'In' ? values.includes(name) : !values.includes(name);
    }
    case 'CrossNamespacePodAffinity':
      return usesOtherNamespaces(pod);
    default:
      return false;
  }
}

const isBestEffort = ({ spec }: Pod): boolean =>
  [...spec.containers, ...(spec.initContainers ?? []), spec].every(({ resources }) =>
    [...Object.entries(resources?.requests ?? {}), ...Object.entries(resources?.limits ?? {})].every(
      ([name, amount]) => (name !== 'cpu' && name !== 'memory') || parseQuantity(amount).nano === 0n,
    ),
  );

function usesOtherNamespaces({ spec: { affinity } }: Pod): boolean {
  const terms = [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap(rules => [
    ...(rules?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(rules?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
  ]);
  return terms.some(
    ({ namespaces = [], namespaceSelector }) => namespaces.length > 0 || namespaceSelector !== undefined,
  );
}

/** Services and the pods behind them. */
import type { Pod, Service, ServicePort } from '@orrery/kinds/types';
import { keyOf } from '@orrery/machinery/meta';
import { matches, selectorFromMap } from '@orrery/machinery/selector';
import type { Change, Informer } from '@orrery/reconciler';
import { semanticEqual } from './equal.ts';
import { isTerminal, podCondition, timeOf } from './pods.ts';

export const headlessLabel = 'service.kubernetes.io/headless';
export const triggerTimeKey = 'endpoints.kubernetes.io/last-change-trigger-time';

export const isHeadless = ({ spec }: Service): boolean => !spec.clusterIP || spec.clusterIP === 'None';

/** An empty selector selects nothing here: such a Service's endpoints are made by somebody else. */
export const hasSelector = ({ spec }: Service): boolean => spec.selector !== undefined && spec.selector !== null;

export const selects = ({ spec, metadata }: Service, pod: Pod): boolean =>
  !!spec.selector &&
  metadata.namespace === pod.metadata.namespace &&
  matches(selectorFromMap(spec.selector), pod.metadata.labels);

/** Keys of the Services that a change of a pod may concern; none when nothing changed that endpoints show. */
export function servicesOf(services: Informer<Service>, { before, after }: Change<Pod>): string[] {
  if (before && after && semanticEqual(visible(before), visible(after))) return [];
  const namespace = (after ?? before)!.metadata.namespace;
  return services
    .list(namespace)
    .filter(service => (before && selects(service, before)) || (after && selects(service, after)))
    .map(keyOf);
}

const visible = (pod: Pod) => [
  pod.metadata.labels,
  pod.metadata.deletionTimestamp,
  pod.status?.podIPs,
  pod.status?.podIP,
  pod.spec.nodeName,
  pod.spec.hostname,
  pod.spec.subdomain,
  isTerminal(pod),
  podCondition(pod, 'Ready')?.status,
];

/** A pod with an address that has not finished. Terminating pods count where the caller says so. */
export function hasEndpoint(pod: Pod, includeTerminating: boolean): boolean {
  if (isTerminal(pod) || (!pod.status?.podIP && !pod.status?.podIPs?.length)) return false;
  return includeTerminating || !pod.metadata.deletionTimestamp;
}

export const podAddresses = (pod: Pod): string[] =>
  pod.status?.podIPs?.map(({ ip }) => ip) ?? (pod.status?.podIP ? [pod.status.podIP] : []);

export const hostnameIn = (pod: Pod, service: Service): string | undefined =>
  pod.spec.hostname && pod.spec.subdomain === service.metadata.name ? pod.spec.hostname : undefined;

/** The container port behind a Service's port; a name is looked up in containers and sidecars. Undefined when absent. */
export function targetPort(pod: Pod, port: ServicePort): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target === 0 ? port.port : target;
  const sidecars = (pod.spec.initContainers ?? []).filter(container => container.restartPolicy === 'Always');
  return [...pod.spec.containers, ...sidecars]
    .flatMap(container => container.ports ?? [])
    .find(({ name, protocol }) => name === target && (protocol ?? 'TCP') === (port.protocol ?? 'TCP'))?.containerPort;
}

/** When what the endpoints show last changed, as far as the objects tell: for latency metrics of their consumers. */
export function triggerTime(service: Service, pods: readonly Pod[]): string | undefined {
  const times = pods.map(pod => timeOf(podCondition(pod, 'Ready')?.lastTransitionTime) ?? 0);
  const latest = Math.max(timeOf(service.metadata.creationTimestamp) ?? 0, ...times);
  return latest === 0 ? undefined : new Date(latest).toISOString().replace('.000Z', 'Z');
}

/**
 * What of a Service bears on addresses and ports: its shape, and how linked fields follow each other when a client names only
 * some of them (upstream `registry/core/service`, strategy and storage). Pure; objects are changed in place.
 */
import type { KubeObject } from '@orrery/machinery/meta';
import type { IpFamily } from './address.ts';

export interface ServicePort {
  name?: string;
  protocol?: string;
  port: number;
  nodePort?: number;
}

export interface ServiceSpec {
  type?: string;
  clusterIP?: string;
  clusterIPs?: string[];
  ipFamilies?: IpFamily[];
  ipFamilyPolicy?: string;
  ports?: ServicePort[];
  selector?: Record<string, string>;
  externalTrafficPolicy?: string;
  internalTrafficPolicy?: string;
  healthCheckNodePort?: number;
  allocateLoadBalancerNodePorts?: boolean;
  loadBalancerClass?: string;
}

export interface Service extends KubeObject {
  spec: ServiceSpec;
  status?: { loadBalancer?: unknown };
}

export const headless = (spec: ServiceSpec): boolean => (spec.clusterIPs?.[0] ?? spec.clusterIP) === 'None';
export const needsClusterIp = (spec: ServiceSpec): boolean => spec.type !== 'ExternalName';
export const needsNodePorts = (spec: ServiceSpec): boolean => spec.type === 'NodePort' || spec.type === 'LoadBalancer';
export const needsHealthCheckPort = (spec: ServiceSpec): boolean =>
  spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
/** Types (or externalIPs) through which traffic from outside can come: these have an externalTrafficPolicy. */
export const externallyAccessible = (spec: ServiceSpec & { externalIPs?: string[] }): boolean =>
  needsNodePorts(spec) || (spec.type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0);

/** The node ports a Service names, without the health check port. */
export const nodePortsOf = (spec: ServiceSpec): number[] => [
  ...new Set((spec.ports ?? []).flatMap(port => (port.nodePort ? [port.nodePort] : []))),
];

const sameList = (a: readonly string[] = [], b: readonly string[] = []): boolean =>
  a.length === b.length && a.every((value, index) => value === b[index]);

/** Brings `clusterIP` and `clusterIPs` in line: clients older than dual stack know only the first. */
export function normalizeClusterIps(spec: ServiceSpec, old: ServiceSpec | undefined): void {
  if (!old) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  const same = sameList(old.clusterIPs, spec.clusterIPs);
  if (old.clusterIPs?.length && !spec.clusterIPs?.length && old.clusterIP === spec.clusterIP)
    spec.clusterIPs = [...old.clusterIPs];
  if ((old.clusterIP ?? '') === (spec.clusterIP ?? '') || !same) return;
  if (!spec.clusterIP) delete spec.clusterIPs;
  else spec.clusterIPs = [spec.clusterIP];
}

/** Puts back what was allocated and the client left out, so that sending the first manifest again changes nothing. */
export function keepAllocatedValues(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIp(old) && needsClusterIp(spec)) {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP;
    if (!spec.clusterIPs?.length && old.clusterIPs?.length) spec.clusterIPs = [...old.clusterIPs];
  }
  if (needsNodePorts(old) && needsNodePorts(spec)) {
    const named = new Set(nodePortsOf(spec));
    const before = new Map((old.ports ?? []).map(port => [port.name ?? '', port.nodePort]));
    for (const port of spec.ports ?? []) {
      const known = before.get(port.name ?? '');
      if (!port.nodePort && known && !named.has(known)) port.nodePort = known;
    }
  }
  if (needsHealthCheckPort(old) && needsHealthCheckPort(spec) && !spec.healthCheckNodePort && old.healthCheckNodePort)
    spec.healthCheckNodePort = old.healthCheckNodePort;
}

/** Clears fields that no longer apply after a change of type and that the client did not touch. */
export function dropTypeDependentFields(service: Service, old: Service): void {
  const [spec, before] = [service.spec, old.spec];
  if (needsClusterIp(before) && !needsClusterIp(spec)) {
    if (before.clusterIP === spec.clusterIP && sameList(before.clusterIPs, spec.clusterIPs)) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    if (sameList(before.ipFamilies, spec.ipFamilies)) delete spec.ipFamilies;
    if (before.ipFamilyPolicy === spec.ipFamilyPolicy) delete spec.ipFamilyPolicy;
    if (before.internalTrafficPolicy === spec.internalTrafficPolicy) delete spec.internalTrafficPolicy;
  }
  const portsBefore = new Set(nodePortsOf(before));
  if (needsNodePorts(before) && !needsNodePorts(spec) && nodePortsOf(spec).every(port => portsBefore.has(port)))
    for (const port of spec.ports ?? []) delete port.nodePort;
  if (
    needsHealthCheckPort(before) &&
    !needsHealthCheckPort(spec) &&
    before.healthCheckNodePort === spec.healthCheckNodePort
  )
    delete spec.healthCheckNodePort;
  if (before.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (before.allocateLoadBalancerNodePorts === spec.allocateLoadBalancerNodePorts)
      delete spec.allocateLoadBalancerNodePorts;
    if (before.loadBalancerClass === spec.loadBalancerClass) delete spec.loadBalancerClass;
  }
  if (
    externallyAccessible(before) &&
    !externallyAccessible(spec) &&
    before.externalTrafficPolicy === spec.externalTrafficPolicy
  )
    delete spec.externalTrafficPolicy;
  if (spec.type !== 'LoadBalancer') service.status = { ...service.status, loadBalancer: {} };
}

/** All three, in upstream's order: what a Service strategy does first with an update. */
export function prepareServiceForUpdate(service: Service, old: Service): void {
  normalizeClusterIps(service.spec, old.spec);
  keepAllocatedValues(service.spec, old.spec);
  dropTypeDependentFields(service, old);
}

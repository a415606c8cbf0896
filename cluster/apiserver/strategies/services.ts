/** Services: what an update leaves out is kept, what a change of type makes senseless is dropped (registry `core/service`). */
import type { Service, ServicePort, ServiceSpec } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Strategy } from '../types.ts';
import { keepStatus, statusOnly, textAt, withStatus } from './generic.ts';

type Spec = { -readonly [name in keyof ServiceSpec]: ServiceSpec[name] };

const needsClusterIP = ({ type }: Spec): boolean => type !== 'ExternalName';
const needsNodePort = ({ type, allocateLoadBalancerNodePorts }: Spec): boolean =>
  type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false);
const needsHealthCheckPort = ({ type, externalTrafficPolicy }: Spec): boolean =>
  type === 'LoadBalancer' && externalTrafficPolicy === 'Local';

const portKey = ({ protocol, port }: ServicePort): string => `${protocol}/${port}`;
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** Values that were allocated stay although a client that does not know them leaves them out. */
export function keepAllocated(spec: Spec, before: Spec): void {
  if (needsClusterIP(before) && needsClusterIP(spec)) {
    spec.clusterIP ||= before.clusterIP;
    if (!spec.clusterIPs?.length && spec.clusterIP === before.clusterIP) spec.clusterIPs = before.clusterIPs;
  }
  if (needsNodePort(before) && needsNodePort(spec)) {
    const known = new Map(before.ports?.map(port => [portKey(port), port.nodePort]));
    const used = new Set(spec.ports?.map(port => port.nodePort).filter(Boolean));
    spec.ports = spec.ports?.map(port => {
      const nodePort = known.get(portKey(port));
      return port.nodePort || !nodePort || used.has(nodePort) ? port : { ...port, nodePort };
    });
  }
  if (needsHealthCheckPort(before) && needsHealthCheckPort(spec))
    spec.healthCheckNodePort ||= before.healthCheckNodePort;
}

/** Drops what belonged to the former type, where the client did not change it. */
export function dropOfFormerType(spec: Spec, before: Spec): void {
  if (needsClusterIP(before) && !needsClusterIP(spec)) {
    if (same(spec.clusterIP, before.clusterIP)) delete spec.clusterIP;
    if (same(spec.clusterIPs, before.clusterIPs)) delete spec.clusterIPs;
    if (same(spec.ipFamilies, before.ipFamilies)) delete spec.ipFamilies;
    if (same(spec.ipFamilyPolicy, before.ipFamilyPolicy)) delete spec.ipFamilyPolicy;
    if (same(spec.internalTrafficPolicy, before.internalTrafficPolicy)) delete spec.internalTrafficPolicy;
  }
  const nodePorts = ({ ports }: Spec): unknown => ports?.map(port => [portKey(port), port.nodePort ?? 0]);
  if (needsNodePort(before) && !needsNodePort(spec) && same(nodePorts(spec), nodePorts(before))) {
    spec.ports = spec.ports?.map(({ nodePort: _nodePort, ...port }) => port);
  }
  if (
    needsHealthCheckPort(before) &&
    !needsHealthCheckPort(spec) &&
    spec.healthCheckNodePort === before.healthCheckNodePort
  ) {
    delete spec.healthCheckNodePort;
  }
  if (before.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (spec.allocateLoadBalancerNodePorts === before.allocateLoadBalancerNodePorts)
      delete spec.allocateLoadBalancerNodePorts;
    if (spec.loadBalancerClass === before.loadBalancerClass) delete spec.loadBalancerClass;
  }
  const isExternal = ({ type }: Spec): boolean => type === 'NodePort' || type === 'LoadBalancer';
  const kept = spec.externalTrafficPolicy === before.externalTrafficPolicy;
  if (isExternal(before) && !isExternal(spec) && !spec.externalIPs?.length && kept) delete spec.externalTrafficPolicy;
}

export const serviceStrategy: Strategy = {
  ...withStatus,
  returnsDeleted: true,
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    const spec = (object as Service).spec as Spec | undefined;
    const before = (old as Service).spec as Spec | undefined;
    if (spec === undefined || before === undefined) return;
    keepAllocated(spec, before);
    dropOfFormerType(spec, before);
    if (spec.type !== 'LoadBalancer') (object as Service & KubeObject).status = { loadBalancer: {} };
  },
  selectableFields: service => ({
    'spec.clusterIP': textAt(service, 'spec', 'clusterIP'),
    'spec.type': textAt(service, 'spec', 'type'),
  }),
  subresources: {
    status: {
      prepareForUpdate(object, old, context) {
        const updated = statusOnly.prepareForUpdate(object, old, context) as Service & KubeObject;
        const ingress = updated.status?.loadBalancer?.ingress;
        if (ingress) {
          const filled = ingress.map(point => (point.ip && !point.ipMode ? { ...point, ipMode: 'VIP' } : point));
          updated.status = { ...updated.status, loadBalancer: { ...updated.status?.loadBalancer, ingress: filled } };
        }
        return updated as KubeObject;
      },
    },
  },
};

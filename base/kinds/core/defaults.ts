/** Defaults of the remaining kinds of the core group. */
import { each, fill } from '../fill.ts';
import type {
  Endpoints,
  LimitRange,
  Namespace,
  Node,
  PodTemplate,
  ReplicationController,
  Secret,
  Service,
  TokenRequest,
} from '../types.data.ts';
import { defaultPodTemplate } from './pod-defaults.ts';

export const defaultPodTemplateKind = ({ template }: PodTemplate): void => defaultPodTemplate(template);

export function defaultReplicationController(controller: ReplicationController): void {
  const { spec, metadata } = controller;
  const labels = spec.template?.metadata?.labels;
  if (labels) {
    fill(spec, { selector: () => ({ ...labels }) });
    fill(metadata, { labels: () => ({ ...labels }) });
  }
  fill(spec, { replicas: 1 });
  defaultPodTemplate(spec.template);
}

export function defaultNamespace(namespace: Namespace): void {
  fill(namespace, { status: () => ({}) });
  fill(namespace.status!, { phase: 'Active' });
  const { metadata } = namespace;
  if (!metadata.name) return;
  fill(metadata, { labels: () => ({}) });
  fill(metadata.labels!, { 'kubernetes.io/metadata.name': metadata.name });
}

/** `podCIDR` is the first of `podCIDRs`; either may be given. */
export function defaultNode({ spec, status }: Node): void {
  if (spec.podCIDR && each(spec.podCIDRs).length === 0) spec.podCIDRs = [spec.podCIDR];
  else if (spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0];
  if (status?.capacity) fill(status, { allocatable: () => ({ ...status.capacity }) });
}

const toBase64 = (text: string): string => {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
};

/** `stringData` is a way to write only: it overrides `data` and is not kept. */
export function defaultSecret(secret: Secret): void {
  fill(secret, { type: 'Opaque' });
  if (!secret.stringData) return;
  secret.data = { ...secret.data };
  for (const [name, text] of Object.entries(secret.stringData)) secret.data[name] = toBase64(text);
  delete secret.stringData;
}

const isExposed = (type: string | undefined): boolean => type === 'NodePort' || type === 'LoadBalancer';

/** Addresses and node ports are not defaults: the server allocates them. */
export function defaultService(service: Service): void {
  const { spec } = service;
  fill(spec, { sessionAffinity: 'None', type: 'ClusterIP' });
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP' && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: 10800 } };
  }
  for (const port of each(spec.ports)) {
    fill(port, { protocol: 'TCP' });
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
  }
  const external = isExposed(spec.type) || (spec.type === 'ClusterIP' && each(spec.externalIPs).length > 0);
  if (external) fill(spec, { externalTrafficPolicy: 'Cluster' });
  if (isExposed(spec.type) || spec.type === 'ClusterIP') fill(spec, { internalTrafficPolicy: 'Cluster' });
  if (spec.type === 'LoadBalancer') fill(spec, { allocateLoadBalancerNodePorts: true });
}

export function defaultEndpoints({ subsets }: Endpoints): void {
  for (const { ports } of each(subsets)) for (const port of each(ports)) fill(port, { protocol: 'TCP' });
}

/** For containers a maximum is the default limit, a default limit the default request, and a minimum the last resort. */
export function defaultLimitRange({ spec }: LimitRange): void {
  for (const item of each(spec.limits)) {
    if (item.type !== 'Container') continue;
    fill(item, { default: () => ({}), defaultRequest: () => ({}) });
    fill(item.default!, item.max ?? {});
    fill(item.defaultRequest!, item.default!);
    fill(item.defaultRequest!, item.min ?? {});
    if (Object.keys(item.default!).length === 0) delete item.default;
    if (Object.keys(item.defaultRequest!).length === 0) delete item.defaultRequest;
  }
}

export const defaultTokenRequest = ({ spec }: TokenRequest): void => fill(spec, { expirationSeconds: 3600 });

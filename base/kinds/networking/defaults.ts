/** Defaults of networking.k8s.io/v1 and discovery.k8s.io/v1. */
import { each, fill } from '../fill.ts';
import type { EndpointSlice, IngressClass, NetworkPolicy, PolicyType } from '../types.data.ts';

export function defaultNetworkPolicy({ spec }: NetworkPolicy): void {
  for (const rule of [...each(spec.ingress), ...each(spec.egress)]) {
    for (const port of each(rule.ports)) fill(port, { protocol: 'TCP' });
  }
  const types: PolicyType[] = each(spec.egress).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  fill(spec, { policyTypes: types });
}

export function defaultIngressClass({ spec }: IngressClass): void {
  if (spec.parameters) fill(spec.parameters, { scope: 'Cluster' });
}

export function defaultEndpointSlice({ ports }: EndpointSlice): void {
  for (const port of each(ports)) fill(port, { name: '', protocol: 'TCP' });
}

/** Services lead to ready pods, all of them, and to nothing else. */
import type { Endpoints, EndpointSlice, Pod, Service } from '@orrery/kinds/types';
import { isHealthy } from './budgets.ts';
import type { State } from './convergence.ts';
import { nameOf } from './ledger.ts';

export const networkProblems = (state: State): string[] =>
  state.all<Service>('', 'services').flatMap(service => serviceProblems(state, service));

function serviceProblems(state: State, service: Service): string[] {
  const { selector } = service.spec ?? {};
  const { namespace, name } = service.metadata;
  if (!selector) return [];
  const isChosen = (pod: Pod) =>
    pod.metadata.namespace === namespace &&
    Object.entries(selector).every(([key, value]) => pod.metadata.labels?.[key] === value);
  const expected = state.pods.filter(pod => isChosen(pod) && isHealthy(pod)).map(pod => pod.status!.podIP!);
  const inSlices = state
    .all<EndpointSlice>('discovery.k8s.io', 'endpointslices')
    .filter(
      ({ metadata }) => metadata.namespace === namespace && metadata.labels?.['kubernetes.io/service-name'] === name,
    )
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready)
    .flatMap(({ addresses }) => addresses);
  const inEndpoints = state
    .all<Endpoints>('', 'endpoints')
    .filter(({ metadata }) => metadata.namespace === namespace && metadata.name === name)
    .flatMap(({ subsets }) => subsets ?? [])
    .flatMap(({ addresses }) => addresses ?? [])
    .map(({ ip }) => ip);
  const text = (addresses: readonly string[]) => addresses.toSorted().join(' ');
  return [
    ...(text(inSlices) === text(expected)
      ? []
      : [`${nameOf(service)} leads to ${text(inSlices)} by slices, and ready are ${text(expected)}`]),
    ...(text(inEndpoints) === text(expected)
      ? []
      : [`${nameOf(service)} leads to ${text(inEndpoints)} by Endpoints, and ready are ${text(expected)}`]),
  ];
}

/** Whether an APIService can be served, as far as the objects tell (kube-aggregator `remote_available_controller`). Pure. */
import type { APIServiceCondition, Service } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Remote } from './services.ts';

/** What the condition Available says. */
export interface Verdict {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

export interface Slice extends KubeObject {
  readonly endpoints?: readonly { conditions?: { ready?: boolean } }[];
  readonly ports?: readonly { name?: string; port?: number }[];
}

export const passed: Verdict = { status: 'True', reason: 'Passed', message: 'all checks passed' };
export const local: Verdict = {
  status: 'True',
  reason: 'Local',
  message: 'Local APIServices are always available',
};
export const failedDiscovery = (message: string): Verdict => no('FailedDiscoveryCheck', message);

const no = (reason: string, message: string): Verdict => ({ status: 'False', reason, message });

const isServing = ({ endpoints = [], ports = [] }: Slice, portName: string): boolean =>
  endpoints.some(({ conditions }) => conditions?.ready !== false) &&
  ports.some(({ name, port }) => (name ?? '') === portName && port !== undefined);

/** Undefined when nothing speaks against it: then the server itself is asked. `slices` are those of the Service. */
export function judge(
  { service: { namespace, name, port } }: Pick<Remote, 'service'>,
  service: Service | undefined,
  slices: readonly Slice[],
): Verdict | undefined {
  const what = `service/${name} in "${namespace}"`;
  if (service === undefined) return no('ServiceNotFound', `${what} is not present`);
  if ((service.spec?.type ?? 'ClusterIP') !== 'ClusterIP') return undefined;
  const wanted = service.spec?.ports?.find(candidate => candidate.port === port);
  if (wanted === undefined) return no('ServicePortError', `${what} is not listening on port ${port}`);
  if (slices.length === 0) return no('EndpointsNotFound', `cannot find endpointslices for ${what}`);
  const portName = wanted.name ?? '';
  if (slices.some(slice => isServing(slice, portName))) return undefined;
  return no('MissingEndpoints', `endpointslices for ${what} have no addresses with port name "${portName}"`);
}

/** Undefined when the conditions say so already. */
export function withVerdict(
  conditions: readonly APIServiceCondition[],
  verdict: Verdict,
  now: string,
): APIServiceCondition[] | undefined {
  const before = conditions.find(({ type }) => type === 'Available');
  const { status, reason, message } = verdict;
  if (before?.status === status && before.reason === reason && before.message === message) return undefined;
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : now;
  const condition = { type: 'Available', status, lastTransitionTime, reason, message } as APIServiceCondition;
  if (before === undefined) return [...conditions, condition];
  return conditions.map(each => (each === before ? condition : each));
}

/** Which subresources and kinds have an endpoint of their own. */
import { catalogue } from '@orrery/kinds';
import { StatusError } from '@orrery/machinery/status';
import {
  createAddressProxyEndpoint,
  createLogEndpoint,
  createNodeProxyEndpoint,
  createStreamEndpoint,
} from '../proxy/connect.ts';
import type { Transports } from '../proxy/connect.ts';
import type { Machine } from '../registry/machine.ts';
import type { Resources } from '../registry/resources.ts';
import type { Action } from '../types.ts';
import { createActionEndpoint } from './actions.ts';
import { createBindingEndpoint } from './binding.ts';
import { createComponentStatusEndpoint } from './component-status.ts';
import { createEvictionEndpoint } from './eviction.ts';
import { scaleOfCustomResources } from './resources.ts';
import type { SubresourceEndpoint } from './resources.ts';
import { createScaleEndpoint } from './scale.ts';
import { ageOf } from './age.ts';

const scalable = ['apps/deployments', 'apps/replicasets', 'apps/statefulsets', '/replicationcontrollers'];

/** By `group/resource/subresource`. `actions` by `group/resource` or `group/resource/subresource`. */
export function specialEndpoints(
  machine: Machine,
  resources: Resources,
  actions: Readonly<Record<string, Action>>,
  transports: Transports,
): ReadonlyMap<string, SubresourceEndpoint> {
  const special = new Map<string, SubresourceEndpoint>();
  const age = (created: string | undefined): string => ageOf(created, machine.clock.now());
  special.set(scaleOfCustomResources, createScaleEndpoint(machine, age));
  for (const resource of scalable) special.set(`${resource}/scale`, createScaleEndpoint(machine, age));
  const binding = createBindingEndpoint(machine, resources);
  special.set('/pods/binding', binding);
  special.set('/bindings/', binding);
  special.set('/pods/eviction', createEvictionEndpoint(machine, resources));
  special.set('/pods/log', createLogEndpoint(machine, transports));
  for (const action of ['exec', 'attach', 'portforward'] as const) {
    special.set(`/pods/${action}`, createStreamEndpoint(machine, transports, action));
  }
  special.set('/nodes/proxy', createNodeProxyEndpoint(machine, transports));
  for (const kind of ['pods', 'services'] as const) {
    special.set(`/${kind}/proxy`, createAddressProxyEndpoint(machine, transports, kind));
  }
  special.set('/componentstatuses/', createComponentStatusEndpoint());
  addActions(special, machine, actions);
  return special;
}

const unavailable: SubresourceEndpoint = async () => {
  throw new StatusError(503, 'ServiceUnavailable', 'this server has no authenticator or authorizer to answer this');
};

function addActions(
  special: Map<string, SubresourceEndpoint>,
  machine: Machine,
  actions: Readonly<Record<string, Action>>,
): void {
  for (const kind of catalogue.kinds) {
    const key = `${kind.group}/${kind.plural}`;
    const isReview = kind.storageVersionHash === undefined && !special.has(`${key}/`);
    if (isReview) {
      const action = actions[key];
      special.set(`${key}/`, action ? createActionEndpoint(machine, '', action) : unavailable);
    }
  }
  const token = actions['/serviceaccounts/token'];
  special.set('/serviceaccounts/token', token ? createActionEndpoint(machine, 'token', token) : unavailable);
}

/** Aggregation put together: what is registered, how it is reached, whether it is well, and what is told of it. */
import type { Response } from '@orrery/http';
import type { APIService } from '@orrery/kinds/types';
import { isReason } from '@orrery/machinery/status';
import type { RequestContext } from '../chain/context.ts';
import { ownRequest } from '../crd/cleanup.ts';
import type { Metrics } from '../metrics/registry.ts';
import type { Machine } from '../registry/machine.ts';
import type { ResourceInfo } from '../registry/resource.ts';
import type { Resources } from '../registry/resources.ts';
import { update } from '../registry/update.ts';
import type { BootstrapWriter } from '../authorization/ensure.ts';
import type { OpenApiSource } from '../serve/openapi.ts';
import { Availability } from './availability.ts';
import { createProxy } from './proxy.ts';
import { createReach } from './reach.ts';
import type { AggregatedTransport } from './reach.ts';
import { keepRegistered } from './register.ts';
import { RemoteDiscovery } from './remote-discovery.ts';
import type { RemoteVersion } from './remote-discovery.ts';
import { RemoteOpenApi } from './remote-openapi.ts';
import { apiServices, ApiServices } from './services.ts';
import type { Priority } from './services.ts';

/** What discovery is told. */
export interface Registered {
  /** Increases with every change. */
  readonly revision: number;
  versions(): Iterable<RemoteVersion>;
  priorityOf(group: string, version: string): Priority;
}

export interface Aggregator extends Registered {
  /** Undefined for what this server answers itself. */
  answer(context: RequestContext): Promise<Response> | undefined;
  openApi(own: OpenApiSource): OpenApiSource;
  /** Begins to keep an APIService for each group version of custom resources. */
  register(writer: BootstrapWriter): void;
  close(): void;
}

export interface AggregatorParts {
  readonly machine: Machine;
  readonly resources: Resources;
  readonly metrics: Metrics;
  readonly transport: AggregatedTransport | undefined;
}

/** Resolves when the stored APIServices are known. */
export async function startAggregator(parts: AggregatorParts): Promise<Aggregator> {
  const { machine, resources, metrics, transport } = parts;
  const { reads, clock, random, log } = machine;
  const registration = resources.get(apiServices.group, 'v1', apiServices.resource)!;
  const services = new ApiServices();
  const identity = `orrery-${random.uuid()}`;
  const reach = createReach({ reads, clock, random, transport, identity });
  const discovery = new RemoteDiscovery(services, reach);
  const openApi = new RemoteOpenApi(services, reach);
  const availability = new Availability({
    ...{ services, reads, reach, clock, log },
    write: (name, change) => writeStatus(machine, registration, name, change),
    found: async remote => {
      await Promise.all([discovery.refresh(remote), openApi.refresh(remote)]);
    },
    lost: remote => discovery.stale(remote),
  });
  showServices(metrics, services);
  const endings: (() => void)[] = [await services.start(reads), () => availability.close()];
  return {
    answer: createProxy(services, reach, clock),
    get revision() {
      return services.revision + discovery.revision;
    },
    versions: () => discovery.versions(),
    priorityOf: (group, version) => services.priorityOf(group, version),
    openApi: own => openApi.over(own),
    register: writer => void endings.push(keepRegistered({ services, resources, writer, clock, log })),
    close: () => endings.forEach(end => end()),
  };
}

/** Compared with what was read, as every write: servers over one store come to the same. */
async function writeStatus(
  machine: Machine,
  info: ResourceInfo,
  name: string,
  change: (current: APIService) => APIService['status'],
): Promise<void> {
  const unchanged = new Error('unchanged');
  const write = update(
    machine,
    {
      info,
      namespace: '',
      name,
      subresource: 'status',
      part: { prepareForUpdate: object => object },
      internal: true,
      tracked: true,
      apply: current => {
        if (current === undefined) throw unchanged;
        const object = structuredClone(current) as APIService;
        const status = change(current as APIService);
        if (status === (current as APIService).status) throw unchanged;
        object.status = status;
        return object;
      },
    },
    ownRequest,
  );
  await write.catch((error: unknown) => {
    if (error !== unchanged && !isReason(error, 'NotFound')) throw error;
  });
}

function showServices(metrics: Metrics, services: ApiServices): void {
  metrics.gauge('aggregator_unavailable_apiservice', 'APIServices that are not available now.', () =>
    [...services.remotes()].map(({ name, isAvailable }) => [{ name }, isAvailable ? 0 : 1] as const),
  );
}

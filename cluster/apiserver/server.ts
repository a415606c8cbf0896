/** Puts the server together: registry, endpoints, chain. */
import type { Handler, UserInfo } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Random } from '@orrery/machinery/random';
import type { Store } from '@orrery/store';
import { authentication } from './chain/authentication.ts';
import { authorization } from './chain/authorization.ts';
import { createChain } from './chain/chain.ts';
import { builtInResources } from './registry/catalogue.ts';
import { Hubs } from './registry/hub.ts';
import type { Machine } from './registry/machine.ts';
import { ObjectCache } from './registry/objects.ts';
import { createReader } from './registry/reads.ts';
import { Resources } from './registry/resources.ts';
import { createResourceEndpoint } from './serve/resources.ts';
import type { SubresourceEndpoint } from './serve/resources.ts';
import { unknownResource } from './serve/errors.ts';
import type { PartsContext, ServerParts } from './types.ts';

export interface ApiServerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Security and allocation: see {@link ServerParts}. Without it nobody is authenticated and everything is allowed. */
  readonly parts?: (context: PartsContext) => ServerParts | Promise<ServerParts>;
}

export interface ApiServer {
  readonly handler: Handler;
  /** Resolves when everything a cluster starts with is written. */
  readonly ready: Promise<void>;
  /** Ends watches in order and releases what the server holds. The store stays open. */
  close(): Promise<void>;
}

const loopbackUser: UserInfo = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };

export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { store, clock, random, log } = options;
  const resources = new Resources();
  const objects = new ObjectCache();
  const reads = createReader(store, objects, resource => resources.anyVersion(resource));
  const machine: Machine = { store, clock, random, log, reads, objects, hubs: new Hubs(store, clock), admission: [] };
  let parts: ServerParts = {};
  const special = new Map<string, SubresourceEndpoint>();
  const resourceEndpoint = createResourceEndpoint({ machine, resources, special });
  const handler = createChain({
    clock,
    random,
    log,
    filters: [authentication(() => parts.authenticator, true), authorization(() => parts.authorizer)],
    endpoint: async context => {
      if (context.info.isResourceRequest) return resourceEndpoint(context);
      throw unknownResource();
    },
  });
  for (const info of builtInResources({})) resources.set(info);
  const loopback: Handler = request => handler({ ...request, user: request.user ?? loopbackUser });
  parts = (await options.parts?.({ store, reads, clock, random, log, loopback })) ?? {};
  machine.admission = parts.admission ?? [];
  return {
    handler,
    ready: parts.bootstrap?.() ?? Promise.resolve(),
    close: async () => {
      machine.hubs.close();
      await parts.close?.();
    },
  };
}

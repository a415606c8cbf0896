/** What features get where they work in a member: its client and caches, its authorizer; accounts, sessions and settings are the platform's. */
import { createClient } from '@orrery/client';
import { createContext, createInformerFactory, withoutManagedFields } from '@orrery/reconciler';
import { clientAs } from '../../identity/clients.ts';
import { identityOf, serviceIdentityOf } from '../../identity/caller.ts';
import type { LiveRequests } from '../../identity/live.ts';
import type { PlatformContext } from '../../context.ts';
import type { Served } from '../../chain/served.ts';
import { splitInformers, splitting } from './split.ts';
import type { Wire } from './wire.ts';

export interface MemberPlace {
  readonly name: string;
  readonly wire: Wire;
  /** Ends its caches, and its listeners at those of the host. */
  readonly signal: AbortSignal;
  readonly served: ReadonlyMap<string, Served>;
}

export function memberContext(host: PlatformContext, { name, wire, signal, served }: MemberPlace): PlatformContext {
  const { clock, random } = host;
  const log = host.log.with({ cluster: name });
  const own = createInformerFactory({
    client: createClient(wire.handler),
    clock,
    random,
    log,
    signal,
    transform: withoutManagedFields,
  });
  const informers = splitInformers(host.informers, own, signal);
  const transport = splitting(host.transport, wire.handler);
  const client = createClient(transport, { userAgent: `orrery-platform/${host.settings.version}` });
  const base = createContext({ client, informers, clock, random, log, signal });
  return {
    ...host,
    ...base,
    cluster: name,
    host,
    transport: wire.handler,
    clientOf: caller => clientAs(transport, base, identityOf(caller)),
    serviceOf: caller => clientAs(transport, base, serviceIdentityOf(caller)),
    live: leaving(host.live, signal),
    closing: [],
    served,
  };
}

/** Who listens there leaves with the member. */
function leaving(live: LiveRequests, signal: AbortSignal): LiveRequests {
  return {
    run: (...request) => live.run(...request),
    end: session => live.end(session),
    rightsLost: session => live.rightsLost(session),
    onRightsLost(listener) {
      const leave = live.onRightsLost(listener);
      signal.addEventListener('abort', leave, { once: true });
      return leave;
    },
    get size() {
      return live.size;
    },
  };
}

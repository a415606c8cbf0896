/** How the API server reaches those that answer for it: over TLS, showing the front proxy's certificate, connections kept per place. */
import type { Pair } from '@orrery/apiserver/pki';
import { connect, type SocketTransport } from '@orrery/client/node';
import type { AggregatedTransport } from '@orrery/apiserver';
import type { Clock } from '@orrery/machinery/clock';
import { credentialsOf } from './shown-pair.ts';

/** Places whose connections are kept; the one used longest ago is closed first. */
const placesMax = 200;

/** `identity` is asked for each connection: it is renewed in time. */
export function aggregatedTransports(
  identity: () => Pair,
  clock: Clock,
): { readonly of: AggregatedTransport; close(): void } {
  const open = new Map<string, SocketTransport>();
  const credentials = credentialsOf(identity);
  const of: AggregatedTransport = place => {
    const { origin, address, ca, insecure = false } = place;
    const key = JSON.stringify([origin, address?.host, address?.port, ca, insecure]);
    const transport =
      open.get(key) ??
      connect({
        ...{ server: origin, credentials, clock, insecureSkipTlsVerify: insecure },
        ...(address && { address }),
        ...(ca && { ca }),
      });
    open.delete(key);
    open.set(key, transport);
    if (open.size > placesMax) closeOldest();
    return transport;
  };
  const closeOldest = (): void => {
    const [key, transport] = open.entries().next().value!;
    open.delete(key);
    transport.close();
  };
  return { of, close: () => open.forEach(transport => transport.close()) };
}

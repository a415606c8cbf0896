/** How the API server reaches webhooks: HTTP/1.1 over TLS, with no identity of its own, connections kept per place. */
import { connect, type SocketTransport } from '@orrery/client/node';
import type { WebhookTransport } from '@orrery/apiserver';
import type { Clock } from '@orrery/machinery/clock';

/** Places whose connections are kept; the one used longest ago is closed first. */
const placesMax = 200;

export function webhookTransports(clock: Clock): { readonly of: WebhookTransport; close(): void } {
  const open = new Map<string, SocketTransport>();
  const of: WebhookTransport = place => {
    const { origin, address, ca } = place;
    const key = JSON.stringify([origin, address?.host, address?.port, ca]);
    const known = open.get(key);
    const transport =
      known ?? connect({ server: origin, onlyHttp1: true, clock, ...(address && { address }), ...(ca && { ca }) });
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

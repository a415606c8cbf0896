/** How the API server reaches webhooks: HTTP/1.1 over TLS, with no identity of its own, connections kept per place. */
import { connect } from '@orrery/client/node';
import type { WebhookTransport } from '@orrery/apiserver';
import type { Clock } from '@orrery/machinery/clock';
import { keptTransports } from './kept-transports.ts';

export function webhookTransports(clock: Clock): { readonly of: WebhookTransport; close(): void } {
  const kept = keptTransports();
  const of: WebhookTransport = ({ origin, address, ca }) =>
    kept.of(JSON.stringify([origin, address?.host, address?.port, ca]), () =>
      connect({ server: origin, onlyHttp1: true, clock, ...(address && { address }), ...(ca && { ca }) }),
    );
  return { of, close: () => kept.close() };
}

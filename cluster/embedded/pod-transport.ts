/**
 * How the API server reaches pods on behalf of who may use their proxies: HTTP/1.1 with no identity of its own. As upstream it believes
 * any certificate there: what vouches for a pod is its address.
 */
import { connect } from '@orrery/client/node';
import type { Handler } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import { keptTransports } from './kept-transports.ts';

export interface PodPlace {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
}

export function podTransports(clock: Clock): { readonly of: (place: PodPlace) => Handler; close(): void } {
  const kept = keptTransports();
  const of = ({ scheme, host, port }: PodPlace): Handler => {
    const server = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
    return kept.of(server, () => connect({ server, onlyHttp1: true, insecureSkipTlsVerify: true, clock }));
  };
  return { of, close: () => kept.close() };
}

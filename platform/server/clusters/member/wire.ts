/**
 * The way to a member: through the guarded egress, to the address that was judged, with an end to waiting. While the member does not answer everything
 * is refused at once; nothing of what a member says but its answer reaches anybody.
 */
import { connect, fixedCredentials, type SocketTransport } from '@orrery/client/node';
import type { Handler, Headers, Request, Response } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import { StatusError } from '@orrery/machinery/status';
import { raced, type Egress } from '../../egress/egress.ts';
import { hostOf, portOf } from '../../egress/url.ts';
import type { MemberAccess } from './kubeconfig.ts';

export interface Wire {
  /** Rejects with a StatusError 503 when there is no answer, at once when that is known. */
  readonly handler: Handler;
  /** Also while the member is said to be away. Rejects with whatever went wrong. */
  readonly direct: Handler;
  /** Judges the address again: another one, or none that is allowed any more, ends what leads to the old one. */
  judge(): Promise<void>;
  /** From now on everything is refused in these words; undefined when it answers again. */
  setAway(why: string | undefined): void;
  close(): void;
}

export interface WireOptions {
  readonly name: string;
  readonly access: MemberAccess;
  readonly egress: Pick<Egress, 'place'>;
  readonly clock: Clock;
  /** Told when a request got no answer. */
  readonly failed: () => void;
}

/** To the head of an answer; what streams after it may take for ever. */
const answerMs = 20_000;

/** What a browser does by an answer's headers is the platform's to say. */
const kept =
  /^(content-(type|length|encoding|disposition)|audit-id|cache-control|connection|date|etag|last-modified|retry-after|sec-websocket-[a-z]+|trailer|transfer-encoding|upgrade|vary|warning|x-kubernetes-pf-[a-z-]+|x-stream-protocol-version)$/;

const plain = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => kept.test(name.toLowerCase())));

export const awayError = (name: string, why = 'it does not answer'): StatusError =>
  new StatusError(503, 'ServiceUnavailable', `the cluster "${name}" cannot be reached: ${why}`);

export function createWire({ name, access, egress, clock, failed }: WireOptions): Wire {
  const url = new URL(access.server);
  let open: Promise<{ socket: SocketTransport; address: string }> | undefined;
  let away: string | undefined;
  let isClosed = false;
  /** Of requests that have no answer yet. */
  const waiting = new Set<AbortController>();
  const { ca, serverName, cert, key, token, basic } = access;
  const dial = async () => {
    const { address, port } = await egress.place(hostOf(url), portOf(url));
    const socket = connect({
      server: access.server,
      address: { host: address, port },
      credentials: fixedCredentials({ ...(cert && { cert, key }), ...(token && { token }), ...(basic && { basic }) }),
      clock,
      ...(ca && { ca }),
      ...(serverName && { serverName }),
    });
    if (isClosed) socket.close();
    return { socket, address };
  };
  const opened = () => {
    const own = (open ??= dial());
    own.catch(() => {
      if (open === own) open = undefined;
    });
    return own;
  };
  const drop = () => {
    const old = open;
    open = undefined;
    old?.then(
      ({ socket }) => socket.close(),
      () => {},
    );
  };
  const direct: Handler = async request => {
    if (isClosed) throw awayError(name, away);
    const late = new AbortController();
    waiting.add(late);
    const alarm = clock.after(answerMs, () => late.abort(new Error('no answer in time')));
    const signal = AbortSignal.any([request.signal, late.signal]);
    try {
      const { socket } = await raced(opened(), signal);
      const response = await socket({ ...request, signal });
      return { ...response, headers: plain(response.headers) };
    } finally {
      alarm.cancel();
      waiting.delete(late);
    }
  };
  return {
    direct,
    async handler(request: Request): Promise<Response> {
      if (away !== undefined) throw awayError(name, away);
      try {
        const response = await direct(request);
        // What stands before the cluster says that it is not there.
        if (response.status >= 502 && response.status <= 504) failed();
        return response;
      } catch (error) {
        if (request.signal.aborted) throw error;
        failed();
        throw awayError(name);
      }
    },
    async judge() {
      const before = open;
      const known = await before?.catch(() => undefined);
      let place;
      try {
        place = await egress.place(hostOf(url), portOf(url));
      } catch (error) {
        drop();
        throw error;
      }
      if (known && known.address !== place.address && open === before) drop();
    },
    setAway: why => void (away = why),
    close() {
      isClosed = true;
      away = 'it was removed';
      drop();
      // Also those that still wait for a name, or for a connection.
      for (const late of waiting) late.abort(awayError(name, away));
    },
  };
}

/**
 * How other API servers are asked: over TLS, by the name of their Service, showing the front proxy's certificate and saying for whom
 * (client-go `transport.SetAuthProxyHeaders`). What the client showed to prove itself stays here.
 */
import type { Handler, Headers, Request, Response, UserInfo } from '@orrery/http';
import { readBody } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import type { Random } from '@orrery/machinery/random';
import { withoutWebsocketToken } from '../authentication/websocket-token.ts';
import { resolveService } from '../callout/target.ts';
import { socketWords } from '../callout/words.ts';
import type { WebhookPlace } from '../callout/callout.ts';
import type { Reader } from '../types.ts';
import type { Remote } from './services.ts';

/** Where a server is, and who vouches for it. */
export interface AggregatedPlace extends WebhookPlace {
  /** Any certificate will do. */
  readonly insecure?: boolean;
}

/** TLS that shows the front proxy's client certificate. A connection that cannot be made rejects with the socket's error. */
export type AggregatedTransport = (place: AggregatedPlace) => Handler;

export interface ReachParts {
  readonly reads: Reader;
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: AggregatedTransport | undefined;
  /** Names this server in `via`: a request that comes by twice runs in a circle. */
  readonly identity: string;
}

/** The server was not reached. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

export interface Found {
  readonly place: AggregatedPlace;
  /** `https://10.0.0.7:6443`, as messages show it. */
  readonly url: string;
}

export interface Reach {
  /** A ready endpoint, drawn by lot. @throws Error in upstream's words when there is none */
  find(remote: Remote): Promise<Found>;
  /** @throws Unreachable */
  send(found: Found, request: Request, user: UserInfo): Promise<Response>;
  /** A short question of this server's own, with a bounded answer. @throws Error */
  ask(remote: Remote, question: Question): Promise<Answered>;
  /** Whether a request has been here before. */
  isCircling(headers: Headers): boolean;
}

export interface Question {
  readonly target: string;
  readonly headers?: Headers;
  readonly user: UserInfo;
  readonly timeoutMs: number;
  readonly bytesMax: number;
  readonly found?: Found;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Headers hold bytes: names are sent as the UTF-8 they are. */
const asBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

const escapedKey = (key: string): string =>
  Array.from(Buffer.from(key, 'utf8'), byte => {
    const letter = String.fromCharCode(byte);
    return /[!#$&'*+.^_`|~0-9A-Za-z-]/.test(letter) ? letter : `%${byte.toString(16).padStart(2, '0')}`;
  })
    .join('')
    .toLowerCase();

/** Who asks, as a front proxy says it. */
export function identityHeaders({ name, uid, groups, extra = {} }: UserInfo): Headers {
  const headers: Record<string, string | string[]> = { 'x-remote-user': asBytes(name) };
  if (uid) headers['x-remote-uid'] = asBytes(uid);
  if (groups.length > 0) headers['x-remote-group'] = groups.map(asBytes);
  for (const [key, values] of Object.entries(extra))
    if (values.length > 0) headers[`x-remote-extra-${escapedKey(key)}`] = values.map(asBytes);
  return headers;
}

const ofProof = /^(authorization|cookie|impersonate-.*|x-remote-.*)$/;
const ofConnection =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|expect|http2-settings)$/;

/** What of a request's headers another server may see. Those of an upgrade are for the connection to it. */
export function passedOn(headers: Headers, upgrades: boolean): Headers {
  const kept = Object.entries(headers).filter(([name]) => !ofProof.test(name) && !ofConnection.test(name));
  const { connection, upgrade } = headers;
  return withoutWebsocketToken({ ...Object.fromEntries(kept), ...(upgrades && { connection, upgrade }) });
}

export function createReach({ reads, clock, random, transport, identity }: ReachParts): Reach {
  const hop = `1.1 ${identity}`;
  const reach: Reach = {
    async find({ service: { namespace, name, port }, authority, insecure }) {
      const address = await resolveService(reads, random, namespace, name, port);
      const host = address.host.includes(':') ? `[${address.host}]` : address.host;
      const place: AggregatedPlace = {
        origin: `https://${name}.${namespace}.svc:${port}`,
        address,
        ...(authority !== undefined && { ca: authority }),
        ...(insecure && { insecure }),
      };
      return { place, url: `https://${host}:${address.port}` };
    },
    async send({ place }, request, user) {
      if (transport === undefined) throw new Unreachable('this server reaches no others');
      const { via } = request.headers;
      const headers: Headers = {
        ...request.headers,
        ...identityHeaders(user),
        host: new URL(place.origin).host,
        via: typeof via === 'string' ? `${via}, ${hop}` : hop,
      };
      const { user: _user, connection: _connection, ...rest } = request;
      try {
        return await transport(place)({ ...rest, headers });
      } catch (error) {
        throw new Unreachable(socketWords(error, place));
      }
    },
    async ask(remote, { target, headers = {}, user, timeoutMs, bytesMax, found }) {
      const stop = new AbortController();
      const timer = clock.after(timeoutMs, () => stop.abort(new Error('context deadline exceeded')));
      const { signal } = stop;
      const request = { method: 'GET', target, headers, body: new Uint8Array(), signal };
      try {
        const response = await reach.send(found ?? (await reach.find(remote)), request, user);
        const body = await readBody(response.body, { limit: bytesMax, signal });
        return { status: response.status, headers: response.headers, body };
      } catch (error) {
        throw signal.aborted ? (signal.reason as Error) : error;
      } finally {
        timer.cancel();
        // What was not read of an answer is not waited for.
        stop.abort();
      }
    },
    isCircling: ({ via }) => typeof via === 'string' && via.includes(identity),
  };
  return reach;
}

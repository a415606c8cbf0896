/** A platform over a whole API server in this process, for tests: memory store, audit records at hand, people who log in. */
import { generateKeyPairSync } from 'node:crypto';
import { createApiServer, type WebhookTransport } from '@orrery/apiserver';
import { securityParts } from '@orrery/apiserver/security';
import { asUser, createClient, type Client } from '@orrery/client';
import { connect } from '@orrery/client/node';
import { startControllers } from '@orrery/controllers';
import { createDuplexPair, readBody, type Handler, type Response } from '@orrery/http';
import { createWebSocket, serve, type WebSocketConnection } from '@orrery/http/node';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog, type Log } from '@orrery/machinery/log';
import { systemRandom } from '@orrery/machinery/random';
import { createContext } from '@orrery/reconciler';
import { createMemoryStore } from '@orrery/store/memory';
import { createPlatform, type Platform, type PlatformOptions } from '../index.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const serviceAccountKey = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;

export interface AuditRecord {
  readonly verb: string;
  readonly requestURI: string;
  readonly stage: string;
  readonly user: { readonly username: string };
  readonly impersonatedUser?: { readonly username: string; readonly groups?: readonly string[] };
  readonly responseStatus?: { readonly code: number };
}

export interface TestCluster {
  readonly handler: Handler;
  /** The API with the platform's identity: in this process, or over a socket with a token. */
  readonly forPlatform: Handler;
  /** As cluster administrator. */
  readonly client: Client;
  readonly audit: AuditRecord[];
  close(): Promise<void>;
}

/** The platform's own name in the cluster's records. */
export const platformName = 'orrery-platform';
const administrator = (name: string) => ({ name, groups: ['system:masters', 'system:authenticated'] });

export interface ClusterOptions {
  readonly controllers?: boolean;
  /** Reached over a socket, as any other cluster. */
  readonly remote?: boolean;
  /** What answers at addresses of pods, behind the API's proxy. */
  readonly pods?: (target: { host: string; port: number }) => Handler;
  readonly log?: Log;
}

/** An API server with its security; with `controllers` also those of a cluster (namespaces end, garbage goes). */
export async function startCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const clock = systemClock;
  const { log = silentLog } = options;
  const store = createMemoryStore({ clock });
  const audit: AuditRecord[] = [];
  const staticTokens = new Map([['platform-token', administrator(platformName)]]);
  const places = new Set<{ close(): void }>();
  // Webhooks are reached as the embedded cluster reaches them: by TLS, each place for itself.
  const webhook: WebhookTransport = ({ origin, ca }) => {
    const place = connect({ server: origin, onlyHttp1: true, clock, ...(ca && { ca }) });
    places.add(place);
    return place;
  };
  const server = await createApiServer({
    store,
    clock,
    random: systemRandom,
    log,
    transports: { webhook, ...(options.pods && { address: options.pods }) },
    parts: securityParts({ serviceAccountKey, serviceCidrs: ['10.96.0.0/16'], securePort: 6443, staticTokens }),
    audit: {
      policy: { rules: [{ level: 'Metadata' }] },
      backend: { write: line => void audit.push(JSON.parse(line) as AuditRecord) },
    },
  });
  await server.ready;
  const client = createClient(server.handler, { user: administrator('test') });
  const ending = new AbortController();
  const manager = createClient(server.handler, { user: administrator('system:kube-controller-manager') });
  const context = createContext({ client: manager, clock, random: systemRandom, log, signal: ending.signal });
  const controllers = options.controllers
    ? startControllers(context, {
        rootCertificates: '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n',
        apiServer: { addresses: ['192.0.2.1'], port: 6443 },
        serviceAddresses: ['10.96.0.1'],
        clientFor: user => createClient(server.handler, { user }),
      })
    : Promise.resolve();
  const socket = options.remote ? await serve({ handler: server.handler, clock, log }) : undefined;
  const wire = socket && connect({ server: `http://127.0.0.1:${socket.port}`, token: 'platform-token' });
  return {
    handler: server.handler,
    forPlatform: wire ?? asUser(server.handler, administrator(platformName)),
    client,
    audit,
    async close() {
      ending.abort();
      await controllers;
      wire?.close();
      for (const place of places) place.close();
      await socket?.close();
      await server.close();
      await store.close();
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Response['headers'];
  readonly text: string;
  readonly body: Record<string, unknown>;
}

export interface CallOptions {
  readonly token?: string;
  readonly body?: unknown;
  /** A JSON body as it is, however broken. */
  readonly raw?: string;
  readonly form?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
  /** The address that the connection comes from. */
  readonly from?: string;
}

export interface TestPlatform extends Platform {
  /** The answer before its body is read. */
  ask(method: string, target: string, options?: CallOptions): Promise<Response>;
  call(method: string, target: string, options?: CallOptions): Promise<Answer>;
  /** An access token by KubeSphere's own way to log in. */
  logIn(user: string, password: string): Promise<string>;
}

export interface TestSocket {
  send(frame: unknown): void;
  sendRaw(message: string | Uint8Array): void;
  /** The next frame that fits, now or later; frames before it are gone. Rejects when the socket ends first. */
  next<T = Record<string, unknown>>(fits?: (frame: Record<string, unknown>) => boolean): Promise<T>;
  /** Frames that came and were not taken. */
  readonly frames: readonly Record<string, unknown>[];
  readonly closed: Promise<number>;
  readonly connection: WebSocketConnection;
}

/** How long a frame is waited for: a test that hangs would cost all others too. */
const framePatienceMs = 120_000;

/** A browser's side of a WebSocket whose frames are JSON. */
export function openSocket({ status, upgrade }: Response): TestSocket {
  if (status !== 101 || !upgrade) throw new Error(`the handshake was answered with ${status}`);
  const [ours, theirs] = createDuplexPair();
  upgrade(theirs);
  const connection = createWebSocket(ours, { role: 'client' });
  const frames: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  let code: number | undefined;
  connection.onMessage(message => {
    frames.push(JSON.parse(new TextDecoder().decode(message)) as Record<string, unknown>);
    for (const look of waiting) look();
  });
  const closed = new Promise<number>(resolve =>
    connection.onClose(status => {
      code = status;
      for (const look of waiting) look();
      resolve(status);
    }),
  );
  return {
    send: frame => void connection.send(JSON.stringify(frame)),
    sendRaw: message => void connection.send(message),
    next(fits = () => true) {
      const { promise, resolve, reject } = Promise.withResolvers<never>();
      const end = (failure?: string) => {
        waiting.delete(look);
        clearTimeout(patience);
        if (failure !== undefined) reject(new Error(failure));
      };
      const patience = setTimeout(
        () => end(`no such frame came, but ${JSON.stringify(frames).slice(0, 2000)}`),
        framePatienceMs,
      );
      const look = () => {
        const index = frames.findIndex(fits);
        if (index < 0 && code === undefined) return;
        end(index < 0 ? `the socket ended with ${code}` : undefined);
        if (index >= 0) resolve(frames.splice(0, index + 1).at(-1)! as never);
      };
      // Somebody may have stopped waiting.
      promise.catch(() => {});
      patience.unref();
      waiting.add(look);
      look();
      return promise;
    },
    frames,
    closed,
    connection,
  };
}

/** What a browser sends to open a WebSocket. */
export const handshake = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
};

export const firstPassword = 'First-Passw0rd';
export const issuer = 'https://platform.test';

export async function startPlatform(
  cluster: TestCluster,
  options: Partial<PlatformOptions> = {},
): Promise<TestPlatform> {
  const platform = await createPlatform({
    cluster: cluster.forPlatform,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    issuer,
    firstPassword,
    ...options,
  });
  const ask = (method: string, target: string, given: CallOptions = {}): Promise<Response> => {
    const { token, body, raw, form, headers, from, signal = new AbortController().signal } = given;
    const text = form ? new URLSearchParams(form).toString() : body === undefined ? (raw ?? '') : JSON.stringify(body);
    return platform.handler({
      method,
      target,
      headers: {
        host: 'platform.test',
        'user-agent': 'test/1',
        ...(text !== '' && { 'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: new TextEncoder().encode(text),
      signal,
      ...(from !== undefined && { connection: { remoteAddress: from, protocol: 'http/1.1' } }),
    });
  };
  const call = async (method: string, target: string, given: CallOptions = {}): Promise<Answer> => {
    const { status, headers, body } = await ask(method, target, given);
    const text = new TextDecoder().decode(await readBody(body));
    const parsed = text.startsWith('{') || text.startsWith('[');
    return { status, headers, text, body: (parsed ? JSON.parse(text) : {}) as Record<string, unknown> };
  };
  return {
    ...platform,
    ask,
    call,
    async logIn(username, password) {
      const form = { grant_type: 'password', client_id: 'kubesphere', client_secret: 'kubesphere', username, password };
      const answer = await call('POST', '/oauth/token', { form });
      if (answer.status !== 200) throw new Error(`${username} could not log in: ${answer.status} ${answer.text}`);
      return answer.body['access_token'] as string;
    },
  };
}

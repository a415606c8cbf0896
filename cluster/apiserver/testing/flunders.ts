/** A second API server for tests of aggregation: flunders of `wardle.example.com/v1alpha1` over TLS, which believes one front proxy. */
import type { Handler, Request, Response, Sink } from '@orrery/http';
import { asksUpgrade, jsonAnswer, textAnswer } from '@orrery/http';
import { serve } from '@orrery/http/node';
import type { HttpServer } from '@orrery/http/node';
import { createAuthority } from '@orrery/http/testing/certificates';
import type { Authority } from '@orrery/http/testing/certificates';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';

export const wardle = 'wardle.example.com';
const version = `${wardle}/v1alpha1`;
const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

export interface Seen {
  readonly method: string;
  readonly target: string;
  readonly headers: Request['headers'];
  readonly showsCertificate: boolean;
}

export interface FlunderServer {
  readonly authority: Authority;
  readonly frontProxy: Authority;
  readonly server: HttpServer;
  readonly seen: Seen[];
  /** Serves discovery in one document too. */
  isModern: boolean;
  isWell: boolean;
  /** What it answers to whoever asks for discovery in one document, in place of the truth. */
  claims?: Uint8Array;
  close(): Promise<void>;
}

type Flunder = { metadata: Record<string, unknown>; [name: string]: unknown };

const bytes = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value)}\n`);
const status = (code: number, reason: string): Response =>
  jsonAnswer(code, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    reason,
    message: reason,
    code,
  });

const kind = { group: wardle, version: 'v1alpha1', kind: 'Flunder' };
const everything = {
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  metadata: {},
  items: [
    {
      metadata: { name: wardle },
      versions: [
        {
          version: 'v1alpha1',
          freshness: 'Current',
          resources: [
            { resource: 'flunders', responseKind: kind, scope: 'Namespaced', singularResource: 'flunder', verbs },
          ],
        },
      ],
    },
  ],
};
const path = `/apis/${version}/namespaces/{namespace}/flunders`;
const documentV2 = {
  swagger: '2.0',
  info: { title: 'wardle', version: '1' },
  paths: {
    [path]: {
      parameters: [{ $ref: '#/parameters/namespace-abc' }],
      get: {
        operationId: 'listFlunders',
        responses: { 200: { schema: { $ref: '#/definitions/wardle.FlunderList' } } },
      },
    },
    '/version/': { get: {} },
  },
  parameters: { 'namespace-abc': { name: 'namespace', in: 'path', type: 'string', required: true } },
  definitions: {
    'wardle.Flunder': {
      type: 'object',
      properties: { metadata: { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' } },
    },
    'wardle.FlunderList': {
      type: 'object',
      properties: { items: { type: 'array', items: { $ref: '#/definitions/wardle.Flunder' } } },
    },
    'wardle.Unused': { type: 'string' },
    'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta': { type: 'object', description: 'theirs' },
  },
};

const discovery: Readonly<Record<string, unknown>> = {
  [`/apis/${version}`]: {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: version,
    resources: [
      { name: 'flunders', singularName: 'flunder', namespaced: true, kind: 'Flunder', verbs, shortNames: ['fl'] },
      { name: 'flunders/status', singularName: '', namespaced: true, kind: 'Flunder', verbs: ['get'] },
    ],
  },
  '/openapi/v2': documentV2,
  '/openapi/v3': { paths: { [`apis/${version}`]: { serverRelativeURL: `/openapi/v3/apis/${version}?hash=F00` } } },
  [`/openapi/v3/apis/${version}`]: { openapi: '3.0.0', info: { title: 'wardle', version: '1' }, paths: {} },
};

/** `names` are those of its certificate. */
export async function startFlunders(...names: string[]): Promise<FlunderServer> {
  const [authority, frontProxy] = await Promise.all([createAuthority('wardle CA'), createAuthority('front proxy CA')]);
  const identity = await authority.issue('flunders', names);
  const objects = new Map<string, Flunder>();
  const watchers = new Set<Sink>();
  const seen: Seen[] = [];
  let revision = 1;
  const tell = (type: string, object: Flunder): void => {
    for (const watcher of watchers) watcher.write(bytes({ type, object }));
  };
  const list = (): Response =>
    jsonAnswer(200, {
      kind: 'FlunderList',
      apiVersion: version,
      metadata: { resourceVersion: `${revision}` },
      items: [...objects.values()],
    });
  const put = (name: string, object: Flunder, type: string): Response => {
    object.metadata = { ...object.metadata, resourceVersion: `${++revision}` };
    objects.set(name, object);
    tell(type, object);
    return jsonAnswer(type === 'ADDED' ? 201 : 200, object);
  };
  const flunders = ({ method, target, body }: Request): Response => {
    const url = new URL(target, 'https://flunders');
    const name = url.pathname.split('/')[7] ?? '';
    const known = objects.get(name);
    const sent = body.length > 0 ? (JSON.parse(Buffer.from(body).toString()) as Flunder) : undefined;
    if (name === '' && method === 'POST') return put(String(sent!.metadata.name), sent!, 'ADDED');
    if (name === '' && url.searchParams.get('watch'))
      return {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: {
          start: sink => {
            for (const object of objects.values()) sink.write(bytes({ type: 'ADDED', object }));
            watchers.add(sink);
            sink.onClose(() => watchers.delete(sink));
          },
        },
      };
    if (name === '' && method === 'GET') return list();
    if (name === '' && method === 'DELETE') {
      objects.clear();
      return list();
    }
    if (name === 'elsewhere') return { status: 302, headers: { location: 'https://192.0.2.1/' } };
    if (known === undefined) return status(404, 'NotFound');
    if (method === 'PATCH')
      return put(name, { ...known, ...sent, metadata: { ...known.metadata, ...sent?.metadata } }, 'MODIFIED');
    if (method === 'DELETE') {
      objects.delete(name);
      tell('DELETED', known);
      return jsonAnswer(200, { kind: 'Status', apiVersion: 'v1', status: 'Success' });
    }
    return jsonAnswer(200, known);
  };
  const handler: Handler = async request => {
    const { method, target, headers, connection } = request;
    const showsCertificate = connection?.clientCertificate !== undefined;
    seen.push({ method, target, headers, showsCertificate });
    if (!result.isWell) return textAnswer(500, 'not now');
    if (!showsCertificate) return status(401, 'Unauthorized');
    const at = target.split('?', 1)[0]!;
    if (at === '/apis' && result.isModern) {
      const type = { 'content-type': 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' };
      if (result.claims) return { status: 200, headers: type, body: result.claims };
      return jsonAnswer(200, everything, { ...type, etag: '"one"' });
    }
    if (at in discovery) return jsonAnswer(200, discovery[at]);
    if (asksUpgrade(headers))
      return {
        status: 101,
        headers: { connection: 'upgrade', upgrade: 'echo' },
        upgrade: stream => {
          stream.onData(chunk => void stream.write(chunk));
          stream.onEnd(() => stream.end());
        },
      };
    return at.startsWith(`/apis/${version}/`) ? flunders(request) : status(404, 'NotFound');
  };
  const tls = { cert: identity.cert, key: identity.key, clientCA: frontProxy.cert };
  const server = await serve({ handler, tls, host: '127.0.0.1', port: 0, clock: systemClock, log: silentLog });
  const result: FlunderServer = {
    ...{ authority, frontProxy, server, seen, isModern: true, isWell: true },
    close: () => server.close(0),
  };
  return result;
}

/** Requests that are handed on: to kubelets, pods and services. Upgrades pass through as they are. */
import { isStream } from '@orrery/http';
import type { Handler, Headers, Request, Response, StreamBody } from '@orrery/http';
import { asksWebSocket } from '@orrery/http/node/websocket';
import { schemaOfType } from '@orrery/kinds';
import type { Pod, Service } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { badRequest, notFound, StatusError } from '@orrery/machinery/status';
import { withoutWebsocketToken } from '../authentication/websocket-token.ts';
import type { WebhookTransport } from '../callout/callout.ts';
import type { RequestContext } from '../chain/context.ts';
import { Query } from '../chain/query.ts';
import { Admission } from '../registry/admission.ts';
import type { Machine } from '../registry/machine.ts';
import type { ResourceInfo } from '../registry/resource.ts';
import { writeRequestOf } from '../serve/options.ts';
import type { SubresourceEndpoint } from '../serve/resources.ts';
import { logOverWebSocket, withoutHandshake } from '../serve/websocket.ts';
import { forwardTarget, logTarget, streamTarget } from './kubelet.ts';
import { isProxyable, parseProxyName, redirectedLocation } from './names.ts';

/** How the server reaches nodes and addresses inside the cluster. */
export interface Transports {
  /** A node's kubelet, authenticated as the API server. Throws or rejects when the node is unknown. */
  readonly node?: (nodeName: string) => Handler;
  /** An address of the pod network. */
  readonly address?: (target: { scheme: 'http' | 'https'; host: string; port: number }) => Handler;
  /** Webhooks of admission and conversion. Without it every call of one fails. */
  readonly webhook?: WebhookTransport;
}

const unavailable = (why: string): StatusError => new StatusError(503, 'ServiceUnavailable', why);

/** Credentials and identity of the caller stay here. */
const withheld = /^(authorization|cookie|impersonate-.*|x-remote-.*)$/;

function forwardedHeaders(headers: Headers): Headers {
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !withheld.test(name)));
  return withoutWebsocketToken(kept);
}

/** Hands a request on; a peer that cannot be reached is 503. */
async function forward(transport: Handler, request: Request, target: string): Promise<Response> {
  const { user: _user, connection: _connection, ...rest } = request;
  try {
    return await transport({ ...rest, target, headers: forwardedHeaders(request.headers) });
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw unavailable(`error trying to reach service: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The options in a query, typed as their kind has them. What is no such option is left out. */
export function connectOptions(kind: string, query: Query): KubeObject {
  const options: Record<string, unknown> = { kind, apiVersion: 'v1', metadata: {} };
  for (const [name, field] of Object.entries(schemaOfType(`core.v1.${kind}`).properties ?? {})) {
    if (name === 'kind' || name === 'apiVersion' || !query.has(name)) continue;
    const values = query.all(name);
    if (field.type === 'array') options[name] = field.items?.type === 'integer' ? values.map(Number) : values;
    else if (field.type === 'boolean') options[name] = values[0] !== 'false' && values[0] !== '0';
    else options[name] = field.type === 'integer' ? Number(values[0]) : values[0];
  }
  return options as unknown as KubeObject;
}

/** The inverse of {@link connectOptions}. */
function queryOf({ kind: _kind, apiVersion: _version, metadata: _metadata, ...options }: KubeObject): Query {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(options))
    for (const one of [value].flat()) pairs.append(name, String(one));
  return new Query(pairs.toString());
}

/** What the connection is made with: the options as they came, unless admission changed them. */
async function admitConnect(
  machine: Machine,
  context: RequestContext,
  info: ResourceInfo,
  kind: string,
): Promise<Query> {
  const { namespace, name, subresource } = context.info;
  const request = writeRequestOf(context, 'CreateOptions');
  const options = connectOptions(kind, context.query);
  const target = {
    operation: 'CONNECT',
    info,
    subresource,
    kind: { group: '', version: 'v1', kind },
    namespace,
    name,
  } as const;
  const admission = new Admission(machine, request, target);
  const admitted = (await admission.admit(options))!;
  await admission.validate(admitted);
  return admitted === options ? context.query : queryOf(admitted);
}

async function podOf(machine: Machine, context: RequestContext, info: ResourceInfo): Promise<Pod> {
  const { namespace, name } = context.info;
  const pod = await machine.reads.get(info, namespace, name);
  if (pod === undefined) throw notFound({ group: '', resource: 'pods', name });
  return pod as Pod;
}

function nodeTransport(transports: Transports, nodeName: string): Handler {
  if (transports.node === undefined)
    throw unavailable(`no connection to node ${nodeName}: this server reaches no nodes`);
  return transports.node(nodeName);
}

/** A body as a stream, whichever way it came. */
const streamOf = (body: Response['body']): StreamBody => {
  if (isStream(body)) return body;
  const slices = body === undefined ? [] : body instanceof Uint8Array ? [body] : body;
  return {
    start(sink) {
      for (const slice of slices) sink.write(slice);
      sink.end();
    },
  };
};

/** `pods/log`: a stream of text, or nothing while the pod has no node. */
export const createLogEndpoint =
  (machine: Machine, transports: Transports): SubresourceEndpoint =>
  async (context, info) => {
    const pod = await podOf(machine, context, info);
    const found = logTarget(pod, context.query);
    if (found === undefined) return { status: 204, headers: {} };
    const { request } = context;
    const plain = { ...request, headers: withoutHandshake(request.headers) };
    const answer = await forward(nodeTransport(transports, found.nodeName), plain, found.target);
    return asksWebSocket(request) && answer.status === 200 ? logOverWebSocket(request, streamOf(answer.body)) : answer;
  };

/** `pods/exec`, `pods/attach`, `pods/portforward`. */
export const createStreamEndpoint =
  (machine: Machine, transports: Transports, action: 'exec' | 'attach' | 'portforward'): SubresourceEndpoint =>
  async (context, info) => {
    const pod = await podOf(machine, context, info);
    const kind = { exec: 'PodExecOptions', attach: 'PodAttachOptions', portforward: 'PodPortForwardOptions' }[action];
    const query = await admitConnect(machine, context, info, kind);
    const found = action === 'portforward' ? forwardTarget(pod, query) : streamTarget(pod, action, query);
    const request = { ...context.request, method: context.request.method === 'GET' ? 'GET' : 'POST' };
    return forward(nodeTransport(transports, found.nodeName), request, found.target);
  };

/** The path up to and with the `proxy` of the API: the names before it may be called so too. */
const upToProxy = /^\/+api\/+v1\/+(?:nodes|namespaces\/+[^/]+\/+(?:pods|services))\/+[^/]+\/+proxy/;

const proxyPrefix = (target: string): string => upToProxy.exec(target)?.[0] ?? '';

/** What follows `/proxy` in the path, as it came on the wire, with the query. */
export function proxiedTarget(target: string): string {
  const rest = target.slice(proxyPrefix(target).length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** `nodes/proxy`: any path of the kubelet. */
export const createNodeProxyEndpoint =
  (machine: Machine, transports: Transports): SubresourceEndpoint =>
  async (context, info) => {
    const { name } = parseProxyName(context.info.name);
    if ((await machine.reads.get(info, '', name)) === undefined) throw notFound({ group: '', resource: 'nodes', name });
    await admitConnect(machine, context, info, 'NodeProxyOptions');
    return forward(nodeTransport(transports, name), context.request, proxiedTarget(context.request.target));
  };

/** `pods/proxy` and `services/proxy`: `[scheme:]name[:port]`. */
export const createAddressProxyEndpoint =
  (machine: Machine, transports: Transports, kind: 'pods' | 'services'): SubresourceEndpoint =>
  async (context, info) => {
    const asked = parseProxyName(context.info.name);
    const object = await machine.reads.get(info, context.info.namespace, asked.name);
    if (object === undefined) throw notFound({ group: '', resource: kind, name: asked.name });
    await admitConnect(machine, context, info, kind === 'pods' ? 'PodProxyOptions' : 'ServiceProxyOptions');
    const place =
      kind === 'pods'
        ? podAddress(object as Pod, asked.port)
        : await serviceAddress(machine, object as Service & KubeObject, asked.port);
    if (!isProxyable(place.host)) throw badRequest('address not allowed');
    if (transports.address === undefined) throw unavailable('this server does not reach the pod network');
    const transport = transports.address({ scheme: asked.scheme, ...place });
    const response = await forward(transport, context.request, proxiedTarget(context.request.target));
    return redirectedLocation(response, proxyPrefix(context.request.target));
  };

interface Place {
  readonly host: string;
  readonly port: number;
}

function podAddress(pod: Pod, port: string): Place {
  const host = pod.status?.podIP;
  if (!host) throw badRequest('address not allowed');
  const containers = pod.spec?.containers ?? [];
  const declared = containers.flatMap(container => container.ports ?? []);
  const number =
    port === ''
      ? (declared[0]?.containerPort ?? 80)
      : Number(port) || declared.find(({ name }) => name === port)?.containerPort;
  if (number === undefined) throw badRequest(`invalid port ${JSON.stringify(port)}`);
  return { host, port: number };
}

interface Slice extends KubeObject {
  endpoints?: { addresses: string[]; conditions?: { ready?: boolean } }[];
  ports?: { name?: string; port?: number }[];
}

/** A ready endpoint of the service, drawn by lot. */
async function serviceAddress(machine: Machine, service: Service & KubeObject, port: string): Promise<Place> {
  const { name, namespace } = service.metadata;
  const wanted = service.spec?.ports?.find(
    candidate => port === '' || candidate.name === port || String(candidate.port) === port,
  );
  const refused = unavailable(
    `no endpoints available for service ${JSON.stringify(port === '' ? name : `${name}:${port}`)}`,
  );
  if (wanted === undefined) throw refused;
  const slices = (await machine.reads.list(
    { group: 'discovery.k8s.io', resource: 'endpointslices' },
    namespace,
  )) as Slice[];
  const places = slices
    .filter(slice => slice.metadata.labels?.['kubernetes.io/service-name'] === name)
    .flatMap(slice => {
      const number = slice.ports?.find(candidate => (candidate.name ?? '') === (wanted.name ?? ''))?.port;
      const ready = slice.endpoints?.filter(endpoint => endpoint.conditions?.ready !== false) ?? [];
      return number === undefined
        ? []
        : ready.flatMap(({ addresses }) => addresses.map(host => ({ host, port: number })));
    });
  const chosen = places[Math.floor(machine.random.float() * places.length)];
  if (chosen === undefined) throw refused;
  return chosen;
}

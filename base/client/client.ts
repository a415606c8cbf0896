/** {@link Client} over any {@link Handler}. */
import {
  BrokenStreamError,
  chunksOf,
  readBody,
  type Body,
  type Handler,
  type Response,
  type UserInfo,
} from '@orrery/http';
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import { systemRandom, type Random } from '@orrery/machinery/random';
import { expectSuccess } from './client-error.ts';
import { asUser } from './in-process.ts';
import { linesOf } from './lines.ts';
import { pathOf, withQuery, type Query } from './path.ts';
import { isNamespaced } from './resources.ts';
import { upgrade } from './upgrade.ts';
import type { Client, ListOptions, PatchType, WatchEvent, WatchOptions, WriteOptions } from './types.ts';

export interface CreateClientOptions {
  /** The `user-agent` header; upstream's default field manager is its part before the first slash. */
  userAgent?: string;
  /** For a server in the same process: who the requests are made as. */
  user?: UserInfo;
  /** Where named namespaced objects are looked for when neither object nor options name a namespace. Lists are not affected. */
  defaultNamespace?: string;
  /** Source of the nonce of upgrades; the machine's unless given. */
  random?: Random;
}

interface Call {
  method: string;
  target: string;
  headers?: Record<string, string>;
  body?: Uint8Array;
  signal?: AbortSignal;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const noBody = new Uint8Array(0);

const patchContentType: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  // JSON is YAML, and this media type is understood by every server that knows apply.
  apply: 'application/apply-patch+yaml',
};

const listQuery = (options: ListOptions): Query => ({
  labelSelector: options.labelSelector,
  fieldSelector: options.fieldSelector,
  limit: options.limit,
  continue: options.continue,
  resourceVersion: options.resourceVersion,
  resourceVersionMatch: options.resourceVersionMatch,
});

const writeQuery = (options: WriteOptions): Query => ({
  fieldManager: options.fieldManager,
  dryRun: options.dryRun ? 'All' : undefined,
});

const encode = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));

/** A client whose requests go to `transport`: sockets (`connect`), or the handler of a server in the same process. */
export function createClient(transport: Handler, options: CreateClientOptions = {}): Client {
  const handler = options.user ? asUser(transport, options.user) : transport;
  const common: Record<string, string> = { ...(options.userAgent && { 'user-agent': options.userAgent }) };

  const send = ({ method, target, headers, body, signal }: Call): Promise<Response> =>
    untilAborted(signal, inner =>
      handler({ method, target, headers: { ...common, ...headers }, body: body ?? noBody, signal: inner }),
    );
  const ask = async <T>(call: Call): Promise<T> => {
    const json = { accept: 'application/json', ...(call.body && { 'content-type': 'application/json' }) };
    const response = await send({ ...call, headers: { ...json, ...call.headers } });
    await expectSuccess(response, call.signal);
    return (response.object ?? (await parse(response.body, call.signal))) as T;
  };
  const place = (resource: GroupVersionResource, namespace: string | undefined) =>
    namespace ?? (isNamespaced(resource) ? options.defaultNamespace : undefined);
  const targetOf = (
    resource: GroupVersionResource,
    name: string | undefined,
    at: { namespace?: string; subresource?: string },
    query: Query = {},
  ) =>
    withQuery(pathOf(resource, { namespace: place(resource, at.namespace), name, subresource: at.subresource }), query);

  return {
    transport: handler,
    get: (resource, name, options = {}) =>
      ask({
        method: 'GET',
        target: targetOf(resource, name, options, { resourceVersion: options.resourceVersion }),
        signal: options.signal,
      }),
    list: (resource, options = {}) =>
      ask({
        method: 'GET',
        target: withQuery(pathOf(resource, { namespace: options.namespace }), listQuery(options)),
        signal: options.signal,
      }),
    create: (resource, object, options = {}) =>
      ask({
        method: 'POST',
        target: targetOf(
          resource,
          options.name ?? (options.subresource ? object.metadata.name : undefined),
          { ...options, namespace: options.namespace ?? object.metadata?.namespace },
          writeQuery(options),
        ),
        body: encode(object),
        signal: options.signal,
      }),
    update: (resource, object, options = {}) =>
      ask({
        method: 'PUT',
        target: targetOf(
          resource,
          object.metadata.name,
          { ...options, namespace: options.namespace ?? object.metadata.namespace },
          writeQuery(options),
        ),
        body: encode(object),
        signal: options.signal,
      }),
    patch: (resource, name, type, patch, options = {}) =>
      ask({
        method: 'PATCH',
        target: targetOf(resource, name, options, { ...writeQuery(options), force: options.force }),
        headers: { 'content-type': patchContentType[type] },
        body: encode(patch),
        signal: options.signal,
      }),
    delete: (resource, name, options = {}) =>
      ask({
        method: 'DELETE',
        target: targetOf(resource, name, options),
        body: deleteBody(options),
        signal: options.signal,
      }),
    deleteCollection: async (resource, options = {}) => {
      await ask({
        method: 'DELETE',
        target: withQuery(pathOf(resource, { namespace: options.namespace }), listQuery(options)),
        body: deleteBody(options),
        signal: options.signal,
      });
    },
    watch: (resource, options = {}) => watchEvents(send, resource, options),
    raw: (method, target, options = {}) => send({ method, target, ...options }),
    upgrade: (method, target, protocols, signal, framing = 'SPDY/3.1') =>
      upgrade(send, { method, target, protocols, signal, framing, random: options.random ?? systemRandom }),
  };
}

function deleteBody(options: {
  gracePeriodSeconds?: number;
  propagationPolicy?: string;
  preconditions?: object;
  dryRun?: boolean;
}): Uint8Array | undefined {
  const { gracePeriodSeconds, propagationPolicy, preconditions, dryRun } = options;
  const given = {
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(propagationPolicy && { propagationPolicy }),
    ...(preconditions && { preconditions }),
    ...(dryRun && { dryRun: ['All'] }),
  };
  return Object.keys(given).length === 0 ? undefined : encode({ kind: 'DeleteOptions', apiVersion: 'v1', ...given });
}

/** Runs `call` with a signal that follows `signal`, and rejects with its reason even when the transport ignores it. */
async function untilAborted<T>(signal: AbortSignal | undefined, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  if (!signal) return call(new AbortController().signal);
  signal.throwIfAborted();
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([call(signal), aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function parse(body: Body | undefined, signal?: AbortSignal): Promise<unknown> {
  const bytes = await readBody(body, { signal });
  return bytes.length === 0 ? undefined : JSON.parse(decoder.decode(bytes));
}

async function* watchEvents<T extends KubeObject>(
  send: (call: Call) => Promise<Response>,
  resource: GroupVersionResource,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const target = withQuery(pathOf(resource, { namespace: options.namespace }), {
    ...listQuery(options),
    watch: true,
    allowWatchBookmarks: options.allowWatchBookmarks,
    // False is said too: it differs from silence when bookmarks are on.
    sendInitialEvents: options.sendInitialEvents === undefined ? undefined : String(options.sendInitialEvents),
    timeoutSeconds: options.timeoutSeconds,
  });
  // Leaving the loop must end the request at the server too: the caller's signal alone does not say so.
  const left = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal;
  try {
    const response = await send({ method: 'GET', target, headers: { accept: 'application/json' }, signal });
    await expectSuccess(response, signal);
    for await (const line of linesOf(chunksOf(response.body, signal))) {
      const event = JSON.parse(line) as WatchEvent<T>;
      yield event;
      if (event.type === 'ERROR') return;
    }
  } catch (error) {
    if (error instanceof BrokenStreamError || options.signal?.aborted) return;
    throw error;
  } finally {
    left.abort();
  }
}

/**
 * The least HTTP server that informers, recorders and elections can be held against: objects with revisions, optimistic
 * concurrency, paged lists, watches. Knows neither kinds nor rules. What depends on Kubernetes itself is tested against the API server.
 */
import { jsonAnswer, statusAnswer, type Handler, type Request, type Response, type Sink } from '@orrery/http';
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError, alreadyExists, conflict, expired, notFound } from '@orrery/machinery/status';

type Stored = KubeObject & Record<string, unknown>;

export interface LittleServer {
  readonly handler: Handler;
  /** `METHOD target` of each request. */
  readonly requests: string[];
  /** Objects by path, e.g. `/api/v1/namespaces/a/pods/b`. */
  readonly objects: Map<string, Stored>;
  put(path: string, object?: Partial<Stored>): void;
  remove(path: string): void;
  /** Ends all watches; `event` is sent before, e.g. an ERROR. */
  endWatches(event?: object): void;
  /** From now on watches and continue tokens from revisions before the present one answer 410. */
  compact(): void;
  /** Told of each request; what it returns or throws is the answer instead of the server's own. */
  intercept: ((request: Request) => Response | Promise<Response> | undefined) | undefined;
  readonly watchers: number;
  bookmark(): void;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Splits a path into the collection (all namespaces), the namespace and the name. */
function parse(path: string) {
  const match = /^(\/api\/[^/]+|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/.exec(path);
  if (!match) throw new StatusError(404, 'NotFound', `no such path ${path}`);
  const [, root, namespace, resource, name] = match;
  return { root: root!, namespace, resource: resource!, name };
}

export function createLittleServer(): LittleServer {
  const objects = new Map<string, Stored>();
  const watchers = new Set<{ sink: Sink; wants: (path: string) => boolean }>();
  const log: { revision: number; type: string; path: string; object: Stored }[] = [];
  let revision = 100;
  let oldest = 0;

  const tell = (sink: Sink, type: string, object: unknown) =>
    void sink.write(encoder.encode(`${JSON.stringify({ type, object })}\n`));
  const commit = (type: string, path: string, object: Stored) => {
    log.push({ revision, type, path, object });
    for (const { sink, wants } of watchers) if (wants(path)) tell(sink, type, object);
  };
  const inCollection = (root: string, namespace: string | undefined, resource: string) => (path: string) => {
    const place = parse(path);
    return place.root === root && place.resource === resource && (!namespace || place.namespace === namespace);
  };
  const put = (path: string, object: Partial<Stored> = {}) => {
    const { namespace, name } = parse(path);
    const before = objects.get(path);
    revision++;
    const metadata = {
      uid: before?.metadata.uid ?? `uid-${revision}`,
      ...object.metadata,
      name,
      ...(namespace && { namespace }),
      resourceVersion: String(revision),
    };
    const stored: Stored = { ...object, metadata };
    objects.set(path, stored);
    commit(before ? 'MODIFIED' : 'ADDED', path, stored);
    return stored;
  };
  const remove = (path: string) => {
    const before = objects.get(path);
    if (!before) return undefined;
    revision++;
    const last = { ...before, metadata: { ...before.metadata, resourceVersion: String(revision) } };
    objects.delete(path);
    commit('DELETED', path, last);
    return last;
  };
  const list = (place: ReturnType<typeof parse>, query: URLSearchParams) => {
    const wants = inCollection(place.root, place.namespace, place.resource);
    const all = [...objects].filter(([path]) => wants(path)).sort(([a], [b]) => (a < b ? -1 : 1));
    const [at = '', after = ''] = query.get('continue')?.split('|') ?? [];
    if (at !== '' && Number(at) < oldest) throw expired('The provided continue parameter is too old');
    const from = all.filter(([path]) => path > after);
    const limit = Number(query.get('limit') ?? Infinity);
    const items = from.slice(0, limit).map(([, { kind: _kind, apiVersion: _version, ...item }]) => item);
    const more = from.length > limit && { continue: `${at || revision}|${from[limit - 1]![0]}` };
    return {
      kind: 'ThingList',
      apiVersion: 'v1',
      metadata: { resourceVersion: at || String(revision), ...more },
      items,
    };
  };
  const watch = (place: ReturnType<typeof parse>, query: URLSearchParams, signal: AbortSignal): Response => {
    const from = Number(query.get('resourceVersion'));
    const wants = inCollection(place.root, place.namespace, place.resource);
    const start = (sink: Sink) => {
      if (from < oldest) {
        tell(sink, 'ERROR', expired(`too old resource version: ${from} (${oldest})`).toStatus());
        return sink.end();
      }
      for (const entry of log) if (entry.revision > from && wants(entry.path)) tell(sink, entry.type, entry.object);
      const watcher = { sink, wants };
      watchers.add(watcher);
      sink.onClose(() => watchers.delete(watcher));
      signal.addEventListener('abort', () => sink.destroy(), { once: true });
    };
    return { status: 200, headers: { 'content-type': 'application/json' }, body: { start } };
  };
  const answer = (request: Request): Response => {
    const [path = '', search = ''] = request.target.split('?');
    const query = new URLSearchParams(search);
    const place = parse(path);
    const what = { group: place.root.split('/')[2] ?? '', resource: place.resource, name: place.name };
    const body = () => JSON.parse(decoder.decode(request.body)) as Stored;
    if (request.method === 'GET' && !place.name)
      return query.get('watch') ? watch(place, query, request.signal) : jsonAnswer(200, list(place, query));
    const known = objects.get(path);
    if (request.method === 'POST') {
      const object = body();
      const target = `${path}/${object.metadata.name}`;
      if (objects.has(target)) throw alreadyExists({ ...what, name: object.metadata.name });
      return jsonAnswer(201, put(target, object));
    }
    if (!known) throw notFound(what);
    if (request.method === 'GET') return jsonAnswer(200, known);
    if (request.method === 'DELETE') return jsonAnswer(200, remove(path));
    if (request.method === 'PATCH') return jsonAnswer(200, put(path, { ...known, ...body() }));
    const object = body();
    const version = object.metadata.resourceVersion;
    if (version && version !== known.metadata.resourceVersion) throw conflict(what, 'the object has been modified');
    return jsonAnswer(200, put(path, object));
  };
  const server: LittleServer = {
    objects,
    requests: [],
    intercept: undefined,
    async handler(request) {
      server.requests.push(`${request.method} ${request.target}`);
      const own = await server.intercept?.(request);
      if (own) return own;
      try {
        return answer(request);
      } catch (error) {
        if (error instanceof StatusError) return statusAnswer(error.toStatus());
        throw error;
      }
    },
    put,
    remove,
    endWatches(event) {
      for (const { sink } of [...watchers]) {
        if (event) sink.write(encoder.encode(`${JSON.stringify(event)}\n`));
        sink.end();
      }
    },
    compact: () => void (oldest = revision),
    get watchers() {
      return watchers.size;
    },
    bookmark() {
      for (const { sink } of watchers) tell(sink, 'BOOKMARK', { metadata: { resourceVersion: String(revision) } });
    },
  };
  return server;
}

/** A typed REST client over any transport: sockets, or the server's own handler in the same process. */
import type { Handler, Response, Duplex } from '@orrery/http';
import type { GroupVersionResource, KubeList, KubeObject } from '@orrery/machinery/meta';

export interface ReadOptions {
  namespace?: string;
  resourceVersion?: string;
  signal?: AbortSignal;
}

export interface ListOptions extends ReadOptions {
  labelSelector?: string;
  fieldSelector?: string;
  limit?: number;
  continue?: string;
  resourceVersionMatch?: 'Exact' | 'NotOlderThan';
}

export interface WatchOptions extends ListOptions {
  allowWatchBookmarks?: boolean;
  sendInitialEvents?: boolean;
  timeoutSeconds?: number;
}

export interface WriteOptions {
  namespace?: string;
  subresource?: string;
  fieldManager?: string;
  dryRun?: boolean;
  signal?: AbortSignal;
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export interface PatchOptions extends WriteOptions {
  /** Only with type `apply`: take over fields that others own. */
  force?: boolean;
}

export interface DeleteOptions {
  namespace?: string;
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: boolean;
  signal?: AbortSignal;
}

export type WatchEvent<T extends KubeObject = KubeObject> =
  { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: T } | { type: 'ERROR'; object: unknown };

/**
 * Every method rejects with a `StatusError` for an answer outside 2xx, and with the transport's own error when there was no
 * answer. Objects from an in-process server are frozen and shared: copy before changing.
 */
export interface Client {
  get<T extends KubeObject>(
    resource: GroupVersionResource,
    name: string,
    options?: ReadOptions & { subresource?: string },
  ): Promise<T>;
  list<T extends KubeObject>(resource: GroupVersionResource, options?: ListOptions): Promise<KubeList<T>>;
  /** The namespace comes from the object unless the options name one. */
  create<T extends KubeObject>(
    resource: GroupVersionResource,
    object: T,
    options?: WriteOptions & { name?: string },
  ): Promise<T>;
  update<T extends KubeObject>(resource: GroupVersionResource, object: T, options?: WriteOptions): Promise<T>;
  patch<T extends KubeObject>(
    resource: GroupVersionResource,
    name: string,
    type: PatchType,
    patch: unknown,
    options?: PatchOptions,
  ): Promise<T>;
  /** Resolves with what the server said: the object while it still terminates, or a Status. */
  delete(resource: GroupVersionResource, name: string, options?: DeleteOptions): Promise<KubeObject>;
  deleteCollection(resource: GroupVersionResource, options?: ListOptions & DeleteOptions): Promise<void>;
  /** Ends (without error) when the server closes the watch or `signal` aborts; an ERROR event is delivered, then it ends. */
  watch<T extends KubeObject>(resource: GroupVersionResource, options?: WatchOptions): AsyncIterable<WatchEvent<T>>;
  /** Any other path, e.g. `/version` or a log stream; the body is not read for you. */
  raw(
    method: string,
    target: string,
    options?: { headers?: Record<string, string>; body?: Uint8Array; signal?: AbortSignal },
  ): Promise<Response>;
  /**
   * Opens an upgraded stream (exec, attach, port-forward) that speaks `framing` (SPDY/3.1 unless given) with one of the sub-protocols.
   * Rejects with a StatusError when the server does not switch.
   */
  upgrade(
    method: string,
    target: string,
    protocols: readonly string[],
    signal?: AbortSignal,
    framing?: 'SPDY/3.1' | 'websocket',
  ): Promise<{ stream: Duplex; protocol: string }>;
  readonly transport: Handler;
}

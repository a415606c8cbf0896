/** What every controller is made of: caches fed by watches, queues of keys, loops that reconcile one key at a time. */
import type { Client } from '@orrery/client';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import type { Random } from '@orrery/machinery/random';

/** A read-only local copy of a resource, kept fresh by list and watch. Objects are frozen and shared. */
export interface Informer<T extends KubeObject = KubeObject> {
  /**
   * Resolves when the first list is in the cache (and all handlers have seen it). Rejects when the informer is ended before: whoever waits
   * is not left waiting, and nobody acts on half a cache. A rejection that nobody catches does no harm.
   */
  readonly synced: Promise<void>;
  hasSynced(): boolean;
  /** By `namespace/name`, or `name` for cluster-scoped kinds. */
  get(key: string): T | undefined;
  list(namespace?: string): T[];
  /** Adds an index; do so before the informer is started or at any time (it is built from what is there). */
  addIndex(name: string, valuesOf: (object: T) => readonly string[]): void;
  byIndex(name: string, value: string): T[];
  /** Handlers run synchronously, in order, after the cache changed. Existing objects are replayed as adds. Returns the remover. */
  onChange(handler: (change: Change<T>) => void): () => void;
  /** The same from now on: what is there already is not told. */
  onNext(handler: (change: Change<T>) => void): () => void;
  /** Resolves when what is cached under the key fits, after all handlers have seen it; at once when it does; also when `signal` aborts. */
  until(key: string, fits: (object: T | undefined) => boolean, signal: AbortSignal): Promise<void>;
}

/** `before` is absent for an add, `after` for a delete. A relist may fold several changes into one: level-based. */
export interface Change<T extends KubeObject> {
  readonly before?: T;
  readonly after?: T;
}

export interface InformerFilter {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}

/** One informer per resource and filter for all components of a thread. They start on first use and end with the factory. */
export interface InformerFactory {
  of<T extends KubeObject>(resource: GroupVersionResource, filter?: InformerFilter): Informer<T>;
  /** For who needs no more than who an object is, whose it is and whether it is going, and who hurries least: all of it where somebody asked for that before. */
  metadata(resource: GroupVersionResource): Informer;
  /** Resolves when all informers asked for so far have synced; rejects as they do. */
  synced(): Promise<void>;
  /** Those of all objects of the resource, in whichever version, that somebody asked for. */
  running(resource: GroupVersionResource): Informer[];
}

/** A set of keys waiting for work: a key is queued once, never processed twice at a time, and retried with back-off. */
export interface WorkQueue {
  add(key: string): void;
  addAfter(key: string, delayMs: number): void;
  /** Adds after an exponential per-key delay (5 ms doubling to 1000 s, as upstream's default limiter). */
  addRateLimited(key: string): void;
  /** Forgets the failures of a key. */
  forget(key: string): void;
  readonly length: number;
}

export interface Result {
  /** Look again after this time although nothing may have changed. */
  requeueAfterMs?: number;
}

export interface ControllerOptions {
  readonly name: string;
  /** How many keys may be worked on at once; 1 unless given. */
  readonly concurrency?: number;
  /** Brings the world of one key nearer to what is wanted. A rejection is logged and retried with back-off. */
  reconcile(key: string): Promise<Result | void>;
  /** What wakes which keys. */
  readonly sources: readonly Source[];
}

/** Turns changes of one informer into keys. Build it with `watchOf`, `ownedBy` and friends. */
export interface Source {
  start(queue: WorkQueue): () => void;
  readonly synced: Promise<void>;
}

/** Writes Events as upstream does: repeated ones are counted, bursts are limited; never throws, never blocks. */
export interface EventRecorder {
  record(object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string, options?: EventOptions): void;
}

export interface EventOptions {
  /** The part of the object the event is about: `involvedObject.fieldPath`, e.g. `spec.containers{web}`. */
  fieldPath?: string;
  annotations?: Record<string, string>;
}

/** What a component gets from the composition root; all it may touch. */
export interface ComponentContext {
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Ends the component. */
  readonly signal: AbortSignal;
  /** A recorder whose events carry this component (and, for a node's agent, this host) as their source. */
  recorder(component: string, host?: string): EventRecorder;
}

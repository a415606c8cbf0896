/**
 * The delta stream: one WebSocket per browser tab that keeps answers of GET routes current. Both sides send JSON text frames.
 * A subscription names a route by its id, and is answered exactly as that route would answer the same user at that moment.
 */
import type { KubeObject } from '@orrery/machinery/meta';
import type { Status } from '@orrery/machinery/status';

/** Below `/clusters/{c}` of the grammar like every other path. */
export const streamPath = '/kapis/stream.orrery.io/v1alpha1/deltas';

export const streamLimits = {
  /** Of one socket. */
  subscriptionsMax: 50,
  /** Of one frame from a client, in bytes. */
  frameBytesMax: 16 * 1024,
  /** Of one user, at one replica. */
  socketsMax: 20,
  /** Letters of a subscription's id. */
  idLengthMax: 64,
  /** Lists are subscribed to page by page: `query.limit` is needed, and not above this. */
  pageMax: 500,
} as const;

export interface Subscribe {
  readonly op: 'subscribe';
  /** Chosen by the client, new on this socket; comes back on every frame of the subscription. */
  readonly id: string;
  /** The id of a GET route, e.g. `resources.listIn`. */
  readonly route: string;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

export interface Unsubscribe {
  readonly op: 'unsubscribe';
  readonly id: string;
}

export type ClientFrame = Subscribe | Unsubscribe;

/** The first frame of a list, and again when nothing of the page before can be kept. */
export interface PageFrame {
  readonly id: string;
  readonly type: 'page';
  readonly totalItems: number;
  readonly items: readonly KubeObject[];
}

/** The page is now the objects of `order`, by {@link rowId}: those in `changed` are new or different, the others as they were. */
export interface DeltaFrame {
  readonly id: string;
  readonly type: 'delta';
  readonly totalItems: number;
  readonly order: readonly string[];
  readonly changed: readonly KubeObject[];
}

/** A route that answers one object: the first frame, and each change. */
export interface ObjectFrame {
  readonly id: string;
  readonly type: 'object';
  readonly object: unknown;
}

/** The object is not there (any more). The subscription goes on: an object of that name may come. */
export interface GoneFrame {
  readonly id: string;
  readonly type: 'gone';
}

/** The subscription was refused or is over (a right was lost: 403). Its id may be used again. */
export interface ErrorFrame {
  readonly id: string;
  readonly type: 'error';
  readonly status: Status;
}

/** About every 30 seconds: the connection is alive. */
export interface PingFrame {
  readonly type: 'ping';
}

export type ServerFrame = PageFrame | DeltaFrame | ObjectFrame | GoneFrame | ErrorFrame | PingFrame;

/** What an object is known by in `order`: its uid, or its namespace and name where it has none (members, rows that are computed). */
export const rowId = ({ metadata: { uid, namespace = '', name = '' } }: KubeObject): string =>
  uid ?? `${namespace}/${name}`;

/** A page after a frame: what a client holds. Objects that did not change stay the same values. */
export function applyDelta(
  before: readonly KubeObject[],
  { order, changed }: Pick<DeltaFrame, 'order' | 'changed'>,
): KubeObject[] {
  const known = new Map([...before, ...changed].map(object => [rowId(object), object]));
  return order.map(id => known.get(id)).filter(object => object !== undefined);
}

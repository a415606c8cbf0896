/** A watch on its way through a network that delays it and breaks it off. */
import type { Sink, StreamBody } from '@orrery/http';
import type { Life } from './time.ts';

export interface StreamRoute {
  /** The network's own clock. */
  readonly network: Life;
  /** Milliseconds that everything takes. */
  readonly lagMs: () => number;
  /** Is shown each piece that arrives. */
  readonly arrived: (chunk: Uint8Array) => void;
  /** While true nothing arrives. */
  readonly stalled: () => boolean;
  /** Called once, however it ended. */
  readonly ended: () => void;
}

export interface Routed {
  readonly body: StreamBody;
  /** Breaks the stream off: what is under way is lost. */
  cut(): void;
}

/** Pieces arrive in order, each after the lag. */
export function routeStream(body: StreamBody, route: StreamRoute): Routed {
  let cut = (): void => {};
  let isCut = false;
  return {
    cut: () => {
      isCut = true;
      cut();
    },
    body: {
      start(outer) {
        if (isCut) return outer.destroy();
        const transit = createTransit(outer, route);
        cut = transit.cut;
        outer.onClose(() => {
          transit.cut();
          route.ended();
        });
        body.start(transit.sink);
      },
    },
  };
}

const stallCheckMs = 250;

function createTransit(outer: Sink, { network, lagMs, arrived, stalled }: StreamRoute) {
  const closes: (() => void)[] = [];
  let waiting: { at: number; chunk: Uint8Array | 'end' }[] = [];
  let queuedBytes = 0;
  let lastAt = 0;
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    waiting = [];
    for (const callback of closes.splice(0)) callback();
  };
  const cut = () => {
    if (closed) return;
    close();
    outer.destroy();
  };
  const deliver = () => {
    if (closed) return;
    if (stalled()) return void network.clock.after(stallCheckMs, deliver);
    const now = network.clock.monotonic();
    while (waiting.length > 0 && waiting[0]!.at <= now) {
      const { chunk } = waiting.shift()!;
      if (chunk === 'end') {
        close();
        return outer.end();
      }
      queuedBytes -= chunk.length;
      arrived(chunk);
      outer.write(chunk);
    }
    if (waiting.length > 0) network.clock.after(waiting[0]!.at - now, deliver);
  };
  const send = (chunk: Uint8Array | 'end') => {
    const at = Math.max(lastAt, network.clock.monotonic() + lagMs());
    lastAt = at;
    waiting.push({ at, chunk });
    if (waiting.length === 1) network.clock.after(at - network.clock.monotonic(), deliver);
  };
  const sink: Sink = {
    write(chunk) {
      if (closed) return true;
      queuedBytes += chunk.length;
      send(chunk);
      return true;
    },
    end: () => void (closed || send('end')),
    destroy: cut,
    get queuedBytes() {
      return queuedBytes;
    },
    get closed() {
      return closed;
    },
    onDrain: () => {},
    onClose: callback => void (closed ? callback() : closes.push(callback)),
  };
  return { sink, cut };
}

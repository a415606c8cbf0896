/** port-forward: pairs of streams per connection, over SPDY, SPDY in a WebSocket, or channels of a WebSocket. */
import type { Clock } from '@orrery/machinery/clock';
import { badRequest } from '@orrery/machinery/status';
import { statusAnswer } from '../answers.ts';
import { headerList } from '../headers.ts';
import { joinBytes } from '../body.ts';
import type { Source } from '../inlet.ts';
import type { Duplex, Request, Response, Sink } from '../types.ts';
import { createChannels } from './channels.ts';
import { acceptSpdy } from './remotecommand.ts';
import { createSpdySession, type SpdyStream } from './spdy.ts';
import { acceptWebSocket, asksWebSocket, tunnelOf } from './websocket.ts';

/** One connection a client wants to a port. */
export interface ForwardedConnection {
  readonly port: number;
  /** The bytes of the connection. */
  readonly data: Source & Sink;
  /** Tells the client why it cannot be had, and ends it. */
  fail(message: string): void;
  /** The connection ended well: ends what `data` has not ended itself. */
  done(): void;
}

const protocol = 'portforward.k8s.io';
const tunnelled = `SPDY/3.1+${protocol}`;
const channelProtocols = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io'];
/** How long the second stream of a pair may take. */
const pairMs = 30_000;

/** The answer to a request for port-forward; `connect` is called for each connection. */
export function acceptPortForward(
  request: Request,
  connect: (connection: ForwardedConnection) => void,
  options: { readonly clock: Pick<Clock, 'after'> },
): Response {
  if (!asksWebSocket(request))
    return acceptSpdy(request, [protocol], stream => servePairs(stream, connect, options.clock));
  if (headerList(request.headers, 'sec-websocket-protocol').some(name => name.startsWith('SPDY/3.1+'))) {
    return acceptWebSocket(request, [tunnelled], socket => servePairs(tunnelOf(socket), connect, options.clock));
  }
  const ports = portsIn(request.target);
  if (typeof ports === 'string') return statusAnswer(badRequest(ports).toStatus());
  return acceptWebSocket(request, channelProtocols, (socket, chosen) => {
    const base64 = chosen.includes('base64');
    const channels = createChannels(socket, { count: ports.length * 2, base64, closeSignals: false });
    let open = ports.length;
    ports.forEach((port, i) => {
      const [data, error] = [channels[i * 2]!, channels[i * 2 + 1]!];
      // The client learns which channel is which port from the first two bytes of each.
      const name = Uint8Array.of(port & 0xff, port >> 8);
      data.write(name);
      error.write(name);
      connect(connectionOf(port, data, error, () => --open === 0 && socket.close()));
    });
  });
}

/** The ports of the query, or what is wrong with them. */
function portsIn(target: string): number[] | string {
  const values = new URLSearchParams(target.split('?')[1] ?? '').getAll('ports');
  const single = new URLSearchParams(target.split('?')[1] ?? '').getAll('port');
  const texts = [...values, ...single].flatMap(value => value.split(','));
  if (texts.length === 0) return 'query parameter "port" is required';
  const bad = texts.find(text => portOf(text) === undefined);
  return bad === undefined ? texts.map(text => portOf(text)!) : `unable to parse "${bad}" as a port`;
}

function portOf(text: string | undefined): number | undefined {
  const port = /^\d{1,5}$/.test(text ?? '') ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? port : undefined;
}

function connectionOf(port: number, data: Duplex, error: Sink, over: () => void): ForwardedConnection {
  let isOver = false;
  const end = () => {
    if (isOver) return;
    isOver = true;
    data.end();
    error.end();
    over();
  };
  return {
    port,
    data,
    fail(message) {
      if (!isOver) error.write(Buffer.from(message));
      end();
    },
    done: end,
  };
}

interface Pair {
  data?: SpdyStream;
  error?: SpdyStream;
}

function servePairs(
  wire: Duplex,
  connect: (connection: ForwardedConnection) => void,
  clock: Pick<Clock, 'after'>,
): void {
  const pairs = new Map<string, Pair>();
  createSpdySession(wire, {
    role: 'server',
    clock,
    onStream(stream) {
      const type = stream.headers['streamtype'];
      const port = portOf(stream.headers['port']);
      if (port === undefined || (type !== 'data' && type !== 'error')) return false;
      // Old clients number nothing: their error stream comes right before the data stream.
      const id = stream.headers['requestid'] ?? String(type === 'error' ? stream.id : stream.id - 2);
      const pair = pairs.get(id) ?? {};
      if (pair[type]) return false;
      pair[type] = stream;
      if (!pair.data || !pair.error) {
        pairs.set(id, pair);
        clock.after(pairMs, () => pairs.get(id) === pair && (pairs.delete(id), stream.destroy())).unref();
        return true;
      }
      pairs.delete(id);
      const { data, error } = pair;
      connect(connectionOf(port, data, error, () => {}));
      return true;
    },
  });
}

/** The client's side of port-forward. */
export interface PortForward {
  /** A connection to a port; `failure` resolves with the reason when the other side could not make it, undefined when it ended well. */
  connect(port: number): { readonly data: Duplex; readonly failure: Promise<string | undefined> };
  close(): void;
  onClose(callback: () => void): void;
}

/** Speaks the client's side over a stream whose SPDY upgrade is done. */
export function openPortForward(wire: Duplex, options: { readonly clock: Pick<Clock, 'after'> }): PortForward {
  const session = createSpdySession(wire, { role: 'client', clock: options.clock });
  let requests = 0;
  return {
    connect(port) {
      const names = { port: String(port), requestid: String(requests++) };
      const error = session.open({ streamtype: 'error', ...names });
      error.end();
      const data = session.open({ streamtype: 'data', ...names });
      const pieces: Uint8Array[] = [];
      const failure = new Promise<string | undefined>(resolve => {
        const tell = () => resolve(pieces.length > 0 ? Buffer.from(joinBytes(pieces)).toString() : undefined);
        error.onData(piece => void pieces.push(piece));
        error.onEnd(tell);
        error.onClose(tell);
      });
      return { data, failure };
    },
    close: () => session.close(),
    onClose: callback => session.onClose(callback),
  };
}

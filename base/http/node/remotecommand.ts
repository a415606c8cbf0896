/** exec and attach: five streams between a client and a process, over SPDY or WebSocket (`client-go tools/remotecommand`). */
import type { Clock } from '@orrery/machinery/clock';
import { asksUpgrade, header, headerList } from '../headers.ts';
import { statusAnswer, textAnswer } from '../answers.ts';
import { badRequest } from '@orrery/machinery/status';
import type { Source } from '../inlet.ts';
import type { Duplex, Request, Response, Sink } from '../types.ts';
import { createChannels } from './channels.ts';
import { encodeStatus, failureStatus, type CommandStatus } from './command-status.ts';
import { createSpdySession, type SpdySession, type SpdyStream } from './spdy.ts';
import { acceptWebSocket, asksWebSocket, type WebSocketConnection } from './websocket.ts';

/** Which streams a command has. A terminal has no stderr of its own. */
export interface CommandStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** The server's side of one command. */
export interface RemoteCommand extends CommandEnds {
  readonly tty: boolean;
  /**
   * Tells a WebSocket client that the connection stands. To be called when the command does: clients before v1.34 read before they have made
   * their streams and throw away, with a word on stderr, what comes in the same moment as the answer to their handshake.
   */
  ready(): void;
  /** Writes how the command ended, then closes everything in order. Later calls do nothing. */
  finish(status: CommandStatus): void;
  /** The client is gone: the command has nobody left. Called once, also after `finish`. */
  onClose(callback: () => void): void;
}

interface CommandEnds {
  readonly stdin?: Source;
  readonly stdout?: Sink;
  readonly stderr?: Sink;
  onResize(callback: (size: TerminalSize) => void): void;
}

/** From the kubelet's and the API's query (`stdin=true`, `input=1`, ...). A terminal switches stderr off. */
export function commandStreamsOf(target: string): CommandStreams {
  const query = new URLSearchParams(target.split('?')[1] ?? '');
  const on = (...names: string[]) => names.some(name => ['1', 'true'].includes(query.get(name) ?? ''));
  const tty = on('tty');
  return { stdin: on('stdin', 'input'), stdout: on('stdout', 'output'), stderr: !tty && on('stderr', 'error'), tty };
}

export interface AcceptOptions {
  readonly clock: Pick<Clock, 'after'>;
}

/** How long a SPDY client may take to open its streams (upstream's stream creation timeout). */
const creationMs = 30_000;

const spdyProtocols = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'];
const socketProtocols = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
];

/** `v4.base64.channel.k8s.io` is version 4; names without a version, and no name at all, are version 1. */
const versionOf = (protocol: string): number => Number(/^v(\d+)\./.exec(protocol)?.[1] ?? 1);

/**
 * The answer to a request for exec or attach. `run` is called once all streams are there; it must end with `command.finish`.
 * A request that does not upgrade, or for no stream at all, is answered with 400; one for protocols we do not know with 403, as upstream.
 */
export function acceptRemoteCommand(
  request: Request,
  streams: CommandStreams,
  run: (command: RemoteCommand) => void,
  options: AcceptOptions,
): Response {
  if (!streams.stdin && !streams.stdout && !streams.stderr)
    return statusAnswer(badRequest('you must specify at least 1 of stdin, stdout, stderr').toStatus());
  if (!asksWebSocket(request)) {
    return acceptSpdy(request, spdyProtocols, (stream, protocol) =>
      serveSpdy(stream, versionOf(protocol), streams, run, options.clock),
    );
  }
  return acceptWebSocket(request, socketProtocols, (socket, protocol) => run(overChannels(socket, protocol, streams)));
}

/** The answer to a SPDY upgrade: the first protocol of the client that we know, or none if it names none. */
export function acceptSpdy(
  request: Request,
  protocols: readonly string[],
  take: (stream: Duplex, protocol: string) => void,
): Response {
  const upgrade = header(request.headers, 'upgrade') ?? '';
  if (!asksUpgrade(request.headers) || upgrade.toLowerCase() !== 'spdy/3.1')
    return textAnswer(400, 'unable to upgrade: missing upgrade headers in request\n');
  const offered = headerList(request.headers, 'x-stream-protocol-version');
  const protocol = offered.find(name => protocols.includes(name));
  if (offered.length > 0 && protocol === undefined) {
    const text = `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${protocols.join(' ')}]\n`;
    return textAnswer(403, text, { 'x-accepted-stream-protocol-versions': protocols.join(', ') });
  }
  return {
    status: 101,
    headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1', ...(protocol && { 'x-stream-protocol-version': protocol }) },
    upgrade: stream => take(stream, protocol ?? ''),
  };
}

function serveSpdy(
  wire: Duplex,
  version: number,
  streams: CommandStreams,
  run: (command: RemoteCommand) => void,
  clock: Pick<Clock, 'after'>,
): void {
  const expected = new Set(['error', ...namesOf(streams, version)]);
  const opened = new Map<string, SpdyStream>();
  const session: SpdySession = createSpdySession(wire, {
    role: 'server',
    clock,
    onStream(stream) {
      const type = stream.headers['streamtype'] ?? '';
      if (!expected.has(type) || opened.has(type)) return false;
      opened.set(type, stream);
      if (opened.size < expected.size) return true;
      late.cancel();
      run(overStreams(session, opened, version, streams.tty));
      return true;
    },
  });
  const late = clock.after(creationMs, () => session.destroy()).unref();
  session.onClose(() => late.cancel());
}

const namesOf = ({ stdin, stdout, stderr, tty }: CommandStreams, version: number): string[] => [
  ...(stdin ? ['stdin'] : []),
  ...(stdout ? ['stdout'] : []),
  ...(stderr ? ['stderr'] : []),
  ...(tty && version >= 3 ? ['resize'] : []),
];

function overStreams(
  session: SpdySession,
  streams: ReadonlyMap<string, SpdyStream>,
  version: number,
  tty: boolean,
): RemoteCommand {
  const error = streams.get('error')!;
  let finished = false;
  return {
    tty,
    ready: () => {},
    stdin: streams.get('stdin'),
    stdout: streams.get('stdout'),
    stderr: streams.get('stderr'),
    onResize: callback => onSizes(streams.get('resize'), callback),
    finish(status) {
      if (finished) return;
      finished = true;
      error.write(encodeStatus(status, version));
      for (const name of ['error', 'stdout', 'stderr']) streams.get(name)?.end();
      session.close();
    },
    onClose: callback => session.onClose(callback),
  };
}

const channelNumbers = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

function overChannels(socket: WebSocketConnection, protocol: string, streams: CommandStreams): RemoteCommand {
  const version = versionOf(protocol);
  const channels = createChannels(socket, {
    count: 5,
    base64: protocol.includes('base64'),
    closeSignals: version >= 5,
  });
  const channel = (name: keyof typeof channelNumbers) => channels[channelNumbers[name]]!;
  let finished = false;
  return {
    tty: streams.tty,
    // An empty message, on the first channel that there is.
    ready: () => void channel(streams.stdout ? 'stdout' : streams.stderr ? 'stderr' : 'error').write(new Uint8Array(0)),
    ...(streams.stdin && { stdin: channel('stdin') }),
    ...(streams.stdout && { stdout: outOnly(channel('stdout')) }),
    ...(streams.stderr && { stderr: outOnly(channel('stderr')) }),
    onResize: callback => onSizes(channel('resize'), callback),
    finish(status) {
      if (finished) return;
      finished = true;
      const bytes = encodeStatus(status, version);
      if (bytes.length > 0) channel('error').write(bytes);
      socket.close();
    },
    onClose: callback => socket.onClose(() => callback()),
  };
}

/** The end of an output is told by the end of the connection: clients do not know close signals from servers. */
function outOnly(channel: Duplex): Sink {
  let ended = false;
  return {
    write: bytes => ended || channel.write(bytes),
    end: () => void (ended = true),
    destroy: () => channel.destroy(),
    get queuedBytes() {
      return channel.queuedBytes;
    },
    get closed() {
      return ended || channel.closed;
    },
    onDrain: callback => channel.onDrain(callback),
    onClose: callback => channel.onClose(callback),
  };
}

/** Sizes come as JSON objects one after the other, without anything between them. */
function onSizes(source: Source | undefined, callback: (size: TerminalSize) => void): void {
  let text = '';
  source?.onData(bytes => {
    text += Buffer.from(bytes).toString('latin1');
    for (let end = text.indexOf('}'); end >= 0; end = text.indexOf('}')) {
      const size = sizeIn(text.slice(0, end + 1));
      text = text.slice(end + 1);
      if (size) callback(size);
    }
    if (text.length > 1_000) text = '';
  });
}

function sizeIn(text: string): TerminalSize | undefined {
  try {
    // Written either way: upstream's reader does not tell large from small letters in names.
    const size = Object.entries(JSON.parse(text) as Record<string, number>);
    const { width, height } = Object.fromEntries(size.map(([name, value]) => [name.toLowerCase(), value]));
    return width && height ? { width, height } : undefined;
  } catch {
    return undefined;
  }
}

/** Answers a command that could not be started. */
export const failCommand = (command: RemoteCommand, doing: string, error: unknown): void =>
  command.finish(failureStatus(doing, error));

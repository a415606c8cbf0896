/** The client's side of exec and attach. */
import type { Clock } from '@orrery/machinery/clock';
import type { Source } from '../inlet.ts';
import type { Duplex, Sink } from '../types.ts';
import { createChannels } from './channels.ts';
import { decodeStatus, type CommandStatus } from './command-status.ts';
import type { CommandStreams, RemoteCommand, TerminalSize } from './remotecommand.ts';
import { createSpdySession } from './spdy.ts';
import { createWebSocket } from './websocket.ts';

/** A command that runs elsewhere. */
export interface OpenCommand {
  readonly stdin?: Sink;
  readonly stdout?: Source;
  readonly stderr?: Source;
  /** Does nothing without a terminal. */
  resize(size: TerminalSize): void;
  /** How the command ended. Rejects when the connection ends without telling. All output has been received by then. */
  readonly status: Promise<CommandStatus>;
  /** Ends the connection; what becomes of the command is for the other side to say. */
  close(): void;
}

export interface OpenOptions extends CommandStreams {
  /** The sub-protocol that the server chose, e.g. `v4.channel.k8s.io`. */
  readonly protocol: string;
  /** What `wire` speaks; SPDY unless given. */
  readonly framing?: 'SPDY/3.1' | 'websocket';
  readonly clock: Pick<Clock, 'after'>;
}

/** Speaks the client's side over a stream whose upgrade is done. */
export const openRemoteCommand = (wire: Duplex, options: OpenOptions): OpenCommand =>
  options.framing === 'websocket' ? overWebSocket(wire, options) : overSpdy(wire, options);

const versionOf = (protocol: string): number => Number(/^v(\d+)\./.exec(protocol)?.[1] ?? 1);

function overSpdy(wire: Duplex, options: OpenOptions): OpenCommand {
  const { stdin, stdout, stderr, tty, clock } = options;
  const version = versionOf(options.protocol);
  const session = createSpdySession(wire, { role: 'client', clock });
  const open = (wanted: boolean, streamtype: string) => (wanted ? session.open({ streamtype }) : undefined);
  const error = open(true, 'error')!;
  const input = open(stdin, 'stdin');
  const outputs = [open(stdout, 'stdout'), open(stderr && !tty, 'stderr')] as const;
  const sizes = open(tty && version >= 3, 'resize');
  error.end();
  for (const output of outputs) output?.end();
  const settled = statusOf(error, version, callback => session.onClose(callback));
  // Nobody opens another stream, and Go's side waits for our good-bye.
  let isOver = false;
  const over = Promise.all([settled, ...outputs.map(output => output && ended(output))]);
  over.then(
    () => {
      isOver = true;
      session.close();
    },
    () => session.destroy(),
  );
  return {
    ...(input && { stdin: input }),
    ...(outputs[0] && { stdout: outputs[0] }),
    ...(outputs[1] && { stderr: outputs[1] }),
    resize: size => void sizes?.write(encodeSize(size)),
    status: over.then(([status]) => status),
    // Leaving a running command needs no manners: the other side must notice at once.
    close: () => (isOver ? session.close() : session.destroy()),
  };
}

const encodeSize = ({ width, height }: TerminalSize) =>
  Buffer.from(`${JSON.stringify({ Width: width, Height: height })}\n`);

/** Resolves when a stream has nothing more to give, one way or the other. */
const ended = (stream: Pick<Duplex, 'onEnd' | 'onClose'>): Promise<void> =>
  new Promise(resolve => {
    stream.onEnd(resolve);
    stream.onClose(resolve);
  });

function statusOf(error: Source, version: number, onBroken: (callback: () => void) => void): Promise<CommandStatus> {
  const pieces: Uint8Array[] = [];
  return new Promise((resolve, reject) => {
    error.onData(piece => void pieces.push(piece));
    error.onEnd(() => resolve(decodeStatus(Buffer.concat(pieces), version)));
    onBroken(() => {
      // What was said before the connection broke off counts.
      if (pieces.length > 0) resolve(decodeStatus(Buffer.concat(pieces), version));
      else reject(new Error('the connection ended before the command'));
    });
  });
}

function overWebSocket(wire: Duplex, options: OpenOptions): OpenCommand {
  const { stdin, stdout, stderr, tty, protocol } = options;
  const version = versionOf(protocol);
  const socket = createWebSocket(wire, { role: 'client' });
  const [input, output, errors, error, sizes] = createChannels(socket, {
    count: 5,
    base64: protocol.includes('base64'),
    closeSignals: version >= 5,
  }) as [Duplex, Duplex, Duplex, Duplex, Duplex];
  const pieces: Uint8Array[] = [];
  const status = new Promise<CommandStatus>((resolve, reject) => {
    error.onData(piece => void pieces.push(piece));
    socket.onClose((code, reason) => {
      if (pieces.length > 0 || code === 1000) resolve(decodeStatus(Buffer.concat(pieces), version));
      else reject(new Error(`the connection ended before the command: ${code} ${reason}`.trim()));
    });
  });
  return {
    ...(stdin && { stdin: input }),
    ...(stdout && { stdout: output }),
    ...(stderr && !tty && { stderr: errors }),
    resize: size => void (tty && sizes.write(encodeSize(size))),
    status,
    close: () => socket.close(),
  };
}

/** Connects a client that was accepted with a command that runs elsewhere, both ways, until either ends. */
export function relayCommand(command: RemoteCommand, remote: OpenCommand): void {
  command.ready();
  if (command.stdin && remote.stdin) flow(command.stdin, remote.stdin);
  if (remote.stdout && command.stdout) flow(remote.stdout, command.stdout);
  if (remote.stderr && command.stderr) flow(remote.stderr, command.stderr);
  command.onResize(size => remote.resize(size));
  command.onClose(() => remote.close());
  remote.status.then(
    status => command.finish(status),
    (error: Error) => command.finish({ status: 'Failure', reason: 'InternalError', message: error.message, code: 500 }),
  );
}

function flow(from: Source, to: Sink): void {
  to.onDrain(() => from.resume());
  from.onEnd(() => to.end());
  from.onData(bytes => {
    if (!to.write(bytes)) from.pause();
  });
}

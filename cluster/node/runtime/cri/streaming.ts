/**
 * Exec, attach and port-forward: CRI answers a URL of the runtime's streaming server on loopback, where Kubernetes' streaming
 * protocols are spoken. We are their client there, over SPDY, which every version of every runtime knows.
 */
import { request as httpRequest } from 'node:http';
import type { Duplex as NodeDuplex } from 'node:stream';
import type { Duplex, Sink } from '@orrery/http';
import {
  duplexOf,
  exitCodeOf,
  openPortForward as forwardClient,
  openRemoteCommand,
  type OpenCommand,
} from '@orrery/http/node';
import type { Clock } from '@orrery/machinery/clock';
import { RuntimeError, type ByteStreams, type ProcessExit, type ProcessStreams, type StreamOptions } from '../types.ts';

/** In order of preference: later versions tell exit codes (v4) and take terminal sizes (v3). */
const commandProtocols = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'];
const forwardProtocols = ['portforward.k8s.io'];
const answerWithinMs = 30_000;

export interface ProcessOptions extends StreamOptions {
  /** False for attach: the runtime then reports the end of the streams, not of the process. */
  tellsExitCode: boolean;
  clock: Clock;
  /** Called now and then when all output has ended and input was sent, but the runtime does not tell how the process ended. */
  onSilence?(): Promise<void>;
}

/** How long a runtime may take between the end of all output and the word of how it ended. */
const silenceMs = 250;
const longestSilenceMs = 8_000;

/** Opens the streams of an exec or attach URL. */
export async function openProcess(url: string, options: ProcessOptions): Promise<ProcessStreams> {
  const { wire, protocol } = await upgrade(url, commandProtocols, options.clock);
  const { stdin, stdout, tty, clock } = options;
  const stderr = options.stderr && !tty;
  const command = openRemoteCommand(wire, {
    stdin,
    stdout,
    stderr,
    tty,
    protocol: protocol ?? 'channel.k8s.io',
    clock,
  });
  const exit = command.status.then(
    (status): ProcessExit => {
      if (!options.tellsExitCode && status.status === 'Success') return {};
      const exitCode = exitCodeOf(status);
      return exitCode === undefined ? { error: status.message ?? status.reason ?? 'the command failed' } : { exitCode };
    },
    (error: unknown): ProcessExit => ({ error: error instanceof Error ? error.message : String(error) }),
  );
  if (stdin && options.onSilence) breakSilence(command, options.onSilence, clock);
  return {
    ...(command.stdin && { stdin: writableOf(command.stdin) }),
    ...(command.stdout && { stdout: readableOf(command.stdout) }),
    ...(command.stderr && { stderr: readableOf(command.stderr) }),
    resize: size => command.resize(size),
    exit,
    close: () => command.close(),
  };
}

/** Asks for help from the end of all output on, at growing intervals, until the command is over. */
function breakSilence({ stdout, stderr, status }: OpenCommand, help: () => Promise<void>, clock: Clock): void {
  const outputs = [stdout, stderr].filter(output => output !== undefined);
  let open = outputs.length;
  let isOver = false;
  let timer: { cancel(): void } | undefined;
  const over = (): void => {
    isOver = true;
    timer?.cancel();
  };
  status.then(over, over);
  const later = (ms: number): void => {
    if (isOver) return;
    timer = clock.after(ms, () => void help().finally(() => later(Math.min(2 * ms, longestSilenceMs)))).unref();
  };
  for (const output of outputs) output.onEnd(() => --open === 0 && later(silenceMs));
}

/** Opens one connection to a port over a port-forward URL. */
export async function openPortForward(url: string, port: number, clock: Clock): Promise<ByteStreams> {
  const { wire } = await upgrade(url, forwardProtocols, clock);
  const session = forwardClient(wire, { clock });
  const { data, failure } = session.connect(port);
  const readable = readableOf(data, failure);
  void failure.then(() => session.close());
  return { readable, writable: writableOf(data), close: () => session.close() };
}

/** What a byte source offers; http's `Source`. */
type ByteSource = Pick<Duplex, 'onData' | 'onEnd' | 'pause' | 'resume'> & { onClose?(callback: () => void): void };

/** A source as a web stream with back-pressure. `failure` errors the stream when it resolves with a reason. */
export function readableOf(source: ByteSource, failure?: Promise<string | undefined>): ReadableStream<Uint8Array> {
  let over = false;
  /** Does the last thing that can be done to the stream, once. */
  const conclude = (action: () => void) => {
    if (over) return;
    over = true;
    action();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        // What went wrong is told beside the data, and about the same time: the end of the data waits for it.
        const finish = async () => {
          const reason = await failure;
          conclude(() => (reason ? controller.error(new RuntimeError('unknown', reason)) : controller.close()));
        };
        source.onData(chunk => {
          if (over) return;
          controller.enqueue(chunk);
          if ((controller.desiredSize ?? 0) <= 0) source.pause();
        });
        source.onEnd(() => void finish());
        source.onClose?.(() => void finish());
      },
      pull: () => source.resume(),
      // Whoever reads no more must not hold up the rest: what still comes is dropped.
      cancel: () => conclude(() => source.resume()),
    },
    { highWaterMark: 64 * 1024, size: chunk => chunk.length },
  );
}

/** A sink as a web stream: a write settles when the peer can take more. */
export function writableOf(sink: Sink): WritableStream<Uint8Array> {
  let wake = () => {};
  sink.onDrain(() => wake());
  sink.onClose(() => wake());
  return new WritableStream<Uint8Array>({
    async write(chunk) {
      if (sink.closed) throw new RuntimeError('unavailable', 'the other side has closed the stream');
      if (!sink.write(chunk) && !sink.closed) await new Promise<void>(resolve => (wake = resolve));
    },
    close: () => sink.end(),
    abort: () => sink.end(),
  });
}

/** Asks the streaming server to speak SPDY. The URL must be on this machine: it comes with the right to run commands. */
function upgrade(
  url: string,
  protocols: readonly string[],
  clock: Clock,
): Promise<{ wire: Duplex; protocol?: string }> {
  const target = new URL(url);
  if (target.protocol !== 'http:' || !['127.0.0.1', '[::1]', 'localhost'].includes(target.hostname)) {
    throw new RuntimeError('invalidArgument', `the streaming server ${target.host} is not on this machine`);
  }
  return new Promise((resolve, reject) => {
    const request = httpRequest(target, {
      method: 'POST',
      agent: false,
      headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': [...protocols] },
    });
    const late = clock.after(answerWithinMs, () => request.destroy(new Error('the streaming server does not answer')));
    const settle = (action: () => void) => {
      late.cancel();
      action();
    };
    request.once('upgrade', (response, socket: NodeDuplex, head: Buffer) => {
      if (head.length > 0) socket.unshift(head);
      const protocol = response.headers['x-stream-protocol-version'];
      settle(() =>
        resolve({
          wire: withoutGrants(duplexOf(readToTheEnd(socket))),
          protocol: Array.isArray(protocol) ? protocol[0] : protocol,
        }),
      );
    });
    request.once('response', response => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece.slice(0, 4096 - text.length)));
      response.once('end', () =>
        settle(() =>
          reject(new RuntimeError('unknown', `the streaming server answered ${response.statusCode}: ${text.trim()}`)),
        ),
      );
    });
    request.once('error', error =>
      settle(() => reject(new RuntimeError('unavailable', `the streaming server cannot be reached: ${error.message}`))),
    );
    request.end();
  });
}

/**
 * A write that fails does not end the reading. The server may have said everything and closed before we came to write: what it said last,
 * the exit status, then still waits in the kernel, and Node throws it away with a socket that cannot write. Reading finds the end by itself.
 */
function readToTheEnd(socket: NodeDuplex): NodeDuplex {
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  socket._write = (chunk, encoding, done) => write(chunk, encoding, () => done());
  if (writev) socket._writev = (chunks, done) => writev(chunks, () => done());
  return socket;
}

/**
 * Keeps WINDOW_UPDATE frames off the wire. Go's streaming servers know no windows; and when they close a connection on which something
 * of ours is still unread, the kernel resets it, and the exit status that they wrote last is lost on the way.
 */
function withoutGrants(wire: Duplex): Duplex {
  const isGrant = (bytes: Uint8Array) => bytes[0] === 0x80 && bytes[1] === 3 && bytes[2] === 0 && bytes[3] === 9;
  const write = (bytes: Uint8Array) => isGrant(bytes) || wire.write(bytes);
  return Object.defineProperties({}, { ...Object.getOwnPropertyDescriptors(wire), write: { value: write } }) as Duplex;
}

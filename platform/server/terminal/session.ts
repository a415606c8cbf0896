/** One terminal: a browser's WebSocket on one side, a shell in a container on the other, as the user. */
import type { Client } from '@orrery/client';
import type { OpenCommand, WebSocketConnection } from '@orrery/http/node';
import type { Clock } from '@orrery/machinery/clock';
import { StatusError } from '@orrery/machinery/status';
import { openCommand, type Container } from './command.ts';
import { frameOf, isMissing, readTerminalFrame } from './frames.ts';
import type { Recorder } from './recording/recorder.ts';

export interface TerminalOptions {
  /** The cluster, as the user. */
  readonly client: Client;
  readonly container: Container;
  /** Tried in this order. */
  readonly shells: readonly (readonly string[])[];
  readonly clock: Clock;
  /** Told before the browser is. */
  readonly shellEnded?: () => void;
  /** What comes on the screen is recorded. */
  readonly recorder?: Recorder;
}

/** Typed before there was a shell, in letters: enough for what is pasted at once. */
const waitingMax = 64 * 1024;
export const keepAliveMs = 30_000;

export function serveTerminal(socket: WebSocketConnection, options: TerminalOptions): void {
  const { recorder } = options;
  const keyboard = createKeyboard(socket, recorder);
  const ending = new AbortController();
  const keepAlive = options.clock.every(keepAliveMs, () => socket.ping());
  socket.onMessage((message, isText) => {
    try {
      if (!isText) throw new RangeError('frames are text');
      const wish = readTerminalFrame(message);
      if (wish) keyboard.take(wish);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      socket.close(1008, error.message);
    }
  });
  recorder?.onFailure(why => say(socket, `the terminal ends: ${why}`));
  socket.onClose(() => {
    keepAlive.cancel();
    ending.abort();
    keyboard.leave();
  });
  void runShells(socket, keyboard, options, ending.signal);
}

async function runShells(
  socket: WebSocketConnection,
  keyboard: Keyboard,
  { client, container, shells, clock, recorder, shellEnded }: TerminalOptions,
  signal: AbortSignal,
): Promise<void> {
  for (const [index, command] of shells.entries()) {
    const streams = { stdin: true, stdout: true, stderr: false, tty: true };
    try {
      const remote = await openCommand(client, clock, container, { ...streams, command, signal });
      if (signal.aborted) return remote.close();
      keyboard.attach(remote);
      show(remote, socket, keyboard.heard, recorder);
      const status = await remote.status;
      if (isMissing(status, keyboard.used)) {
        if (index + 1 < shells.length && !signal.aborted) continue;
        return say(socket, status.message ?? `the container has no ${command.at(-1)}`);
      }
      if (!signal.aborted) shellEnded?.();
      return socket.close(1000, 'the shell ended');
    } catch (error) {
      if (signal.aborted) return;
      return say(socket, error instanceof StatusError ? error.message : 'the connection to the container broke');
    }
  }
}

/** For people, then good-bye. */
export function say(socket: WebSocketConnection, text: string): void {
  if (socket.closed) return;
  socket.send(frameOf('toast', text));
  socket.close(1011, 'the terminal ended');
}

/** Output as it comes, letters never cut in two; held back while the browser, or who records it, is slower. */
function show(
  { stdout }: OpenCommand,
  socket: WebSocketConnection,
  heard: () => void,
  recorder: Recorder | undefined,
): void {
  const decoder = new TextDecoder();
  socket.onDrain(() => stdout?.resume());
  recorder?.onDrain(() => stdout?.resume());
  stdout?.onData(bytes => {
    heard();
    const text = decoder.decode(bytes, { stream: true });
    if (text === '') return;
    const isKept = recorder?.output(text) ?? true;
    if (!socket.send(frameOf('stdout', text)) || !isKept) stdout.pause();
  });
}

interface Keyboard {
  take(wish: NonNullable<ReturnType<typeof readTerminalFrame>>): void;
  /** What was typed so far, and the size, go to this shell; whatever follows too. */
  attach(remote: OpenCommand): void;
  /** The browser is gone: the shell has nobody left. */
  leave(): void;
  /** The shell has said something: it is there. */
  heard(): void;
  /** Something was typed into a shell that is there. */
  readonly used: boolean;
}

function createKeyboard(socket: WebSocketConnection, recorder: Recorder | undefined): Keyboard {
  const encoder = new TextEncoder();
  let remote: OpenCommand | undefined;
  let size: { height: number; width: number } | undefined;
  let waiting = '';
  // Typed into a shell that has said nothing yet: if it turns out to be missing, the next one gets it.
  let unheard = '';
  let isHeard = false;
  let used = false;
  const type = (data: string) => {
    if (isHeard) used = true;
    else unheard = (unheard + data).slice(-waitingMax);
    // The shell is slower than the keyboard (something was pasted): nothing more is read until it has caught up.
    if (remote?.stdin && !remote.stdin.write(encoder.encode(data))) socket.pause();
  };
  return {
    take(wish) {
      if (wish.kind === 'size') {
        size = wish;
        remote?.resize(wish);
        recorder?.resize(wish.width, wish.height);
      } else if (remote) type(wish.data);
      else if (waiting.length + wish.data.length > waitingMax)
        throw new RangeError('too much was typed before the shell was there');
      else waiting += wish.data;
    },
    attach(shell) {
      remote = shell;
      shell.stdin?.onDrain(() => socket.resume());
      if (size) shell.resize(size);
      const typed = unheard + waiting;
      isHeard = false;
      unheard = waiting = '';
      if (typed !== '') type(typed);
    },
    heard() {
      if (unheard !== '') used = true;
      isHeard = true;
      unheard = '';
    },
    leave: () => remote?.close(),
    get used() {
      return used;
    },
  };
}

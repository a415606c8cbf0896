/** Streams of processes that do not exist: one sentence on standard error, and exit code 126. */
import type { ByteStreams, ProcessStreams, StreamOptions } from '../types.ts';

export const simulatedExec = (what: string): { exitCode: number; text: string } => ({
  exitCode: 126,
  text: `${what}: containers of a simulated node run no commands\n`,
});

/** A live session that says why it cannot be one, and ends. */
export function refusedStreams(what: string, options: StreamOptions): ProcessStreams {
  const { exitCode, text } = simulatedExec(what);
  const words = new TextEncoder().encode(text);
  const says = (speaks: boolean): ReadableStream<Uint8Array> =>
    new ReadableStream({
      start(controller) {
        if (speaks) controller.enqueue(words);
        controller.close();
      },
    });
  const onOutput = options.tty || !options.stderr;
  return {
    ...(options.stdin && { stdin: new WritableStream<Uint8Array>() }),
    ...(options.stdout && { stdout: says(onOutput) }),
    ...(options.stderr && !options.tty && { stderr: says(true) }),
    resize: () => {},
    exit: Promise.resolve({ exitCode }),
    close: () => {},
  };
}

/** Attach: no output, and no end before the container's. */
export function silentStreams(options: StreamOptions, ended: Promise<void>): ProcessStreams {
  const left = Promise.withResolvers<void>();
  const over = Promise.race([ended, left.promise]);
  const silent = (): ReadableStream<Uint8Array> =>
    new ReadableStream({
      start: controller => void over.then(() => controller.close()).catch(() => {}),
    });
  return {
    ...(options.stdin && { stdin: new WritableStream<Uint8Array>() }),
    ...(options.stdout && { stdout: silent() }),
    ...(options.stderr && !options.tty && { stderr: silent() }),
    resize: () => {},
    exit: over.then(() => ({})),
    close: () => left.resolve(),
  };
}

/** A connection to a port of a simulated pod answers what it is sent: enough to try a forward. */
export function echoStreams(): ByteStreams {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  return { readable, writable, close: () => void writable.abort().catch(() => {}) };
}

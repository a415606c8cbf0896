/** Between the connection of a client and a process or port of the runtime. */
import type { Sink } from '@orrery/http';
import { exitStatus, failCommand, type ForwardedConnection, type RemoteCommand } from '@orrery/http/node';
import type { ByteStreams, ProcessStreams, StreamOptions } from '../runtime/types.ts';

type Source = NonNullable<RemoteCommand['stdin']>;

/** Everything from a stream into a sink, no faster than it takes it. Resolves at the end of either; with why, where the stream broke off. */
export async function pump(from: ReadableStream<Uint8Array>, to: Sink): Promise<string | undefined> {
  const reader = from.getReader();
  let drained = (): void => {};
  to.onDrain(() => drained());
  to.onClose(() => {
    drained();
    void reader.cancel().catch(() => {});
  });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || to.closed) return undefined;
      if (!to.write(value) && !to.closed) await new Promise<void>(resolve => (drained = resolve));
    }
  } catch (error) {
    return (error as Error).message;
  }
}

/** Everything from a source into a stream, holding the source back while the stream is full. */
export function feed(from: Source, to: WritableStream<Uint8Array>): void {
  const writer = to.getWriter();
  const lost = (): void => {};
  from.onData(chunk => {
    void writer.write(chunk).catch(lost);
    if ((writer.desiredSize ?? 0) > 0) return;
    from.pause();
    void writer.ready.catch(lost).then(() => from.resume());
  });
  from.onEnd(() => void writer.close().catch(lost));
}

/** Lets a client's command drive a process to its end. `doing` words a failure to start, as upstream does. */
export async function bridge(
  command: RemoteCommand,
  open: () => Promise<ProcessStreams>,
  doing: string,
): Promise<void> {
  let process: ProcessStreams;
  try {
    process = await open();
  } catch (error) {
    return failCommand(command, doing, error);
  }
  command.ready();
  command.onClose(() => process.close());
  command.onResize(size => process.resize(size));
  if (command.stdin && process.stdin) feed(command.stdin, process.stdin);
  // What breaks off is told by the end of the process.
  const outputs: Promise<unknown>[] = [];
  if (process.stdout && command.stdout) outputs.push(pump(process.stdout, command.stdout));
  if (process.stderr && command.stderr) outputs.push(pump(process.stderr, command.stderr));
  await Promise.all(outputs);
  const { exitCode, error } = await process.exit;
  if (error !== undefined) failCommand(command, doing, new Error(error));
  else command.finish(exitStatus(exitCode ?? 0));
}

/** What the runtime is asked for: what the client has a stream for. */
export const streamOptionsOf = (command: RemoteCommand): StreamOptions => ({
  stdin: command.stdin !== undefined,
  stdout: command.stdout !== undefined,
  stderr: command.stderr !== undefined,
  tty: command.tty,
});

/** One forwarded connection, both ways. */
export async function forward(connection: ForwardedConnection, open: () => Promise<ByteStreams>): Promise<void> {
  let remote: ByteStreams;
  try {
    remote = await open();
  } catch (error) {
    return connection.fail((error as Error).message);
  }
  const { data } = connection;
  data.onClose(() => remote.close());
  feed(data, remote.writable);
  // The runtime tells a port where nobody listens as an end of the stream with a reason.
  const reason = await pump(remote.readable, data);
  if (reason === undefined) connection.done();
  else connection.fail(reason);
}

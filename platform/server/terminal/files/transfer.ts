/** Files out of a container and into it, as the user, by the tools that the container has: tar, cat, head. */
import type { Response, Sink } from '@orrery/http';
import type { Client } from '@orrery/client';
import { exitCodeOf } from '@orrery/http/node';
import type { Clock } from '@orrery/machinery/clock';
import { StatusError, badRequest } from '@orrery/machinery/status';
import { openCommand, outcomeOf, type Container, type Outcome } from '../command.ts';
import { createCleaner } from './clean.ts';
import type { SentFile } from './form.ts';
import { attachment, checkPath, takeApart } from './names.ts';
import { headOf, padOf, tail } from '@orrery/machinery/tar';

export interface Place extends Container {
  readonly path: string;
}

const streams = { stdin: false, stdout: true, stderr: true, tty: false };

/** What the container's own tools said, as an answer. */
function refusal({ status, complaint }: Outcome, tool: string): StatusError {
  const code = exitCodeOf(status);
  if (code === undefined || code === 126 || code === 127)
    return new StatusError(
      409,
      'Conflict',
      `the container has no ${tool} or one of its companions, which this needs: ${complaint || status.message || 'it did not start'}`,
    );
  if (/no such file|can't open|cannot stat/i.test(complaint)) return new StatusError(404, 'NotFound', complaint);
  return new StatusError(409, 'Conflict', complaint || status.message || `${tool} failed`);
}

/** What leaves the container goes through it. */
interface Passage {
  take(bytes: Uint8Array): readonly Uint8Array[];
  end(): readonly Uint8Array[];
}

function counted(bytesMax: number): Passage {
  let total = 0;
  return {
    take(bytes) {
      total += bytes.length;
      if (total > bytesMax) throw new RangeError(`the file is larger than ${bytesMax} bytes`);
      return [bytes];
    },
    end: () => [],
  };
}

/** An archive of a file or a folder; or, `raw`, one file as it is. Rejects while nothing was sent. */
export async function download(
  client: Client,
  clock: Clock,
  place: Place,
  { raw, bytesMax, signal }: { raw: boolean; bytesMax: number; signal: AbortSignal },
): Promise<Response> {
  const { folder, name } = takeApart(place.path);
  // Behind "./" a name is never taken for an option.
  const command = raw ? ['cat', checkPath(place.path)] : ['tar', '-c', '-f', '-', '-C', folder, `./${name}`];
  const passage = raw ? counted(bytesMax) : createCleaner(name, bytesMax);
  const remote = await openCommand(client, clock, place, { ...streams, command, signal });
  const first = Promise.withResolvers<void>();
  const early: Uint8Array[] = [];
  let sink: Sink | undefined;
  let problem: unknown;
  const pass = (pieces: readonly Uint8Array[]) => {
    for (const piece of pieces) {
      if (!sink) early.push(piece);
      else if (!sink.write(piece)) remote.stdout!.pause();
    }
  };
  const outcome = outcomeOf(remote, bytes => {
    if (problem !== undefined) return;
    try {
      pass(passage.take(bytes));
      if (sink || early.length === 0) return;
      // Nobody listens yet: the container waits.
      remote.stdout!.pause();
    } catch (error) {
      problem = error;
      sink?.destroy();
      remote.close();
    }
    first.resolve();
  });
  outcome.then(
    () => first.resolve(),
    () => first.resolve(),
  );
  await first.promise;
  if (problem !== undefined) throw new StatusError(409, 'Conflict', (problem as Error).message);
  if (early.length === 0) {
    const ended = await outcome;
    if (ended.status.status !== 'Success') throw refusal(ended, command[0]!);
  }
  return {
    status: 200,
    headers: {
      'content-type': raw ? 'application/octet-stream' : 'application/x-tar',
      'content-disposition': attachment(raw ? name : `${name}.tar`),
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
    body: {
      start(target) {
        sink = target;
        target.onDrain(() => remote.stdout!.resume());
        target.onClose(() => remote.close());
        for (const piece of early.splice(0)) target.write(piece);
        remote.stdout!.resume();
        outcome.then(
          ({ status }) => {
            if (problem !== undefined || status.status !== 'Success') return target.destroy();
            try {
              for (const piece of passage.end()) target.write(piece);
              target.end();
            } catch {
              target.destroy();
            }
          },
          () => target.destroy(),
        );
      },
    },
  };
}

/** tar reads in records of this size, and waits for the whole of one. */
const recordBytes = 10_240;

function archiveOf(files: readonly SentFile[], mtime: number): Uint8Array[] {
  const pieces: Uint8Array[] = files.flatMap(({ name, bytes }) => [
    ...headOf({ name, type: '0', size: bytes.length, mode: 0o600, mtime }),
    bytes,
    padOf(bytes.length),
  ]);
  pieces.push(tail());
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return [...pieces, new Uint8Array((recordBytes - (length % recordBytes)) % recordBytes)];
}

/** No message of the connection is larger. */
const messageBytes = 32 * 1024;

/** As fast as the container takes it; it may end before it has taken all. */
async function pour(stdin: Sink, pieces: readonly Uint8Array[], outcome: Promise<unknown>): Promise<void> {
  let drained = Promise.withResolvers<void>();
  stdin.onDrain(() => drained.resolve());
  const over = outcome.then(
    () => 'over' as const,
    () => 'over' as const,
  );
  for (const piece of pieces)
    for (let at = 0; at < piece.length; at += messageBytes) {
      drained = Promise.withResolvers<void>();
      if (stdin.write(piece.subarray(at, at + messageBytes))) continue;
      if ((await Promise.race([drained.promise, over])) === 'over') return;
    }
  // It is left open: each command knows how much it reads, and not every cluster keeps a connection whose input has ended.
}

async function feed(
  client: Client,
  clock: Clock,
  place: Container,
  command: readonly string[],
  pieces: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<Outcome> {
  const remote = await openCommand(client, clock, place, { ...streams, stdin: true, command, signal });
  const leave = () => remote.close();
  signal.addEventListener('abort', leave, { once: true });
  try {
    const outcome = outcomeOf(remote);
    await pour(remote.stdin!, pieces, outcome);
    return await outcome;
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** busybox's tar reads on behind the end of an archive until its input ends, which it does not by itself: it is given so many bytes. */
const unpack = 'head -c "$2" | tar -x -m -f - -C "$1"';

/** Files into a folder of the container, in place of what had their names. */
export async function uploadFiles(
  client: Client,
  clock: Clock,
  place: Place,
  files: readonly SentFile[],
  signal: AbortSignal,
): Promise<void> {
  const folder = checkPath(place.path);
  const pieces = archiveOf(files, Math.floor(clock.now() / 1000));
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const command = ['sh', '-c', unpack, 'sh', folder, String(length)];
  const outcome = await feed(client, clock, place, command, pieces, signal);
  if (outcome.status.status !== 'Success') throw refusal(outcome, 'tar');
}

/**
 * The command is the same whatever the names are: they are arguments, which no shell reads. The shell stays while `head` runs and keeps its
 * output open: containerd hands on no more input once a process has closed its output.
 */
const whole = 'head -c "$2" > "$1" || exit';
const further = 'test "$(wc -c < "$1")" -eq "$3" && head -c "$2" >> "$1" || exit';

/** One piece of a file that is too large for one request. The piece at 0 begins the file; each other follows on what is there. */
export async function uploadPiece(
  client: Client,
  clock: Clock,
  place: Place,
  { offset, bytes, bytesMax, signal }: { offset: number; bytes: Uint8Array; bytesMax: number; signal: AbortSignal },
): Promise<void> {
  const { folder, name } = takeApart(place.path);
  if (offset + bytes.length > bytesMax)
    throw new StatusError(413, 'RequestEntityTooLarge', `a file of at most ${bytesMax} bytes is taken in`);
  if (offset > 0 && bytes.length === 0) throw badRequest('a piece that follows another has bytes');
  const file = folder === '/' ? `/${name}` : `${folder}/${name}`;
  const command = ['sh', '-c', offset === 0 ? whole : further, 'sh', file, String(bytes.length), String(offset)];
  const outcome = await feed(client, clock, place, command, [bytes], signal);
  if (outcome.status.status === 'Success') return;
  if (offset > 0 && exitCodeOf(outcome.status) === 1 && outcome.complaint === '')
    throw new StatusError(409, 'Conflict', `the file does not have ${offset} bytes: begin again`);
  throw refusal(outcome, 'sh');
}

/** A node without containers: small commands that use all streams of exec, and ports that answer. For tests of streaming. */
import type { ForwardedConnection, RemoteCommand } from '../node/index.ts';
import { exitStatus } from '../node/command-status.ts';

const bytes = (text: string) => Buffer.from(text);

/**
 * `cat` copies stdin to stdout until it ends; `count` tells how many bytes came in; `yes N` writes N bytes; `say OUT ERR` writes to both
 * outputs; `exit N` ends with a code; `size` tells each size of the terminal until stdin says `q`; `hang` waits for the client to leave.
 */
export function runCommand(words: readonly string[], command: RemoteCommand): void {
  const [name, ...rest] = words;
  if (name === 'cat') return cat(command);
  if (name === 'count') return count(command);
  if (name === 'yes') return yes(command, Number(rest[0]));
  if (name === 'size') return sizes(command);
  if (name === 'hang') return;
  if (name === 'say') {
    command.stdout?.write(bytes(rest[0] ?? ''));
    command.stderr?.write(bytes(rest[1] ?? ''));
  }
  command.finish(exitStatus(name === 'exit' ? Number(rest[0]) : 0));
}

function cat({ stdin, stdout, finish }: RemoteCommand): void {
  stdout?.onDrain(() => stdin?.resume());
  stdin?.onData(piece => {
    if (!stdout?.write(piece)) stdin.pause();
  });
  stdin?.onEnd(() => finish(exitStatus(0)));
}

function count({ stdin, stdout, finish }: RemoteCommand): void {
  let size = 0;
  stdin?.onData(piece => (size += piece.length));
  stdin?.onEnd(() => {
    stdout?.write(bytes(`${size}\n`));
    finish(exitStatus(0));
  });
}

function yes({ stdout, finish }: RemoteCommand, size: number): void {
  const piece = Buffer.alloc(32 * 1024, 'y');
  let left = size;
  const fill = () => {
    while (left > 0) {
      const part = piece.subarray(0, Math.min(left, piece.length));
      left -= part.length;
      if (!stdout!.write(part)) return;
    }
    finish(exitStatus(0));
  };
  stdout!.onDrain(fill);
  fill();
}

function sizes({ stdin, stdout, onResize, finish }: RemoteCommand): void {
  onResize(({ width, height }) => void stdout?.write(bytes(`${width}x${height} `)));
  stdin?.onData(piece => {
    if (Buffer.from(piece).toString().includes('q')) finish(exitStatus(0));
  });
}

/** Port 7 echoes in capitals; port 19 sends a megabyte and ends; others refuse. */
export function answerPort({ port, data, fail, done }: ForwardedConnection): void {
  if (port === 19) {
    for (let i = 0; i < 32; i++) data.write(Buffer.alloc(32 * 1024, 'z'));
    return done();
  }
  if (port !== 7) return fail(`connection refused on port ${port}`);
  data.onData(piece => void data.write(bytes(Buffer.from(piece).toString().toUpperCase())));
  data.onEnd(done);
}

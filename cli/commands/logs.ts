/** `orrery logs`: the last lines of the processes' logs, and those to come. */
import { closeSync, existsSync, fstatSync, openSync, readSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '@orrery/embedded/layout';
import { CliError } from '../error.ts';
import { layoutFor } from '../run/instance.ts';

const files = (layout: Layout): Readonly<Record<string, string>> => ({
  server: join(layout.logs, 'server.log'),
  agent: join(layout.logs, 'agent.log'),
  containerd: join(layout.agent.containerd, 'containerd.log'),
});

export function logs(name: string | undefined, options: { dataDir?: string; follow?: boolean; tail: number }): void {
  const layout = layoutFor(options);
  const known = files(layout);
  if (name !== undefined && !(name in known)) {
    throw new CliError(`"${name}" has no log: choose ${Object.keys(known).join(', ')}`, 2);
  }
  const there = (name === undefined ? ['server', 'agent'] : [name]).map(each => known[each]!).filter(existsSync);
  if (there.length === 0)
    throw new CliError(`there is no such log in ${layout.root}: start a cluster with "orrery up"`);
  for (const file of there) print(file, options.tail, options.follow ?? false);
}

/** Prints the last lines; with `follow` also what is appended, told by the kernel. */
function print(file: string, tail: number, follow: boolean): void {
  const handle = openSync(file, 'r');
  let at = fstatSync(handle).size;
  process.stdout.write(lastLines(handle, at, tail));
  if (!follow) return closeSync(handle);
  watch(file, () => {
    const size = fstatSync(handle).size;
    if (size > at) process.stdout.write(readAt(handle, at, size - at));
    at = size;
  });
}

const blockBytes = 64 * 1024;

function lastLines(handle: number, size: number, lines: number): Buffer {
  let start = size;
  let text = Buffer.alloc(0);
  while (start > 0 && countLines(text) <= lines) {
    const length = Math.min(blockBytes, start);
    start -= length;
    text = Buffer.concat([readAt(handle, start, length), text]);
  }
  let cut = text.length - 1;
  for (let left = lines; left > 0 && cut >= 0; left--) cut = text.lastIndexOf(10, cut - 1);
  return cut < 0 ? text : text.subarray(cut + 1);
}

function countLines(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(10); at >= 0; at = text.indexOf(10, at + 1)) count++;
  return count;
}

function readAt(handle: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(handle, buffer, 0, length, position));
}

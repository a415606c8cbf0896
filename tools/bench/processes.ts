/** Memory and processor time of other processes, as the kernel tells them. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Linux counts processor time in ticks of this length for every program, whatever its own tick is. */
const tickMs = 10;

/**
 * Bytes of `/proc/PID/smaps_rollup`'s Pss: what a process has for itself, and its share of what several have.
 * @throws when the line is missing.
 */
export function parsePss(smapsRollup: string): number {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(smapsRollup)?.[1];
  if (kilobytes === undefined) throw new Error('smaps_rollup has no line "Pss"');
  return Number(kilobytes) * 1024;
}

/** Milliseconds of processor time, in user and system mode, from `/proc/PID/stat`. The name in it may hold blanks and brackets. */
export function parseProcessorMs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** The name of a process, from `/proc/PID/stat`. */
export const parseName = (stat: string): string => stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));

/** @throws when the process is gone or belongs to somebody else. */
export const memoryOf = (pid: number): number => parsePss(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));

/** @throws when the process is gone. */
export const processorMsOf = (pid: number): number => parseProcessorMs(readFileSync(`/proc/${pid}/stat`, 'utf8'));

/** The processes of our own network namespace whose name begins with `prefix`. */
export function namesakes(prefix: string): number[] {
  const own = readlinkSync('/proc/self/ns/net');
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => {
      try {
        return (
          parseName(readFileSync(`/proc/${pid}/stat`, 'utf8')).startsWith(prefix) &&
          readlinkSync(`/proc/${pid}/ns/net`) === own
        );
      } catch {
        return false;
      }
    });
}

/** Inodes of the sockets that listen on a TCP port, from `/proc/net/tcp` or `/proc/net/tcp6`. */
export function parseListeners(table: string, port: number): string[] {
  const listening = '0A';
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .slice(1)
    .map(line => line.trim().split(/\s+/))
    .filter(fields => fields[1]?.endsWith(ending) && fields[3] === listening)
    .map(fields => fields[9]!);
}

/** The processes that listen on a TCP port in our own network namespace, as far as we may look at them. */
export function listenersOf(port: number): number[] {
  const tables = ['/proc/self/net/tcp', '/proc/self/net/tcp6'].filter(path => existsSync(path));
  const inodes = tables.flatMap(path => parseListeners(readFileSync(path, 'utf8'), port));
  const sockets = new Set(inodes.map(inode => `socket:[${inode}]`));
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => {
      try {
        return readdirSync(`/proc/${pid}/fd`).some(fd => sockets.has(linkOf(`/proc/${pid}/fd/${fd}`)));
      } catch {
        return false;
      }
    });
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Summed over processes. @throws when one is gone or belongs to somebody else. */
export const sumOver = (pids: readonly number[], of: (pid: number) => number): number =>
  pids.reduce((total, pid) => total + of(pid), 0);

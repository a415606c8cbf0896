/**
 * Input that nobody will read. A command may end before it has read what it was sent (`head -c 5`, a client that could not log in).
 * containerd then waits for ever to hand on the rest, and never tells how the command ended: its shim keeps the FIFO open that the
 * rest would go through. Whoever takes the rest out of the FIFO of a process that is gone lets containerd go on.
 */
import { constants } from 'node:fs';
import { open, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const suffix = '-stdin';
const mostReads = 64;

/**
 * Empties the FIFOs of commands in this container whose process has ended. `stateDir` is containerd's `state`; a containerd that
 * keeps its files elsewhere is left as it is.
 */
export async function dropUnreadInput(stateDir: string, containerId: string): Promise<void> {
  const folder = join(stateDir, 'io.containerd.grpc.v1.cri/containers', containerId, 'io');
  const processes = join(stateDir, 'io.containerd.runtime.v2.task/k8s.io', containerId);
  for (const one of await readdir(folder).catch(() => []))
    for (const name of await readdir(join(folder, one)).catch(() => [])) {
      if (!name.endsWith(suffix)) continue;
      const id = name.slice(0, -suffix.length);
      if (await hasEnded(join(processes, `${id}.pid`))) await empty(join(folder, one, name));
    }
}

/** False also while the process is not started: its file is written then. */
async function hasEnded(pidFile: string): Promise<boolean> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
  if (!(pid > 0)) return false;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat === '' || /^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
}

/** Takes what is there, without waiting for more. */
async function empty(fifo: string): Promise<void> {
  try {
    await using file = await open(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const buffer = Buffer.alloc(64 * 1024);
    for (let reads = 0; reads < mostReads; reads++) if ((await file.read(buffer)).bytesRead === 0) return;
  } catch {
    // Nothing there at the moment (EAGAIN), or it was removed meanwhile: both are what is wanted.
  }
}

/** The cluster under load: one that is started for it, and what the kernel says of its server process. */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface SoakedCluster {
  readonly kubeconfig: string;
  look(): { memoryBytes: number; handles: number; diskBytes: number };
  remove(): Promise<void>;
}

const run = promisify(execFile);
const orrery = join(import.meta.dirname, '../../orrery');

/** Starts a cluster of simulated nodes in a folder of its own. */
export async function startCluster(nodes: number): Promise<SoakedCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-soak-'));
  // The unprivileged server must be able to pass.
  chmodSync(folder, 0o755);
  const dataDir = join(folder, 'data');
  const remove = async () => {
    if (existsSync(join(dataDir, 'format'))) await run(orrery, ['reset', '--yes', '--data-dir', dataDir]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await run(orrery, ['up', '--detach', '--simulate', String(nodes), '--port', '0', '--data-dir', dataDir]);
    return { ...adoptCluster(dataDir), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A cluster of this machine that runs already. @throws when it does not. */
export function adoptCluster(dataDir: string): SoakedCluster {
  const { server } = JSON.parse(readFileSync(join(dataDir, 'instance.json'), 'utf8')) as { server: { pid: number } };
  return {
    kubeconfig: join(dataDir, 'kubeconfig'),
    look: () => ({
      memoryBytes: memoryOf(server.pid),
      handles: readdirSync(`/proc/${server.pid}/fd`).length,
      diskBytes: sizeOf(join(dataDir, 'server', 'store')),
    }),
    remove: async () => {},
  };
}

/** What the process has for itself, and its share of what several have. */
function memoryOf(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error('smaps_rollup has no line "Pss"');
  return Number(kilobytes) * 1024;
}

/** Files come and go while they are counted. */
function sizeOf(directory: string): number {
  let bytes = 0;
  for (const name of readdirSync(directory))
    bytes += statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0;
  return bytes;
}

/** Mounting by util-linux's programs: Node has no mount(2). See docs/decisions/0170. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

export interface Mounter {
  /** A file system in memory. `options` as for mount(8), e.g. `size=1048576`. */
  tmpfs(directory: string, options: readonly string[]): Promise<void>;
  /** Makes what `descriptor` has open appear at `target`: what it names cannot be exchanged meanwhile. */
  bindDescriptor(descriptor: number, target: string): Promise<void>;
  /** Harmless when nothing is mounted there. */
  unmount(directory: string): Promise<void>;
  /** Mount points at or below a directory, deepest first. */
  below(directory: string): Promise<string[]>;
}

const run = promisify(execFile);

export const systemMounter: Mounter = {
  async tmpfs(directory, options) {
    await run('mount', ['-t', 'tmpfs', '-o', ['nosuid', 'nodev', ...options].join(','), 'tmpfs', directory]);
  },
  bindDescriptor: (descriptor, target) => bind(descriptor, target),
  async unmount(directory) {
    try {
      await run('umount', ['--no-canonicalize', directory]);
    } catch (error) {
      if (!(await mountPoints()).includes(directory)) return;
      throw new Error(
        `cannot unmount ${directory}: ${(error as { stderr?: string }).stderr?.trim() ?? String(error)}`,
        { cause: error },
      );
    }
  },
  async below(directory) {
    const points = (await mountPoints()).filter(point => point === directory || point.startsWith(`${directory}/`));
    return points.reverse();
  },
};

/** A descriptor of ours, opened by path in the other process: `/proc/<pid>/fd/<n>` resolves to the very same file. */
async function bind(descriptor: number, target: string): Promise<void> {
  await run('mount', ['--no-canonicalize', '--bind', `/proc/${process.pid}/fd/${descriptor}`, target]);
}

/** In the order of mounting. */
async function mountPoints(): Promise<string[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8');
  return text.split('\n').flatMap(line => {
    const point = line.split(' ')[4];
    return point ? [point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))] : [];
  });
}

/** For agents without the right to mount: secrets lie on disk, sub-paths are used by name. */
export const noMounter: Mounter = {
  tmpfs: async () => {},
  bindDescriptor: async () => {
    throw new Error('sub-paths need the right to mount');
  },
  unmount: async () => {},
  below: async () => [],
};

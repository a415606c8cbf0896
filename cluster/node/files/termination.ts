/** Termination messages: what a container wrote for its reader, or the end of its log. */
import { open } from 'node:fs/promises';
import { parseLine } from '../logs/line.ts';
import { containerIdentity } from '../pods/identity.ts';
import type { ContainerStatus } from '../runtime/types.ts';

const maxMessage = 4096;
const maxLogBytes = 2048;
const maxLogLines = 80;

/** The message of an ended container; undefined when there is none. */
export async function terminationMessage(status: ContainerStatus): Promise<string | undefined> {
  const { terminationMessagePath: wanted, terminationMessagePolicy: policy } = containerIdentity(status);
  const mount = wanted === '' ? undefined : status.mounts.find(({ containerPath }) => containerPath === wanted);
  const written = mount && (await edge(mount.hostPath, maxMessage, 'start'));
  if (written) return written;
  const failed = status.exitCode !== 0 || status.reason === 'OOMKilled';
  if (policy !== 'FallbackToLogsOnError' || !failed || status.logPath === '') return undefined;
  return lastLines(await edge(status.logPath, 8 * maxLogBytes, 'end'));
}

async function edge(file: string, size: number, which: 'start' | 'end'): Promise<string | undefined> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (!handle) return undefined;
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) return undefined;
    const length = Math.min(size, facts.size);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, which === 'start' ? 0 : facts.size - length);
    return buffer.toString('utf8');
  } finally {
    await handle.close();
  }
}

function lastLines(text: string | undefined): string | undefined {
  const content = (text ?? '')
    .split('\n')
    .flatMap(record => {
      const line = parseLine(Buffer.from(record));
      return line ? [Buffer.from(line.content).toString('utf8')] : [];
    })
    .slice(-maxLogLines)
    .join('');
  return content === '' ? undefined : Buffer.from(content).subarray(-maxLogBytes).toString('utf8');
}

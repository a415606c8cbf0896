/** Segments as files of one folder, for a platform that has a disk of its own and no other replica. */
import { constants } from 'node:fs';
import { mkdir, open, readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditStorage, Segment } from '../audit/storage.ts';

const fileForm = /^([0-9a-z]{8,10}-[0-9a-f]{8})-(\d{1,9})\.jsonl$/;
const megabyte = 1024 * 1024;

/** The folder is made when it is first needed, for its owner alone. */
export function auditFiles(folder: string): AuditStorage {
  const pathOf = ({ chain, number }: Pick<Segment, 'chain' | 'number'>) => join(folder, `${chain}-${number}.jsonl`);
  /** What is known to be whole: what a failed write left behind it is written over. */
  let end: { path: string; bytes: number } | undefined;
  return {
    segmentBytesMax: 2 * megabyte,
    bytesMax: 256 * megabyte,
    gatherMs: 0,
    async segments() {
      const names = await readdir(folder).catch(ignoreAbsent([] as string[]));
      const found = await Promise.all(names.map(name => headOf(folder, name)));
      return found.filter(segment => segment !== undefined);
    },
    async read(segment) {
      const text = await readFile(pathOf(segment), 'utf8').catch(ignoreAbsent(''));
      // A line that was being written when the machine stopped was never told to be there.
      return text.slice(0, text.lastIndexOf('\n') + 1);
    },
    async append(segment, lines) {
      const path = pathOf(segment);
      const at = end?.path === path ? end.bytes : 0;
      if (at === 0) await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
      const bytes = Buffer.from(lines);
      try {
        for (let done = 0; done < bytes.length;)
          done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
        await file.truncate(at + bytes.length);
        await file.datasync();
      } finally {
        await file.close();
      }
      if (at === 0) await syncFolder(folder);
      end = { path, bytes: at + bytes.length };
    },
    remove: segment => rm(pathOf(segment), { force: true }),
  };
}

const ignoreAbsent =
  <T>(otherwise: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return otherwise;
    throw error;
  };

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  await handle.sync().finally(() => handle.close());
}

/** The file tells when it was last written; what a cluster sends may be older than the file. */
async function headOf(folder: string, name: string): Promise<Segment | undefined> {
  const [, chain, digits] = fileForm.exec(name) ?? [];
  if (chain === undefined || digits === undefined) return undefined;
  const found = await stat(join(folder, name)).catch(ignoreAbsent(undefined));
  if (!found) return undefined;
  const { size, mtimeMs } = found;
  return {
    chain,
    number: Number(digits),
    bytes: size,
    fromMs: 0,
    toMs: Math.ceil(mtimeMs),
    version: `${size}-${mtimeMs}`,
  };
}

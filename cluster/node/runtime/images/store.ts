/** What the agent and the command line do with images besides CRI: the pause image, archives, the directory of archives. */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Random } from '@orrery/machinery/random';
import { connectGrpc } from '../grpc.ts';
import { openArchive } from './archive.ts';
import { hasImage, importImage, type ImportOptions } from './import.ts';
import { pauseBundle, pauseImage, type Architecture } from './pause.ts';

export interface ImageStoreOptions {
  /** containerd's socket. */
  socket: string;
  snapshotter: string;
  architecture: Architecture;
  /** For compressed archives while they are read, and the record of the directory scan. */
  scratchDir: string;
  clock: Clock;
  random: Random;
  log: Log;
}

export interface ImportedImage {
  id: string;
  /** Full references; empty for an archive that names none. */
  names: string[];
}

export interface ImageStore {
  /** Makes sure that the pause image is there. Needs no network. */
  ensurePauseImage(): Promise<void>;
  /** Imports all images of an archive file. Throws an Error that says what is wrong with the archive. */
  importArchive(file: string): Promise<ImportedImage[]>;
  /**
   * Imports every archive (`*.tar`, `*.tar.gz`, `*.tgz`, `*.tar.zst`) of a directory that is new, changed, or whose images are gone. A
   * bad archive is logged and skipped. Answers the files that were imported.
   */
  importDirectory(directory: string): Promise<string[]>;
  close(): void;
}

const dayMs = 24 * 3600_000;

/** What the scan remembers of a file. Files that were unpacked may have the time of their content only: when they were changed here counts. */
interface Seen {
  size: number;
  ctimeMs: number;
  ids: string[];
}

/** Connects (lazily) to containerd's own services. */
export function openImageStore(options: ImageStoreOptions): ImageStore {
  const connection = connectGrpc(options.socket, options.clock);
  const importing: ImportOptions = { ...options, connection };
  const importArchive = async (file: string): Promise<ImportedImage[]> => {
    await mkdir(options.scratchDir, { recursive: true, mode: 0o700 });
    await using archive = await openArchive(file, options);
    const imported: ImportedImage[] = [];
    for (const image of archive.images) {
      imported.push({ id: await importImage(image, importing), names: image.names });
    }
    return imported;
  };
  return {
    async ensurePauseImage() {
      const bundle = pauseBundle(options.architecture);
      if (await hasImage(connection, pauseImage)) return;
      await importImage(bundle, { ...importing, pinned: true });
    },
    importArchive,
    async importDirectory(directory) {
      await removeLeftovers(options.scratchDir, options.clock.now());
      const record = join(options.scratchDir, 'imported.json');
      const seen = await readSeen(record);
      const imported: string[] = [];
      for (const name of await archivesIn(directory)) {
        const path = join(directory, name);
        const { size, ctimeMs } = await stat(path);
        const before = seen[path];
        if (before?.size === size && before.ctimeMs === ctimeMs && (await allPresent(before.ids))) continue;
        try {
          const images = await importArchive(path);
          seen[path] = { size, ctimeMs, ids: images.map(({ id }) => id) };
          imported.push(name);
          options.log.info('image archive imported', { file: name, images: images.flatMap(({ names }) => names) });
        } catch (error) {
          options.log.error('image archive cannot be imported', { file: name, error });
        }
      }
      if (imported.length > 0) await writeSeen(record, seen);
      return imported;
    },
    close: () => connection.close(),
  };

  async function allPresent(ids: readonly string[]): Promise<boolean> {
    for (const id of ids) if (!(await hasImage(connection, id))) return false;
    return true;
  }
}

/** Archives unpacked by a process that died meanwhile: recent ones may belong to one that lives. */
async function removeLeftovers(scratchDir: string, now: number): Promise<void> {
  const names = await readdir(scratchDir).catch(() => []);
  for (const name of names.filter(name => /^unpack-.*\.tar$/.test(name))) {
    const path = join(scratchDir, name);
    const { mtimeMs } = await stat(path);
    if (now - mtimeMs > dayMs) await rm(path, { force: true });
  }
}

async function archivesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  return names.filter(name => /\.(tar|tar\.gz|tgz|tar\.zst)$/.test(name)).sort();
}

async function readSeen(file: string): Promise<Record<string, Seen>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, Seen>;
  } catch {
    return {};
  }
}

async function writeSeen(file: string, seen: Record<string, Seen>): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, JSON.stringify(seen), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

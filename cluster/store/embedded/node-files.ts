/** The real file system. */
import { constants, write } from 'node:fs';
import { access, chmod, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './files.ts';
import type { FileLock, FileSystem, OpenMode, StoreFile } from './files.ts';

const flags: Readonly<Record<OpenMode, number>> = {
  read: constants.O_RDONLY,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC,
  update: constants.O_RDWR,
  durable: constants.O_WRONLY | constants.O_DSYNC,
};

export const nodeFiles: FileSystem = {
  makeDirectory,
  list: path => readdir(path),
  open: async (path, mode) => storeFile(await open(path, flags[mode], 0o600)),
  rename,
  remove: unlink,
  async syncDirectory(path) {
    const directory = await open(path, constants.O_RDONLY);
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  },
  lock: lockBySqlite,
};

/** Not Node's own recursive form: that one never returns where the file system cannot make directories (/proc). */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return unlessDirectory(path)(error);
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    const parent = dirname(path);
    // Another may have made the parent since (the certificates' directory is beside ours): the last attempt tells.
    if (!(await isDirectory(parent))) await makeDirectory(parent);
    await mkdir(path, { mode: 0o700 }).catch(unlessDirectory(path));
  }
}

const unlessDirectory =
  (path: string) =>
  async (error: unknown): Promise<void> => {
    if (!(await isDirectory(path))) throw error;
  };

const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    found => found.isDirectory(),
    () => false,
  );

const storeFile = (handle: FileHandle): StoreFile => ({
  size: async () => (await handle.stat()).size,
  async read(into, position) {
    let done = 0;
    while (done < into.length) {
      const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  },
  write: (bytes, position) => writeAll(handle.fd, bytes, position),
  truncate: size => handle.truncate(size),
  sync: () => handle.datasync(),
  close: () => handle.close(),
});

/** The callback form: on the hot path it costs half of what the promise form does. */
function writeAll(fd: number, bytes: Uint8Array, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const next = (offset: number) => {
      write(fd, bytes, offset, bytes.length - offset, position + offset, (error, written) => {
        if (error) reject(error);
        else if (offset + written < bytes.length) next(offset + written);
        else resolve();
      });
    };
    next(0);
  });
}

/**
 * Node has no flock. SQLite, which comes with Node, takes an fcntl lock when a transaction begins exclusively: the kernel releases
 * it with the process, it holds across pid and network namespaces, and SQLite itself refuses a second holder in one process.
 * The file stays empty; opening and closing it by other means in this process would drop the lock, so nothing does.
 */
async function lockBySqlite(path: string): Promise<FileLock | undefined> {
  await access(dirname(path), constants.W_OK);
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    await chmod(path, 0o600);
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === 5) return undefined;
    throw error;
  }
  return { release: async () => database.close() };
}

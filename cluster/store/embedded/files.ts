/** The file operations that the embedded store needs, as an interface, so that a test can record, refuse or lose them. */

/** An open file. Positions and sizes are bytes. */
export interface StoreFile {
  size(): Promise<number>;
  /** Fills `into` from `position` on. Returns how many bytes there were; fewer than asked only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Writes all of `bytes`. Durable afterwards only if the file was opened as `durable`. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Makes everything written so far durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * `read`: an existing file, for reading. `create`: a new or emptied file, mode 0600. `update`: an existing file, for reading and
 * writing. `durable`: an existing file whose writes are on disk when they resolve.
 */
export type OpenMode = 'read' | 'create' | 'update' | 'durable';

/** Failures carry Node's `code` (ENOENT, ENOSPC, EIO ...). */
export interface FileSystem {
  /** Makes a directory and its parents, mode 0700; no failure when it is there. */
  makeDirectory(path: string): Promise<void>;
  /** The names in a directory, in no certain order. */
  list(path: string): Promise<string[]>;
  open(path: string, mode: OpenMode): Promise<StoreFile>;
  /** Durable only after {@link syncDirectory}; so is `remove`, and the name of a created file. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  syncDirectory(path: string): Promise<void>;
  /**
   * Takes a lock that no other process (and no other holder in this one) can take until it is released or this process ends,
   * however it ends. @returns undefined when somebody else holds it
   */
  lock(path: string): Promise<FileLock | undefined>;
}

export interface FileLock {
  release(): Promise<void>;
}

/** The `code` of a failed file operation, `''` when it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Reads a whole file into memory. */
export async function readWhole(files: FileSystem, path: string): Promise<Buffer> {
  const file = await files.open(path, 'read');
  try {
    const bytes = Buffer.allocUnsafeSlow(await file.size());
    const size = await file.read(bytes, 0);
    return bytes.subarray(0, size);
  } finally {
    await file.close();
  }
}

/** Writes a small file so that after a crash it is there as a whole or not at all. The directory is synced. */
export async function writeAtomically(
  files: FileSystem,
  directory: string,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const temporary = `${directory}/${name}.tmp`;
  const file = await files.open(temporary, 'create');
  try {
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await files.rename(temporary, `${directory}/${name}`);
  await files.syncDirectory(directory);
}

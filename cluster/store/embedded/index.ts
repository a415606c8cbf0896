export { openStore } from './open.ts';
export type { StoreOptions } from './open.ts';
export type { FileLock, FileSystem, OpenMode, StoreFile } from './files.ts';
export { nodeFiles } from './node-files.ts';

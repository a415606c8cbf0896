/** From an older format on disk to the current one, step by step. */
import type { FileSystem } from './files.ts';

/** Brings a directory from the format it is listed under to the next one. */
export type Migration = (files: FileSystem, directory: string, nowMs: number) => Promise<void>;

/** By the format that they start from. */
export const migrations: Readonly<Record<number, Migration>> = {};

/** For tests: recorded facts beside the repository. Where they are absent a test says what it leaves out; in CI it fails. */
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const directory = fileURLToPath(new URL('../../../../shared/reference/kubernetes/', import.meta.url));

/** A test that compares with reference data; `file` is relative to that folder. */
export function referenceTest(name: string, file: string, body: (path: string) => void | Promise<void>): void {
  const path = directory + file;
  if (existsSync(path)) {
    test(name, () => body(path));
  } else if (process.env['CI']) {
    test(name, () => {
      throw new Error(`../shared/reference/kubernetes/${file} is missing; CI must have it`);
    });
  } else {
    console.log(`left out: "${name}", ../shared/reference/kubernetes/${file} is not here`);
  }
}

/** One recorded request with its answer. */
export interface Step {
  method: string;
  path: string;
  body?: unknown;
  contentType?: string;
  accept?: string;
  expect?: { status: number; headers?: Record<string, unknown>; body?: unknown };
}

export interface Recording {
  id: string;
  why: string;
  steps: Step[];
}

export const readRecordings = (path: string): Recording[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Recording);

/** The regular files of a gzipped tar archive. */
export function readTarGz(path: string): Map<string, Uint8Array> {
  const bytes = gunzipSync(readFileSync(path));
  const files = new Map<string, Uint8Array>();
  const text = (from: number, length: number): string =>
    bytes.toString('latin1', from, from + length).replace(/\0.*$/s, '');
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0;) {
    const size = parseInt(text(at + 124, 12), 8);
    const kind = text(at + 156, 1);
    if (kind === '0' || kind === '') files.set(text(at, 100), bytes.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

/** `bench store` as a whole: both stores and the empty wire, each kind of measurement once. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { systemClock } from '@orrery/machinery/clock';
import { findProgram } from '../commands.ts';
import { measureStore } from './measure.ts';

const program = `
import { runStoreProcess, storeVariable } from ${JSON.stringify(join(import.meta.dirname, 'child.ts'))};
import { systemClock } from '@orrery/machinery/clock';
await runStoreProcess(process.env[storeVariable], systemClock);
`;

describe('our store beside etcd', () => {
  const directory = mkdtempSync(join(tmpdir(), 'orrery-store-'));
  after(() => rmSync(directory, { recursive: true, force: true }));
  const options = {
    etcd: findProgram('etcd')!,
    h2load: findProgram('h2load')!,
    command: [process.execPath, '--input-type=module', '-e', program],
    directory,
    rounds: 1,
    seconds: 0.2,
    watchers: 3,
    updates: 5,
    clock: systemClock,
    progress: () => {},
    signal: new AbortController().signal,
  };

  test('every row has its subjects, and nothing stays', async () => {
    const { rows } = await measureStore(options);
    const subjects = Object.fromEntries(
      rows.filter(({ detail }) => detail === undefined).map(({ what, values }) => [what, Object.keys(values)]),
    );
    const stores = ['orrery', 'etcd'];
    const put = [...stores, 'floor', 'in process'];
    assert.deepEqual(subjects, {
      'disk: write and fdatasync, one at a time': ['floor'],
      'put 1 KiB, 1 client': put,
      'put 1 KiB, 64 clients': put,
      'get, 1 client': [...stores, 'floor'],
      'get, 64 clients': [...stores, 'floor'],
      'range of 500 keys, 1 client': [...stores, 'floor'],
      'range of 500 keys, 64 clients': [...stores, 'floor'],
      'watch, 3 watchers x 5 changes': stores,
    });
    assert.deepEqual(readdirSync(directory), []);
  });

  test('stopped in the middle it leaves nothing either', async () => {
    const stopping = new AbortController();
    const progress = (step: string): void =>
      void (step.startsWith('warming up') && stopping.abort(new Error('enough')));
    await assert.rejects(measureStore({ ...options, progress, signal: stopping.signal }), /enough|aborted/);
    assert.deepEqual(readdirSync(directory), []);
  });

  test('says which package is missing', () => {
    const { h2load: _, ...without } = options;
    return assert.rejects(measureStore(without), /package nghttp2-client/);
  });
});

import { test } from 'node:test';
import { deepEqual, equal } from 'node:assert/strict';
import { createDuplexPair } from '@orrery/http';
import { readableOf } from './streaming.ts';

const turn = () => new Promise(resolve => setImmediate(resolve));

test('a source is read to its end', async () => {
  const [here, there] = createDuplexPair();
  const readable = readableOf(here);
  there.write(Uint8Array.of(1, 2));
  there.end();
  deepEqual([...Buffer.concat(await Array.fromAsync(readable))], [1, 2]);
});

test('a source that ends after its reader has gone harms nobody', async () => {
  const [here, there] = createDuplexPair();
  const readable = readableOf(here);
  await readable.cancel();
  there.write(Uint8Array.of(1));
  there.end();
  // An error in the end of the source would end this process.
  await turn();
  await turn();
  equal(readable.locked, false);
});

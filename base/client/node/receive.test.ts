import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { receive } from './receive.ts';

const source = (): Readable => new Readable({ read: () => {} });
const announcing = (bytes: number) => ({ 'content-length': String(bytes) });

test('an answer is whole when its announced bytes are there, though its stream closes before it says that it ends', async () => {
  const stream = source();
  const body = receive(stream, announcing(5), () => true);
  stream.push('hel');
  stream.push('lo');
  await new Promise(resolve => setImmediate(resolve));
  stream.destroy();
  assert.equal(Buffer.from((await body) as Uint8Array).toString(), 'hello');
});

test('an answer that ends in order is whole', async () => {
  const stream = source();
  const body = receive(stream, announcing(0), () => true);
  stream.push(null);
  assert.equal(((await body) as Uint8Array).length, 0);
});

test('an answer that breaks off before its announced end is none', async () => {
  const stream = source();
  const body = receive(stream, announcing(5), () => true);
  stream.push('hel');
  await new Promise(resolve => setImmediate(resolve));
  stream.destroy();
  await assert.rejects(body, /broke off after 3 of 5 bytes/);
});

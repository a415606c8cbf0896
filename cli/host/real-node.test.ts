import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { holdRealNode } from './real-node.ts';

const place = (name: string): string => `\0orrery-real-node-of-a-test-${process.pid}-${name}`;

/** Whoever has a place says for whom. */
async function holding(path: string, owner: string): Promise<Server> {
  const server = createServer(socket => socket.end(owner));
  await new Promise<void>(resolve => server.listen({ path }, resolve));
  return server;
}

test('a place that nobody has is taken, and one of another owner is not', async () => {
  const path = place('other');
  const other = await holding(path, '/data/other');
  assert.equal(await holdRealNode('/data/own', path), false);
  await new Promise(resolve => other.close(resolve));
  assert.equal(await holdRealNode('/data/own', path), true);
});

const ending: [string, string][] = [
  ['has the place for the same owner', '/data/own'],
  ['says nothing any more', ''],
];
for (const [who, owner] of ending)
  test(`one that ${who} is ending, and is waited for`, async () => {
    const path = place(who);
    const former = await holding(path, owner);
    let isGone = false;
    setTimeout(() => {
      isGone = true;
      former.close();
    }, 300);
    assert.equal(await holdRealNode('/data/own', path), true);
    assert.equal(isGone, true);
  });

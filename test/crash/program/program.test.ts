/** Forty rounds with the shipped program over HTTPS: every failpoint once, kills, pauses and clock jumps; more with `run.ts`. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { failpoints } from '@orrery/machinery/failpoint';
import { nameOf, runChain } from './chain.ts';
import { ask } from './clients.ts';
import { chainsOf, roundsOfAll } from './rounds.ts';
import { Program, Server } from './server.ts';

let program: Program;
before(() => (program = new Program()));
after(() => program.remove());

const seed = 1;

for (const [index, chain] of chainsOf(seed, 10).entries()) {
  test(`${chain.length} crashes in a row: ${chain.map(nameOf).join(', ')}`, async t => {
    const { findings, counts, missed } = await runChain(program, seed * 1000 + index + 1, chain);
    t.diagnostic(JSON.stringify(counts));
    assert.deepEqual(findings, [], `again with: node test/crash/program/run.ts --seed ${seed}`);
    assert.deepEqual(missed, [], 'every failpoint was reached');
    assert.ok(counts.acknowledged! > 0 && counts.events! > 0);
  });
}

test('there are 40 rounds, and 25 failpoints at least', () => {
  assert.ok(roundsOfAll.length >= 40);
  assert.ok(Object.keys(failpoints).length >= 25);
});

test('20418: nobody takes over from a process that stands still, and it goes on with what it had', async t => {
  const server = new Server(program);
  t.after(() => server.remove());
  const first = server.start({});
  assert.ok(await first.ready);
  const transport = server.connect();
  t.after(() => transport.close());
  const create = (name: string) =>
    ask(transport, 'POST', '/api/v1/namespaces/default/configmaps', { metadata: { name } });
  assert.equal((await create('before')).status, 201);
  first.process.kill('SIGSTOP');
  const pending = create('during');
  const second = server.start({});
  assert.equal(await second.ready, undefined, 'the second process does not serve');
  await second.ended;
  assert.match(server.log, /another Orrery has .* open/);
  server.running = first;
  await sleep(200);
  first.process.kill('SIGCONT');
  assert.equal((await pending).status, 201);
  const { body } = await ask(transport, 'GET', '/api/v1/namespaces/default/configmaps');
  const names = (body as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name);
  assert.deepEqual(
    names.filter(name => name !== 'kube-root-ca.crt'),
    ['before', 'during'],
  );
});

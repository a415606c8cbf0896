import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { createGate, type Comer } from './gate.ts';

class Stream extends EventEmitter implements Comer {
  destroyed = false;
  close(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

/** Work that ends when it is told to. */
const work = () => {
  let end = (): void => {};
  const done = new Promise<string>(resolve => (end = () => resolve('done')));
  return { act: () => done, end: () => end() };
};

test('requests run in the order they came, so many at a time; a failure frees its place', async () => {
  const order: number[] = [];
  const gate = createGate(2, () => assert.fail('few wait'));
  const run = (index: number) =>
    gate.run(new Stream(), async () => {
      order.push(index);
      assert.ok(order.length <= 5);
      await new Promise(setImmediate);
      if (index === 1) throw new Error('one');
      return index;
    });
  const answers = await Promise.allSettled([0, 1, 2, 3, 4].map(run));
  assert.deepEqual(order, [0, 1, 2, 3, 4]);
  assert.deepEqual(answers.map(({ status }) => status).join(), 'fulfilled,rejected,fulfilled,fulfilled,fulfilled');
});

test('who leaves before his turn never runs, and what he caused goes on to take its place', async () => {
  const gate = createGate(1, () => assert.fail('few wait'));
  const [first, leaver] = [new Stream(), new Stream()];
  const long = work();
  const running = gate.run(first, long.act);
  first.close();
  const left = gate.run(leaver, () => assert.fail('its stream is gone'));
  let ran = false;
  const last = gate.run(new Stream(), async () => (ran = true));
  leaver.close();
  assert.equal(await left, undefined);
  await new Promise(setImmediate);
  assert.equal(ran, false);
  long.end();
  assert.equal(await running, 'done');
  assert.equal(await last, true);
});

test('those who left count until their turn: too many are told', async () => {
  let overruns = 0;
  const gate = createGate(2, () => overruns++);
  const long = work();
  const running = [gate.run(new Stream(), long.act), gate.run(new Stream(), long.act)];
  for (let index = 0; index < 8; index++) {
    const stream = new Stream();
    const left = gate.run(stream, long.act);
    stream.close();
    assert.equal(await left, undefined);
  }
  assert.equal(overruns, 0);
  assert.equal(await gate.run(new Stream(), long.act), undefined);
  assert.equal(overruns, 1);
  long.end();
  await Promise.all(running);
  assert.equal(await gate.run(new Stream(), async () => 'served'), 'served');
});

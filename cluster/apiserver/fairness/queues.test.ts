import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { QueueSet, deal, guessMs, hashOf, settle } from './queues.ts';

const request = (flow: string, width = 1) => ({ flow, width });
const names = (set: QueueSet<{ flow: string; width: number }>, count: number) =>
  Array.from({ length: count }, () => set.take()?.waiting.flow);

describe('shuffle sharding', () => {
  test('a hand has different queues of the deck, and is always the same for the same flow', () => {
    for (let flow = 0; flow < 2000; flow++) {
      const hand = deal(hashOf(`flow ${flow}`), 64, 6);
      assert.deepEqual(deal(hashOf(`flow ${flow}`), 64, 6), hand);
      assert.equal(new Set(hand).size, 6);
      assert.ok(hand.every(queue => queue >= 0 && queue < 64));
    }
  });

  test('no queue is dealt much more often than another', () => {
    const dealt = Array.from({ length: 16 }, () => 0);
    for (let flow = 0; flow < 4000; flow++) for (const queue of deal(hashOf(`user-${flow}`), 16, 4)) dealt[queue]!++;
    for (const count of dealt) assert.ok(count > 850 && count < 1150, String(dealt));
  });

  test('hardly a mouse shares its whole hand with one of ten elephants', () => {
    const taken = new Set(Array.from({ length: 10 }, (_, at) => deal(hashOf(`elephant ${at}`), 128, 6)).flat());
    let squashed = 0;
    for (let mouse = 0; mouse < 2000; mouse++)
      if (deal(hashOf(`mouse ${mouse}`), 128, 6).every(queue => taken.has(queue))) squashed++;
    assert.ok(squashed < 40, String(squashed));
  });
});

describe('fair queuing', () => {
  const options = { queues: 64, handSize: 1, queueLengthLimit: 100 };

  test('who asks a hundred times and who asks once are served in turn', () => {
    const set = new QueueSet<{ flow: string; width: number }>(options);
    for (let at = 0; at < 100; at++) set.add(request('many'));
    set.add(request('one'));
    assert.deepEqual(names(set, 3).toSorted(), ['many', 'many', 'one']);
  });

  test('wide requests count for more', () => {
    const set = new QueueSet<{ flow: string; width: number }>(options);
    for (let at = 0; at < 20; at++) {
      set.add(request('wide', 10));
      set.add(request('thin', 1));
    }
    assert.equal(names(set, 22).filter(name => name === 'wide').length, 2);
  });

  test('who holds seats for longer is served less often, by the time that he held them', () => {
    const set = new QueueSet<{ flow: string; width: number }>(options);
    for (let at = 0; at < 100; at++) for (const flow of ['slow', 'quick']) set.add(request(flow));
    const tookMs: Record<string, number> = { slow: 10 * guessMs, quick: guessMs };
    const held: Record<string, number> = { slow: 0, quick: 0 };
    for (let at = 0; at < 55; at++) {
      const { waiting, account } = set.take()!;
      held[waiting.flow]! += tookMs[waiting.flow]!;
      settle(account, waiting.width, tookMs[waiting.flow]!, 0);
    }
    assert.ok(Math.abs(held['slow']! - held['quick']!) <= tookMs['slow']!, JSON.stringify(held));
  });

  test('requests that take no time are served in turn, and who comes later is not put behind what was guessed', () => {
    const set = new QueueSet<{ flow: string; width: number }>(options);
    for (let at = 0; at < 90; at++) for (const flow of ['a', 'b']) set.add(request(flow));
    const serve = (count: number): string[] => {
      const taken = Array.from({ length: count }, () => set.take()!);
      for (const { waiting, account } of taken) settle(account, waiting.width, 0, 0);
      return taken.map(({ waiting }) => waiting.flow);
    };
    const one = Array.from({ length: 20 }, () => serve(1)).flat();
    assert.equal(one.filter(flow => flow === 'a').length, 10);
    serve(40);
    for (let at = 0; at < 3; at++) set.add(request('late'));
    assert.ok(serve(1).concat(serve(1), serve(1)).includes('late'));
  });

  test('what a request holds after its end is charged, too', () => {
    const set = new QueueSet<{ flow: string; width: number }>(options);
    for (let at = 0; at < 20; at++) for (const flow of ['writes', 'reads']) set.add(request(flow));
    const served: string[] = [];
    for (let at = 0; at < 12; at++) {
      const { waiting, account } = set.take()!;
      served.push(waiting.flow);
      settle(account, 1, guessMs, waiting.flow === 'writes' ? 4 * guessMs : 0);
    }
    assert.equal(served.filter(flow => flow === 'writes').length, 2);
  });

  test('who was idle does not save up', () => {
    const set = new QueueSet<{ flow: string; width: number }>(options);
    for (let at = 0; at < 50; at++) set.add(request('busy'));
    names(set, 40);
    for (let at = 0; at < 20; at++) set.add(request('late'));
    assert.equal(names(set, 10).filter(name => name === 'late').length, 5);
  });

  test('a flow uses the shortest queue of its hand, and is refused when that is full', () => {
    const set = new QueueSet<{ flow: string; width: number }>({ queues: 8, handSize: 2, queueLengthLimit: 3 });
    assert.deepEqual(
      Array.from({ length: 7 }, () => set.add(request('a'))),
      [true, true, true, true, true, true, false],
    );
    assert.deepEqual([set.count, set.activeQueues], [6, 2]);
  });

  test('what waits no longer is gone, and what moves is all there', () => {
    const set = new QueueSet<{ flow: string; width: number }>(options);
    const one = request('a');
    set.add(one);
    set.add(request('b'));
    assert.deepEqual([set.remove(one), set.remove(one), set.count], [true, false, 1]);
    const small = new QueueSet<{ flow: string; width: number }>({ queues: 1, handSize: 1, queueLengthLimit: 0 });
    set.moveTo(small);
    assert.deepEqual([set.count, small.count, small.take()?.waiting.flow, small.take()], [0, 1, 'b', undefined]);
  });
});

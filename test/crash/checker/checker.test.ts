/** The checkers themselves: histories that are well, and histories that are known to be bad, each with what must be said of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '@orrery/machinery/random';
import type { Answer, Ask, Commit, KeyOperation, Read, Write } from './history.ts';
import { checkOrder, type History } from './order.ts';
import { checkRegisters } from './register.ts';
import { checkWatches, eventsOf, guarantees, type WatchAnswer, type WatchRecord } from './watch.ts';

/** `[from, to]`, asked, answered. */
type Row = readonly [interval: readonly [number, number], ask: Ask, answer: Answer];

const put = (value: string, expected?: number): Ask => ({ type: 'put', value, expected });
const read: Ask = { type: 'read' };
const remove = (expected?: number): Ask => ({ type: 'delete', expected });
const at = (revision?: number): Answer => ({ type: 'done', revision });
const saw = (value: string, revision: number): Answer => ({ type: 'version', version: { value, revision } });
const sawNothing: Answer = { type: 'version', version: undefined };
const refused: Answer = { type: 'refused' };
const unknown: Answer = { type: 'unknown' };
const never = Infinity;

const operations = (rows: readonly Row[]): KeyOperation[] =>
  rows.map(([[calledAt, answeredAt], ask, answer], index) => ({
    client: `c${index}`,
    key: 'k',
    ask,
    answer,
    calledAt,
    answeredAt,
  }));

describe('registers', () => {
  const good: Record<string, Row[]> = {
    'nothing happened': [],
    'one after the other': [
      [[1, 2], put('a', 0), at(2)],
      [[3, 4], read, saw('a', 2)],
      [[5, 6], put('b', 2), at(3)],
      [[7, 8], remove(3), at(4)],
      [[9, 10], read, sawNothing],
    ],
    'two reads beside a write see the old and the new': [
      [[1, 2], put('a'), at(2)],
      [[3, 9], put('b'), at(3)],
      [[4, 8], read, saw('b', 3)],
      [[5, 7], read, saw('a', 2)],
    ],
    'of two that expect the same, one is refused': [
      [[1, 2], put('a'), at(2)],
      [[3, 8], put('b', 2), refused],
      [[4, 7], put('c', 2), at(3)],
    ],
    'a write that was cut off happened': [
      [[1, 2], put('a'), at(2)],
      [[3, never], put('b'), unknown],
      [[5, 6], read, saw('b', 3)],
    ],
    'a write that was cut off happened much later': [
      [[1, 2], put('a'), at(2)],
      [[3, never], put('b'), unknown],
      [[5, 6], read, saw('a', 2)],
      [[7, 8], read, saw('b', 3)],
    ],
    'a write that was cut off never happened': [
      [[1, 2], put('a'), at(2)],
      [[3, never], put('b', 2), unknown],
      [[5, 6], put('c', 2), at(3)],
      [[7, 8], read, saw('c', 3)],
    ],
    'a deletion that was cut off': [
      [[1, 2], put('a'), at(2)],
      [[3, never], remove(), unknown],
      [[5, 6], read, sawNothing],
      [[7, 8], put('b', 0), at(4)],
    ],
    'a deletion does not tell its revision': [
      [[1, 2], put('a'), at(2)],
      [[3, 4], remove(), at()],
      [[5, 6], put('b', 0), at(4)],
    ],
    'a deletion of nothing': [
      [[1, 2], remove(), refused],
      [[3, 4], { type: 'delete', lenient: true }, at()],
    ],
  };
  for (const [title, rows] of Object.entries(good))
    test(`well: ${title}`, () => assert.deepEqual(checkRegisters(operations(rows)), []));

  const bad: Record<string, Row[]> = {
    'a stale read': [
      [[1, 2], put('a'), at(2)],
      [[3, 4], put('b'), at(3)],
      [[5, 6], read, saw('a', 2)],
    ],
    'an acknowledged write is lost': [
      [[1, 2], put('a', 0), at(2)],
      [[3, 4], read, sawNothing],
    ],
    'a value that nobody wrote': [[[1, 2], read, saw('x', 2)]],
    'a value with the revision of another': [
      [[1, 2], put('a'), at(2)],
      [[3, 4], read, saw('a', 5)],
    ],
    'reads go back': [
      [[1, 2], put('a'), at(2)],
      [[3, 20], put('b'), at(3)],
      [[4, 5], read, saw('b', 3)],
      [[6, 7], read, saw('a', 2)],
    ],
    'two that expect the same both succeed': [
      [[1, 2], put('a'), at(2)],
      [[3, 8], put('b', 2), at(3)],
      [[4, 7], put('c', 2), at(4)],
    ],
    'two creations succeed': [
      [[1, 5], put('a', 0), at(2)],
      [[2, 6], put('b', 0), at(3)],
    ],
    'refused without cause': [
      [[1, 2], put('a'), at(2)],
      [[3, 4], put('b', 2), refused],
    ],
    'revisions go back': [
      [[1, 2], put('a'), at(5)],
      [[3, 4], put('b'), at(4)],
    ],
    'a write that was cut off is seen and then not': [
      [[1, 2], put('a'), at(2)],
      [[3, never], put('b'), unknown],
      [[5, 6], read, saw('b', 3)],
      [[7, 8], read, saw('a', 2)],
    ],
    'a write that was cut off is seen before it was asked for': [
      [[1, 2], read, saw('b', 3)],
      [[3, never], put('b'), unknown],
    ],
    'the deleted comes back': [
      [[1, 2], put('a'), at(2)],
      [[3, 4], remove(2), at(3)],
      [[5, 6], read, saw('a', 2)],
    ],
    'a write that was cut off happens twice': [
      [[1, 2], put('a'), at(2)],
      [[3, never], put('b', 2), unknown],
      [[5, 6], read, saw('b', 3)],
      [[7, 8], put('c', 3), at(4)],
      [[9, 10], read, saw('b', 5)],
    ],
  };
  for (const [title, rows] of Object.entries(bad))
    test(`bad: ${title}`, () => assert.equal(checkRegisters(operations(rows)).length, 1));

  test('histories of a real register pass, and the same with one answer changed mostly do not', () => {
    let caught = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const random = seededRandom(seed);
      const rows = concurrentHistory(random.float);
      assert.deepEqual(checkRegisters(operations(rows)), [], `seed ${seed}`);
      const reads = rows.filter(([, , answer]) => answer.type === 'version');
      const spoilt = reads[Math.floor(random.float() * reads.length)]!;
      const late = rows.map((row): Row => (row === spoilt ? [row[0], read, saw('nobody', 9)] : row));
      caught += checkRegisters(operations(late)).length;
    }
    assert.equal(caught, 100);
  });
});

/** Forty operations with wide intervals around the moments at which a register really did them. */
function concurrentHistory(draw: () => number): Row[] {
  let current: { value: string; revision: number } | undefined;
  let revision = 1;
  return Array.from({ length: 40 }, (_, index): Row => {
    const moment = 10 * (index + 1);
    const interval = [moment - draw() * 60, moment + draw() * 60] as const;
    const before = current;
    if (draw() < 0.4) return [interval, read, before ? saw(before.value, before.revision) : sawNothing];
    const cut = draw() < 0.2;
    const answer = () => (cut ? unknown : at(revision));
    const span = [interval[0], cut ? never : interval[1]] as const;
    if (draw() < 0.3 && before) {
      current = undefined;
      revision++;
      return [span, remove(before.revision), answer()];
    }
    const expected = draw() < 0.5 ? (before?.revision ?? 0) : undefined;
    current = { value: `v${index}`, revision: ++revision };
    return [span, put(current.value, expected), answer()];
  });
}

const commit = (revision: number, ...changes: [key: string, value?: string][]): Commit => ({
  revision,
  changes: changes.map(([key, value]) => ({ key, value })),
});

describe('the order of revisions', () => {
  const write = (
    [calledAt, answeredAt]: readonly [number, number],
    answer: Write['answer'],
    changes: [key: string, value?: string][],
    compare: Write['compare'] = [],
  ): Write => ({ client: 'w', calledAt, answeredAt, answer, compare, changes: commit(0, ...changes).changes });
  const range = (interval: readonly [number, number], revision: number, ...seen: [string, string, number][]): Read => ({
    client: 'r',
    prefix: '',
    calledAt: interval[0],
    answeredAt: interval[1],
    revision,
    past: false,
    seen: new Map(seen.map(([key, value, since]) => [key, { value, revision: since }])),
  });
  const base: History = {
    log: [commit(2, ['a', '1'], ['b', '1b']), commit(3, ['a', '2']), commit(4, ['b'])],
    writes: [
      write([1, 2], { type: 'done', revision: 2 }, [
        ['a', '1'],
        ['b', '1b'],
      ]),
      write([3, 4], { type: 'done', revision: 3 }, [['a', '2']], [{ key: 'a', revision: 2 }]),
      write([5, never], { type: 'unknown' }, [['b']]),
      write([5, 6], { type: 'refused' }, [['a', '3']], [{ key: 'a', revision: 2 }]),
    ],
    reads: [range([3, 5], 3, ['a', '2', 3], ['b', '1b', 2]), range([7, 8], 4, ['a', '2', 3])],
  };
  test('well', () => assert.deepEqual(checkOrder(base), []));
  const bad: Record<string, [history: Partial<History>, said: RegExp]> = {
    'an acknowledged write is lost': [{ log: base.log.slice(0, 1), reads: [] }, /revision 3 .* is lost/],
    'a revision is missing': [{ log: [base.log[0]!, base.log[2]!] }, /4 follows 2/],
    'a commit of nobody': [{ log: [...base.log, commit(5, ['z', '9'])] }, /asked for by nobody/],
    'a write happens twice': [{ log: [...base.log, commit(5, ['a', '2'])] }, /happened again/],
    'a transaction in part': [
      { log: [commit(2, ['a', '1']), ...base.log.slice(1)], reads: [] },
      /revision 2 is a=1, asked was/,
    ],
    'an expectation that did not hold': [
      { writes: [base.writes[0]!, { ...base.writes[1]!, compare: [{ key: 'a', revision: 1 }] }, base.writes[2]!] },
      /expected a at 1/,
    ],
    'a stale read': [{ reads: [range([7, 8], 2, ['a', '1', 2], ['b', '1b', 2])] }, /read at 2 after 3 was known/],
    'a read of what was not there': [{ reads: [range([7, 8], 4, ['a', '1', 2])] }, /and it held/],
    'a corrupted value': [{ reads: [range([7, 8], 4, ['a', 'x', 3])] }, /and it held/],
    'a read from the future': [{ reads: [range([1, 2], 3, ['a', '2', 3], ['b', '1b', 2])] }, /before 3 was asked/],
    'revisions go back': [
      { reads: [...base.reads, range([9, 10], 3, ['a', '2', 3], ['b', '1b', 2])] },
      /read at 3 after 4/,
    ],
    'refused without cause': [
      { writes: [...base.writes, write([7, 8], { type: 'refused' }, [['a', '4']], [{ key: 'a', revision: 3 }])] },
      /without cause/,
    ],
    'two writes with one revision': [
      { writes: [...base.writes, write([7, 8], { type: 'done', revision: 3 }, [['c', '5']])] },
      /two writes were told|read at|revision 3/,
    ],
  };
  for (const [title, [change, said]] of Object.entries(bad)) {
    test(`bad: ${title}`, () => {
      const found = checkOrder({ ...base, ...change });
      assert.ok(
        found.some(line => said.test(line)),
        `found ${JSON.stringify(found)}`,
      );
    });
  }
});

describe('the seven guarantees of a watch', () => {
  const log = [
    commit(2, ['/p/a', 'x1']),
    commit(3, ['/p/b', 'y1'], ['/q/a', 'q1'], ['/p/c', 'x2']),
    commit(4, ['/p/a', 'y2']),
    commit(5, ['/p/c']),
    commit(6, ['/q/a', 'q2']),
    commit(7, ['/p/a', 'x3']),
  ];
  const all = eventsOf(log);
  const own = all.filter(event => event.key.startsWith('/p/'));
  const told = (...revisions: number[]): WatchAnswer[] =>
    revisions.map(revision => ({ revision, events: own.filter(event => event.revision === revision) }));
  const promise = (revision: number): WatchAnswer => ({ revision, events: [] });
  const watch = (more: Partial<WatchRecord>): WatchRecord => ({
    client: 'w',
    prefix: '/p/',
    after: 1,
    answers: told(2, 3, 4, 5, 7),
    ...more,
  });

  const good: Record<string, Partial<WatchRecord>> = {
    'all of it': {},
    'with promises': { answers: [...told(2, 3), promise(3), ...told(4, 5), promise(6), promise(6), ...told(7)] },
    'from the middle': { after: 3, answers: told(4, 5) },
    'from now on': { after: undefined, answers: told(4, 5, 7) },
    'several revisions at once': { answers: [{ revision: 5, events: own.filter(event => event.revision <= 5) }] },
    'nothing yet': { answers: [] },
    'seen through a selection': {
      selects: value => value.startsWith('x'),
      answers: [
        { revision: 2, events: [{ ...own[0]!, previous: null }] },
        { revision: 3, events: [own.find(event => event.key === '/p/c')!] },
        { revision: 4, events: [{ type: 'delete', key: '/p/a', revision: 4, value: undefined }] },
        { revision: 5, events: [{ type: 'delete', key: '/p/c', revision: 5, value: undefined }] },
        { revision: 7, events: [{ type: 'put', key: '/p/a', revision: 7, value: 'x3' }] },
      ],
    },
  };
  for (const [title, more] of Object.entries(good))
    test(`well: ${title}`, () => assert.deepEqual(checkWatches([watch(more)], all), []));

  const bad: Record<string, [guarantee: string, more: Partial<WatchRecord>]> = {
    'an older event comes after a newer': ['ordered', { answers: told(2, 4, 3) }],
    'an event comes again': ['unique', { answers: told(2, 3, 3, 4) }],
    'a transaction in two answers': [
      'atomic',
      {
        answers: [
          ...told(2),
          ...own.filter(event => event.revision === 3).map(event => ({ revision: 3, events: [event] })),
          ...told(4),
        ],
      },
    ],
    'half of a transaction': [
      'atomic',
      { answers: [...told(2), { revision: 3, events: [own.find(event => event.key === '/p/b')!] }, ...told(4)] },
    ],
    'an event is dropped': ['reliable', { answers: told(2, 3, 5) }],
    'an event is dropped before a promise': ['reliable', { answers: [...told(2, 3, 4), promise(6)] }],
    'another value': ['reliable', { answers: [{ revision: 2, events: [{ ...own[0]!, value: 'other' }] }, ...told(3)] }],
    'another value before': [
      'reliable',
      { answers: [{ revision: 2, events: [{ ...own[0]!, previous: 'something' }] }, ...told(3)] },
    ],
    'an event of before the start': ['resumable', { after: 3, answers: told(3, 4, 5) }],
    'the first event is missing after a break': ['resumable', { after: 3, answers: told(5, 7) }],
    'an event that a promise covered': ['bookmarkable', { answers: [...told(2), promise(4), ...told(3, 4)] }],
    'promises go back': ['bookmarkable', { answers: [...told(2, 3, 4), promise(4), promise(3)] }],
    'a promise older than what was told': ['bookmarkable', { answers: [...told(2, 3, 4), promise(2)] }],
    'a promise older than what was asked for': ['bookmarkable', { after: 5, answers: [promise(3)] }],
    'a key outside': ['filtered', { answers: [...told(2, 3, 4, 5), { revision: 6, events: [all.at(-2)!] }] }],
    'a value that is not selected': ['filtered', { selects: value => value.startsWith('x') }],
  };
  for (const [title, [guarantee, more]] of Object.entries(bad)) {
    test(`bad: ${title}`, () => {
      const found = checkWatches([watch(more)], all);
      assert.ok(
        found.some(line => line.startsWith(`w: not ${guarantee}:`)),
        `found ${JSON.stringify(found)}`,
      );
    });
  }
  test('each guarantee is broken by one history at least', () =>
    assert.deepEqual(
      [...new Set(Object.values(bad).map(([guarantee]) => guarantee))].sort(),
      Object.keys(guarantees).sort(),
    ));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { seededRandom } from '@orrery/machinery/random';
import { createScreenFilter, screenOnly } from './cast.ts';
import { chained, firstHash, packChunk, readCast, unpackChunk } from './chunks.ts';
import { planKeeping, recordingOf, type Recorded } from './record.ts';
import { startRecorder } from './recorder.ts';
import type { RecordingStore } from './store.ts';
import { readTerminalOptions } from '../options.ts';

const screens: [string, string, string][] = [
  ['letters and colours', 'a\u001b[31mred\u001b[0m\r\n', 'a\u001b[31mred\u001b[0m\r\n'],
  ['the cursor', '\u001b[2J\u001b[1;1H\u001b(B', '\u001b[2J\u001b[1;1H\u001b(B'],
  ['the clipboard', 'a\u001b]52;c;aGk=\u0007b', 'ab'],
  ['a title, ended the other way', 'a\u001b]0;title\u001b\\b', 'ab'],
  ['a link', '\u001b]8;;https://evil.test\u001b\\here\u001b]8;;\u001b\\', 'here'],
  ['a program of the terminal’s own', 'a\u001bP+q544e\u001b\\b\u001b_x\u001b\\c\u001b^y\u001b\\d', 'abcd'],
  ['in one letter', 'a\u009d52;c;x\u009cb\u0090q\u009cc', 'abc'],
  ['one that never ends', 'a\u001b]52;c;xxxx', 'a'],
  ['one that is called off', 'a\u001b]52;c\u0018b', 'ab'],
  ['an escape within', 'a\u001b]0;x\u001by\u001b\\b', 'ab'],
];
for (const [name, text, expected] of screens) {
  test(`C5 what a recording shows: ${name}`, () => assert.equal(createScreenFilter()(text), expected));
  test(`C5 cut anywhere: ${name}`, () => {
    for (let at = 0; at <= text.length; at++) {
      const filter = createScreenFilter();
      assert.equal(filter(text.slice(0, at)) + filter(text.slice(at)), expected);
    }
  });
}

test('a cast without what reaches beyond the screen; lines that are none are left out', () => {
  const cast = '{"version":2}\n[0,"o","a\\u001b]52;"]\n[1,"r","80x24"]\n[2,"o","x\\u0007b"]\nnot a line\n';
  assert.equal(screenOnly(cast), '{"version":2}\n[0,"o","a"]\n[1,"r","80x24"]\n[2,"o","b"]\n');
});

const record = (id: string, more: Partial<Recorded> = {}): Recorded => ({
  id,
  user: 'ann',
  kind: 'pod',
  startTimeMs: 0,
  endTimeMs: 0,
  state: 'ended',
  width: 80,
  height: 24,
  chunks: 1,
  bytes: 10,
  hash: firstHash,
  seenAtMs: 0,
  ...more,
});

test('old recordings go, then the oldest beyond the room; what goes on stays, what nobody ends is interrupted', () => {
  const ids = (list: readonly Recorded[]) => list.map(({ id }) => id);
  const day = 24 * 3600 * 1000;
  const records = [
    record('old', { startTimeMs: 1, endTimeMs: 1 }),
    record('large', { startTimeMs: 9 * day, endTimeMs: 9 * day, bytes: 95 }),
    record('young', { startTimeMs: 10 * day, endTimeMs: 10 * day }),
    record('open', { startTimeMs: 10 * day, state: 'open', seenAtMs: 10 * day }),
    record('lost', { startTimeMs: 10 * day, state: 'open', seenAtMs: 9 * day }),
  ];
  const { remove, interrupt } = planKeeping(records, { keptMs: 8 * day, bytesMax: 100 }, 10 * day);
  assert.deepEqual([ids(remove).toSorted(), ids(interrupt)], [['large', 'old'], ['lost']]);
});

/** A store in memory: what the cluster would keep. */
function memory(): RecordingStore & {
  records: Map<string, Recorded>;
  stored: Map<string, Uint8Array<ArrayBuffer>>;
  fails: boolean;
} {
  const records = new Map<string, Recorded>();
  const stored = new Map<string, Uint8Array<ArrayBuffer>>();
  const store = {
    records,
    stored,
    fails: false,
    create: async (one: Recorded) => void records.set(one.id, one),
    update: async (one: Recorded) => records.has(one.id) && !!records.set(one.id, one),
    async append(id: string, number: number, bytes: Uint8Array<ArrayBuffer>) {
      if (store.fails) throw new Error('the cluster is away');
      stored.set(`${id}/${number}`, bytes);
    },
    find: async (id: string) => records.get(id),
    list: () => [...records.values()].map(one => ({ record: one, resourceVersion: undefined })),
    async *chunks({ id, chunks }: Recorded) {
      for (let number = 1; number <= chunks; number++) yield stored.get(`${id}/${number}`);
    },
    remove: async ({ id }: Recorded) => void records.delete(id),
  };
  return store;
}

/** Compression runs on threads of its own. */
const clockTurn = () => new Promise(resolve => setTimeout(resolve, 20));

async function recorded(store = memory(), bytesMax = 1 << 20) {
  const clock = createManualClock();
  const subject = { user: 'ann', kind: 'pod' as const, namespace: 'p', pod: 'web' };
  const recorder = await startRecorder({ store, clock, random: seededRandom(1), subject, bytesMax });
  return { clock, recorder, store };
}

test('what was on the screen is read back in its order and time', async () => {
  const { clock, recorder, store } = await recorded();
  recorder.resize(100, 30);
  recorder.output('$ ');
  await clock.advance(1500);
  recorder.output('ls\r\n');
  const ended = await recorder.end('the shell ended');
  assert.deepEqual([ended.state, ended.chunks, store.records.get(recorder.id)], ['ended', 1, ended]);
  const { text, intact } = await readCast(store, ended);
  const [head, ...lines] = text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as unknown);
  assert.deepEqual([(head as { version: number }).version, (head as { title: string }).title], [2, 'ann: p/web']);
  assert.deepEqual(lines, [
    [0, 'r', '100x30'],
    [0, 'o', '$ '],
    [1.5, 'o', 'ls\r\n'],
  ]);
  assert.ok(intact);
});

test('C5 whoever changes, drops or swaps what is stored is seen', async () => {
  const { clock, recorder, store } = await recorded();
  for (const text of ['one', 'two', 'three']) {
    const before = store.stored.size;
    recorder.output(text);
    await clock.advance(10_000);
    while (store.stored.size === before) await clockTurn();
  }
  const ended = await recorder.end('x');
  assert.equal(ended.chunks, 3);
  const at = (number: number) => `${ended.id}/${number}`;
  const [first, second] = [store.stored.get(at(1))!, store.stored.get(at(2))!];
  const isIntact = async (head = ended) => (await readCast(store, head)).intact;
  assert.ok(await isIntact());
  store.stored.set(at(2), await packChunk('[9,"o","forged"]\n'));
  assert.ok(!(await isIntact()));
  store.stored.set(at(2), first);
  store.stored.set(at(1), second);
  assert.ok(!(await isIntact()));
  store.stored.set(at(1), first);
  store.stored.set(at(2), second);
  assert.ok(await isIntact());
  assert.ok(!(await isIntact({ ...ended, chunks: 2 })));
  store.stored.delete(at(2));
  assert.ok(!(await isIntact()));
  store.stored.set(at(2), new Uint8Array([1, 2, 3]));
  assert.ok(!(await isIntact()));
});

test('chunks are compressed, and each hash covers all before it', async () => {
  const bytes = await packChunk('x'.repeat(10_000));
  assert.ok(bytes.length < 200);
  assert.equal(await unpackChunk(bytes), 'x'.repeat(10_000));
  assert.notEqual(await chained(firstHash, bytes), await chained(await chained(firstHash, bytes), bytes));
});

test('a flood waits; a recording that holds no more ends the terminal, one that cannot be written too', async () => {
  const flood = await recorded();
  let drained = 0;
  flood.recorder.onDrain(() => drained++);
  assert.equal(flood.recorder.output('x'.repeat(2_000_000)), false);
  await flood.recorder.end('x');
  assert.ok(drained >= 1);

  const small = await recorded(memory(), 50);
  const why: string[] = [];
  small.recorder.onFailure(text => why.push(text));
  small.recorder.output('noise');
  await small.recorder.end('x');
  assert.deepEqual(why, ['one recording holds no more: open a new terminal']);

  const away = await recorded();
  away.store.fails = true;
  away.recorder.onFailure(text => why.push(text));
  away.recorder.output('x');
  const ending = away.recorder.end('x');
  while (why.length < 2) {
    await clockTurn();
    await away.clock.advance(2_000);
  }
  await ending;
  assert.equal(why[1], 'it cannot be recorded');

  const deleted = await recorded();
  deleted.recorder.onFailure(text => why.push(text));
  deleted.store.records.clear();
  await deleted.recorder.end('x');
  assert.equal(why[2], 'its recording was deleted');
});

test('a recording is shown in the manner of an object', () => {
  const shown = recordingOf(record('x', { namespace: 'p', pod: 'web', endTimeMs: 61_500 }), '7', true);
  assert.deepEqual(shown.metadata, {
    name: 'x',
    uid: 'x',
    creationTimestamp: '1970-01-01T00:00:00Z',
    namespace: 'p',
    resourceVersion: '7',
  });
  assert.deepEqual([shown.status.seconds, shown.status.intact, shown.spec.pod], [62, true, 'web']);
});

test('options of terminals in KubeSphere’s words', () => {
  const nothing = readTerminalOptions({});
  assert.deepEqual(
    [nothing.kubectlImage, nothing.nodeImage, nothing.isRecorded, nothing.uploadBytesMax],
    [undefined, undefined, true, 100 * 1024 * 1024],
  );
  const some = readTerminalOptions({
    kubectl: { image: 'k' },
    node: { image: 'n' },
    uploadFileLimit: '1Mi',
    recording: { enabled: false, retentionDays: 2, totalLimit: 'nonsense' },
  });
  assert.deepEqual(
    [some.kubectlImage, some.nodeImage, some.isRecorded, some.uploadBytesMax, some.recordingsKeptMs],
    ['k', 'n', false, 1024 * 1024, 2 * 24 * 3600 * 1000],
  );
  assert.equal(some.recordingsBytesMax, nothing.recordingsBytesMax);
  assert.equal(readTerminalOptions({ image: 'old' }).nodeImage, 'old');
});

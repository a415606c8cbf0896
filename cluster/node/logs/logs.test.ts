import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { parseLine, nanosecondsOf } from './line.ts';
import { parseLogOptions, type LogOptions } from './options.ts';
import { readLog } from './read.ts';
import { rotate } from './rotate.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => Buffer.from(data).toString();
const plain: LogOptions = { follow: false, previous: false, timestamps: false };

suite('lines', () => {
  const rows: [string, string | undefined, boolean?][] = [
    ['2024-01-01T00:00:00.000000001Z stdout F hello\n', 'hello\n'],
    ['2024-01-01T00:00:00.000000001Z stderr F \n', '\n'],
    ['2024-01-01T00:00:00.000000001Z stdout F\n', '\n'],
    ['2024-01-01T00:00:00.5+01:00 stdout P part\n', 'part', true],
    ['2024-01-01T00:00:00Z stdout P:x part', 'part', true],
    ['2024-01-01T00:00:00Z stdout F  two  spaces \n', ' two  spaces \n'],
    ['2024-01-01T00:00:00Z other F x\n', undefined],
    ['yesterday stdout F x\n', undefined],
    ['\n', undefined],
    ['2024-01-01T00:00:00Z stdout', undefined],
  ];
  for (const [record, content, partial = false] of rows) {
    test(JSON.stringify(record), () => {
      const line = parseLine(bytes(record));
      assert.equal(line && text(line.content), content);
      if (line) assert.equal(line.partial, partial);
    });
  }
  test('times keep their nanoseconds', () => {
    assert.equal(nanosecondsOf('1970-01-01T00:00:01.000000002Z'), 1_000_000_002n);
    assert.equal(nanosecondsOf('1970-01-01T01:00:01+01:00'), 1_000_000_000n);
  });
});

suite('reading', () => {
  let directory = '';
  let file = '';
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'orrery-logs-'));
    file = path.join(directory, '0.log');
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const stamp = (second: number) => `2024-01-01T00:00:0${second}.000000000Z`;
  const record = (second: number, content: string, stream = 'stdout', tag = 'F') =>
    `${stamp(second)} ${stream} ${tag} ${content}\n`;
  const read = async (options: Partial<LogOptions>) => {
    let all = '';
    for await (const piece of readLog(file, { ...plain, ...options })) all += text(piece);
    return all;
  };
  const three = record(1, 'one') + record(2, 'two', 'stderr') + record(3, 'three');

  const rows: [string, string, Partial<LogOptions>, string][] = [
    ['everything', three, {}, 'one\ntwo\nthree\n'],
    ['the last two', three, { tailLines: 2 }, 'two\nthree\n'],
    ['more than there are', three, { tailLines: 9 }, 'one\ntwo\nthree\n'],
    ['no line', three, { tailLines: 0 }, ''],
    ['with times', record(1, 'one'), { timestamps: true }, `${stamp(1)} one\n`],
    ['since', three, { since: Date.parse('2024-01-01T00:00:02Z') }, 'two\nthree\n'],
    ['one stream', three, { stream: 'stderr' }, 'two\n'],
    ['bytes limit', three, { limitBytes: 6 }, 'one\ntw'],
    [
      'partial lines are joined, one time stamp',
      record(1, 'a', 'stdout', 'P') + record(2, 'b'),
      { timestamps: true },
      `${stamp(1)} ab\n`,
    ],
    [
      'partial lines of two streams',
      record(1, 'a', 'stdout', 'P') + record(1, 'x', 'stderr') + record(2, 'b'),
      { stream: 'stdout' },
      'ab\n',
    ],
    ['an unfinished record', record(1, 'one') + `${stamp(2)} stdout F tw`, {}, 'one\ntw\n'],
    ['broken lines are left out', `garbage\n${record(1, 'one')}`, {}, 'one\n'],
    ['an empty file', '', {}, ''],
  ];
  for (const [name, content, options, wanted] of rows) {
    test(name, async () => {
      await writeFile(file, content);
      assert.equal(await read(options), wanted);
    });
  }

  test('tail over many chunks', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => record(1, `line ${i} ${'x'.repeat(60)}`));
    await writeFile(file, lines.join(''));
    assert.equal((await read({ tailLines: 3000 })).split('\n').length, 3001);
  });

  test('following shows what is appended, goes on after rotation, and ends with the container', async () => {
    await writeFile(file, record(1, 'one'));
    let running = true;
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const piece of readLog(
      file,
      { ...plain, follow: true },
      { running: async () => running, signal: stop.signal },
    )) {
      seen.push(text(piece).trim());
      if (seen.length === 1) await appendFile(file, record(2, 'two'));
      if (seen.length === 2) {
        await appendFile(file, record(3, 'three'));
        await rename(file, `${file}.old`);
        await writeFile(file, record(4, 'four'));
      }
      if (seen.length === 4) {
        running = false;
        await appendFile(file, record(5, 'five'));
      }
    }
    assert.deepEqual(seen, ['one', 'two', 'three', 'four', 'five']);
  });

  test('following ends when the reader goes', async () => {
    await writeFile(file, record(1, 'one'));
    const stop = new AbortController();
    for await (const piece of readLog(
      file,
      { ...plain, follow: true },
      { running: async () => true, signal: stop.signal },
    )) {
      assert.equal(text(piece), 'one\n');
      stop.abort();
    }
  });

  test('rotation keeps the newest files and compresses all but one', async () => {
    const limits = { maxBytes: 10, maxFiles: 4 };
    for (let round = 0; round < 6; round++) {
      await writeFile(file, record(1, `round ${round}`));
      assert.equal(await rotate(file, () => writeFile(file, ''), Date.UTC(2024, 0, 1, 0, 0, round), limits), true);
    }
    assert.deepEqual((await readdir(directory)).sort(), [
      '0.log',
      '0.log.20240101-000003.gz',
      '0.log.20240101-000004.gz',
      '0.log.20240101-000005',
    ]);
    assert.equal(await rotate(file, async () => {}, 0, limits), false);
  });

  test('a runtime that cannot reopen gets its file back', async () => {
    await writeFile(file, record(1, 'one'));
    await assert.rejects(rotate(file, () => Promise.reject(new Error('no')), 0, { maxBytes: 1, maxFiles: 3 }));
    assert.equal(await read({}), 'one\n');
  });
});

suite('options', () => {
  const parse = (query: string) => parseLogOptions(new URLSearchParams(query), 1_000_000);
  test('all of them', () => {
    assert.deepEqual(parse('follow=true&previous=true&timestamps=true&tailLines=5&sinceSeconds=10&limitBytes=7'), {
      follow: true,
      previous: true,
      timestamps: true,
      tailLines: 5,
      since: 990_000,
      limitBytes: 7,
    });
  });
  for (const query of ['tailLines=-1', 'limitBytes=0', 'sinceSeconds=0', 'tailLines=x', 'sinceTime=never']) {
    test(`refuses ${query}`, () => assert.throws(() => parse(query), { code: 400 }));
  }
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { headOf, padOf, readHead, readPax, tail } from './tar.ts';

const lengths = [1, 99, 100, 101, 102, 120, 244, 980, 984, 985, 986, 987, 988, 989, 990, 3000];
const nameOf = (length: number) =>
  'f'
    .repeat(99)
    .concat(`/${'g'.repeat(99)}`.repeat(40))
    .slice(0, length);

test('names of every length are read by tar as they were written', () => {
  const names = lengths.map(nameOf);
  const entries = names.flatMap(name => [
    ...headOf({ name, type: '0', size: 1, mode: 0o644, mtime: 0 }),
    Buffer.from('x'),
    padOf(1),
  ]);
  const { stdout, stderr } = spawnSync('tar', ['--list', '--file=-'], {
    input: Buffer.concat([...entries, tail()]),
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  assert.deepEqual(stdout.trim().split('\n'), names);
});

test('a long name is read back, by the length that its record says', () => {
  for (const length of lengths.filter(bytes => bytes > 100)) {
    const [pax, record, head] = headOf({ name: nameOf(length), type: '0', size: 0, mode: 0o644, mtime: 0 });
    const { size } = readHead(pax!)!;
    assert.equal(size, Number.parseInt(Buffer.from(record!).toString(), 10));
    assert.deepEqual(readPax(record!.subarray(0, size)), { path: nameOf(length) });
    assert.equal(readHead(head!)!.type, '0');
  }
});

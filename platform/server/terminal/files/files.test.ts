import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCleaner } from './clean.ts';
import { filesIn } from './form.ts';
import { attachment, checkName, checkPath, entryName, takeApart } from './names.ts';
import { headOf, padOf, readHead, tail, type TarHead } from '@orrery/machinery/tar';

const entry = (name: string, text = '', more: Partial<TarHead> = {}): Uint8Array[] => {
  const bytes = Buffer.from(text);
  return [
    ...headOf({ name, type: '0', size: bytes.length, mode: 0o644, mtime: 7, ...more }),
    bytes,
    padOf(bytes.length),
  ];
};
const archive = (...entries: Uint8Array[][]): Buffer => Buffer.concat([...entries.flat(), tail()]);

/** What an archive holds, read by our own reader. */
function listing(bytes: Buffer): [string, string, string][] {
  const found: [string, string, string][] = [];
  for (let at = 0; ;) {
    const head = readHead(bytes.subarray(at, at + 512));
    if (!head) return found;
    const body = bytes.subarray(at + 512, at + 512 + head.size);
    at += 512 + head.size + padOf(head.size).length;
    if (head.type !== 'x') found.push([head.name, head.type, body.toString()]);
  }
}

function cleaned(bytes: Buffer, root: string, bytesMax = 1e9, step = 100_000): Buffer {
  const cleaner = createCleaner(root, bytesMax);
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += step) out.push(...cleaner.take(bytes.subarray(at, at + step)));
  return Buffer.concat([...out, ...cleaner.end()]);
}

test('files and folders of what was asked for come through as they are', () => {
  const good = archive(
    entry('./etc/', '', { type: '5' }),
    entry('./etc/hosts', 'localhost'),
    entry(`./etc/${'long/'.repeat(40)}name`, 'far down'),
    entry('./etc/empty'),
  );
  for (const step of [1, 7, 512, 700, 1e6])
    assert.deepEqual(
      listing(cleaned(good, 'etc', 1e9, step)).map(([name, type, text]) => [name.slice(0, 12), type, text]),
      [
        ['etc/', '5', ''],
        ['etc/hosts', '0', 'localhost'],
        ['etc/long/lon', '0', 'far down'],
        ['etc/empty', '0', ''],
      ],
    );
});

const hostile: [string, Uint8Array[]][] = [
  ['a way up', entry('etc/../../root/.bashrc', 'evil')],
  ['a whole path', entry('/etc/passwd', 'evil')],
  ['another folder', entry('home/x', 'evil')],
  ['a way up at once', entry('../x', 'evil')],
  ['a link', entry('etc/link', '', { type: '2' })],
  ['a hard link', entry('etc/hard', '', { type: '1' })],
  ['a device', entry('etc/null', '', { type: '3' })],
  ['a pipe', entry('etc/pipe', '', { type: '6' })],
  ['a way up on Windows', entry('etc\\..\\..\\x', 'evil')],
  ['a drive', entry('C:/x', 'evil')],
  ['a long name that leads up', entry(`etc/${'../'.repeat(60)}x`, 'evil')],
];
for (const [name, bad] of hostile)
  test(`C4 an archive of a container brings no ${name}`, () => {
    const out = cleaned(archive(bad, entry('etc/good', 'fine')), 'etc');
    assert.deepEqual(listing(out), [['etc/good', '0', 'fine']]);
  });

test('C4 a long name of GNU is looked at too, and a global head is nothing', () => {
  const name = `${'../'.repeat(50)}x\0`;
  const long = Buffer.concat([
    ...entry('././@LongLink', name, { type: 'L' }),
    ...entry('etc/looks-good', 'evil'),
    ...entry('pax_global_header', '20 comment=xxxxxxxxx\n', { type: 'g' }),
  ]);
  assert.deepEqual(listing(cleaned(archive([long], entry('etc/a', 'b')), 'etc')), [['etc/a', '0', 'b']]);
});

test('C4 what is too large, broken or no archive ends', () => {
  const large = archive(entry('etc/large', 'x'.repeat(5000)));
  assert.throws(() => cleaned(large, 'etc', 4000), /larger than 4000/);
  assert.throws(() => cleaned(large.subarray(0, 2000), 'etc'), /broke off/);
  assert.throws(() => cleaned(Buffer.alloc(600, 'x'), 'etc'), /no archive/);
  const endless = archive(entry('x', 'y'.repeat(70_000), { type: 'x' }));
  assert.throws(() => cleaned(endless, 'etc'), /name in the archive is too long/);
  const lying = Buffer.from(archive(entry('a', '30 size=99999999999999999999\n', { type: 'x' }), entry('etc/a', 'b')));
  assert.throws(() => cleaned(lying, 'etc'), /no size|broke off/);
});

const names: [string, string | undefined][] = [
  ['./a', 'a'],
  ['a/b/./c', 'a/b/c'],
  ['a', 'a'],
  ['a/..', undefined],
  ['/a', undefined],
  ['b', undefined],
  ['', undefined],
  ['a\0b', undefined],
];
for (const [name, expected] of names)
  test(`C4 inside "a" the entry ${JSON.stringify(name)} is ${expected ?? 'left out'}`, () =>
    assert.equal(entryName(name, 'a'), expected));

const paths: [string, string | undefined][] = [
  ['/etc/hosts', '/etc/hosts'],
  ['//etc///hosts/', '/etc/hosts'],
  ['/-rf', '/-rf'],
  ['etc', undefined],
  ['/etc/../root', undefined],
  ['/a\0b', undefined],
  [`/${'x'.repeat(5000)}`, undefined],
];
for (const [path, expected] of paths)
  test(`C4 the path ${JSON.stringify(path.slice(0, 20))} is ${expected ?? 'refused'}`, () => {
    if (expected) assert.equal(checkPath(path), expected);
    else assert.throws(() => checkPath(path), { code: 400 });
  });

test('a path comes apart; the root has no name', () => {
  assert.deepEqual(takeApart('/a/b'), { folder: '/a', name: 'b' });
  assert.deepEqual(takeApart('/a'), { folder: '/', name: 'a' });
  assert.throws(() => takeApart('/'), { code: 400 });
});

test('names in headers say nothing else', () => {
  assert.equal(attachment('a b"\r\nx.tar'), `attachment; filename="a_b___x.tar"; filename*=UTF-8''a%20b%22%0D%0Ax.tar`);
});

const form = (...parts: string[]): Buffer =>
  Buffer.from(`${parts.map(part => `--B\r\n${part}\r\n`).join('')}--B--\r\n`);
const file = (name: string, text: string) =>
  `Content-Disposition: form-data; name="f"; filename="${name}"\r\n\r\n${text}`;

test('files of a form, and fields that are none', () => {
  const body = form(
    file('a.txt', 'one\r\n--not the end'),
    'Content-Disposition: form-data; name="x"\r\n\r\n7',
    file('ü.bin', ''),
  );
  const found = filesIn('multipart/form-data; boundary=B', body);
  assert.deepEqual(
    found.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()]),
    [
      ['a.txt', 'one\r\n--not the end'],
      ['ü.bin', ''],
    ],
  );
  assert.equal(filesIn('multipart/form-data; boundary="B"', form(file('x', 'y'))).length, 1);
});

const badForms: [string, string, Buffer][] = [
  ['without a boundary', 'multipart/form-data', form(file('a', 'b'))],
  ['without a file', 'multipart/form-data; boundary=B', form('Content-Disposition: form-data; name="x"\r\n\r\n7')],
  ['that breaks off', 'multipart/form-data; boundary=B', form(file('a', 'b')).subarray(0, 60)],
  ['of another boundary', 'multipart/form-data; boundary=C', form(file('a', 'b'))],
  ['with a way up', 'multipart/form-data; boundary=B', form(file('../../etc/cron.d/x', 'b'))],
  ['with a whole path', 'multipart/form-data; boundary=B', form(file('/etc/passwd', 'b'))],
  ['with a folder on Windows', 'multipart/form-data; boundary=B', form(file('a\\\\b', 'b'))],
  ['with a name of two dots', 'multipart/form-data; boundary=B', form(file('..', 'b'))],
];
for (const [name, type, body] of badForms)
  test(`C4 no form ${name}`, () => assert.throws(() => filesIn(type, body), { code: 400 }));

test('a name is a name', () => assert.throws(() => checkName('a\nb'), { code: 400 }));

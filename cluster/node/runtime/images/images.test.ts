import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { systemRandom } from '@orrery/machinery/random';
import { digestOf, openArchive } from './archive.ts';
import { memoryBlob, readWhole } from './bundle.ts';
import { chainId } from './import.ts';
import { pauseBundle, pauseImage, pauseProgram } from './pause.ts';
import { formatReference, parseReference } from './reference.ts';
import { indexTar, writeTar, type TarFile } from './tar.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orrery-images-'));
});
after(() => rm(directory, { recursive: true, force: true }));

let counter = 0;
async function fileWith(content: Uint8Array, suffix = '.tar'): Promise<string> {
  const path = join(directory, `archive-${counter++}${suffix}`);
  await writeFile(path, content);
  return path;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (value: unknown): Uint8Array => bytes(JSON.stringify(value));
const sha = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
const described = (content: Uint8Array, mediaType: string, more = {}) => ({
  mediaType,
  digest: `sha256:${sha(content)}`,
  size: content.length,
  ...more,
});
const opened = (path: string, more = {}) => openArchive(path, { scratchDir: directory, random: systemRandom, ...more });

async function indexOf(content: Uint8Array) {
  const file = await open(await fileWith(content));
  try {
    return await indexTar(file);
  } finally {
    await file.close();
  }
}

test('references in full, as registries understand them', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const cases: [string, string | undefined][] = [
    ['busybox', 'docker.io/library/busybox:latest'],
    ['busybox:1.36', 'docker.io/library/busybox:1.36'],
    ['bitnami/redis', 'docker.io/bitnami/redis:latest'],
    ['index.docker.io/library/nginx', 'docker.io/library/nginx:latest'],
    ['localhost/x', 'localhost/x:latest'],
    ['registry:5000/a/b:v1', 'registry:5000/a/b:v1'],
    ['quay.io/a/b', 'quay.io/a/b:latest'],
    [`quay.io/a/b@${digest}`, `quay.io/a/b@${digest}`],
    [`a:1@${digest}`, `docker.io/library/a:1@${digest}`],
    ['[::1]:5000/a', '[::1]:5000/a:latest'],
    ['Upper', undefined],
    ['a//b', undefined],
    ['../a', undefined],
    ['a/../b', undefined],
    ['', undefined],
    ['a:', undefined],
    ['a@sha256:abc', undefined],
    ['a b', undefined],
  ];
  for (const [text, expected] of cases) {
    const reference = parseReference(text);
    assert.equal(reference && formatReference(reference), expected, text);
  }
});

test('an archive that we wrote is found again, member by member', async () => {
  const entries = await indexOf(
    writeTar([
      { name: 'a.json', content: bytes('{}') },
      { name: 'dir/', content: bytes(''), type: 'directory' },
      { name: './dir/b', content: new Uint8Array(1000) },
      { name: 'dir/link', content: bytes(''), type: 'symlink', link: '../a.json' },
    ]),
  );
  assert.deepEqual(
    [...entries],
    [
      ['a.json', { type: 'file', offset: 512, size: 2 }],
      ['dir/b', { type: 'file', offset: 2048, size: 1000 }],
      ['dir/link', { type: 'link', target: 'a.json' }],
    ],
  );
});

test('long names of pax and GNU are understood', async () => {
  const long = `${'d/'.repeat(80)}file`;
  const record = (key: string, value: string) => {
    const body = ` ${key}=${value}\n`;
    const length = body.length + String(body.length + 3).length;
    return bytes(`${length}${body}`);
  };
  const flagged = (flag: string, content: Uint8Array): Uint8Array => {
    const header = Buffer.from(writeTar([{ name: 'meta', content }]));
    header.write(flag, 156);
    let sum = 256;
    for (let i = 0; i < 512; i++) if (i < 148 || i >= 156) sum += header[i]!;
    header.write(sum.toString(8).padStart(6, '0'), 148);
    return header.subarray(0, 512 + Math.ceil(content.length / 512) * 512);
  };
  const member = writeTar([{ name: 'short', content: bytes('x') }]);
  for (const meta of [flagged('x', record('path', long)), flagged('L', bytes(`${long}\0`))]) {
    assert.deepEqual([...(await indexOf(Buffer.concat([meta, member]))).keys()], [long]);
  }
  await assert.rejects(
    indexOf(Buffer.concat([flagged('x', record('path', '../../etc/passwd')), member])),
    /points outside/,
  );
  await assert.rejects(indexOf(Buffer.concat([flagged('x', bytes('9999 path=x\n')), member])), /damaged/);
});

test('archives made to escape or to confuse are refused (N6)', async () => {
  const file = (name: string): TarFile => ({ name, content: bytes('x') });
  const cases: [Uint8Array, RegExp][] = [
    [writeTar([file('../evil')]), /points outside/],
    [writeTar([file('/etc/passwd')]), /points outside/],
    [writeTar([file('a/../../evil')]), /points outside/],
    [
      writeTar([{ name: 'l', content: bytes(''), type: 'symlink', link: '../../etc/shadow' }]),
      /link that points outside/,
    ],
    [writeTar([{ name: 'a/l', content: bytes(''), type: 'hardlink', link: '../x' }]), /link that points outside/],
    [
      writeTar([{ name: 'a/l', content: bytes(''), type: 'hardlink', link: '/etc/shadow' }]),
      /link that points outside/,
    ],
    [writeTar([file('a')]).subarray(0, 700), /lies outside|ends in the middle/],
    [writeTar([file('a')]).subarray(0, 1024), /ends in the middle/],
    [new Uint8Array(2048).fill(65), /not a tar archive/],
    [bytes('hello'), /ends in the middle/],
  ];
  for (const [content, problem] of cases) await assert.rejects(indexOf(content), problem);
});

const layer = writeTar([{ name: 'hello', content: bytes('hello') }]);
const config = json({
  architecture: 'amd64',
  os: 'linux',
  rootfs: { type: 'layers', diff_ids: [`sha256:${sha(layer)}`] },
});
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const blobFile = (content: Uint8Array, name = sha(content)): TarFile => ({ name: `blobs/sha256/${name}`, content });

function layoutFiles(layerBytes: Uint8Array = layer): { files: TarFile[]; manifest: Uint8Array } {
  const manifest = json({
    schemaVersion: 2,
    config: described(config, 'application/vnd.oci.image.config.v1+json'),
    layers: [described(layerBytes, 'application/vnd.oci.image.layer.v1.tar+gzip')],
  });
  const annotations = { 'io.containerd.image.name': 'quay.io/a/b:1', 'org.opencontainers.image.ref.name': '1' };
  const index = json({ schemaVersion: 2, manifests: [described(manifest, manifestType, { annotations })] });
  const files = [config, layerBytes, manifest].map(content => blobFile(content));
  return {
    files: [...files, { name: 'oci-layout', content: json({}) }, { name: 'index.json', content: index }],
    manifest,
  };
}

test('an OCI layout gives its image with names and blobs', async () => {
  const { files, manifest } = layoutFiles(new Uint8Array(gzipSync(layer)));
  await using archive = await opened(await fileWith(writeTar(files)));
  const [image] = archive.images;
  assert.equal(archive.images.length, 1);
  assert.deepEqual(image!.names, ['quay.io/a/b:1']);
  assert.equal(image!.target.digest, `sha256:${sha(manifest)}`);
  assert.equal(image!.blobs.size, 3);
  for (const [digest, blob] of image!.blobs) assert.equal(await digestOf(blob), digest);
});

test('a Docker archive becomes the same kind of image, linked layers included', async () => {
  const tar = writeTar([
    { name: 'abc.json', content: config },
    { name: 'one/layer.tar', content: layer },
    { name: 'two/layer.tar', content: bytes(''), type: 'symlink', link: '../one/layer.tar' },
    {
      name: 'manifest.json',
      content: json([{ Config: 'abc.json', RepoTags: ['busybox:1', 'not a name'], Layers: ['two/layer.tar'] }]),
    },
  ]);
  for (const content of [tar, gzipSync(tar), zstdCompressSync(tar)]) {
    await using archive = await opened(await fileWith(content));
    const [image] = archive.images;
    assert.deepEqual(image!.names, ['docker.io/library/busybox:1']);
    const manifest = JSON.parse(Buffer.from(await readWhole(image!.blobs.get(image!.target.digest)!, 9999)).toString());
    assert.equal(manifest.config.digest, `sha256:${sha(config)}`);
    assert.deepEqual(manifest.layers, [described(layer, 'application/vnd.oci.image.layer.v1.tar')]);
  }
  assert.deepEqual(
    (await readdir(directory)).filter(name => name.startsWith('unpack-')),
    [],
    'nothing is left in the scratch directory',
  );
});

test('archives with wrong digests, missing parts or too much content are refused (N6)', async () => {
  const { files } = layoutFiles();
  const without = (part: Uint8Array) => files.filter(({ name }) => !name.endsWith(sha(part)));
  const { manifest } = layoutFiles();
  const withIndex = (value: unknown) => [...files.slice(0, -1), { name: 'index.json', content: json(value) }];
  const cases: [TarFile[], RegExp][] = [
    [[...without(manifest), blobFile(bytes('{"layers":[]}'), sha(manifest))], /has the digest/],
    [without(layer), /lacks sha256:/],
    [without(manifest), /lacks sha256:/],
    [
      withIndex({ manifests: [{ mediaType: 'x', digest: 'sha256:../../etc/passwd', size: 1 }] }),
      /malformed descriptor/,
    ],
    [withIndex({ manifests: [{ mediaType: 'x', digest: `sha256:${'0'.repeat(64)}`, size: -0.5 }] }), /malformed/],
    [withIndex({}), /no list of manifests/],
    [withIndex('text'), /not an object/],
    [[{ name: 'index.json', content: bytes('{') }], /not JSON/],
    [[{ name: 'index.json', content: new Uint8Array(5 * 1024 * 1024) }], /larger than/],
    [[{ name: 'other', content: bytes('x') }], /not an image archive/],
    [[{ name: 'manifest.json', content: json([{ Config: '../../etc/passwd', Layers: [] }]) }], /lacks/],
  ];
  for (const [members, problem] of cases) await assert.rejects(opened(await fileWith(writeTar(members))), problem);
  const bomb = gzipSync(new Uint8Array(10 * 1024 * 1024));
  await assert.rejects(
    opened(await fileWith(bomb), { sizeLimit: 1024 * 1024 }),
    /unpacks to more than the 1048576 bytes/,
  );
});

test('layers stack up to the names that every runtime gives them', () => {
  const [a, b] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`];
  assert.equal(chainId([]), '');
  assert.equal(chainId([a]), a);
  assert.equal(chainId([a, b]), `sha256:${sha(bytes(`${a} ${b}`))}`);
  assert.equal(chainId([a, b, a]), `sha256:${sha(bytes(`sha256:${sha(bytes(`${a} ${b}`))} ${a}`))}`);
});

test('the pause program is a static executable of a few hundred bytes for both architectures', () => {
  for (const [architecture, machine] of [
    ['amd64', 62],
    ['arm64', 183],
  ] as const) {
    const program = Buffer.from(pauseProgram(architecture));
    assert.equal(program.toString('latin1', 1, 4), 'ELF');
    assert.equal(program.readUInt16LE(18), machine);
    assert.equal(program.readBigUInt64LE(24), 0x400000n + 176n, 'starts behind its headers');
    assert.ok(program.length < 400);
  }
  // Words of the A64 instruction set: system calls, and the two jumps back to the wait.
  const words = [...Array((pauseProgram('arm64').length - 176) / 4)].map((_, i) =>
    Buffer.from(pauseProgram('arm64'))
      .readUInt32LE(176 + i * 4)
      .toString(16),
  );
  assert.equal(words.filter(word => word === 'd4000001').length, 4);
  assert.deepEqual(words.slice(0, 3), ['d2880049', 'f2a00029', 'f81f0fe9']);
  assert.equal(words.at(-1), '17ffffe9');
});

test('the pause program waits, reaps, and ends on SIGTERM and SIGINT', async () => {
  const path = await fileWith(pauseProgram(process.arch === 'arm64' ? 'arm64' : 'amd64'), '.elf');
  await chmod(path, 0o755);
  for (const ending of ['SIGTERM', 'SIGINT'] as const) {
    const child = spawn(path);
    await once(child, 'spawn');
    // It is ready once it sleeps: it does so nowhere but in its wait.
    while (!/\) S /.test(await readFile(`/proc/${child.pid}/stat`, 'utf8'))) await setImmediate();
    child.kill('SIGCHLD');
    child.kill(ending);
    assert.deepEqual(await once(child, 'exit'), [0, null], ending);
  }
});

test('the pause image is the same bytes each time, and consistent', async () => {
  const [one, two] = [pauseBundle('arm64'), pauseBundle('arm64')];
  assert.deepEqual(one.names, [pauseImage]);
  assert.equal(one.target.digest, two.target.digest);
  for (const [digest, blob] of one.blobs) assert.equal(await digestOf(blob), digest);
  assert.equal((await readWhole(memoryBlob(bytes('abc')), 3)).length, 3);
});

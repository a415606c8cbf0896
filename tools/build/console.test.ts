import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { buildConsole, firstLoad } from './console.ts';

/** Of the program's goals: what a browser fetches before the first page is there, in bytes of gzip. */
const firstLoadBytesMax = 300_000;

describe('the console as files', () => {
  const directory = mkdtempSync(join(tmpdir(), 'orrery-console-'));
  const out = join(directory, 'one');
  const cache = join(directory, 'cache');
  const read = (name: string) => readFileSync(join(out, name));
  const manifest = () =>
    JSON.parse(read('manifest.json').toString()) as {
      files: Record<string, { immutable?: true; encodings?: ('br' | 'gzip')[] }>;
    };
  before(() => buildConsole(out, cache));
  after(() => rmSync(directory, { recursive: true, force: true }));

  test('the page takes its scripts and styles from here, has none in itself but where modules are, and holds the place of the nonce', () => {
    const page = read('index.html').toString();
    assert.match(page, /content="__ORRERY_NONCE__"/);
    for (const [, attributes = '', body = ''] of page.matchAll(/<script([^>]*)>([^<]*)<\/script>/g)) {
      if (attributes === ' type="importmap"') {
        const { imports } = JSON.parse(body) as { imports: Record<string, string> };
        for (const path of Object.values(imports)) assert.ok(path.slice(1) in manifest().files, path);
        continue;
      }
      assert.match(attributes, /src="\//);
      assert.equal(body, '');
    }
    assert.doesNotMatch(page, /<style|\son\w+=|https?:/);
  });

  test('every file is in the manifest, and its compressed forms are the same file', () => {
    const { files } = manifest();
    for (const [name, { immutable, encodings = [] }] of Object.entries(files)) {
      assert.equal(immutable === true, name.startsWith('assets/'), name);
      if (encodings.includes('br')) assert.deepEqual(brotliDecompressSync(read(`${name}.br`)), read(name));
      if (encodings.includes('gzip')) assert.deepEqual(gunzipSync(read(`${name}.gz`)), read(name));
    }
    const plain = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter(
      name => statSync(join(out, name)).isFile() && !/\.(br|gz)$|^manifest/.test(name),
    );
    assert.deepEqual(plain.sort(), Object.keys(files).sort());
  });

  test(`the first load is at most ${firstLoadBytesMax / 1000} KB`, async () => {
    const { bytes, files } = await firstLoad(out);
    assert.ok(files.length > 3);
    assert.ok(bytes <= firstLoadBytesMax, `${bytes} bytes: ${files.join(' ')}`);
  });

  test('unchanged sources are not built again', async () => {
    const [kept = ''] = readdirSync(cache);
    const before = statSync(join(cache, kept, 'index.html')).mtimeMs;
    await buildConsole(join(directory, 'two'), cache);
    assert.deepEqual(readdirSync(cache), [kept]);
    assert.equal(statSync(join(cache, kept, 'index.html')).mtimeMs, before);
    assert.deepEqual(readFileSync(join(directory, 'two/index.html')), read('index.html'));
  });
});

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { noticeOf, packagesOf } from './licences.ts';

test('sources belong to packages: plain ones, those of a scope, and those inside of others', () => {
  assert.deepEqual(
    packagesOf([
      'cli/main.ts',
      'node_modules/ws/lib/sender.js',
      'node_modules/ws/index.js',
      '/somewhere/node_modules/@grpc/grpc-js/build/call.js',
      'node_modules/a/node_modules/@b/c/index.js',
      'node_modules/.cache/x/y.js',
      '\0virtual',
    ]),
    ['node_modules/@grpc/grpc-js', 'node_modules/a/node_modules/@b/c', 'node_modules/ws'],
  );
});

test('each package is named with its version and all texts of its licence, whatever the order it was found in', async t => {
  const root = mkdtempSync(join(tmpdir(), 'orrery-licences-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const make = (name: string, license: string, files: Record<string, string>) => {
    const folder = join(root, 'node_modules', name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '1.2.3', license }));
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  };
  make('two', 'MIT', { LICENSE: 'do as you like\r\n', 'NOTICE.md': 'and say so', 'license.js': 'code' });
  make('one', '0BSD', {});
  const folders = ['node_modules/two', 'node_modules/one', 'node_modules/gone'];
  const notice = await noticeOf(root, folders);
  assert.match(
    notice,
    /one 1\.2\.3\nLicence: 0BSD\n\n\(no text in the package\)\n[^]*two 1\.2\.3\nLicence: MIT\n\ndo as you like\n\nand say so/,
  );
  assert.equal(await noticeOf(root, folders.toReversed()), notice);
});

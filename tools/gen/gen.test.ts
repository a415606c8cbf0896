import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { buildData } from './build.ts';
import { printCompatibility } from './compatibility.ts';
import { catalogueText, generate } from './main.ts';
import { readSentences } from './sentences.ts';
import { hasReference } from './swagger.ts';

const committed = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
const again = 'run `node tools/gen/main.ts` and commit what it writes';

if (hasReference() || process.env['CI']) {
  test('the committed catalogue and types are what the generator writes', async () => {
    for (const [path, text] of await generate(catalogueText()))
      assert.equal(committed(path), text, `${path}: ${again}`);
  });
} else {
  console.log('left out: drift of the catalogue, ../shared/reference is not here');
}

test('types follow from the committed catalogue', async () => {
  for (const [path, text] of await generate(committed('base/kinds/catalogue.json')))
    assert.equal(committed(path), text, `${path}: ${again}`);
});

test('docs/compatibility.md is up to date', () => {
  assert.equal(committed('docs/compatibility.md'), printCompatibility(), again);
});

test('explanations come from the installed declarations, where there are any', () => {
  const describe = readSentences();
  if (!describe) return;
  const deployment = 'io.k8s.api.apps.v1.Deployment';
  assert.match(describe(deployment)!, /Deployment/);
  assert.match(describe(`${deployment}Spec`, 'replicas')!, /pods/);
  assert.match(describe('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', 'labels')!, /\w+/);
  assert.equal(describe(deployment, 'nonsense'), undefined);
});

test('the data beside a bundle holds the catalogue and every OpenAPI document', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'orrery-data-'));
  try {
    await buildData(directory);
    const hashes = JSON.parse(readFileSync(join(directory, 'openapi/index.json'), 'utf8')) as Record<string, string>;
    assert.ok(existsSync(join(directory, 'catalogue.json')));
    assert.ok('openapi/v3/apis/apps/v1.json' in hashes && 'openapi/v2.pb' in hashes);
    for (const name of Object.keys(hashes)) {
      assert.match(hashes[name]!, /^[0-9A-F]{128}$/);
      assert.ok(gunzipSync(readFileSync(join(directory, `${name}.gz`))).length > 1000, name);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

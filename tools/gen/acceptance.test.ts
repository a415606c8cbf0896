/** docs/acceptance.md names a test for each row of the feature matrix, or says what is not shown; what it names is there. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

const docs = new URL('../../docs/', import.meta.url);
const rowsMax = 51;

const rows = readFileSync(fileURLToPath(new URL('acceptance.md', docs)), 'utf8')
  .split('\n')
  .filter(line => /^\| \d/.test(line))
  .map(line => {
    const [, number = '', what = '', shown = '', open = ''] = line.split(/(?<!\\)\|/).map(cell => cell.trim());
    const tests = [...shown.matchAll(/\[[^\]]+\]\(([^)]+)\): (.*?)(?=<br>|$)/g)].map(([, file = '', title = '']) => ({
      file,
      title: title.replaceAll('\\|', '|'),
    }));
    return { number: Number(number), what, shown, open, tests };
  });

test('each row is there once, in order, and names tests or says what is not shown', () => {
  assert.deepEqual(
    rows.map(({ number }) => number),
    Array.from({ length: rowsMax }, (_, index) => index + 1),
  );
  for (const { number, what, shown, open, tests } of rows) {
    assert.notEqual(what, '', `row ${number}`);
    assert.equal(tests.length, shown === '-' ? 0 : shown.split('<br>').length, `row ${number}: ${shown}`);
    assert.ok(tests.length > 0 || open !== '-', `row ${number}`);
  }
});

for (const { number, tests } of rows)
  test(`row ${number}: every file and test that is named is there`, () => {
    for (const { file, title } of tests) {
      const text = readFileSync(fileURLToPath(new URL(file, docs)), 'utf8');
      assert.ok(text.includes(title), `${file} has no test “${title}”`);
    }
  });

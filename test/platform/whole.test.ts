/** Every row that the suite is about has a case here, or stands in `elsewhere.data.ts` with a test that exists or with what is missing. */
import { deepEqual, ok } from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { elsewhere } from './elsewhere.data.ts';

const root = join(import.meta.dirname, '../..');
const rowsMax = 51;

const folder = join(import.meta.dirname, 'rows');
const cases = readdirSync(folder).flatMap(name =>
  [...readFileSync(join(folder, name), 'utf8').matchAll(/\brow\(\s*(\d+),\s*'([^']+)'/g)].map(([, number, what]) => ({
    row: Number(number),
    what: what!,
  })),
);

test('each of the rows 1 to 51 is shown, here or elsewhere, or said to be missing', () => {
  const known = new Set([...cases, ...elsewhere].map(({ row }) => row));
  const all = Array.from({ length: rowsMax }, (_, index) => index + 1);
  deepEqual(
    all.filter(row => !known.has(row)),
    [],
  );
});

test('no two cases have one title', () => {
  const titles = cases.map(({ row, what }) => `row ${row}: ${what}`);
  deepEqual([...new Set(titles)], titles);
  ok(titles.length >= 35);
});

test('what is shown elsewhere is there', () => {
  for (const { row, shownBy = [], missing } of elsewhere) {
    ok(shownBy.length > 0 || missing, `row ${row}`);
    for (const [file, title] of shownBy) {
      ok(existsSync(join(root, file)), file);
      ok(readFileSync(join(root, file), 'utf8').includes(title), `${file}: ${title}`);
    }
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neededBy } from './first-load.ts';

test('a page needs its scripts, the modules that these need, and its styles', () => {
  const page = `<head>
    <link rel="icon" href="/favicon.svg">
    <script src="/theme.js"></script>
    <script type="module" crossorigin src="/assets/a.js"></script>
    <link rel="modulepreload" crossorigin href="/assets/b.js">
    <link rel="modulepreload" crossorigin href="/assets/b.js">
    <link rel="stylesheet" crossorigin href="/assets/c.css">
    <script type="application/json">{}</script>
  </head>`;
  assert.deepEqual(neededBy(page), ['/theme.js', '/assets/a.js', '/assets/b.js', '/assets/c.css']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importMapsOf, policyFor } from './policy.ts';

test('the import map of a page is allowed by what it says; no other script that stands in the page is', () => {
  const map = '{"imports":{"react":"/extension/react.js"}}';
  const page = `<head><script type="importmap">${map}</script><script>alert(1)</script></head>`;
  // printf '%s' "$map" | openssl dgst -sha256 -binary | base64
  assert.deepEqual(importMapsOf(page), ["'sha256-h+Q6bErAIPAXK2yYvV/+k0O5lICvEwB5n8IJCcFZ4aM='"]);
  const policy = policyFor('n', importMapsOf(page));
  assert.match(policy, /^default-src 'none'; script-src 'self' 'sha256-[\w+/]{43}='; /);
  assert.doesNotMatch(policy, /unsafe/);
});

test('without one scripts come from files alone', () =>
  assert.match(policyFor('n', importMapsOf('<html>')), /; script-src 'self'; style-src 'self' 'nonce-n'; /));

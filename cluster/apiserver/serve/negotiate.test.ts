import assert from 'node:assert/strict';
import { test } from 'node:test';
import { negotiate } from './negotiate.ts';
import type { Offer } from './negotiate.ts';

const all: Offer = { views: ['Table', 'PartialObjectMetadata'], watch: false, protobuf: true };
const watch: Offer = { ...all, watch: true, protobuf: false };
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';

for (const [accept, offer, expected] of [
  [undefined, all, 'json '],
  ['*/*', all, 'json '],
  ['application/yaml', all, 'yaml '],
  ['application/vnd.kubernetes.protobuf,application/json', all, 'protobuf '],
  ['application/vnd.kubernetes.protobuf,application/json', watch, 'json '],
  [`${table},application/json`, all, 'json Table'],
  [`application/json;as=Table;v=v9;g=meta.k8s.io,application/json`, all, 'json '],
  ['text/html,application/json;q=0.5,*/*;q=0.1', all, 'json '],
  ['application/json;q=0.1,application/yaml', all, 'yaml '],
  ['application/xml', all, 406],
  ['application/yaml', watch, 406],
  ['application/json;as=Table;v=v2;g=meta.k8s.io', all, 406],
] as const) {
  test(`Accept: ${accept}${offer.watch ? ' on a watch' : ''}`, () => {
    if (expected === 406) return assert.throws(() => negotiate(accept, offer), { code: 406 });
    const media = negotiate(accept, offer);
    assert.equal(`${media.format} ${media.view}`, expected);
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roles } from '@orrery/platform-contract/features';
import { nothingGives } from '@orrery/platform-contract';
import { refusalOf } from './refusal.ts';
import { sentenceOf, verbOf, type Explained } from './why.ts';

const denied = (why?: Explained['why']): Explained => ({ allowed: false, reason: 'no', ...(why && { why }) });

test('an answer is told by what it rests on', () => {
  const nearest = denied({ ground: 'verbs', text: '', role: 'viewer', verbs: ['get', 'list'] });
  assert.deepEqual(sentenceOf(nearest, 'delete', '-'), {
    key: 'verbs',
    values: { role: 'viewer', verb: 'delete', verbs: 'get, list' },
  });
  for (const ground of ['elsewhere', 'silent', 'nothing'] as const)
    assert.equal(sentenceOf(denied({ ground, text: '' }), 'get', '-').key, ground);
  assert.equal(sentenceOf({ allowed: true, why: { ground: 'granted', text: '' } }, 'get', '-').key, 'granted');
});

test('what no binding explains is told in the cluster’s words, if it has some', () => {
  assert.deepEqual(sentenceOf(denied(), 'get', '-'), { key: 'unexplained', values: { reason: 'no' } });
  assert.deepEqual(sentenceOf({ allowed: true }, 'get', '-'), { key: 'unexplained', values: { reason: '-' } });
  // The explanation lags behind the decision: then the decision stands.
  const late = denied({ ground: 'granted', text: '', role: 'admin' });
  assert.equal(sentenceOf(late, 'get', '-').key, 'unexplained');
});

test('the verb is that of the question or of the route', () => {
  assert.equal(verbOf({ verb: 'get', resource: 'pods' }), 'get');
  assert.equal(verbOf({ route: roles.createGlobalRole }), 'create');
  assert.equal(verbOf({ route: roles.templates }), '');
});

test('that nothing gives a right is said in the words of the page; what the cluster says itself stays', () => {
  const say = (what: string) => `您没有：${what}`;
  assert.equal(refusalOf(`${nothingGives}create pods in p1`, say), '您没有：create pods in p1');
  assert.equal(refusalOf('the policy of the house', say), 'the policy of the house');
  assert.equal(refusalOf(undefined, say), undefined);
});

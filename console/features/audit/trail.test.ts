import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditEvent } from '@orrery/platform-contract/features';
import { tableStateOf } from '../../util/table-search.ts';
import { auditQuery, cleared, linkState } from './trail.ts';

const event = (given: Partial<AuditEvent>): AuditEvent => ({
  ...{ level: 'Metadata', auditID: '1', stage: 'ResponseComplete', requestURI: '/', verb: 'get' },
  ...{ user: { username: 'ann' }, requestReceivedTimestamp: '', stageTimestamp: '' },
  ...{ Workspace: '', Cluster: 'host', Devops: '', Message: '' },
  ...given,
});
const ask = (search: Record<string, string>, place = {}) => auditQuery(search, tableStateOf(search), place, 10_000_000);

test('without filters the newest twenty are asked for', () =>
  assert.deepEqual(ask({}), { operation: 'query', sort: 'desc', from: 0, size: 20 }));

test('filters of the address become the platform’s words, others are nobody’s', () =>
  assert.deepEqual(ask({ user: 'ann', verb: 'delete', result: 'Failure', page: '3', strange: 'x' }), {
    ...{ user_search: 'ann', verb_filter: 'delete', response_status_filter: 'Failure' },
    ...{ operation: 'query', sort: 'desc', from: 40, size: 20 },
  }));

test('within a workspace or a project the page’s own filter holds, whatever the address says', () => {
  assert.equal(ask({ workspace: 'other' }, { workspace: 'team' })['workspace_filter'], 'team');
  assert.equal(ask({ project: 'other' }, { namespace: 'shop' })['objectref_namespace_filter'], 'shop');
});

test('the last hour begins an hour ago; a span goes before times that are typed', () => {
  assert.equal(ask({ span: 'hour', from: '2026-01-01T00:00' })['start_time'], String(10_000 - 3600));
  assert.equal(ask({ from: '1970-01-01T00:00:10Z' })['start_time'], '10');
  assert.equal(ask({ to: 'yesterday' })['end_time'], undefined);
});

test('no page is asked for that the platform does not reach', () =>
  assert.equal(ask({ page: '99999', limit: '100' })['from'], 9_900));

test('clearing takes filters and the page away, and leaves the size', () =>
  assert.deepEqual(cleared({ user: 'ann', page: '2', limit: '50', span: 'day' }), { limit: '50' }));

const linked = (number: number) =>
  event({ annotations: { 'audit.orrery.io/chain': 'c', 'audit.orrery.io/number': String(number) } });

test('a record is as good as its chain is up to it', () => {
  const broken = { intact: false, problem: { chain: 'c', number: 7, why: '' } };
  assert.equal(linkState(linked(6), broken), 'verified');
  assert.equal(linkState(linked(7), broken), 'broken');
  assert.equal(linkState(linked(9), broken), 'broken');
  assert.equal(linkState(linked(9), { intact: false, problem: { chain: 'd', number: 1, why: '' } }), 'verified');
  assert.equal(linkState(event({}), broken), 'unlinked');
});

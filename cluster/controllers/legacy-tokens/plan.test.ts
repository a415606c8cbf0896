import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, Secret, ServiceAccount } from '@orrery/kinds/types';
import { invalidSinceLabel, lastUsedLabel, planLegacyTokens, secretNames, tokenType, type Observed } from './plan.ts';

const dayMs = 24 * 3600_000;
const nowMs = Date.parse('2030-06-01T12:00:00Z');

const secret = (name: string, labels: Record<string, string> = {}, more: object = {}): Secret =>
  ({
    type: tokenType,
    metadata: {
      ...{ name, namespace: 'n', labels, creationTimestamp: '2020-01-01T00:00:00Z' },
      annotations: { 'kubernetes.io/service-account.name': 'robot', 'kubernetes.io/service-account.uid': 'u' },
      ...more,
    },
  }) as unknown as Secret;

const account = (...secrets: string[]): ServiceAccount =>
  ({ metadata: { name: 'robot', uid: 'u' }, secrets: secrets.map(name => ({ name })) }) as ServiceAccount;

const plan = (secrets: readonly Secret[], more: Partial<Observed> = {}) => {
  const listed = account(...secrets.map(({ metadata }) => metadata.name!));
  const common = { pods: [], account: () => listed, trackedSince: '2026-01-01', nowMs, unusedMs: 365 * dayMs };
  const { invalidate, remove } = planLegacyTokens({ secrets, ...common, ...more });
  const names = (found: readonly Secret[]) => found.map(({ metadata }) => metadata.name);
  return { invalidate: names(invalidate), remove: names(remove) };
};

test('a token goes in two steps of a year each; whoever used it last year keeps it', () => {
  const cases: [what: string, labels: Record<string, string>, outcome: 'stays' | 'invalidate' | 'remove'][] = [
    ['never used since uses are tracked', {}, 'invalidate'],
    ['used long ago', { [lastUsedLabel]: '2029-05-31' }, 'invalidate'],
    ['used on the last day that counts', { [lastUsedLabel]: '2029-06-01' }, 'stays'],
    ['used nobody knows when', { [lastUsedLabel]: 'often' }, 'stays'],
    ['marked a moment ago', { [invalidSinceLabel]: '2030-05-01' }, 'stays'],
    ['marked with nonsense', { [invalidSinceLabel]: 'yes' }, 'invalidate'],
    ['marked a year ago', { [invalidSinceLabel]: '2029-05-31' }, 'remove'],
    [
      'marked a year ago, and tried since',
      { [invalidSinceLabel]: '2029-05-31', [lastUsedLabel]: '2030-01-01' },
      'stays',
    ],
  ];
  for (const [what, labels, outcome] of cases) {
    const { invalidate, remove } = plan([secret('s', labels)]);
    assert.equal(invalidate.length ? 'invalidate' : remove.length ? 'remove' : 'stays', outcome, what);
  }
});

test('what is new, in use, of another kind or made by hand stays, and all do until a year of uses is known', () => {
  const nothing = { invalidate: [], remove: [] };
  const one = [secret('s')];
  assert.deepEqual(plan(one).invalidate, ['s']);
  assert.deepEqual(plan([secret('s', {}, { creationTimestamp: '2029-06-02T00:00:00Z' })]), nothing);
  assert.deepEqual(plan([secret('s', {}, { deletionTimestamp: '2030-01-01T00:00:00Z' })]), nothing);
  assert.deepEqual(plan([{ ...secret('s'), type: 'Opaque' }]), nothing);
  assert.deepEqual(plan(one, { account: () => account('other') }), nothing);
  assert.deepEqual(plan(one, { account: () => undefined }), nothing);
  assert.deepEqual(plan(one, { account: () => ({ ...account('s'), metadata: { uid: 'another' } }) }), nothing);
  const pod = {
    metadata: { name: 'p', namespace: 'n' },
    spec: { volumes: [{ name: 'v', secret: { secretName: 's' } }] },
  };
  assert.deepEqual(plan(one, { pods: [pod as unknown as Pod] }), nothing);
  const elsewhere = { ...pod, metadata: { name: 'p', namespace: 'm' } };
  assert.deepEqual(plan(one, { pods: [elsewhere as unknown as Pod] }).invalidate, ['s']);
  for (const trackedSince of [undefined, 'always', '2029-06-01'])
    assert.deepEqual(plan(one, { trackedSince }), nothing);
  assert.deepEqual(plan(one, { trackedSince: '2029-05-31' }).invalidate, ['s']);
});

test('all ways in which a pod names a Secret count, and nothing else does', () => {
  const container = {
    name: 'not-this',
    env: [{ name: 'nor-this', valueFrom: { secretKeyRef: { name: 'a', key: 'k' } } }],
    envFrom: [{ secretRef: { name: 'b' } }, { configMapRef: { name: 'nor-that' } }],
  };
  const spec = {
    containers: [container],
    imagePullSecrets: [{ name: 'c' }],
    volumes: [
      { name: 'v', secret: { secretName: 'd' } },
      { name: 'v', projected: { sources: [{ secret: { name: 'e' } }, { configMap: { name: 'nor-these' } }] } },
      { name: 'v', csi: { driver: 'x', nodePublishSecretRef: { name: 'f' } } },
      { name: 'v', cephfs: { secretRef: { name: 'g' } } },
      { name: 'v', azureFile: { secretName: 'h', shareName: 'nor-them' } },
    ],
  };
  assert.deepEqual([...secretNames(spec)], ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
});

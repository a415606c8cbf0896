import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Extension, InstallPlan, Repository } from '@orrery/platform-kinds/types';
import {
  changedPlan,
  compareVersions,
  failureOf,
  isUnderWay,
  permissionsIn,
  pictureOf,
  planOf,
  readmeIn,
  repositoryFormOf,
  repositoryOf,
  spokenIn,
  syncOf,
  upgradeOf,
  valuesIn,
  versionsOf,
} from './market.ts';

const extension = (status: Extension['status'], spec: Extension['spec'] = {}): Extension => ({
  apiVersion: 'kubesphere.io/v1alpha1',
  kind: 'Extension',
  metadata: { name: 'hello' },
  spec,
  status,
});

test('words are one’s own language, else English, else whatever there is', () => {
  assert.equal(spokenIn({ en: 'a', zh: 'b' }, 'zh'), 'b');
  assert.equal(spokenIn({ en: 'a', fr: 'c' }, 'zh'), 'a');
  assert.equal(spokenIn({ fr: 'c' }, 'en'), 'c');
  assert.equal(spokenIn(undefined, 'en'), undefined);
});

test('versions are in the order of semver', () => {
  const order = ['v0.9.0', '1.0.0-alpha', '1.0.0-rc.2', '1.0.0-rc.10', '1.0.0', '1.2.0', '1.10.0', '2.0.0'];
  assert.deepEqual(order.toReversed().toSorted(compareVersions), order);
  const versions = ['1.2.0', '1.10.0', '1.10.0-rc.1'].map(version => ({ version }));
  assert.deepEqual(versionsOf(extension({ versions })), ['1.10.0', '1.10.0-rc.1', '1.2.0']);
});

for (const [name, status, upgrade] of [
  ['nothing installed', { recommendedVersion: '2.0.0' }, undefined],
  ['an older one', { installedVersion: '1.0.0', recommendedVersion: '2.0.0' }, '2.0.0'],
  ['the newest', { installedVersion: '2.0.0', recommendedVersion: '2.0.0' }, undefined],
  ['a newer one than is recommended', { installedVersion: '3.0.0', recommendedVersion: '2.0.0' }, undefined],
] as const)
  test(`${name}: ${upgrade ? `there is ${upgrade}` : 'there is nothing to go to'}`, () =>
    assert.equal(upgradeOf(extension(status)), upgrade));

test('while something is under way nothing else is begun', () => {
  assert.deepEqual(
    (['Installing', 'Upgrading', 'Uninstalling', 'Installed', 'InstallFailed', undefined] as const).map(isUnderWay),
    [true, true, true, false, false, false],
  );
});

test('a plan is called like its extension; a change keeps what the form does not know', () => {
  const made = planOf('hello', { version: '1.0.0', config: '  ' });
  assert.equal(made.metadata.name, 'hello');
  assert.deepEqual(made.spec, {
    extension: { name: 'hello', version: '1.0.0' },
    enabled: true,
    upgradeStrategy: 'Manual',
  });
  const before: InstallPlan = {
    ...made,
    metadata: { name: 'hello', resourceVersion: '7' },
    spec: { ...made.spec, enabled: false, config: 'a: 1', clusterScheduling: { overrides: { c1: 'b: 2' } } },
  };
  const after = changedPlan(before, { version: '2.0.0', config: 'a: 2', clusters: ['host'] });
  assert.equal(after.metadata.resourceVersion, '7');
  assert.deepEqual(after.spec, {
    extension: { name: 'hello', version: '2.0.0' },
    enabled: false,
    upgradeStrategy: 'Manual',
    config: 'a: 2',
    clusterScheduling: { overrides: { c1: 'b: 2' }, placement: { clusters: ['host'] } },
  });
  assert.equal(changedPlan(before, { version: '2.0.0', config: '' }).spec.config, undefined);
});

test('why it failed is told while it is so', () => {
  const conditions = [{ type: 'Ready', status: 'False' as const, message: 'no right to it' }];
  const plan = planOf('hello', { version: '1.0.0', config: '' });
  assert.equal(failureOf({ ...plan, status: { state: 'InstallFailed', conditions } }), 'no right to it');
  assert.equal(failureOf({ ...plan, status: { state: 'Installed', conditions } }), undefined);
  assert.equal(failureOf(undefined), undefined);
});

test('the chart’s own files are found, and not those of its parts', () => {
  const file = (name: string, text: string) => ({ name, data: Buffer.from(text).toString('base64') });
  const files = [
    file('charts/part/README.md', 'part'),
    file('README.md', '# Größe'),
    file('README_zh.md', '中文'),
    file('charts/part/values.yaml', 'no: 1'),
    file('values.yaml', 'yes: 1'),
    file('permissions.yaml', 'kind: ClusterRole'),
  ];
  assert.equal(readmeIn(files, 'en'), '# Größe');
  assert.equal(readmeIn(files, 'zh'), '中文');
  assert.equal(readmeIn([files[1]!], 'zh'), '# Größe');
  assert.equal(readmeIn([], 'en'), undefined);
  assert.equal(valuesIn(files), 'yes: 1');
  assert.equal(permissionsIn(files), 'kind: ClusterRole');
});

test('pictures come from here or say themselves what they are', () => {
  const shown = (icon: string) => pictureOf(extension({}, { icon })) !== undefined;
  assert.deepEqual(
    [
      'data:image/svg+xml;base64,PHN2Zy8+',
      '/static/a.svg',
      'https://example.com/a.svg',
      '//example.com/a',
      'javascript:0',
    ].map(shown),
    [true, true, false, false, false],
  );
});

const repository: Repository = {
  apiVersion: 'kubesphere.io/v1alpha1',
  kind: 'Repository',
  metadata: { name: 'main', resourceVersion: '3' },
  spec: {
    url: 'https://charts.example.com',
    depth: 5,
    basicAuth: { username: 'ann' },
    updateStrategy: { timeout: '30s' },
  },
};

test('a repository is sent as it is typed; a password that is not typed again is not sent', () => {
  const form = repositoryFormOf(repository);
  const same = repositoryOf({ ...form, url: ' https://other.example.com ', interval: '1h' }, repository);
  assert.equal(same.metadata.resourceVersion, '3');
  assert.deepEqual(same.spec, {
    url: 'https://other.example.com',
    depth: 5,
    basicAuth: { username: 'ann' },
    updateStrategy: { timeout: '30s', registryPoll: { interval: '1h' } },
  });
  const fresh = repositoryOf({ ...repositoryFormOf(), name: ' x ', url: 'https://x', caBundle: 'PEM' });
  assert.deepEqual(fresh.metadata, { name: 'x' });
  assert.deepEqual(fresh.spec, { url: 'https://x', caBundle: btoa('PEM\n') });
});

test('how the last look into a repository went', () => {
  assert.deepEqual(syncOf(repository), { tone: 'busy' });
  assert.deepEqual(syncOf({ ...repository, status: { lastSyncTime: '2026-01-01T00:00:00Z' } }), { tone: 'good' });
  const conditions = [{ type: 'Synced', status: 'False' as const, message: 'it does not answer' }];
  assert.deepEqual(syncOf({ ...repository, status: { conditions } }), { tone: 'bad', message: 'it does not answer' });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogue, schemaOf, schemaOfType } from './index.ts';
import type { KindInfo } from './index.ts';
import { readRecordings, referenceTest } from './testing/reference.ts';

interface DiscoveredResource {
  resource: string;
  responseKind: { kind: string };
  scope: string;
  singularResource: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
  subresources?: { subresource: string; responseKind: { kind: string }; verbs: string[] }[];
}

const discovered = (kind: KindInfo): DiscoveredResource => ({
  resource: kind.plural,
  responseKind: { kind: kind.kind },
  scope: kind.namespaced ? 'Namespaced' : 'Cluster',
  singularResource: kind.singular,
  verbs: [...kind.verbs],
  ...(kind.shortNames && { shortNames: [...kind.shortNames] }),
  ...(kind.categories && { categories: [...kind.categories] }),
  ...(kind.subresources.length > 0 && {
    subresources: kind.subresources.map(({ name, kind: { kind: named }, verbs }) => ({
      subresource: name,
      responseKind: { kind: named },
      verbs: [...verbs],
    })),
  }),
});

const bare = ({ responseKind, subresources, ...rest }: DiscoveredResource): DiscoveredResource => ({
  ...rest,
  responseKind: { kind: responseKind.kind },
  ...(subresources && {
    subresources: subresources.map(entry => ({ ...entry, responseKind: { kind: entry.responseKind.kind } })),
  }),
});

referenceTest(
  'names, scopes, verbs and subresources are those of recorded discovery',
  'recorded/protocol.jsonl',
  path => {
    const record = readRecordings(path).find(({ id }) => id === 'proto-disc-agg-apis')!;
    const { items } = record.steps[0]!.expect!.body as {
      items: { metadata: { name: string }; versions: { version: string; resources: DiscoveredResource[] }[] }[];
    };
    assert.deepEqual(
      catalogue.groups.filter(group => group.name !== '').map(({ name, versions }) => [name, [...versions]]),
      items.map(({ metadata, versions }) => [metadata.name, versions.map(({ version }) => version)]),
    );
    for (const { metadata, versions } of items) {
      for (const { version, resources } of versions) {
        const own = catalogue.kinds.filter(kind => kind.group === metadata.name && kind.version === version);
        assert.deepEqual(own.map(discovered), resources.map(bare), `${metadata.name}/${version}`);
      }
    }
  },
);

test('a kind is found by its resource and by its kind', () => {
  const pods = catalogue.byResource({ group: '', version: 'v1', resource: 'pods' })!;
  assert.equal(pods, catalogue.byKind({ group: '', version: 'v1', kind: 'Pod' }));
  assert.deepEqual([pods.namespaced, pods.shortNames, pods.storageVersionHash], [true, ['po'], 'xPOwRZ+Yhw8=']);
  assert.equal(catalogue.byKind({ group: '', version: 'v2', kind: 'Pod' }), undefined);
});

test('events and autoscalers of the older form are stored under another group or version', () => {
  const storage = (group: string, version: string, resource: string) =>
    catalogue.byResource({ group, version, resource })?.storage;
  assert.deepEqual(storage('events.k8s.io', 'v1', 'events'), { group: '', version: 'v1' });
  assert.deepEqual(storage('autoscaling', 'v1', 'horizontalpodautoscalers'), { group: 'autoscaling', version: 'v2' });
  assert.equal(storage('apps', 'v1', 'deployments'), undefined);
});

test('every kind and its list have a schema, made once', () => {
  for (const kind of catalogue.kinds) {
    const schema = schemaOf(kind);
    assert.equal(schema, schemaOf(kind));
    assert.equal(schema.type, 'object');
    if (kind.verbs.includes('list')) assert.ok(schemaOfType(`${kind.type}List`).properties!['items']);
  }
  assert.throws(() => schemaOfType('core.v1.Nothing'), /no type core\.v1\.Nothing/);
});

test('list and patch keys arrive in the schema', () => {
  const { containers } = schemaOfType('core.v1.PodSpec').properties!;
  assert.deepEqual(
    [containers!.listType, containers!.listKeys, containers!.mergeKey, containers!.strategies],
    ['map', ['name'], 'name', ['merge']],
  );
  const { ports } = schemaOfType('core.v1.Container').properties!;
  assert.deepEqual([ports!.listKeys, ports!.mergeKey], [['containerPort', 'protocol'], 'containerPort']);
  assert.deepEqual(schemaOfType('core.v1.Container').properties!['imagePullPolicy']!.enum, [
    'Always',
    'Never',
    'IfNotPresent',
  ]);
});

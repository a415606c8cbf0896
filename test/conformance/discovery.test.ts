/** What the API server says of itself. */
import assert from 'node:assert/strict';
import { anything, define, definitionOf } from './support/definitions.ts';
import { area, at, conformance, eventually, listAt, type Case } from './support/suite.ts';

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const accept = `${aggregated},application/json`;

/** Group, version and resource of a document, each as one text. */
const known = (body: Record<string, unknown>): string[] =>
  listAt(body, 'items').flatMap(group =>
    listAt(group, 'versions').flatMap(({ version, resources }) =>
      (resources as { resource: string }[]).map(
        ({ resource }) => `${at(group, 'metadata', 'name') ?? ''}/${version as string}/${resource}`,
      ),
    ),
  );

const builtIn = [
  ...['/v1/pods', '/v1/services', '/v1/namespaces', '/v1/nodes', '/v1/configmaps', '/v1/secrets'],
  ...['apps/v1/deployments', 'apps/v1/statefulsets', 'apps/v1/daemonsets', 'apps/v1/replicasets'],
  ...['batch/v1/jobs', 'batch/v1/cronjobs', 'autoscaling/v2/horizontalpodautoscalers'],
  ...['networking.k8s.io/v1/ingresses', 'policy/v1/poddisruptionbudgets', 'storage.k8s.io/v1/storageclasses'],
  ...['rbac.authorization.k8s.io/v1/clusterroles', 'certificates.k8s.io/v1/certificatesigningrequests'],
  ...['coordination.k8s.io/v1/leases', 'discovery.k8s.io/v1/endpointslices', 'events.k8s.io/v1/events'],
  ...['apiextensions.k8s.io/v1/customresourcedefinitions', 'apiregistration.k8s.io/v1/apiservices'],
  ...['admissionregistration.k8s.io/v1/validatingwebhookconfigurations', 'scheduling.k8s.io/v1/priorityclasses'],
  ...['flowcontrol.apiserver.k8s.io/v1/flowschemas', 'node.k8s.io/v1/runtimeclasses'],
];

async function everything(c: Case, header: string): Promise<string[]> {
  const parts = ['/api', '/apis'].map(path => c.call('GET', path, { headers: { accept: header } }));
  const documents = await Promise.all(parts);
  for (const { status, body } of documents) {
    assert.equal(status, 200, 'the document is there');
    assert.equal(body.kind, 'APIGroupDiscoveryList', 'and it is the aggregated one');
    assert.equal(body.apiVersion, 'apidiscovery.k8s.io/v2', 'in its stable version');
  }
  return documents.flatMap(({ body }) => known(body));
}

const missing = (found: readonly string[]): string[] => builtIn.filter(name => !found.includes(name));

async function showsDefinition(c: Case, header: string): Promise<void> {
  const versions = ['v1', 'v2'].map(name => ({ name, schema: anything }));
  const { group, plural } = await define(c, definitionOf(c, versions));
  await eventually('a definition is in the document', async () => {
    const found = await everything(c, header);
    return ['v1', 'v2'].every(version => found.includes(`${group}/${version}/${plural}`));
  });
  const groups = (await c.call('GET', '/apis', { headers: { accept: header } })).body;
  const own = listAt(groups, 'items').find(item => at(item, 'metadata', 'name') === group);
  assert.deepEqual(
    listAt(own, 'versions').map(({ version }) => version),
    ['v2', 'v1'],
    'with its versions in the order of their age',
  );
  assert.deepEqual(
    at(own, 'versions', 0, 'resources', 0, 'responseKind'),
    { group, version: 'v2', kind: 'Foo' },
    'and its kind',
  );
}

area('discovery', () => {
  conformance(
    '[sig-api-machinery] AggregatedDiscovery should support aggregated discovery interface [Conformance]',
    async c => {
      assert.deepEqual(missing(await everything(c, accept)), [], 'a client that asks for both finds every resource');
    },
  );

  conformance(
    '[sig-api-machinery] AggregatedDiscovery should support aggregated discovery interface for CRDs [Conformance]',
    c => showsDefinition(c, accept),
  );

  conformance(
    '[sig-api-machinery] AggregatedDiscovery should support raw aggregated discovery endpoint Accept headers [Conformance]',
    async c => {
      assert.deepEqual(missing(await everything(c, aggregated)), [], 'the header alone brings every resource');
      const plain = await c.call('GET', '/apis', { headers: { accept: 'application/json' } });
      assert.equal(plain.body.kind, 'APIGroupList', 'whoever does not ask for it gets the plain document');
    },
  );

  conformance(
    '[sig-api-machinery] AggregatedDiscovery should support raw aggregated discovery request for CRDs [Conformance]',
    c => showsDefinition(c, aggregated),
  );

  conformance(
    '[sig-api-machinery] Discovery should validate PreferredVersion for each APIGroup [Conformance]',
    async ({ call }) => {
      const groups = listAt((await call('GET', '/apis')).body, 'groups');
      assert.ok(groups.length > 15, 'the groups are listed');
      for (const { name, versions, preferredVersion } of groups) {
        if (String(name).endsWith('.example.com')) continue;
        const { body } = await call('GET', `/apis/${name as string}`);
        assert.deepEqual(body.preferredVersion, preferredVersion, 'the document of the group prefers the same');
        const preferred = at(preferredVersion, 'groupVersion');
        assert.ok(
          (versions as { groupVersion: string }[]).some(({ groupVersion }) => groupVersion === preferred),
          `the preferred version of ${name as string} is one of its versions`,
        );
      }
    },
  );

  conformance(
    '[sig-api-machinery] Discovery should locate the groupVersion and a resource within each APIGroup [Conformance]',
    async ({ call }) => {
      const groups = listAt((await call('GET', '/apis')).body, 'groups');
      for (const { name, versions } of groups) {
        if (String(name).endsWith('.example.com')) continue;
        for (const { groupVersion } of versions as { groupVersion: string }[]) {
          const { status, body } = await call('GET', `/apis/${groupVersion}`);
          assert.equal(status, 200, `${groupVersion} has a list of resources`);
          assert.equal(body.groupVersion, groupVersion, 'which is of that group and version');
          const valid = listAt(body, 'resources').filter(({ name, kind, verbs }) => name && kind && verbs);
          assert.ok(valid.length > 0, `${groupVersion} has a resource`);
        }
      }
    },
  );

  conformance('[sig-api-machinery] server version should find the server version [Conformance]', async ({ call }) => {
    const { status, body } = await call('GET', '/version');
    assert.equal(status, 200, 'the version is told');
    assert.match(String(body.major), /^[1-9]\d*$/, 'major is a number');
    assert.match(String(body.minor), /^[1-9]\d*$/, 'minor is a number');
  });

  conformance(
    '[sig-api-machinery] Servers with support for Table transformation should return a 406 for a backend which does not implement metadata [Conformance]',
    async ({ call }) => {
      const review = {
        ...{ apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', metadata: {} },
        spec: { resourceAttributes: { verb: 'get', resource: 'pods' } },
      };
      const answer = await call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
        body: review,
        headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
      });
      assert.equal(answer.status, 406, 'what has no metadata has no table');
    },
  );
});

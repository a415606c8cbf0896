/** What is wrong with a patch is said as upstream says it: each kind of patch is read by other code there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from '../testing/server.ts';

const path = '/apis/apps/v1/namespaces/n/deployments/web';
const strategic = 'application/strategic-merge-patch+json';
const merge = 'application/merge-patch+json';

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'i' }] } },
  },
};

const cases: readonly (readonly [type: string, patch: string, message: string])[] = [
  [strategic, '{"spec":', 'unexpected end of JSON input'],
  [merge, '{"spec":', 'error decoding patch: unexpected end of JSON input'],
  [strategic, '{"spec":{"replicas":"many"}}', 'map[spec:map[replicas:many]]": unrecognized type: int32'],
  [strategic, '{"spec":{"replicas":1.5}}', 'map[spec:map[replicas:1.5]]": cannot convert float64 to int32'],
  [strategic, '{"spec":{"paused":3}}', 'map[spec:map[paused:3]]": unrecognized type: bool'],
  [
    strategic,
    '{"metadata":{"annotations":{"a":1}}}',
    'map[metadata:map[annotations:map[a:1]]]": cannot convert int64 to string',
  ],
  [
    strategic,
    '{"metadata":{"finalizers":{"a":1}}}',
    'map[metadata:map[finalizers:map[a:1]]]": cannot restore slice from map',
  ],
  [strategic, '{"metadata":"x"}', 'map[metadata:x]": cannot restore struct from: string'],
  [
    merge,
    '{"metadata":{"name":null}}',
    'the name of the object (web based on URL) was undeterminable: name must be provided',
  ],
  [
    merge,
    '{"spec":{"replicas":"many"}}',
    'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
  ],
];

test('the words of each kind of patch', async t => {
  const server = await startServer();
  t.after(() => server.close());
  await server.create('/apis/apps/v1/namespaces/n/deployments', deployment);
  for (const [type, patch, message] of cases) {
    const { status, body } = await server.call('PATCH', path, { body: patch, headers: { 'content-type': type } });
    assert.ok(status === 400 || status === 422, `${patch} is refused`);
    const said = (body as { message: string }).message;
    assert.equal(said.slice(-message.length), message);
  }
});

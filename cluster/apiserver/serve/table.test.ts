/** Tables whose rows are not what is stored, in the order in which it is stored. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startServer } from '../testing/server.ts';

const server = await startServer();
after(() => server.close());

const asTable = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
interface Row {
  readonly cells: unknown[];
  readonly object: { metadata: { name: string; annotations?: object } };
}
const rowsOf = async (target: string): Promise<Row[]> =>
  (await server.get(target, asTable)).body['rows'] as unknown as Row[];

test('flow schemas stand in the order in which they are asked', async () => {
  const target = '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas';
  const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';
  for (const [name, matchingPrecedence] of Object.entries({ a: 500, b: 100, c: 500 })) {
    const spec = { matchingPrecedence, priorityLevelConfiguration: { name: 'global-default' } };
    const { status } = await server.create(target, { apiVersion, kind: 'FlowSchema', metadata: { name }, spec });
    assert.equal(status, 201);
  }
  const names = (await rowsOf(target)).map(({ object }) => object.metadata.name);
  assert.deepEqual(
    names.filter(name => name.length === 1),
    ['b', 'a', 'c'],
  );
});

test('an autoscaler shows the same row in both versions, and its metadata no annotation that stands for a field', async () => {
  await server.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } });
  const target = (version: string): string => `/apis/autoscaling/${version}/namespaces/n/horizontalpodautoscalers`;
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' };
  const memory = {
    type: 'Resource',
    resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
  };
  const spec = { maxReplicas: 3, scaleTargetRef, metrics: [memory] };
  await server.create(target('v2'), {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'x' },
    spec,
  });
  for (const version of ['v1', 'v2']) {
    const [row] = await rowsOf(target(version));
    assert.equal(row!.cells[2], 'memory: <unknown>/1Gi');
    assert.equal(row!.object.metadata.annotations, undefined);
  }
});

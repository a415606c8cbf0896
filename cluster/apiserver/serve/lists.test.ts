import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@orrery/machinery/clock';
import { at, startServer } from '../testing/server.ts';

const maps = '/api/v1/namespaces/a/configmaps';

for (const [view, accept] of [
  ['Table', 'application/json;as=Table;v=v1;g=meta.k8s.io'],
  ['PartialObjectMetadataList', 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'],
] as const) {
  test(`a long ${view} is whole, and gives others their turn`, async t => {
    let elapsedMs = 0;
    let turns = 0;
    const clock = {
      ...systemClock,
      monotonic: () => (elapsedMs += 5),
      sleep: (ms: number, signal?: AbortSignal) => {
        turns++;
        return systemClock.sleep(ms, signal);
      },
    };
    const server = await startServer({ clock });
    t.after(server.close);
    const names = Array.from({ length: 400 }, (_, i) => `m${String(i).padStart(3, '0')}`);
    const data = { text: '"quoted" \u2028 ü '.repeat(20) };
    await Promise.all(names.map(name => server.create(maps, { metadata: { name }, data })));
    turns = 0;
    const answer = await server.get(maps, { accept });
    assert.equal(answer.body.kind, view);
    const rows = answer.body[view === 'Table' ? 'rows' : 'items'] as unknown[];
    const found = rows.map(row => at(row, ...(view === 'Table' ? ['object'] : []), 'metadata', 'name'));
    assert.deepEqual(found, names);
    assert.ok(turns >= 3, `${turns} turns`);
  });
}

test('an empty list has its frame in every form', async t => {
  const server = await startServer();
  t.after(server.close);
  assert.deepEqual((await server.get(maps)).body.items, []);
  const table = await server.get(maps, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
  assert.deepEqual(table.body.rows, []);
  const converted = await server.get('/apis/autoscaling/v1/namespaces/a/horizontalpodautoscalers');
  assert.deepEqual([converted.body.kind, converted.body.items], ['HorizontalPodAutoscalerList', []]);
  const pretty = await server.get(`${maps}?pretty=true`);
  assert.match(pretty.text, /^\{\n {2}"kind": "ConfigMapList",\n/);
});

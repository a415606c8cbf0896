import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApiServer } from '@orrery/apiserver';
import { resources } from '@orrery/client/resources';
import { dnsPortAnnotation } from '@orrery/kinds/node-dns';
import type { EndpointSlice, Node } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import { seededRandom } from '@orrery/machinery/random';
import { createMemoryStore } from '@orrery/store/memory';
import { startTestControlPlane } from '../testing.ts';
import { dnsSliceOf, saysTheSame } from './plan.ts';

const node = (port: string | undefined, podCIDR?: string): Node =>
  ({
    metadata: { name: 'a', uid: 'u', ...(port !== undefined && { annotations: { [dnsPortAnnotation]: port } }) },
    spec: { ...(podCIDR && { podCIDR }) },
  }) as Node;

test('a slice is made of what the node says', () => {
  const rows: [what: string, node: Node, expected: string | undefined][] = [
    ['a node that answers', node('53', '10.42.7.0/24'), '10.42.7.1:53'],
    ['at another port', node('40053', '10.42.0.0/25'), '10.42.0.1:40053'],
    ['the second half of a byte', node('53', '10.42.0.128/25'), '10.42.0.129:53'],
    ['before it has addresses', node('53'), undefined],
    ['of the other family', node('53', 'fd00:1::/64'), undefined],
    ['one that says nothing', node(undefined, '10.42.0.0/24'), undefined],
    ['one that says nonsense', node('soon', '10.42.0.0/24'), undefined],
    ['a port that is none', node('70000', '10.42.0.0/24'), undefined],
  ];
  for (const [what, given, expected] of rows) {
    const slice = dnsSliceOf(given);
    const said = slice && `${slice.endpoints?.[0]!.addresses[0]}:${slice.ports![0]!.port}`;
    assert.equal(said, expected, what);
  }
  const slice = dnsSliceOf(node('53', '10.42.7.0/24'))!;
  assert.equal(slice.endpoints?.[0]!.nodeName, 'a');
  assert.ok(saysTheSame({ ...slice, metadata: { ...slice.metadata, labels: { more: 'x' } } }, slice));
  assert.ok(!saysTheSame(slice, dnsSliceOf(node('54', '10.42.7.0/24'))!));
});

test('slices follow the nodes, come back when somebody removes them, and are mended', async () => {
  const store = createMemoryStore({ clock: systemClock });
  const server = await createApiServer({ store, clock: systemClock, random: seededRandom(1), log: silentLog });
  await server.ready;
  const plane = startTestControlPlane(server.handler, { podRanges: ['10.42.0.0/16'] });
  const { client, eventually } = plane;
  const at = { namespace: 'kube-system' };
  await client
    .create(resources.namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'kube-system' },
    } as KubeObject)
    .catch(() => {});
  const address = async () => {
    const slice = await client.get<EndpointSlice>(resources.endpointslices, 'kube-dns-n1', at);
    return `${slice.endpoints?.[0]!.addresses[0]}:${slice.ports![0]!.port}`;
  };
  await plane.addNode('n1');
  const say = (port: string) =>
    client.patch(resources.nodes, 'n1', 'merge', { metadata: { annotations: { [dnsPortAnnotation]: port } } });
  await say('53');
  await eventually('a slice', async () => (await address()) === '10.42.0.1:53');
  await say('54');
  await eventually('another port', async () => (await address()) === '10.42.0.1:54');
  await client.patch(resources.endpointslices, 'kube-dns-n1', 'merge', { endpoints: [] }, at);
  await eventually('it is mended', async () => (await address()) === '10.42.0.1:54');
  await client.delete(resources.endpointslices, 'kube-dns-n1', at);
  await eventually('it is back', async () => (await address()) === '10.42.0.1:54');
  await client.delete(resources.nodes, 'n1');
  await eventually('it goes with its node', async () =>
    (await client.list(resources.endpointslices, at)).items.every(({ metadata }) => metadata.name !== 'kube-dns-n1'),
  );
  await plane.stop();
  await server.close();
  await store.close();
});

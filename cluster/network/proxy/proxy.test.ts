/** The rim of the proxy beside a real API server: the whole table first, then what differs, and the whole table again where the kernel refused. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { createApiServer } from '@orrery/apiserver';
import { createClient } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { silentLog } from '@orrery/machinery/log';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { seededRandom } from '@orrery/machinery/random';
import { createContext } from '@orrery/reconciler';
import { createMemoryStore } from '@orrery/store/memory';
import { startProxy } from './proxy.ts';

const table = { podCIDRs: ['10.42.0.0/24'], serviceCIDRs: ['10.96.0.0/16'], bridge: 'orrery0' };
const user = { name: 'system:node:n1', groups: ['system:masters', 'system:authenticated'] };

const serviceAt = (name: string, clusterIP: string): object => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' } },
  spec: { clusterIP, clusterIPs: [clusterIP], ports: [{ port: 80 }] },
});

test('services reach the kernel, also one that refuses for a while', async () => {
  const clock = createManualClock(Date.UTC(2025, 0, 1));
  const random = seededRandom(1);
  const log = silentLog;
  const store = createMemoryStore({ clock });
  const server = await createApiServer({ store, clock, random, log });
  await server.ready;
  const client = createClient(server.handler, { user, random });
  const ending = new AbortController();
  const written: string[][] = [];
  let refusals = 0;
  const nft = async (statements: readonly string[]) => {
    if (refusals-- > 0) throw new Error('Device or resource busy');
    written.push([...statements]);
  };
  const settle = async (ms = 200) => {
    for (let passed = 0; passed < ms; passed += 10) await clock.advance(10);
  };
  const isWhole = (statements: readonly string[]) => statements.some(line => line.startsWith('add table inet orrery '));
  try {
    const context = createContext({ client, clock, random, log, signal: ending.signal });
    const proxy = startProxy(context, { ...table, nodeName: 'n1', nft });
    await settle();
    await proxy.ready;
    equal(written.length, 1);
    ok(isWhole(written[0]!));

    await client.create(resources.services, serviceAt('one', '10.96.0.11') as never);
    await settle();
    equal(written.length, 2);
    ok(!isWhole(written[1]!));
    match(written[1]!.join('\n'), /10\.96\.0\.11/);
    equal(proxy.statements(), written[1]!.length);

    refusals = 2;
    await client.create(resources.services, serviceAt('two', '10.96.0.12') as never);
    await settle();
    await client.create(resources.services, serviceAt('three', '10.96.0.13') as never);
    await settle(2_500);
    equal(written.length, 3);
    ok(isWhole(written[2]!));
    const all = written[2]!.join('\n');
    deepEqual(
      ['11', '12', '13'].map(end => all.includes(`10.96.0.${end}`)),
      [true, true, true],
    );

    ending.abort();
    await client.create(resources.services, serviceAt('four', '10.96.0.14') as never);
    await settle(2_500);
    equal(written.length, 3);
  } finally {
    ending.abort();
    await server.close();
    await store.close();
  }
});

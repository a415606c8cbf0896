/** `bench load` as a whole, against a control plane of our own with a simulated node: each kind of measurement once, and nothing stays. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { createClient } from '@orrery/client';
import { connect, loadKubeconfig } from '@orrery/client/node';
import { resources } from '@orrery/client/resources';
import { writeAdminKubeconfig } from '@orrery/embedded/kubeconfig';
import { defaultSettings, layoutOf } from '@orrery/embedded/layout';
import { startServer } from '@orrery/embedded/server';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { systemRandom } from '@orrery/machinery/random';
import { findProgram } from '../commands.ts';
import { measureLoad } from './measure.ts';

describe('a load on a simulated cluster', async () => {
  const root = mkdtempSync(join(tmpdir(), 'orrery-load-'));
  const settings = {
    ...defaultSettings,
    port: 0,
    platform: false,
    simulatedNodes: 1,
    nodeName: 'n',
    nodeIP: '127.0.0.1',
  };
  const server = await startServer({
    root,
    settings,
    anyPort: true,
    anyConsolePort: true,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  });
  writeAdminKubeconfig(layoutOf(root), server.port);
  const kubeconfig = layoutOf(root).kubeconfig;
  after(async () => {
    await server.close();
    rmSync(root, { recursive: true, force: true });
  });
  const options = {
    kubeconfig,
    wrk: findProgram('wrk')!,
    h2load: findProgram('h2load')!,
    groups: ['get', 'mixed', 'watch', 'memory'] as const,
    clients: [2],
    rounds: 1,
    seconds: 1,
    warmUpSeconds: 0,
    objects: 110,
    watchers: 3,
    updates: 5,
    clock: systemClock,
    random: systemRandom,
    progress: () => {},
    signal: new AbortController().signal,
  };

  test('measures each on both, and on the floor', async () => {
    const steps: string[] = [];
    const report = await measureLoad({ ...options, against: kubeconfig, progress: step => steps.push(step) });
    const counted = steps.map(step => /^(\d+ of \d+): /.exec(step)?.[1]).filter(step => step !== undefined);
    assert.deepEqual([...new Set(counted)], ['1 of 5', '2 of 5', '3 of 5', '4 of 5', '5 of 5']);
    assert.deepEqual(report.subjects, ['A', 'B', 'floor']);
    const names = report.rows.filter(({ detail }) => detail === undefined).map(({ what }) => what);
    for (const what of [
      'get Pod, 2 clients, HTTP/1.1',
      'get Pod, 2 clients, HTTP/2',
      'mixed, 2 clients, HTTP/1.1',
      'watch, 3 watchers x 5 changes, events as fast as it goes',
      'watch, 3 watchers x 5 changes, delay at 50 changes a second',
      'memory (PSS) with 110 Pods and 110 ConfigMaps',
    ])
      assert.ok(names.includes(what), `${what} is missing in ${names.join('; ')}`);
    for (const { what, detail, values } of report.rows) {
      for (const subject of what.startsWith('disk') ? ['floor'] : report.subjects)
        assert.equal(
          values[subject]?.length,
          what.startsWith('memory') ? 1 : options.rounds,
          `${what} ${detail} ${subject}`,
        );
    }
  });

  test('leaves nothing behind, also when it is stopped', async () => {
    const stopping = new AbortController();
    const stopped = measureLoad({
      ...options,
      groups: ['get'],
      progress: step => step.includes('round 1') && stopping.abort(new Error('enough')),
      signal: stopping.signal,
    });
    await assert.rejects(stopped, /enough|aborted/);
    const transport = connect((await loadKubeconfig({ path: kubeconfig })).connect);
    const client = createClient(transport);
    const { items } = await client.list(resources.namespaces);
    const left = items.filter(({ metadata }) => metadata.name?.startsWith('orrery-bench'));
    assert.deepEqual(
      left.filter(({ metadata }) => metadata.deletionTimestamp === undefined),
      [],
    );
    const bindings = await client.list(resources.clusterrolebindings);
    assert.ok(bindings.items.every(({ metadata }) => !metadata.name?.startsWith('orrery-bench')));
    transport.close();
  });

  test('says which packages are missing', () => {
    const { wrk: _, ...without } = options;
    return assert.rejects(measureLoad(without), /packages wrk and nghttp2-client/);
  });
});

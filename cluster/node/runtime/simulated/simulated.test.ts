import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { systemClock } from '@orrery/machinery/clock';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { seededRandom } from '@orrery/machinery/random';
import {
  containerConfig,
  runtimeConformance,
  sandboxConfig,
  startPod,
  type ConformanceTarget,
} from '../conformance.ts';
import { createSimulatedRuntime, type SimulatedRuntimeOptions } from './index.ts';
import { AddressPool } from './state.ts';

/** Programs that end by themselves say so in their last word: `exit 3`. */
const lifeOf: NonNullable<SimulatedRuntimeOptions['lifeOf']> = ({ command = [] }) => {
  const [, code] = /^exit (\d+)$/.exec(command.at(-1) ?? '') ?? [];
  return code === undefined ? undefined : { runMs: 1, exitCode: Number(code) };
};

const target = (options: Partial<SimulatedRuntimeOptions> = {}): ConformanceTarget => ({
  runtime: createSimulatedRuntime({ clock: systemClock, random: seededRandom(1), lifeOf, ...options }),
  image: 'here:1',
  spareImage: 'spare:1',
  logDirectory: '/nowhere',
  cgroupRoot: '/nowhere',
  podNetwork: true,
  close: async () => {},
});

runtimeConformance('simulated', async () => target());

suite('simulated runtime', () => {
  test('the same seed gives the same ids', async () => {
    const ids = await Promise.all([target(), target()].map(async one => (await startPod(one)).containerId));
    assert.equal(ids[0], ids[1]);
  });

  test('stopping takes as long as the container needs, and no longer than its grace', async () => {
    const clock = createManualClock();
    const runtime = createSimulatedRuntime({ clock, random: seededRandom(1), stopSecondsOf: () => 5 });
    const pod = { ...target(), runtime };
    for (const [grace, exitCode, seconds] of [
      [10, 143, 5],
      [2, 137, 2],
      [0, 137, 0],
    ] as const) {
      const { containerId } = await startPod(pod);
      const begun = clock.now();
      const stopped = runtime.stopContainer(containerId, grace);
      await clock.advance(6_000);
      await stopped;
      const status = await runtime.containerStatus(containerId);
      assert.deepEqual([status.exitCode, status.finishedAt - begun], [exitCode, seconds * 1000]);
    }
  });

  test('a latency holds starts back', async () => {
    const clock = createManualClock();
    const runtime = createSimulatedRuntime({ clock, random: seededRandom(1), startLatencyMs: 300 });
    const pod = { ...target(), runtime };
    const config = sandboxConfig(pod);
    const running = runtime.runPodSandbox(config);
    assert.deepEqual(await runtime.listPodSandboxes(), []);
    await clock.advance(300);
    const id = await runtime.createContainer(await running, containerConfig(pod), config);
    const started = runtime.startContainer(id);
    await clock.advance(300);
    await started;
    assert.equal((await runtime.containerStatus(id)).state, 'running');
  });

  test('commands are refused in words', async () => {
    const pod = target();
    const { containerId } = await startPod(pod);
    const { exitCode, stderr } = await pod.runtime.execSync(containerId, ['ls'], 1);
    assert.deepEqual(
      [exitCode, Buffer.from(stderr).toString()],
      [126, 'ls: containers of a simulated node run no commands\n'],
    );
  });

  test('addresses are given out once, and again only when the range is used up', () => {
    const pool = new AddressPool('10.1.2.248/29');
    const taken = Array.from({ length: 6 }, () => pool.take());
    assert.deepEqual(taken, ['10.1.2.250', '10.1.2.251', '10.1.2.252', '10.1.2.253', '10.1.2.254', undefined]);
    pool.giveBack('10.1.2.251');
    assert.equal(pool.take(), '10.1.2.251');
  });
});

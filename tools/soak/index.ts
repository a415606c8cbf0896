/** `node tools/soak/index.ts --hours 8`: load for hours on a cluster, with bounds on memory, handles and disk. */
import { parseArgs } from 'node:util';
import { createClient } from '@orrery/client';
import { connect, loadKubeconfig } from '@orrery/client/node';
import { systemClock } from '@orrery/machinery/clock';
import { systemRandom } from '@orrery/machinery/random';
import { defaultBounds, judge, type Sample } from './judge.ts';
import { runLoad, type Tally } from './load.ts';
import { adoptCluster, startCluster } from './server.ts';

const { values } = parseArgs({
  options: {
    hours: { type: 'string' },
    minutes: { type: 'string', default: '1' },
    'data-dir': { type: 'string' },
    nodes: { type: 'string', default: '5' },
    objects: { type: 'string', default: '500' },
    writers: { type: 'string', default: '8' },
    'rest-ms': { type: 'string', default: '20' },
  },
});

const seconds = values.hours === undefined ? Number(values.minutes) * 60 : Number(values.hours) * 3_600;
/** At least twenty looks, at most one each half minute. */
const everyMs = Math.min(30_000, (seconds * 1_000) / 20);
const mib = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0);

const say = ({ atSeconds, memoryBytes, handles, diskBytes, succeeded, failed }: Sample): void =>
  console.log(
    `${String(Math.round(atSeconds)).padStart(6)} s  ${mib(memoryBytes)} MiB of memory, ${handles} handles, ${mib(diskBytes)} MiB on disk, ${succeeded} requests, ${failed} failed`,
  );

const dataDir = values['data-dir'];
const cluster = dataDir === undefined ? await startCluster(Number(values.nodes)) : adoptCluster(dataDir);
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
try {
  const transport = connect((await loadKubeconfig({ path: cluster.kubeconfig })).connect);
  const tally: Tally = { succeeded: 0, failed: 0, failures: new Map(), told: 0 };
  const load = runLoad(
    {
      ...{ client: createClient(transport), clock: systemClock, random: systemRandom, signal: stop.signal },
      ...{ objects: Number(values.objects), writers: Number(values.writers), restMs: Number(values['rest-ms']) },
    },
    tally,
  );
  const samples: Sample[] = [];
  const begun = systemClock.monotonic();
  while (!stop.signal.aborted && systemClock.monotonic() - begun < seconds * 1_000) {
    await Promise.race([systemClock.sleep(everyMs, stop.signal), load]);
    samples.push({ atSeconds: (systemClock.monotonic() - begun) / 1_000, ...cluster.look(), ...tally });
    say(samples.at(-1)!);
  }
  stop.abort();
  await load;
  transport.close();
  const { problems, memoryEarly, memoryLate, memoryMost, handlesEarly, handlesLate, diskMost } = judge(
    samples,
    defaultBounds,
  );
  console.log(
    `memory ${mib(memoryEarly)} -> ${mib(memoryLate)} MiB (most ${mib(memoryMost)}), handles ${handlesEarly} -> ${handlesLate}, disk at most ${mib(diskMost)} MiB, ${tally.told} events told`,
  );
  for (const [said, times] of [...tally.failures].slice(0, 10)) console.log(`${times} times: ${said}`);
  for (const problem of problems) console.log(`BROKEN: ${problem}`);
  process.exitCode = problems.length > 0 ? 1 : 0;
} finally {
  await cluster.remove();
}

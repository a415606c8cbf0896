import { test } from 'node:test';
import { rejects } from 'node:assert/strict';
import { createClient } from '@orrery/client';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { seededRandom } from '@orrery/machinery/random';
import { createContext } from '@orrery/reconciler';
import { startDns } from './dns.ts';

const options = { address: '127.0.0.1', port: 0, domain: 'cluster.local', upstreams: [] };

for (const [when, abort] of [
  ['before it began', (stopping: AbortController) => stopping.abort()],
  ['while it waits for the names', (stopping: AbortController) => void setImmediate(() => stopping.abort())],
] as const)
  test(`a start that is stopped ${when} ends, though no cache ever fills`, { timeout: 60_000 }, async () => {
    const stopping = new AbortController();
    // A server that never answers.
    const client = createClient(() => new Promise(() => {}));
    const context = createContext({
      ...{ client, clock: systemClock, random: seededRandom(1), log: silentLog },
      signal: stopping.signal,
    });
    abort(stopping);
    await rejects(startDns(context, options), /the start was interrupted/);
  });

/** The network between nodes where it is told to end before it has begun: nothing is asked of the kernel. */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@orrery/client';
import { silentLog } from '@orrery/machinery/log';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { seededRandom } from '@orrery/machinery/random';
import { createContext } from '@orrery/reconciler';
import { startOverlay } from './overlay.ts';

test('it ends in peace although the API has told of no node yet', async () => {
  const ending = new AbortController();
  let asked = 0;
  const client = createClient(() => {
    asked++;
    return new Promise(() => {});
  });
  const clock = createManualClock(0);
  const context = createContext({ client, clock, random: seededRandom(1), log: silentLog, signal: ending.signal });
  startOverlay(context, { nodeName: 'a', address: '192.0.2.1', podCIDR: '10.42.0.0/24', podCIDRs: ['10.42.0.0/16'] });
  await clock.advance(10);
  equal(asked, 1);
  ending.abort();
  // What is rejected with nobody listening would fail the test.
  await clock.advance(10);
});

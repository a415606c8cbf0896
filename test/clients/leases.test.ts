/**
 * Leader election. The library offers the Lease's type and its times, and no election; so its users write one, as here, beside ours: two
 * candidates of `@orrery/reconciler` and one who uses the library respect each other's Lease.
 */
import assert from 'node:assert/strict';
import * as k8s from '@kubernetes/client-node';
import { createClient } from '@orrery/client';
import { connect, loadKubeconfig } from '@orrery/client/node';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { systemRandom } from '@orrery/machinery/random';
import { createContext, runWithLeaderElection } from '@orrery/reconciler';
import { area, eventually, refusal, session, type Session } from './support/session.ts';

const name = 'throne';
/** A Lease is let go of here, and never waited out: long, so that nobody loses it because the machine stands still for a while. */
const times = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 100 };

/** A candidate of ours, who stays leader until told to leave. */
async function candidate({ kubeconfig, namespace, atEnd }: Session, identity: string) {
  const transport = connect((await loadKubeconfig({ path: kubeconfig })).connect);
  const leaving = new AbortController();
  const common = { clock: systemClock, random: systemRandom, log: silentLog };
  const context = createContext({ ...common, client: createClient(transport), signal: leaving.signal });
  let leads = false;
  const reign = async (signal: AbortSignal): Promise<void> => {
    leads = true;
    await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
    leads = false;
  };
  const ended = runWithLeaderElection(context, name, reign, { ...times, identity, namespace });
  const leave = async () => {
    leaving.abort();
    await ended;
    transport.close();
  };
  atEnd(leave);
  return { identity, leave, leads: () => leads };
}

area('leader election', () => {
  session('of ours is a Lease that the library reads, renews in its sight, and hands on', async s => {
    const leases = s.config.makeApiClient(k8s.CoordinationV1Api);
    const read = () => leases.readNamespacedLease({ name, namespace: s.namespace });
    const both = [await candidate(s, 'one'), await candidate(s, 'two')];
    const first = await eventually('somebody leads', async () => both.find(({ leads }) => leads()));
    const lease = await read();
    assert.equal(lease.spec!.holderIdentity, first.identity);
    // The library hands times with microseconds on as they come.
    const renewal = async () => new Date((await read()).spec!.renewTime!).getTime();
    const acquired = new Date(lease.spec!.acquireTime!).getTime();
    assert.ok(acquired > lease.metadata!.creationTimestamp!.getTime() - 1_000);
    assert.equal(lease.spec!.leaseDurationSeconds, 15);
    await eventually('it is renewed', async () => (await renewal()) > acquired);
    assert.equal(both.filter(({ leads }) => leads()).length, 1, 'there is one leader');
    await first.leave();
    const [second] = both.filter(({ identity }) => identity !== first.identity);
    await eventually('the other leads', async () => second!.leads());
    const after = await read();
    assert.equal(after.spec!.holderIdentity, second!.identity);
    assert.equal(after.spec!.leaseTransitions, (lease.spec!.leaseTransitions ?? 0) + 1);
  });

  session('respects who holds the Lease by means of the library, until he lets go', async s => {
    const { namespace, config } = s;
    const leases = config.makeApiClient(k8s.CoordinationV1Api);
    const now = () => new k8s.V1MicroTime();
    const spec = (holderIdentity: string, leaseDurationSeconds: number) => ({
      ...{ holderIdentity, leaseDurationSeconds, leaseTransitions: 4 },
      ...{ acquireTime: now(), renewTime: now() },
    });
    const held = await leases.createNamespacedLease({
      namespace,
      body: { metadata: { name }, spec: spec('them', 3600) },
    });
    const { leads } = await candidate(s, 'us');
    const renewed = await leases.replaceNamespacedLease({
      name,
      namespace,
      body: { ...held, spec: { ...held.spec!, renewTime: now() } },
    });
    const stale = await refusal(leases.replaceNamespacedLease({ name, namespace, body: held }));
    assert.equal(stale.reason, 'Conflict', 'who did not see the last renewal cannot renew');
    assert.equal(leads(), false);
    assert.equal((await leases.readNamespacedLease({ name, namespace })).spec!.holderIdentity, 'them');
    await leases.replaceNamespacedLease({ name, namespace, body: { ...renewed, spec: spec('', 1) } });
    await eventually('we lead', async () => leads());
    const after = await leases.readNamespacedLease({ name, namespace });
    assert.deepEqual([after.spec!.holderIdentity, after.spec!.leaseTransitions], ['us', 5]);
  });
});

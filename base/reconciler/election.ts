/** Leader election over coordination.k8s.io Leases, with client-go's rules (`tools/leaderelection`). */
import { retryOnConflict } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { formatMicroTime } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';
import type { ComponentContext } from './types.ts';

export interface ElectionOptions {
  /** Who we are among the candidates; must be unique. Random unless given. */
  identity?: string;
  /** Namespace of the Lease; kube-system unless given. */
  namespace?: string;
  /** How long others wait after the last renewal they saw; 15 s unless given. */
  leaseDurationMs?: number;
  /** How long we try to renew before we give up leading; 10 s unless given, always less than the lease duration. */
  renewDeadlineMs?: number;
  /** Time between attempts; 2 s unless given. */
  retryPeriodMs?: number;
}

export interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

type ElectionContext = Pick<ComponentContext, 'client' | 'clock' | 'random' | 'log' | 'signal' | 'recorder'>;

/**
 * Contends for the Lease `name` and runs `run` while leading. When leadership is lost the signal given to `run` aborts, and after
 * `run` has ended we contend again. Resolves after `ctx.signal` aborted and `run` ended; the Lease is then released, so that the
 * next candidate need not wait for it to lapse. A rejection of `run` ends leadership and is passed on.
 */
export async function runWithLeaderElection(
  ctx: ElectionContext,
  name: string,
  run: (signal: AbortSignal) => Promise<void>,
  options: ElectionOptions = {},
): Promise<void> {
  const { clock, signal } = ctx;
  const log = ctx.log.with({ lease: name });
  const { retryPeriodMs = 2_000, renewDeadlineMs = 10_000 } = options;
  const candidate = createCandidate(ctx, name, options);
  while (!signal.aborted) {
    if (!(await candidate.attempt())) {
      // Up to 1.2 times longer, so that candidates do not knock in step.
      await clock.sleep(retryPeriodMs * (1 + 1.2 * ctx.random.float()), signal);
      continue;
    }
    log.info('became leader', { identity: candidate.identity });
    candidate.announceLeading();
    const leading = new AbortController();
    const lost = renewUntilLost(ctx, candidate, retryPeriodMs, renewDeadlineMs, leading);
    let failed = false;
    try {
      await run(leading.signal);
      // A component that ends on its own keeps leading nothing until it is stopped.
      await lost;
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      leading.abort();
      await lost;
      // Whoever lost the Lease has nothing to give up; whoever stops or fails leaves it to the next at once.
      if (signal.aborted || failed) await candidate.release();
    }
    log.info('stopped leading', { identity: candidate.identity });
  }
}

/** Renews until `leading` or the context aborts, or until renewing has failed for the deadline: then aborts `leading`. */
async function renewUntilLost(
  { clock, signal }: ElectionContext,
  candidate: Candidate,
  retryPeriodMs: number,
  renewDeadlineMs: number,
  leading: AbortController,
): Promise<void> {
  const stop = AbortSignal.any([signal, leading.signal]);
  let renewed = clock.monotonic();
  while (!stop.aborted && clock.monotonic() - renewed < renewDeadlineMs) {
    await clock.sleep(retryPeriodMs, stop);
    if (stop.aborted) break;
    const asked = clock.monotonic();
    // An answer that hangs must not keep us leading beyond the deadline.
    const overdue = new AbortController();
    const alarm = clock.after(Math.max(0, renewed + renewDeadlineMs - asked), () => overdue.abort());
    if (await candidate.attempt(AbortSignal.any([stop, overdue.signal]))) renewed = asked;
    alarm.cancel();
  }
  leading.abort();
}

interface Candidate {
  readonly identity: string;
  /** True when the Lease is now ours, new or renewed. Never rejects. */
  attempt(signal?: AbortSignal): Promise<boolean>;
  /** Gives the Lease up if it is ours. Never rejects. */
  release(): Promise<void>;
  announceLeading(): void;
}

function createCandidate(ctx: ElectionContext, name: string, options: ElectionOptions): Candidate {
  const { client, clock, log } = ctx;
  const { namespace = 'kube-system', leaseDurationMs = 15_000, identity = ctx.random.uuid() } = options;
  let observed: Lease | undefined;
  let observedAt = 0;

  const observe = (lease: Lease) => {
    // Only our own clock counts: a lease is fresh from the moment we saw it change, whatever time it names.
    if (JSON.stringify(lease.spec) !== JSON.stringify(observed?.spec)) observedAt = clock.monotonic();
    observed = lease;
  };
  const wanted = (held: Lease | undefined): Lease['spec'] => {
    const now = formatMicroTime(clock.now());
    const ours = held?.spec?.holderIdentity === identity;
    return {
      ...held?.spec,
      holderIdentity: identity,
      leaseDurationSeconds: Math.round(leaseDurationMs / 1_000),
      acquireTime: ours ? held.spec?.acquireTime : now,
      renewTime: now,
      leaseTransitions: held ? (held.spec?.leaseTransitions ?? 0) + (ours ? 0 : 1) : 0,
    };
  };
  const isFree = (lease: Lease) => {
    const holder = lease.spec?.holderIdentity;
    if (!holder || holder === identity) return true;
    return observedAt + (lease.spec?.leaseDurationSeconds ?? leaseDurationMs / 1_000) * 1_000 <= clock.monotonic();
  };
  const write = async (held: Lease | undefined, signal: AbortSignal | undefined) => {
    const spec = wanted(held);
    observe(
      held
        ? await client.update<Lease>(resources.leases, { ...held, spec }, { signal })
        : await client.create<Lease>(resources.leases, { ...emptyLease(name, namespace), spec }, { signal }),
    );
  };
  const attempt = async (signal: AbortSignal | undefined = ctx.signal): Promise<boolean> => {
    try {
      if (observed?.spec?.holderIdentity === identity) {
        const ours = observed;
        // While leading the Lease is known: one write, no read. If somebody touched it, look again below.
        if (
          await write(ours, signal).then(
            () => true,
            () => false,
          )
        )
          return true;
      }
      const found = await orUndefined(client.get<Lease>(resources.leases, name, { namespace, signal }));
      if (found) observe(found);
      if (found && !isFree(found)) return false;
      await write(found, signal);
      return true;
    } catch (error) {
      if (!signal.aborted) log.debug('no lease', { lease: name, error });
      return false;
    }
  };
  return {
    identity,
    attempt,
    async release() {
      try {
        await retryOnConflict(ctx, async () => {
          // Looked at anew: a renewal that was broken off may have arrived.
          const held = await orUndefined(client.get<Lease>(resources.leases, name, { namespace }));
          if (held?.spec?.holderIdentity !== identity) return;
          const renewTime = formatMicroTime(clock.now());
          const given = { holderIdentity: '', leaseDurationSeconds: 1, renewTime, acquireTime: renewTime };
          await client.update<Lease>(resources.leases, { ...held, spec: { ...held.spec, ...given } });
        });
      } catch (error) {
        log.debug('lease not released', { lease: name, error });
      }
    },
    announceLeading() {
      if (observed) ctx.recorder(name).record(observed, 'Normal', 'LeaderElection', `${identity} became leader`);
    },
  };
}

const emptyLease = (name: string, namespace: string): Lease => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name, namespace },
});

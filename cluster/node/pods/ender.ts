/** Ends one container: preStop hook, SIGTERM, and SIGKILL when its time is over (upstream `killContainer`). */
import type { Pod } from '@orrery/kinds/types';
import type { PodDependencies } from './dependencies.ts';
import { runHook } from './hooks.ts';
import { containerIdentity } from './identity.ts';
import type { ObservedContainer } from './observed.ts';
import type { Kill } from './plan-steps.ts';
import { memberNamed } from './pod.ts';

/** A container always gets this long after SIGTERM, so that it is not killed without need. */
const leastSeconds = 2;

/** Seconds that a container has to end. */
export function killGrace(
  pod: Pod | undefined,
  { reason, graceSeconds, name }: Kill,
  instance: ObservedContainer,
): number {
  if (graceSeconds !== undefined) return graceSeconds;
  const container = pod && memberNamed(pod, name)?.container;
  const probe =
    reason === 'liveness' ? container?.livenessProbe : reason === 'startup' ? container?.startupProbe : undefined;
  const own =
    probe?.terminationGracePeriodSeconds ??
    pod?.metadata.deletionGracePeriodSeconds ??
    pod?.spec.terminationGracePeriodSeconds;
  return own ?? containerIdentity(instance.status).graceSeconds ?? 30;
}

export interface KillRequest {
  /** Absent when the API has forgotten the pod: then its container's annotations say what to do. */
  pod: Pod | undefined;
  kill: Kill;
  instance: ObservedContainer;
  podIp: string;
  /** Aborts the preStop hook: somebody is in a greater hurry. */
  signal: AbortSignal;
}

export async function endContainer(
  { pod, kill, instance, podIp, signal }: KillRequest,
  deps: PodDependencies,
): Promise<void> {
  const { clock, runtime } = deps;
  const { id, name } = kill;
  if (pod) deps.record(pod, 'Normal', 'Killing', kill.message ?? `Stopping container ${name}`, name);
  const grace = killGrace(pod, kill, instance);
  const begun = clock.monotonic();
  const member = pod && memberNamed(pod, name);
  const handler = member ? member.container.lifecycle?.preStop : containerIdentity(instance.status).preStop;
  if (handler && grace > 0 && instance.state === 'running') {
    const container = member?.container ?? {};
    const hook = runHook(runtime, clock, { handler, containerId: id, container, podIp, limitSeconds: grace, signal });
    await Promise.race([hook, clock.sleep(grace * 1000, signal)]).catch(error => {
      deps.log.info('preStop hook failed', { container: name, id, error: (error as Error).message });
      if (pod) deps.record(pod, 'Warning', 'FailedPreStopHook', 'PreStopHook failed', name);
    });
    hook.catch(() => {});
  }
  const used = (clock.monotonic() - begun) / 1000;
  await runtime.stopContainer(id, Math.max(leastSeconds, Math.ceil(grace - used)));
}

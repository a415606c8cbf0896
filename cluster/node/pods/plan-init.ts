/** Init containers one after the other, sidecars staying: part of {@link planRunning}. */
import type { Container, Pod } from '@orrery/kinds/types';
import { isRunning, newestOf, type ObservedContainer, type ObservedPod } from './observed.ts';
import { initContainersOf, isSidecar, mainContainersOf, restartPolicyOf } from './pod.ts';
import { reasonToKill, type PlanBuilder, type PlanMemory } from './plan-steps.ts';

/** `pending`: main containers have to wait; `failed`: the pod will never run. */
export type InitProgress = 'done' | 'pending' | 'failed';

/**
 * Walks through the init containers in order. Only containers of this sandbox count: a new sandbox begins anew. Once a main
 * container of the sandbox runs, finished init containers may have been removed; sidecars are still kept alive.
 */
export function planInit(
  pod: Pod,
  observed: ObservedPod,
  sandboxId: string,
  memory: PlanMemory,
  builder: PlanBuilder,
): InitProgress {
  const begun = mainContainersOf(pod).some(({ name }) => newestOf(observed, name, sandboxId) !== undefined);
  const known = initContainersOf(pod).map(container => newestOf(observed, container.name, sandboxId));
  let done = true;
  for (const [index, container] of initContainersOf(pod).entries()) {
    const last = known[index];
    // A later one has begun, so this one was through, even if it was removed since.
    const passed = begun || known.slice(index + 1).some(later => later !== undefined);
    const progress = isSidecar(container)
      ? planSidecar(container, last, memory, builder)
      : passed
        ? 'done'
        : planOrdinary(pod, container, last, builder);
    if (progress === 'failed') return 'failed';
    if (progress === 'pending' && !passed) {
      done = false;
      break;
    }
  }
  return done ? 'done' : 'pending';
}

function planOrdinary(
  pod: Pod,
  { name }: Container,
  last: ObservedContainer | undefined,
  builder: PlanBuilder,
): InitProgress {
  if (last?.state === 'running') return 'pending';
  if (last?.state === 'exited' && last.exitCode === 0) return 'done';
  if (last?.state === 'exited' && restartPolicyOf(pod) === 'Never') return 'failed';
  if (last?.state === 'unknown')
    builder.kill(last, 'unknown', 'Init container is in "unknown" state, try killing it before restart');
  else builder.startOrWait(name);
  return 'pending';
}

function planSidecar(
  container: Container,
  last: ObservedContainer | undefined,
  memory: PlanMemory,
  builder: PlanBuilder,
): InitProgress {
  if (!isRunning(last)) {
    if (last?.state === 'unknown')
      builder.kill(last, 'unknown', 'Init container is in "unknown" state, try killing it before restart');
    else builder.startOrWait(container.name);
    return 'pending';
  }
  const why = reasonToKill(container, last!, memory);
  if (why) {
    builder.kill(last!, why.reason, `Init container ${container.name} ${why.words}, will be restarted`);
    return 'pending';
  }
  return container.startupProbe && memory.startup(last!.id) !== 'success' ? 'pending' : 'done';
}

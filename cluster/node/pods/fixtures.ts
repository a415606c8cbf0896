/** Pods and observations for the tables of the tests. */
import type { Container, Pod, PodSpec } from '@orrery/kinds/types';
import type { ContainerStatus } from '../runtime/types.ts';
import { containerHash } from './identity.ts';
import type { ObservedContainer, ObservedPod, ObservedSandbox } from './observed.ts';
import type { PlanMemory, ProbeVerdict } from './plan-steps.ts';
import type { BackOffEntry } from './back-off.ts';

export const at = 1_700_000_000_000;

export const container = (name: string, more: Partial<Container> = {}): Container => ({
  name,
  image: `image-${name}`,
  ...more,
});

export const pod = (
  spec: Partial<PodSpec> = {},
  metadata: Partial<Pod['metadata']> = {},
  status?: Pod['status'],
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop', uid: 'u1', generation: 1, ...metadata },
  spec: { containers: [container('a')], ...spec },
  ...(status && { status }),
});

export const sandbox = (more: Partial<ObservedSandbox> = {}): ObservedSandbox => ({
  id: 's0',
  ready: true,
  attempt: 0,
  createdAt: at - 60_000,
  ips: ['10.1.0.5'],
  hostNetwork: false,
  ...more,
});

/** `running('a')`, `exited('a', 1)`: short forms with sensible times. */
export function seen(name: string, more: Partial<ObservedContainer> = {}): ObservedContainer {
  const restartCount = more.restartCount ?? 0;
  const id = more.id ?? `${name}-${restartCount}`;
  const image = `image-${name}`;
  const base: ObservedContainer = {
    id,
    name,
    sandboxId: 's0',
    state: 'running',
    hash: containerHash({ name, image }),
    restartCount,
    createdAt: at - 50_000 + restartCount,
    startedAt: at - 50_000 + restartCount,
    finishedAt: 0,
    exitCode: 0,
    reason: '',
    message: '',
    status: runtimeStatus(id, name, image),
  };
  return { ...base, ...more };
}

const runtimeStatus = (id: string, name: string, image: string): ContainerStatus => ({
  id,
  metadata: { name, attempt: 0 },
  state: 'running',
  createdAt: 0,
  startedAt: 0,
  finishedAt: 0,
  exitCode: 0,
  image,
  imageRef: `sha256:${name}`,
  imageId: `sha256:${name}`,
  reason: '',
  message: '',
  labels: {},
  annotations: {},
  mounts: [],
  logPath: '',
});

export const running = (name: string, more: Partial<ObservedContainer> = {}): ObservedContainer => seen(name, more);

export const exited = (name: string, exitCode: number, more: Partial<ObservedContainer> = {}): ObservedContainer =>
  seen(name, {
    state: 'exited',
    exitCode,
    finishedAt: at - 5_000,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    ...more,
  });

export const observed = (
  containers: ObservedContainer[] = [],
  sandboxes: ObservedSandbox[] = [sandbox()],
): ObservedPod => ({
  sandboxes,
  containers,
});

export const memory = (
  more: {
    liveness?: Record<string, ProbeVerdict>;
    startup?: Record<string, ProbeVerdict>;
    backOff?: Record<string, BackOffEntry>;
    now?: number;
  } = {},
): PlanMemory => ({
  now: more.now ?? at,
  liveness: id => more.liveness?.[id],
  startup: id => more.startup?.[id],
  backOff: name => more.backOff?.[name],
});

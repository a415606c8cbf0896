/** Brings one container from nothing to running (upstream `startContainer`). */
import type { Container, Pod, Secret } from '@orrery/kinds/types';
import { resolveEnvironment } from '../env/resolve.ts';
import { podHostname } from '../files/hosts.ts';
import type { Image, PodSandboxConfig } from '../runtime/types.ts';
import { verifyNonRoot } from '../security/context.ts';
import type { HostPaths } from '../volumes/pod-volumes.ts';
import { containerConfig } from './container-config.ts';
import type { PodDependencies } from './dependencies.ts';
import { runHook } from './hooks.ts';
import type { StartContainer } from './plan-steps.ts';
import { memberNamed, nameOf, namespaceOf, uidOf, type Member } from './pod.ts';
import { StartError } from './start-error.ts';

export interface StartRequest {
  pod: Pod;
  wanted: StartContainer;
  sandboxId: string;
  sandbox: PodSandboxConfig;
  podIps: readonly string[];
  volumes: HostPaths;
  /** Id of a running container by name, for ephemeral containers that join it. */
  runningId(name: string): string | undefined;
  signal: AbortSignal;
}

/** Answers the container's id. Rejects with a {@link StartError}; its events have been written then. */
export async function startContainer(request: StartRequest, deps: PodDependencies): Promise<string> {
  const { pod, wanted } = request;
  const record = (type: 'Normal' | 'Warning', reason: string, message: string) =>
    deps.record(pod, type, reason, message, wanted.name);
  try {
    return await start(request, deps, record);
  } catch (error) {
    if (error instanceof StartError && !request.signal.aborted)
      record('Warning', 'Failed', `Error: ${error.event ?? error.message}`);
    throw error;
  }
}

type Record3 = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

async function start(request: StartRequest, deps: PodDependencies, record: Record3): Promise<string> {
  const { pod, wanted, sandboxId, sandbox, signal } = request;
  const { runtime, images } = deps;
  const member = memberNamed(pod, wanted.name);
  if (!member) throw new StartError('CreateContainerConfigError', `the pod has no container ${wanted.name}`);
  const { container } = member;
  const image = await images.ensure({ pod, container, secrets: await pullSecrets(pod, deps), sandbox, record, signal });
  signal.throwIfAborted();
  const config = await as('CreateContainerConfigError', () => configure(request, member, image, deps));
  const id = await as('CreateContainerError', async () => {
    await deps.files.prepareLogs(podOf(pod), container.name);
    return runtime.createContainer(sandboxId, config, sandbox);
  });
  record('Normal', 'Created', `Created container: ${container.name}`);
  await as('RunContainerError', () => runtime.startContainer(id));
  record('Normal', 'Started', `Started container ${container.name}`);
  await postStart(request, container, id, deps, record);
  return id;
}

const podOf = (pod: Pod) => ({ namespace: namespaceOf(pod), name: nameOf(pod), uid: uidOf(pod) });

async function as<T>(reason: StartError['reason'], step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw new StartError(reason, (error as Error).message, { cause: error });
  }
}

async function pullSecrets(pod: Pod, { sources, record }: PodDependencies): Promise<Secret[]> {
  const names = (pod.spec.imagePullSecrets ?? []).flatMap(({ name }) => (name ? [name] : []));
  const found = await Promise.all(names.map(name => sources.secret(namespaceOf(pod), name).catch(() => undefined)));
  const missing = names.filter((_, index) => !found[index]);
  if (missing.length > 0) {
    const message = `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`;
    record(pod, 'Warning', 'FailedToRetrieveImagePullSecret', message);
  }
  return found.filter(secret => secret !== undefined);
}

async function configure(request: StartRequest, { container, kind }: Member, image: Image, deps: PodDependencies) {
  const { pod, wanted, podIps, volumes } = request;
  const services = await deps.services();
  const addresses = { podIps, hostIps: deps.hostIps };
  const { variables, warnings } = await resolveEnvironment({
    pod,
    container,
    addresses,
    services,
    sources: deps.sources,
    allocatable: deps.allocatable(),
  });
  for (const warning of warnings) deps.record(pod, 'Warning', 'InvalidEnvironmentVariableNames', warning);
  verifyNonRoot(pod, container, image);
  const { hostname, domain } = podHostname(
    { name: nameOf(pod), namespace: namespaceOf(pod) },
    pod.spec,
    deps.clusterDomain,
  );
  const mounts = await deps.files.mounts({
    pod,
    container,
    volumes,
    addresses,
    hostname,
    domain,
    environment: variables,
  });
  const targetId = kind === 'ephemeral' ? targetOf(pod, container, request) : undefined;
  return containerConfig({
    pod,
    container,
    restartCount: wanted.restartCount,
    image,
    environment: variables,
    mounts,
    machine: deps.machine,
    security: deps.security,
    ...(targetId && { targetId }),
  });
}

function targetOf(pod: Pod, { name }: Container, { runningId }: StartRequest): string | undefined {
  const target = pod.spec.ephemeralContainers?.find(container => container.name === name)?.targetContainerName;
  if (!target) return undefined;
  const id = runningId(target);
  if (!id) throw new Error(`unable to find target container ${target}`);
  return id;
}

/** A container whose hook fails is ended: it never counts as started. */
async function postStart(
  request: StartRequest,
  container: Container,
  id: string,
  deps: PodDependencies,
  record: Record3,
): Promise<void> {
  const handler = container.lifecycle?.postStart;
  if (!handler) return;
  const { pod, podIps, signal } = request;
  try {
    await runHook(deps.runtime, deps.clock, {
      handler,
      containerId: id,
      container,
      podIp: podIps[0] ?? '',
      limitSeconds: 0,
      signal,
    });
  } catch (error) {
    record('Warning', 'FailedPostStartHook', `PostStartHook failed: ${(error as Error).message}`);
    record('Normal', 'Killing', 'FailedPostStartHook');
    await deps.runtime.stopContainer(id, pod.spec.terminationGracePeriodSeconds ?? 30);
    throw new StartError('PostStartHookError', `PostStartHook failed: ${(error as Error).message}`, { cause: error });
  }
}

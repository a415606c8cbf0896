/** The slow steps of a pod's worker, each on its own: they only touch the runtime and the host, and tell what came of it. */
import type { Pod, RuntimeClass } from '@orrery/kinds/types';
import { orUndefined } from '@orrery/machinery/status';
import { podHostname } from '../files/hosts.ts';
import type { PodSandboxConfig } from '../runtime/types.ts';
import type { HostPaths } from '../volumes/pod-volumes.ts';
import { VolumeError } from '../volumes/pod-volumes.ts';
import type { PodDependencies } from './dependencies.ts';
import { endContainer } from './ender.ts';
import type { ObservedPod } from './observed.ts';
import type { Action } from './plan-steps.ts';
import { nameOf, namespaceOf, uidOf } from './pod.ts';
import { sandboxConfig } from './sandbox-config.ts';

export const podName = (pod: Pod) => ({ namespace: namespaceOf(pod), name: nameOf(pod), uid: uidOf(pod) });

/** The configuration that a sandbox of this pod has, the same before and after a restart of the agent. */
export async function configOf(pod: Pod, attempt: number, deps: PodDependencies): Promise<PodSandboxConfig> {
  const hostname = sandboxHostname(pod, deps.clusterDomain);
  const cgroupParent = await deps.cgroups?.ensure(pod);
  return sandboxConfig({
    pod,
    attempt,
    hostname,
    resolver: await deps.resolver(pod),
    logDirectory: deps.files.logDirectory(podName(pod)),
    ...(cgroupParent !== undefined && { cgroupParent }),
  });
}

/** The kernel's limit. */
const maxHostname = 64;

/** What the sandbox is called: one label, or the full name where the pod asks for it. */
export function sandboxHostname(pod: Pod, clusterDomain: string): string {
  const { hostname, domain } = podHostname(podName(pod), pod.spec, clusterDomain);
  if (!pod.spec.setHostnameAsFQDN || domain === '') return hostname;
  const full = `${hostname}.${domain}`;
  if (full.length <= maxHostname) return full;
  const limit = `(${maxHostname} characters is the max, ${full.length} characters requested)`;
  throw new Error(`failed to construct FQDN from pod hostname and cluster domain, FQDN ${full} is too long ${limit}`);
}

/** What would be left out silently is refused: a pod must not run with less isolation or fewer devices than it asked for. */
export function unsupported({ spec }: Pod): string | undefined {
  if (spec.hostUsers === false) return 'user namespaces (hostUsers: false) are not supported by this node';
  if (spec.resourceClaims?.length) return 'resource claims are not supported by this node';
  return undefined;
}

/** Ends what is left of old sandboxes and runs a new one. */
export async function replaceSandbox(
  pod: Pod,
  action: Extract<Action, { type: 'createSandbox' }>,
  observed: ObservedPod,
  deps: PodDependencies,
  signal: AbortSignal,
): Promise<void> {
  const { runtime } = deps;
  if (action.stop.length > 0)
    deps.record(pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
  await Promise.all(
    action.kill.map(kill => {
      const instance = observed.containers.find(({ id }) => id === kill.id);
      return instance && endContainer({ pod, kill, instance, podIp: podIpOf(observed), signal }, deps);
    }),
  );
  for (const id of action.stop) await runtime.stopPodSandbox(id);
  signal.throwIfAborted();
  try {
    const why = unsupported(pod);
    if (why) throw new Error(why);
    const config = await configOf(pod, action.attempt, deps);
    await deps.files.prepareLogs(podName(pod));
    await runtime.runPodSandbox(config, await runtimeHandler(pod, deps));
  } catch (error) {
    deps.record(pod, 'Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${(error as Error).message}`);
    throw error;
  }
}

const runtimeClasses = { group: 'node.k8s.io', version: 'v1', resource: 'runtimeclasses' };

/** The runtime's handler that the pod's class names; empty for the default. */
async function runtimeHandler(pod: Pod, { client }: PodDependencies): Promise<string> {
  const name = pod.spec.runtimeClassName;
  if (!name) return '';
  const found = await orUndefined(client.get<RuntimeClass>(runtimeClasses, name));
  if (!found) throw new Error(`failed to get sandbox runtime: RuntimeClass ${JSON.stringify(name)} not found`);
  return found.handler;
}

export const podIpOf = ({ sandboxes }: ObservedPod): string => sandboxes.find(({ ready }) => ready)?.ips[0] ?? '';

/** The pod's addresses, once what keeps traffic from it is in place. */
export async function readyAddresses(
  pod: Pod,
  { hostNetwork, ips }: ObservedPod['sandboxes'][number],
  { hostIps, networkReady }: PodDependencies,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (hostNetwork) return hostIps;
  if (ips[0]) await networkReady?.(pod, ips[0], signal);
  return ips;
}

/** Volumes and their failure as an event. */
export async function setUpVolumes(pod: Pod, deps: PodDependencies): Promise<HostPaths> {
  try {
    return await deps.files.setUp(pod, { podIps: [], hostIps: deps.hostIps });
  } catch (error) {
    if (error instanceof VolumeError) deps.record(pod, 'Warning', 'FailedMount', error.message);
    throw error;
  }
}

/** Brings changed files from the API to a running pod. */
export async function refreshVolumes(pod: Pod, deps: PodDependencies): Promise<void> {
  try {
    await deps.files.refresh(pod, { podIps: [], hostIps: deps.hostIps });
  } catch (error) {
    if (error instanceof VolumeError) deps.record(pod, 'Warning', 'FailedMount', error.message);
    throw error;
  }
}

/** Gives back all that an ended pod holds outside the runtime. */
export async function release(uid: string, deps: PodDependencies): Promise<void> {
  deps.probes.forget(uid);
  deps.tokens.forget(uid);
  await deps.files.tearDown(uid);
  await deps.cgroups?.remove(uid);
  deps.sources.unregister(uid);
}

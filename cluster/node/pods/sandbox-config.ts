/** What the runtime is told about a pod's sandbox (upstream `generatePodSandboxConfig`). */
import type { Pod } from '@orrery/kinds/types';
import type { ResolverSettings } from '../files/resolv.ts';
import { sandboxSecurity } from '../security/context.ts';
import type { PodSandboxConfig, PortMapping } from '../runtime/types.ts';
import { sandboxMarks } from './identity.ts';
import { hostNetworkOf, initContainersOf, isSidecar, mainContainersOf, nameOf, namespaceOf, uidOf } from './pod.ts';

export interface SandboxInput {
  pod: Pod;
  attempt: number;
  hostname: string;
  resolver: ResolverSettings;
  logDirectory: string;
  cgroupParent?: string;
}

export function sandboxConfig({
  pod,
  attempt,
  hostname,
  resolver,
  logDirectory,
  cgroupParent,
}: SandboxInput): PodSandboxConfig {
  const sysctls = pod.spec.securityContext?.sysctls ?? [];
  return {
    metadata: { name: nameOf(pod), namespace: namespaceOf(pod), uid: uidOf(pod), attempt },
    ...(!hostNetworkOf(pod) && { hostname }),
    logDirectory,
    dns: resolver,
    portMappings: portMappings(pod),
    ...sandboxMarks(pod),
    ...(cgroupParent && { cgroupParent }),
    ...(sysctls.length > 0 && {
      sysctls: Object.fromEntries(sysctls.map(({ name, value }) => [name.replaceAll('/', '.'), value])),
    }),
    securityContext: sandboxSecurity(pod),
  };
}

/** The ports that are reachable from outside, by number; a port on the host is only mapped where one is asked for. */
function portMappings(pod: Pod): PortMapping[] {
  const containers = [...initContainersOf(pod).filter(isSidecar), ...mainContainersOf(pod)];
  return containers.flatMap(({ ports = [] }) =>
    ports.map(({ containerPort, hostPort = 0, protocol = 'TCP', hostIP }) => ({
      protocol: protocol as PortMapping['protocol'],
      containerPort,
      hostPort,
      ...(hostIP && { hostIp: hostIP }),
    })),
  );
}

/** What the runtime is told about a container (upstream `generateContainerConfig`). */
import type { Container, Pod, VolumeMount } from '@orrery/kinds/types';
import { expandAll } from '../env/expand.ts';
import { containerSecurity, isPrivileged, type SecurityOptions } from '../security/context.ts';
import type { ContainerConfig, Image, Mount } from '../runtime/types.ts';
import { containerMarks } from './identity.ts';
import { resourcesFor, type CgroupFacts } from './resources.ts';

export interface ContainerInput {
  pod: Pod;
  container: Container;
  restartCount: number;
  image: Image;
  environment: ReadonlyMap<string, string>;
  mounts: Mount[];
  machine: CgroupFacts;
  security: SecurityOptions;
  targetId?: string;
}

export function containerConfig(input: ContainerInput): ContainerConfig {
  const { pod, container, restartCount, image, environment, mounts, machine, security, targetId } = input;
  return {
    metadata: { name: container.name, attempt: restartCount },
    image: image.id,
    userSpecifiedImage: container.image ?? '',
    command: expandAll(container.command, environment),
    args: expandAll(container.args, environment),
    ...(container.workingDir && { workingDir: container.workingDir }),
    env: [...environment].map(([name, value]) => ({ name, value })),
    mounts,
    ...containerMarks(pod, container, restartCount),
    logPath: `${container.name}/${restartCount}.log`,
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    ...(container.lifecycle?.stopSignal && { stopSignal: container.lifecycle.stopSignal }),
    resources: resourcesFor(pod, container, machine),
    securityContext: containerSecurity({ pod, container, image, options: security, ...(targetId && { targetId }) }),
  };
}

const propagations = { None: 'private', HostToContainer: 'hostToContainer', Bidirectional: 'bidirectional' } as const;

/** One volume mount. Throws for a propagation that needs a privileged container. */
export function mountOf(mount: VolumeMount, hostPath: string, container: Container): Mount {
  const propagation = propagations[mount.mountPropagation ?? 'None'];
  if (propagation === 'bidirectional' && !isPrivileged(container)) {
    throw new Error('Bidirectional mount propagation is available only to privileged containers');
  }
  const recursive = mount.recursiveReadOnly === 'Enabled';
  return {
    containerPath: mount.mountPath,
    hostPath,
    ...(mount.readOnly && { readonly: true }),
    ...(recursive && { recursiveReadOnly: true }),
    ...(propagation !== 'private' && { propagation }),
  };
}

/** securityContext of pods and containers -> what the runtime is told (upstream `kuberuntime/security_context.go`). */
import type { Container, Pod, SeccompProfile, SELinuxOptions } from '@orrery/kinds/types';
import path from 'node:path';
import { describePod, hostNetworkOf, initContainersOf, mainContainersOf } from '../pods/pod.ts';
import type {
  ContainerSecurityContext,
  Image,
  NamespaceOptions,
  SandboxSecurityContext,
  SecurityProfile,
  SelinuxOptions,
} from '../runtime/types.ts';

/** Directory of `Localhost` seccomp profiles. */
export interface SecurityOptions {
  seccompDirectory: string;
}

const maskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];

const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

export const isPrivileged = (container: Container): boolean => container.securityContext?.privileged === true;

export function namespacesOf({ spec }: Pod): NamespaceOptions {
  return {
    network: spec.hostNetwork ? 'node' : 'pod',
    ipc: spec.hostIPC ? 'node' : 'pod',
    pid: spec.hostPID ? 'node' : spec.shareProcessNamespace ? 'pod' : 'container',
  };
}

export function sandboxSecurity(pod: Pod): SandboxSecurityContext {
  const { securityContext: wanted = {} } = pod.spec;
  const groups = supplementalGroups(pod);
  return {
    namespaces: namespacesOf(pod),
    privileged: [...initContainersOf(pod), ...mainContainersOf(pod)].some(isPrivileged),
    seccomp: { type: 'RuntimeDefault' },
    ...(wanted.runAsUser !== undefined && { runAsUser: wanted.runAsUser }),
    ...(wanted.runAsUser !== undefined && wanted.runAsGroup !== undefined && { runAsGroup: wanted.runAsGroup }),
    ...(groups.length > 0 && { supplementalGroups: groups }),
    ...(wanted.supplementalGroupsPolicy && { supplementalGroupsPolicy: wanted.supplementalGroupsPolicy }),
    ...(wanted.seLinuxOptions && { selinux: selinux(wanted.seLinuxOptions) }),
  };
}

const supplementalGroups = ({ spec }: Pod): number[] => {
  const { supplementalGroups: more = [], fsGroup } = spec.securityContext ?? {};
  return [...more, ...(fsGroup === undefined ? [] : [fsGroup])];
};

const selinux = ({ user, role, type, level }: SELinuxOptions): SelinuxOptions => ({
  ...(user && { user }),
  ...(role && { role }),
  ...(type && { type }),
  ...(level && { level }),
});

/** What a container's context and the pod's say together; the container's comes first. */
export function effectiveIdentity(pod: Pod, { securityContext: own = {} }: Container) {
  const whole = pod.spec.securityContext ?? {};
  return {
    runAsUser: own.runAsUser ?? whole.runAsUser,
    runAsGroup: own.runAsGroup ?? whole.runAsGroup,
    runAsNonRoot: own.runAsNonRoot ?? whole.runAsNonRoot ?? false,
  };
}

/** Throws, in upstream's words, when a container that must not be root would be, or might be. */
export function verifyNonRoot(pod: Pod, container: Container, image: Pick<Image, 'uid' | 'username'>): void {
  const { runAsUser, runAsNonRoot } = effectiveIdentity(pod, container);
  if (!runAsNonRoot) return;
  const where = `(pod: ${JSON.stringify(describePod(pod))}, container: ${container.name})`;
  if (runAsUser !== undefined) {
    if (runAsUser === 0) throw new Error(`container's runAsUser breaks non-root policy ${where}`);
    return;
  }
  if (image.uid === 0) throw new Error(`container has runAsNonRoot and image will run as root ${where}`);
  if (image.uid === undefined && image.username) {
    const words = `image has non-numeric user (${image.username}), cannot verify user is non-root`;
    throw new Error(`container has runAsNonRoot and ${words} ${where}`);
  }
  // An image that names no user runs as root.
  if (image.uid === undefined) throw new Error(`container has runAsNonRoot and image will run as root ${where}`);
}

export interface ContainerSecurityInput {
  pod: Pod;
  container: Container;
  image: Pick<Image, 'uid' | 'username'>;
  /** Id of the container whose processes an ephemeral container is to see. */
  targetId?: string;
  options: SecurityOptions;
}

export function containerSecurity({
  pod,
  container,
  image,
  targetId,
  options,
}: ContainerSecurityInput): ContainerSecurityContext {
  const own = container.securityContext ?? {};
  const whole = pod.spec.securityContext ?? {};
  const { runAsUser, runAsGroup } = effectiveIdentity(pod, container);
  const user = runAsUser ?? image.uid;
  const groups = supplementalGroups(pod);
  const selinuxOptions = own.seLinuxOptions ?? whole.seLinuxOptions;
  const apparmor = own.appArmorProfile ?? whole.appArmorProfile;
  const unmasked = own.procMount === 'Unmasked';
  return {
    privileged: isPrivileged(container),
    readonlyRootfs: own.readOnlyRootFilesystem ?? false,
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    namespaces: { ...namespacesOf(pod), ...(targetId && { pid: 'target', targetId }) },
    seccomp: seccompOf(own.seccompProfile ?? whole.seccompProfile, isPrivileged(container), options),
    maskedPaths: unmasked ? [] : maskedPaths,
    readonlyPaths: unmasked ? [] : readonlyPaths,
    ...(own.capabilities && { capabilities: { add: own.capabilities.add ?? [], drop: own.capabilities.drop ?? [] } }),
    ...(user !== undefined ? { runAsUser: user } : image.username && { runAsUsername: image.username }),
    ...(runAsGroup !== undefined && { runAsGroup }),
    ...(groups.length > 0 && { supplementalGroups: groups }),
    ...(whole.supplementalGroupsPolicy && { supplementalGroupsPolicy: whole.supplementalGroupsPolicy }),
    ...(selinuxOptions && { selinux: selinux(selinuxOptions) }),
    ...(apparmor && {
      apparmor: { type: apparmor.type, ...(apparmor.localhostProfile && { localhostRef: apparmor.localhostProfile }) },
    }),
  };
}

function seccompOf(
  profile: SeccompProfile | undefined,
  privileged: boolean,
  { seccompDirectory }: SecurityOptions,
): SecurityProfile {
  if (!profile || privileged) return { type: 'Unconfined' };
  if (profile.type !== 'Localhost') return { type: profile.type };
  if (!profile.localhostProfile) throw new Error('localhostProfile must be set if seccompProfile type is Localhost.');
  return { type: 'Localhost', localhostRef: path.join(seccompDirectory, profile.localhostProfile) };
}

const safeSysctls = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
]);

/** Why a pod's sysctls are refused, or undefined. Names with slashes count as with dots. */
export function sysctlProblem(pod: Pod, allowedUnsafe: readonly string[]): string | undefined {
  for (const { name: written } of pod.spec.securityContext?.sysctls ?? []) {
    const name = written.replaceAll('/', '.');
    const inHostNamespace = name.startsWith('net.') ? hostNetworkOf(pod) : pod.spec.hostIPC === true;
    if (inHostNamespace && /^(net|kernel\.(shm|sem|msg)|fs\.mqueue)/.test(name)) {
      return `forbidden sysctl: "${name}" not allowed with ${name.startsWith('net.') ? 'host net' : 'host ipc'} enabled`;
    }
    const allowed =
      safeSysctls.has(name) ||
      allowedUnsafe.some(rule => (rule.endsWith('*') ? name.startsWith(rule.slice(0, -1)) : rule === name));
    if (!allowed) return `forbidden sysctl: "${name}" not allowlisted`;
  }
  return undefined;
}

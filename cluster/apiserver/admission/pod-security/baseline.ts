/** The checks of level baseline, in the order in which upstream tells them. Pure. */
import type { Check, CheckedContainer, CheckedPod, Finding } from './pod.ts';
import { containersOf, containersText, namesWhere, plural, quoted, settersText, sorted } from './pod.ts';

const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/';
const appArmorTypes = new Set([undefined, 'RuntimeDefault', 'Localhost']);

export const appArmorProfile: Check = ({ metadata, spec }) => {
  const type = (context: { appArmorProfile?: { type?: string } } | undefined) => context?.appArmorProfile?.type;
  const bad = (context: Parameters<typeof type>[0]) =>
    context?.appArmorProfile !== undefined && !appArmorTypes.has(type(context));
  const names = namesWhere(spec, container => bad(container.securityContext));
  const types = [spec.securityContext, ...containersOf(spec).map(container => container.securityContext)]
    .filter(bad)
    .map(type);
  const annotations = Object.entries(metadata.annotations ?? {})
    .filter(
      ([key, value]) =>
        key.startsWith(appArmorPrefix) &&
        value !== '' &&
        value !== 'runtime/default' &&
        !value.startsWith('localhost/'),
    )
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const values = [...sorted(types.flatMap(each => each ?? '')), ...sorted(annotations)];
  if (values.length === 0) return undefined;
  const setters = [
    settersText(bad(spec.securityContext), names),
    annotations.length ? plural('annotation', 'annotations', annotations.length) : '',
  ];
  return {
    reason: plural('forbidden AppArmor profile', 'forbidden AppArmor profiles', values.length),
    detail: `${setters.filter(Boolean).join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
  };
};

const defaultCapabilities = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
    ' ',
  ),
);

export const capabilities: Check = ({ spec }) => {
  const extra = ({ securityContext }: CheckedContainer) =>
    (securityContext?.capabilities?.add ?? []).filter(name => !defaultCapabilities.has(name));
  const names = namesWhere(spec, container => extra(container).length > 0);
  if (names.length === 0) return undefined;
  const added = quoted(sorted(containersOf(spec).flatMap(extra)));
  return {
    reason: 'non-default capabilities',
    detail: `${containersText(names)} must not include ${added} in securityContext.capabilities.add`,
  };
};

export const hostNamespaces: Check = ({ spec }) => {
  const set = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter(name => spec[name]);
  return set.length > 0 ? { reason: 'host namespaces', detail: set.map(name => `${name}=true`).join(', ') } : undefined;
};

export const hostPathVolumes: Check = ({ spec }) => {
  const names = (spec.volumes ?? []).filter(volume => volume['hostPath']).map(volume => volume.name);
  return names.length > 0
    ? { reason: 'hostPath volumes', detail: `${plural('volume', 'volumes', names.length)} ${quoted(names)}` }
    : undefined;
};

export const hostPorts: Check = ({ spec }) => {
  const portsOf = (container: CheckedContainer) =>
    (container.ports ?? []).flatMap(port => (port.hostPort ? [String(port.hostPort)] : []));
  const names = namesWhere(spec, container => portsOf(container).length > 0);
  if (names.length === 0) return undefined;
  const ports = sorted(containersOf(spec).flatMap(portsOf));
  const uses = plural('uses', 'use', names.length);
  return {
    reason: 'hostPort',
    detail: `${containersText(names)} ${uses} ${plural('hostPort', 'hostPorts', ports.length)} ${ports.join(', ')}`,
  };
};

export const hostProbes: Check = ({ spec }) => {
  const hostsOf = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: CheckedContainer) =>
    [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop].flatMap(handler =>
      [handler?.httpGet?.host, handler?.tcpSocket?.host].flatMap(host => host || []),
    );
  const names = sorted(namesWhere(spec, container => hostsOf(container).length > 0));
  if (names.length === 0) return undefined;
  const hosts = sorted(containersOf(spec).flatMap(hostsOf));
  const what = plural('probe or lifecycle host', 'probe or lifecycle hosts', hosts.length);
  return {
    reason: 'probe or lifecycle host',
    detail: `${containersText(names)} ${plural('uses', 'use', names.length)} ${what} ${quoted(hosts)}`,
  };
};

export const privileged: Check = ({ spec }) => {
  const names = namesWhere(spec, container => container.securityContext?.privileged === true);
  return names.length > 0
    ? { reason: 'privileged', detail: `${containersText(names)} must not set securityContext.privileged=true` }
    : undefined;
};

export const procMount: Check = ({ spec }) => {
  const bad = ({ securityContext }: CheckedContainer) =>
    securityContext?.procMount !== undefined && securityContext.procMount !== 'Default';
  const names = namesWhere(spec, bad);
  if (names.length === 0) return undefined;
  const values = sorted(
    containersOf(spec)
      .filter(bad)
      .map(container => container.securityContext!.procMount!),
  );
  return {
    reason: 'procMount',
    detail: `${containersText(names)} must not set securityContext.procMount to ${quoted(values)}`,
  };
};

const seLinuxTypes = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t']);

/** `engine`: container engines may run inside (since 1.31). */
export const seLinuxOptions =
  (engine: boolean): Check =>
  ({ spec }) => {
    const badType = (type = ''): boolean => !seLinuxTypes.has(type) && !(engine && type === 'container_engine_t');
    type Options = { type?: string; user?: string; role?: string } | undefined;
    const bad = (options: Options): boolean =>
      options !== undefined && (badType(options.type) || !!options.user || !!options.role);
    const names = namesWhere(spec, container => bad(container.securityContext?.seLinuxOptions));
    const pod = spec.securityContext?.seLinuxOptions;
    const all: Options[] = [pod, ...containersOf(spec).map(container => container.securityContext?.seLinuxOptions)];
    if (!all.some(bad)) return undefined;
    const types = sorted(all.flatMap(options => (options && badType(options.type) ? [options.type ?? ''] : [])));
    const data: string[] = [];
    if (types.length > 0) data.push(`${plural('type', 'types', types.length)} ${quoted(types)}`);
    if (all.some(options => options?.user)) data.push('user may not be set');
    if (all.some(options => options?.role)) data.push('role may not be set');
    return {
      reason: 'seLinuxOptions',
      detail: `${settersText(bad(pod), names)} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}`,
    };
  };

const seccompTypes = new Set([undefined, 'RuntimeDefault', 'Localhost']);

/** Who sets a seccomp profile that no level allows. */
export function badSeccomp({ spec }: CheckedPod): Finding | undefined {
  const bad = (context: { seccompProfile?: { type?: string } } | undefined) =>
    context?.seccompProfile !== undefined &&
    (context.seccompProfile.type === undefined || !seccompTypes.has(context.seccompProfile.type));
  const names = namesWhere(spec, container => bad(container.securityContext));
  const setters = settersText(bad(spec.securityContext), names);
  if (!setters) return undefined;
  const contexts = [spec.securityContext, ...containersOf(spec).map(container => container.securityContext)];
  const values = sorted(contexts.filter(bad).map(context => context?.seccompProfile?.type ?? ''));
  return {
    reason: 'seccompProfile',
    detail: `${setters} must not set securityContext.seccompProfile.type to ${quoted(values)}`,
  };
}

/** Before 1.19 the profile was an annotation. */
export const seccompAnnotations: Check = ({ metadata, spec }) => {
  const keys = [
    'seccomp.security.alpha.kubernetes.io/pod',
    ...containersOf(spec).map(container => `container.seccomp.security.alpha.kubernetes.io/${container.name}`),
  ];
  const bad = keys.flatMap(key => {
    const value = metadata.annotations?.[key];
    if (
      value === undefined ||
      value === 'runtime/default' ||
      value === 'docker/default' ||
      value.startsWith('localhost/')
    )
      return [];
    return [`${key}=${JSON.stringify(value)}`];
  });
  const values = sorted(bad);
  return values.length > 0
    ? {
        reason: 'seccompProfile',
        detail: `forbidden ${plural('annotation', 'annotations', values.length)} ${values.join(', ')}`,
      }
    : undefined;
};

/** Which sysctls are safe, by the minor version that allowed them first. */
const safeSysctls: Readonly<Record<string, number>> = {
  'kernel.shm_rmid_forced': 0,
  'net.ipv4.ip_local_port_range': 0,
  'net.ipv4.tcp_syncookies': 0,
  'net.ipv4.ping_group_range': 0,
  'net.ipv4.ip_unprivileged_port_start': 0,
  'net.ipv4.ip_local_reserved_ports': 27,
  'net.ipv4.tcp_keepalive_time': 29,
  'net.ipv4.tcp_fin_timeout': 29,
  'net.ipv4.tcp_keepalive_intvl': 29,
  'net.ipv4.tcp_keepalive_probes': 29,
  'net.ipv4.tcp_rmem': 32,
  'net.ipv4.tcp_wmem': 32,
};

export const sysctls =
  (minor: number): Check =>
  ({ spec }) => {
    const safe = (name: string) => Object.hasOwn(safeSysctls, name) && safeSysctls[name]! <= minor;
    const names = (spec.securityContext?.sysctls ?? []).map(sysctl => sysctl.name).filter(name => !safe(name));
    return names.length > 0 ? { reason: 'forbidden sysctls', detail: names.join(', ') } : undefined;
  };

export const windowsHostProcess: Check = ({ spec }) => {
  const names = namesWhere(spec, container => container.securityContext?.windowsOptions?.hostProcess === true);
  const setters = settersText(spec.securityContext?.windowsOptions?.hostProcess === true, names);
  return setters
    ? { reason: 'hostProcess', detail: `${setters} must not set securityContext.windowsOptions.hostProcess=true` }
    : undefined;
};

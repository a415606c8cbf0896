/** What of a pod the Pod Security Standards look at, and how findings are worded. */
import type { ObjectMeta } from '@orrery/machinery/meta';

interface SecurityContext {
  readonly privileged?: boolean;
  readonly procMount?: string;
  readonly allowPrivilegeEscalation?: boolean;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  readonly seccompProfile?: { readonly type?: string };
  readonly appArmorProfile?: { readonly type?: string };
  readonly seLinuxOptions?: { readonly type?: string; readonly user?: string; readonly role?: string };
  readonly windowsOptions?: { readonly hostProcess?: boolean };
}

interface Handler {
  readonly httpGet?: { readonly host?: string };
  readonly tcpSocket?: { readonly host?: string };
}

export interface CheckedContainer {
  readonly name: string;
  readonly image?: string;
  readonly ports?: readonly { readonly hostPort?: number }[];
  readonly securityContext?: SecurityContext;
  readonly livenessProbe?: Handler;
  readonly readinessProbe?: Handler;
  readonly startupProbe?: Handler;
  readonly lifecycle?: { readonly postStart?: Handler; readonly preStop?: Handler };
}

export interface CheckedSpec {
  readonly containers?: readonly CheckedContainer[];
  readonly initContainers?: readonly CheckedContainer[];
  readonly ephemeralContainers?: readonly CheckedContainer[];
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly os?: { readonly name?: string };
  readonly securityContext?: SecurityContext & { readonly sysctls?: readonly { readonly name: string }[] };
  readonly volumes?: readonly ({ readonly name: string } & Readonly<Record<string, unknown>>)[];
}

export interface CheckedPod {
  readonly metadata: ObjectMeta;
  readonly spec: CheckedSpec;
}

/** Why a pod breaks a rule: `reason (detail)`. */
export interface Finding {
  readonly reason: string;
  readonly detail: string;
}

export type Check = (pod: CheckedPod) => Finding | undefined;

export const containersOf = ({
  initContainers = [],
  containers = [],
  ephemeralContainers = [],
}: CheckedSpec): CheckedContainer[] => [...initContainers, ...containers, ...ephemeralContainers];

export const plural = (one: string, many: string, count: number): string => (count === 1 ? one : many);
export const quoted = (values: readonly string[]): string => values.map(value => `"${value}"`).join(', ');
export const sorted = (values: Iterable<string>): string[] => [...new Set(values)].toSorted();

/** `container "a"` or `containers "a", "b"`. */
export const containersText = (names: readonly string[]): string =>
  `${plural('container', 'containers', names.length)} ${quoted(names)}`;

/** The names of the containers of which something holds. */
export const namesWhere = (spec: CheckedSpec, holds: (container: CheckedContainer) => boolean): string[] =>
  containersOf(spec)
    .filter(holds)
    .map(container => container.name);

/** Who sets something: `pod`, `container "a"`, or both; empty when nobody. */
export function settersText(byPod: boolean, containers: readonly string[]): string {
  const setters = byPod ? ['pod'] : [];
  if (containers.length > 0) setters.push(containersText(containers));
  return setters.join(' and ');
}

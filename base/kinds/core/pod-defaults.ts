/** Defaults of pods and pod templates (core/v1 `SetDefaults_Pod`, `SetDefaults_PodSpec`). */
import { addQuantities, compareQuantities, formatQuantity, parseQuantity } from '@orrery/machinery/quantity';
import { each, fill } from '../fill.ts';
import type { Container, EphemeralContainer, Pod, PodSpec, PodStatus, PodTemplateSpec } from '../types.data.ts';
import { defaultContainer } from './container-defaults.ts';
import { defaultVolume } from './volume-defaults.ts';

type Amounts = Record<string, string>;

/** Defaults that hold for templates too. */
export function defaultPodSpec(spec: PodSpec): void {
  for (const volume of each(spec.volumes)) defaultVolume(volume);
  for (const container of each(spec.initContainers)) defaultContainer(container);
  for (const container of each(spec.containers)) defaultContainer(container);
  for (const container of each(spec.ephemeralContainers)) defaultContainer(container as Container & EphemeralContainer);
  fill(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: () => ({}),
    schedulerName: 'default-scheduler',
  });
  alignServiceAccount(spec);
}

/** The older field always repeats the newer one; given alone it is taken over. Also for code that sets the account later. */
export function alignServiceAccount(spec: PodSpec): void {
  const name = spec.serviceAccountName || spec.serviceAccount;
  if (!name) return;
  spec.serviceAccountName = name;
  spec.serviceAccount = name;
}

export const defaultPodTemplate = (template: PodTemplateSpec | undefined): void => {
  if (template?.spec) defaultPodSpec(template.spec);
};

/** A limit without a request is the request. */
function defaultRequests({ resources }: Container): void {
  if (!resources?.limits) return;
  fill(resources, { requests: () => ({}) });
  fill(resources.requests!, resources.limits);
}

/** With host networking a container port is a host port. */
function defaultHostPorts(container: Container): void {
  for (const port of each(container.ports)) fill(port, { hostPort: port.containerPort });
}

export function defaultPod(pod: Pod): void {
  const { spec, status } = pod;
  defaultPodSpec(spec);
  const containers = [...each(spec.initContainers), ...each(spec.containers)];
  for (const container of containers) defaultRequests(container);
  if (spec.resources) defaultHugePages(spec);
  if (Object.keys(spec.resources?.limits ?? {}).length > 0) defaultPodRequests(spec);
  if (spec.hostNetwork) for (const container of containers) defaultHostPorts(container);
  fill(spec, { enableServiceLinks: true });
  if (status) alignAddresses(status);
}

/** `podIP` is the first of `podIPs`; a different single address replaces the list. */
function alignAddresses(status: PodStatus): void {
  const first = status.podIPs?.[0]?.ip;
  if (status.podIP && first !== status.podIP) status.podIPs = [{ ip: status.podIP }];
  else if (first) status.podIP = first;
}

const isPodLevel = (resource: string): boolean =>
  resource === 'cpu' || resource === 'memory' || resource.startsWith('hugepages-');

/** Huge pages of the containers are the pod's limit where it says nothing of them, but of something else. */
function defaultHugePages(spec: PodSpec): void {
  const { requests = {}, limits = {} } = spec.resources!;
  if (Object.keys(requests).length + Object.keys(limits).length === 0) return;
  const added = Object.entries(limitsTogether(spec)).filter(
    ([name]) => name.startsWith('hugepages-') && !(name in requests) && !(name in limits),
  );
  if (added.length > 0) spec.resources!.limits = { ...limits, ...Object.fromEntries(added) };
}

/** Limits of a whole pod become its requests: what its containers ask for together if they do, else the limit itself. */
function defaultPodRequests(spec: PodSpec): void {
  const resources = spec.resources!;
  const requests: Amounts = { ...resources.requests };
  const together = requestsTogether(spec);
  fill(requests, Object.fromEntries(Object.entries(together).filter(([name]) => name === 'cpu' || name === 'memory')));
  fill(requests, Object.fromEntries(Object.entries(resources.limits!).filter(([name]) => isPodLevel(name))));
  if (Object.keys(requests).length > 0) resources.requests = requests;
}

/** The most that the pod needs at a time: all containers and sidecars, or one init container beside the sidecars before it. */
function together(spec: PodSpec, which: 'requests' | 'limits'): Amounts {
  const sum: Amounts = {};
  for (const { resources } of each(spec.containers)) combine(sum, resources?.[which], 'sum');
  const sidecars: Amounts = {};
  const peak: Amounts = {};
  for (const { resources, restartPolicy } of each(spec.initContainers)) {
    if (restartPolicy === 'Always') {
      combine(sum, resources?.[which], 'sum');
      combine(sidecars, resources?.[which], 'sum');
      combine(peak, sidecars, 'max');
    } else {
      const now = { ...sidecars };
      combine(now, resources?.[which], 'sum');
      combine(peak, now, 'max');
    }
  }
  combine(sum, peak, 'max');
  return sum;
}

/** What all containers of a pod ask for. */
export const requestsTogether = (spec: PodSpec): Amounts => together(spec, 'requests');
/** What all containers of a pod may use. */
export const limitsTogether = (spec: PodSpec): Amounts => together(spec, 'limits');

function combine(into: Amounts, more: Amounts | undefined, how: 'sum' | 'max'): void {
  for (const [name, amount] of Object.entries(more ?? {})) {
    const before = into[name];
    if (before === undefined) into[name] = amount;
    else if (how === 'sum') into[name] = formatQuantity(addQuantities(parseQuantity(before), parseQuantity(amount)));
    else if (compareQuantities(parseQuantity(before), parseQuantity(amount)) < 0) into[name] = amount;
  }
}

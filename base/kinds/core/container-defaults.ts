/** Defaults of containers, probes and hooks (core/v1 `SetDefaults_Container` and below). */
import { each, fill } from '../fill.ts';
import type {
  Container,
  ContainerPort,
  HTTPGetAction,
  LifecycleHandler,
  ObjectFieldSelector,
  Probe,
} from '../types.data.ts';

/** `Always` for `:latest` and images without tag or digest, else `IfNotPresent`. */
export function defaultPullPolicy(image: string | undefined): 'Always' | 'IfNotPresent' {
  const name = image ?? '';
  if (name.includes('@')) return 'IfNotPresent';
  const lastPart = name.slice(name.lastIndexOf('/') + 1);
  const colon = lastPart.indexOf(':');
  const tag = colon < 0 ? 'latest' : lastPart.slice(colon + 1);
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

export function defaultPorts(ports: readonly ContainerPort[] | undefined): void {
  for (const port of each(ports)) fill(port, { protocol: 'TCP' });
}

function defaultHttpGet(action: HTTPGetAction | undefined): void {
  if (action) fill(action, { path: '/', scheme: 'HTTP' });
}

/** An absent or zero number is the default: these fields are no pointers upstream. */
function defaultProbe(probe: Probe | undefined): void {
  if (!probe) return;
  fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  defaultHttpGet(probe.httpGet);
  if (probe.grpc) fill(probe.grpc, { service: '' });
}

function defaultHandler(handler: LifecycleHandler | undefined): void {
  defaultHttpGet(handler?.httpGet);
}

/** A reference to a field of the pod itself is of version v1. */
export function defaultFieldRef(reference: ObjectFieldSelector | undefined): void {
  if (reference) fill(reference, { apiVersion: 'v1' });
}

/** Defaults one container of any kind (main, init, ephemeral) in place. */
export function defaultContainer(container: Container): void {
  for (const { valueFrom } of each(container.env)) defaultFieldRef(valueFrom?.fieldRef);
  defaultPorts(container.ports);
  defaultProbe(container.livenessProbe);
  defaultProbe(container.readinessProbe);
  defaultProbe(container.startupProbe);
  defaultHandler(container.lifecycle?.postStart);
  defaultHandler(container.lifecycle?.preStop);
  fill(container, {
    resources: () => ({}),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: () => defaultPullPolicy(container.image),
  });
}

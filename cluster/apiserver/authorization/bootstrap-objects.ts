/** Everything that a cluster has from its first start, as plain objects. Pure. */
import type { KubeObject } from '@orrery/machinery/meta';
import { localApiServices } from './api-services.data.ts';
import { bootstrapRoles, listsOf } from './bootstrap-roles.ts';
import type { Flow, PriorityLevel } from './flow-control.data.ts';
import { flowSchemas, priorityLevels } from './flow-control.data.ts';
import { rbacGroup } from './rules.ts';

export interface BootstrapOptions {
  /** The Service `default/kubernetes`: its address (the first of the range) and the port the API server listens on. */
  readonly kubernetesService?: { readonly address: string; readonly targetPort: number };
  readonly serviceCidrs?: readonly string[];
  /** PEM; published for extension API servers in `kube-system/extension-apiserver-authentication`. */
  readonly clientCa?: string;
  readonly requestHeaderCa?: string;
  readonly requestHeaderNames?: readonly string[];
  /** An APIService for every group that the server serves itself: where there is an aggregator. */
  readonly localApiServices?: boolean;
  /** Since when tokens kept in Secrets are tracked, e.g. `2026-11-21`: the day of the first start. */
  readonly today?: string;
}

/** A desired object and the collection it lives in. */
export interface Desired {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly object: KubeObject & Record<string, unknown>;
  /** Once it exists it is nobody's business but the administrator's. */
  readonly createOnly?: true;
  /** Nobody may switch automatic updates of it off. */
  readonly mandatory?: boolean;
  /** Written once, while the object has no conditions; `now` is the time of the transition. */
  readonly status?: (now: string) => object;
}

const condition = (type: string, status: string, reason: string, message: string) => (now: string) => ({
  conditions: [{ type, status, lastTransitionTime: now, reason, message }],
});

export const systemNamespaces: readonly string[] = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

const apiService = ([
  group,
  version,
  groupPriorityMinimum,
  versionPriority,
]: (typeof localApiServices)[number]): Desired => ({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  resource: 'apiservices',
  object: {
    kind: 'APIService',
    apiVersion: 'apiregistration.k8s.io/v1',
    metadata: { name: `${version}.${group}`, labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' } },
    spec: { ...(group && { group }), version, groupPriorityMinimum, versionPriority },
  },
  status: condition('Available', 'True', 'Local', 'Local APIServices are always available'),
});

/** References to levels that exist: what upstream's controller says of the schemas it made itself. */
const found = (level: string) =>
  condition(
    'Dangling',
    'False',
    'Found',
    `This FlowSchema references the PriorityLevelConfiguration object named "${level}" and it exists`,
  );

const namespaces = (): Desired[] =>
  systemNamespaces.map(name => ({
    group: '',
    version: 'v1',
    resource: 'namespaces',
    object: { kind: 'Namespace', apiVersion: 'v1', metadata: { name } },
    createOnly: true,
  }));

function priorityClasses(): Desired[] {
  const priorityClass = (name: string, value: number, description: string): Desired => ({
    group: 'scheduling.k8s.io',
    version: 'v1',
    resource: 'priorityclasses',
    object: {
      kind: 'PriorityClass',
      apiVersion: 'scheduling.k8s.io/v1',
      metadata: { name },
      value,
      description,
      preemptionPolicy: 'PreemptLowerPriority',
    },
    createOnly: true,
  });
  return [
    priorityClass(
      'system-cluster-critical',
      2_000_000_000,
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
    ),
    priorityClass(
      'system-node-critical',
      2_000_001_000,
      'Used for system critical pods that must not be moved from their current node.',
    ),
  ];
}

const flowControl = (resource: string, kind: string, name: string, spec: object): Desired => ({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  resource,
  mandatory: name === 'exempt' || name === 'catch-all',
  object: {
    kind,
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    metadata: { name, annotations: { 'apf.kubernetes.io/autoupdate-spec': 'true' } },
    spec,
  },
});

function levelSpec({ shares, lendable, queuing, exempt }: PriorityLevel): object {
  const common = { nominalConcurrencyShares: shares, lendablePercent: lendable };
  if (exempt) return { type: 'Exempt', exempt: common };
  const [queues, handSize, queueLengthLimit] = queuing ?? [];
  const limitResponse = queuing
    ? { type: 'Queue', queuing: { queues, handSize, queueLengthLimit } }
    : { type: 'Reject' };
  return { type: 'Limited', limited: { ...common, limitResponse } };
}

function flowSubject(text: string): object {
  const space = text.indexOf(' ');
  const [kind, name] = [text.slice(0, space), text.slice(space + 1)];
  if (kind !== 'ServiceAccount') return { kind, [kind.toLowerCase()]: { name } };
  const [namespace, account] = name.split('/');
  return { kind, serviceAccount: { namespace, name: account } };
}

function flowSpec({ level, precedence, distinguisher, subjects, resources, paths }: Flow): object {
  const resourceRules = resources?.map(line => {
    const [verbs, apiGroups, names, cluster] = listsOf(line);
    return { verbs, apiGroups, resources: names, ...(cluster && { clusterScope: true }), namespaces: ['*'] };
  });
  const nonResourceRules = paths?.map(line => {
    const [verbs, nonResourceURLs] = listsOf(line);
    return { verbs, nonResourceURLs };
  });
  return {
    priorityLevelConfiguration: { name: level },
    matchingPrecedence: precedence,
    ...(distinguisher && { distinguisherMethod: { type: distinguisher } }),
    rules: [
      {
        subjects: subjects.map(flowSubject),
        ...(resourceRules && { resourceRules }),
        ...(nonResourceRules && { nonResourceRules }),
      },
    ],
  };
}

function kubernetesService({ address, targetPort }: { address: string; targetPort: number }): Desired {
  const spec = {
    type: 'ClusterIP',
    clusterIP: address,
    clusterIPs: [address],
    ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort }],
    sessionAffinity: 'None',
  };
  const labels = { component: 'apiserver', provider: 'kubernetes' };
  const metadata = { name: 'kubernetes', namespace: 'default', labels };
  return {
    group: '',
    version: 'v1',
    resource: 'services',
    object: { kind: 'Service', apiVersion: 'v1', metadata, spec },
  };
}

function extensionAuthentication(options: BootstrapOptions): Desired | undefined {
  if (!options.clientCa) return undefined;
  const data: Record<string, string> = { 'client-ca-file': options.clientCa };
  if (options.requestHeaderCa)
    Object.assign(data, {
      'requestheader-allowed-names': JSON.stringify(options.requestHeaderNames ?? []),
      'requestheader-client-ca-file': options.requestHeaderCa,
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-uid-headers': '["X-Remote-Uid"]',
      'requestheader-username-headers': '["X-Remote-User"]',
    });
  const metadata = { name: 'extension-apiserver-authentication', namespace: 'kube-system' };
  return {
    group: '',
    version: 'v1',
    resource: 'configmaps',
    object: { kind: 'ConfigMap', apiVersion: 'v1', metadata, data },
  };
}

const tokenTracking = (since: string): Desired => ({
  group: '',
  version: 'v1',
  resource: 'configmaps',
  object: {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { name: 'kube-apiserver-legacy-service-account-token-tracking', namespace: 'kube-system' },
    data: { since },
  },
  createOnly: true,
});

function serviceCidr(cidrs: readonly string[]): Desired {
  const metadata = { name: 'kubernetes' };
  return {
    group: 'networking.k8s.io',
    version: 'v1',
    resource: 'servicecidrs',
    object: { kind: 'ServiceCIDR', apiVersion: 'networking.k8s.io/v1', metadata, spec: { cidrs: [...cidrs] } },
    createOnly: true,
    status: condition('Ready', 'True', '', 'Kubernetes default Service CIDR is ready'),
  };
}

/** Namespaces come first: what follows lives in them. */
export function bootstrapObjects(options: BootstrapOptions = {}): Desired[] {
  const authentication = extensionAuthentication(options);
  return [
    ...namespaces(),
    ...Object.entries(bootstrapRoles()).flatMap(([resource, objects]) =>
      objects.map(object => ({ group: rbacGroup, version: 'v1', resource, object: { ...object } })),
    ),
    ...priorityClasses(),
    ...priorityLevels.map(level =>
      flowControl('prioritylevelconfigurations', 'PriorityLevelConfiguration', level.name, levelSpec(level)),
    ),
    ...flowSchemas.map(flow => ({
      ...flowControl('flowschemas', 'FlowSchema', flow.name, flowSpec(flow)),
      status: found(flow.level),
    })),
    ...(options.localApiServices ? localApiServices.map(apiService) : []),
    ...(options.serviceCidrs?.length ? [serviceCidr(options.serviceCidrs)] : []),
    ...(options.kubernetesService ? [kubernetesService(options.kubernetesService)] : []),
    ...(authentication ? [authentication] : []),
    ...(options.today ? [tokenTracking(options.today)] : []),
  ];
}

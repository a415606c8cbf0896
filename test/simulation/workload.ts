/** Random work for a cluster, and random trouble for its machines and processes. */
import { resources, type KnownResource } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Node, Pod } from '@orrery/kinds/types';
import type { Place } from './cluster.ts';
import * as manifests from './manifests.ts';
import type { Operator } from './operator.ts';

/** What was asked for and not deleted yet. */
interface Asked {
  readonly resource: KnownResource;
  readonly namespace: string;
  readonly name: string;
  version: number;
}

export interface Workload {
  readonly operator: Operator;
  readonly asked: Asked[];
  namespaces: string[];
  /** Where everything was deleted with its namespace. */
  readonly goneNamespaces: string[];
  count: number;
}

const scaled = new Set(['deployments', 'statefulsets']);
const templated = new Set(['deployments', 'statefulsets', 'daemonsets']);

const kinds = [
  { weight: 5, prefix: 'web', resource: resources.deployments, make: manifests.deployment },
  { weight: 3, prefix: 'set', resource: resources.statefulsets, make: manifests.statefulSet },
  { weight: 1, prefix: 'daemon', resource: resources.daemonsets, make: manifests.daemonSet },
  { weight: 3, prefix: 'job', resource: resources.jobs, make: manifests.job },
  { weight: 1, prefix: 'cron', resource: resources.cronjobs, make: manifests.cronJob },
] as const;

const weighted = <T extends { weight: number }>(all: readonly T[]): T[] =>
  all.flatMap(each => Array.from({ length: each.weight }, () => each));

export async function begin(operator: Operator): Promise<Workload> {
  const workload: Workload = { operator, asked: [], namespaces: [], goneNamespaces: [], count: 0 };
  await operator.create(resources.priorityclasses, manifests.priorityClass('low', -10));
  await operator.create(resources.priorityclasses, manifests.priorityClass('high', 1_000));
  await addNamespace(workload);
  await addNamespace(workload);
  return workload;
}

async function addNamespace(workload: Workload): Promise<void> {
  const name = `team-${++workload.count}`;
  workload.namespaces.push(name);
  await workload.operator.create(resources.namespaces, manifests.namespaceOf(name));
  if (workload.operator.chance.happens(0.5))
    await workload.operator.create(resources.resourcequotas, manifests.quota(name));
}

type Action = (workload: Workload) => Promise<void>;

const ask: Action = async workload => {
  const { operator, namespaces, asked } = workload;
  const { chance } = operator;
  const { prefix, resource, make } = chance.pick(weighted(kinds));
  const name = `${prefix}-${++workload.count}`;
  const namespace = chance.pick(namespaces);
  await operator.create(resource, make(chance, namespace, name));
  asked.push({ resource, namespace, name, version: 1 });
  const isService = prefix === 'web' || prefix === 'set';
  if (isService && chance.happens(0.8)) {
    await operator.create(resources.services, manifests.service(chance, namespace, name));
    asked.push({ resource: resources.services, namespace, name, version: 1 });
  }
  if (isService && chance.happens(0.9)) {
    await operator.create(resources.poddisruptionbudgets, manifests.budget(chance, namespace, name));
    asked.push({ resource: resources.poddisruptionbudgets, namespace, name, version: 1 });
  }
};

const pickAsked = ({ asked, operator: { chance } }: Workload, of: ReadonlySet<string>): Asked | undefined => {
  const fitting = asked.filter(({ resource }) => of.has(resource.resource));
  return fitting.length > 0 ? chance.pick(fitting) : undefined;
};

const metadataOf = ({ namespace, name }: Asked): Pick<KubeObject, 'metadata'> => ({ metadata: { namespace, name } });

const scale: Action = async workload => {
  const found = pickAsked(workload, scaled);
  const replicas = workload.operator.chance.between(0, 6);
  if (found) await workload.operator.merge(found.resource, metadataOf(found), { spec: { replicas } });
};

const roll: Action = async workload => {
  const found = pickAsked(workload, templated);
  if (!found) return;
  const image = `registry.example/${found.name}:v${++found.version}`;
  const containers = [{ name: 'main', image }];
  const { operator } = workload;
  await operator.attempt(`roll ${found.namespace}/${found.name}`, () =>
    operator.client.patch(
      found.resource,
      found.name,
      'strategic',
      { spec: { template: { spec: { containers } } } },
      { namespace: found.namespace },
    ),
  );
};

const remove: Action = async workload => {
  const { operator, asked } = workload;
  if (asked.length < 4) return;
  const [found] = asked.splice(operator.chance.between(0, asked.length - 1), 1);
  const propagationPolicy = operator.chance.pick(['Background', 'Foreground', 'Orphan'] as const);
  await operator.remove(found!.resource, metadataOf(found!), { propagationPolicy });
};

const removeNamespace: Action = async workload => {
  const { operator, namespaces } = workload;
  if (namespaces.length < 2) return addNamespace(workload);
  const [name] = namespaces.splice(operator.chance.between(0, namespaces.length - 1), 1);
  const left = workload.asked.filter(({ namespace }) => namespace !== name);
  workload.asked.splice(0, workload.asked.length, ...left);
  workload.goneNamespaces.push(name!);
  await operator.remove(resources.namespaces, { metadata: { name: name! } });
};

async function anyPod({ operator, namespaces }: Workload): Promise<Pod | undefined> {
  const namespace = operator.chance.pick(namespaces);
  const list = await operator.attempt('list pods', () => operator.client.list<Pod>(resources.pods, { namespace }));
  return list && list.items.length > 0 ? operator.chance.pick(list.items) : undefined;
}

const removePod: Action = async workload => {
  const pod = await anyPod(workload);
  const { operator } = workload;
  if (!pod) return;
  // Whoever forces a pod of a StatefulSet out has to know that it is gone; nobody here does.
  const grace = pod.metadata.name!.startsWith('set-') ? [1, 10] : [0, 1, 10];
  await operator.remove(resources.pods, pod, { gracePeriodSeconds: operator.chance.pick(grace) });
};

/** All pods of an application at once, as somebody does who drains its nodes. */
const evict: Action = async workload => {
  const { operator, namespaces } = workload;
  const { client, chance } = operator;
  const namespace = chance.pick(namespaces);
  const list = await operator.attempt('list pods', () => client.list<Pod>(resources.pods, { namespace }));
  const apps = [...Map.groupBy(list?.items ?? [], ({ metadata }) => metadata.labels?.['app']).values()];
  if (apps.length === 0) return;
  const evictOne = async ({ metadata: { name } }: Pod): Promise<void> => {
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
    await operator.attempt(`evict ${namespace}/${name}`, () =>
      client.create(resources.pods, eviction, { namespace, name, subresource: 'eviction' }),
    );
  };
  await Promise.all(chance.pick(apps).map(evictOne));
};

/** Pods are driven from a node, or kept from it, for a while. */
const trouble: Action = async ({ operator }) => {
  const { chance, cluster } = operator;
  const node = { metadata: { name: chance.pick(cluster.places).name } };
  const effect = chance.pick(['NoExecute', 'NoSchedule'] as const);
  const before = chance.happens(0.5)
    ? { taints: [{ key: 'maintenance', value: 'now', effect }] }
    : { unschedulable: true };
  await operator.merge(resources.nodes, node, { spec: before });
  operator.life.clock.after(chance.between(5_000, 60_000), () => void clear(operator, node.metadata.name));
};

/** Takes back what {@link trouble} did. */
async function clear({ client, attempt }: Operator, name: string): Promise<void> {
  for (let isDone = false; !isDone;) {
    const node = await attempt(`get ${name}`, () => client.get<Node>(resources.nodes, name));
    if (!node) return;
    const taints = (node.spec?.taints ?? []).filter(({ key }) => key !== 'maintenance');
    if (!node.spec?.unschedulable && taints.length === (node.spec?.taints?.length ?? 0)) return;
    const { resourceVersion } = node.metadata;
    const patch = { metadata: { resourceVersion }, spec: { unschedulable: null, taints } };
    isDone = (await attempt(`clear ${name}`, () => client.patch(resources.nodes, name, 'merge', patch))) !== undefined;
  }
}

const alive = (workload: Workload): Place[] =>
  workload.operator.cluster.places.filter(({ boot }) => boot !== undefined);

const killMachine: Action = async workload => {
  const { chance, cluster } = workload.operator;
  const up = alive(workload);
  if (up.length < cluster.places.length * 0.7) return;
  const isForEver = chance.happens(0.2);
  cluster.killPlace(chance.pick(up), isForEver ? undefined : chance.between(5_000, 120_000));
};

const cutOff: Action = async workload => {
  const { chance, cluster } = workload.operator;
  const up = alive(workload);
  if (up.length > 0) cluster.cutOff(chance.pick(up), chance.between(2_000, 100_000));
};

const killAgent: Action = async workload => {
  const { chance, cluster } = workload.operator;
  const up = alive(workload);
  if (up.length > 0) cluster.killAgent(chance.pick(up), 'by chance');
};

const killProcess: Action = async ({ operator: { chance, cluster } }) => {
  const which = chance.pick(['kill', 'power cut', 'controllers', 'scheduler'] as const);
  if (which === 'controllers' || which === 'scheduler') return cluster.killComponent(which, 'by chance');
  cluster.killServer(which);
  // They live in one process with the server, most of the time.
  if (chance.happens(0.7)) {
    cluster.killComponent('controllers', 'with the server');
    cluster.killComponent('scheduler', 'with the server');
  }
};

export const actions: readonly { readonly weight: number; readonly name: string; readonly act: Action }[] = [
  { weight: 7, name: 'ask', act: ask },
  { weight: 6, name: 'scale', act: scale },
  { weight: 5, name: 'roll', act: roll },
  { weight: 4, name: 'remove', act: remove },
  { weight: 1, name: 'removeNamespace', act: removeNamespace },
  { weight: 4, name: 'removePod', act: removePod },
  { weight: 6, name: 'evict', act: evict },
  { weight: 3, name: 'trouble', act: trouble },
  { weight: 2, name: 'killMachine', act: killMachine },
  { weight: 2, name: 'cutOff', act: cutOff },
  { weight: 2, name: 'killAgent', act: killAgent },
  { weight: 3, name: 'killProcess', act: killProcess },
];

/** Works until `untilMs`, one action every some seconds. */
export async function work(workload: Workload, untilMs: number): Promise<void> {
  const { operator } = workload;
  const all = weighted(actions);
  while (operator.cluster.time.elapsedMs < untilMs) {
    const { name, act } = operator.chance.pick(all);
    operator.cluster.journal.note(`-- operator: ${name}`);
    await act(workload);
    await operator.sleep(operator.chance.between(500, 8_000));
  }
}

/** Nothing new, and nothing broken any more: machines that stay away are taken off the list. */
export async function settle({ operator, asked }: Workload): Promise<void> {
  for (const { resource, namespace, name } of asked)
    if (resource === resources.cronjobs)
      await operator.merge(resource, { metadata: { namespace, name } }, { spec: { suspend: true } });
  for (const { name, isLost } of operator.cluster.places) {
    if (isLost) await operator.remove(resources.nodes, { metadata: { name } });
    else await clear(operator, name);
  }
}

/** Revisions, rollback, restart and scale of workloads, as the user. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { formatTime, type Clock } from '@orrery/machinery/clock';
import { badRequest, conflict, notFound } from '@orrery/machinery/status';
import { formatSelector, selectorFromObject } from '@orrery/machinery/selector';
import type { KubeObject } from '@orrery/machinery/meta';
import type { AnswerOf } from '@orrery/platform-contract';
import type { operations as routes } from '@orrery/platform-contract/features';
import { changesBetween } from './changes.ts';
import {
  keeperOf,
  revisionsOf,
  sameTemplate,
  templateOf,
  type Keeper,
  type Revision,
  type Template,
  type Workload,
  type WorkloadKind,
} from './revisions.ts';

export interface Place {
  readonly namespace: string;
  readonly name: string;
}

type Diff = AnswerOf<typeof routes.deploymentDiff>;

async function withKeepers(
  client: Client,
  kind: WorkloadKind,
  { namespace, name }: Place,
): Promise<{ workload: Workload; keepers: readonly Keeper[] }> {
  const workload = await client.get<Workload>(resources[kind], name, { namespace });
  const keeping = kind === 'deployments' ? resources.replicasets : resources.controllerrevisions;
  const labelSelector = formatSelector(selectorFromObject(workload.spec?.selector));
  const { items } = await client.list<Keeper>(keeping, { namespace, ...(labelSelector && { labelSelector }) });
  return { workload, keepers: items };
}

const missing = (kind: WorkloadKind, name: string, revision: number) =>
  notFound({ group: 'apps', resource: kind, name: revision === 0 ? `${name}#last` : `${name}#${revision}` });

/** @throws StatusError 400. */
export function readRevision(text: string): number {
  if (!/^[1-9]\d{0,15}$/.test(text)) throw badRequest('path.revision is a number from 1 on');
  return Number(text);
}

export async function listRevisions(client: Client, kind: WorkloadKind, place: Place): Promise<Revision[]> {
  const { workload, keepers } = await withKeepers(client, kind, place);
  return revisionsOf(workload, keepers);
}

export async function getRevision(
  client: Client,
  kind: WorkloadKind,
  place: Place,
  revision: number,
): Promise<KubeObject> {
  const { workload, keepers } = await withKeepers(client, kind, place);
  const keeper = keeperOf(workload, keepers, revision);
  if (!keeper) throw missing(kind, place.name, revision);
  return keeper;
}

export async function diffRevisions(
  client: Client,
  kind: WorkloadKind,
  place: Place,
  { from, to }: { from: number; to?: number },
): Promise<Diff> {
  const { workload, keepers } = await withKeepers(client, kind, place);
  const templateAt = (revision: number): Template => {
    const keeper = keeperOf(workload, keepers, revision);
    if (!keeper) throw missing(kind, place.name, revision);
    return templateOf(keeper);
  };
  const before = templateAt(from);
  const after = to === undefined ? (workload.spec?.template ?? {}) : templateAt(to);
  return { from, ...(to !== undefined && { to }), before, after, changes: changesBetween(before, after) };
}

/** As `kubectl rollout undo`. What is so already is left. */
export async function rollBack(
  client: Client,
  kind: WorkloadKind,
  place: Place,
  revision: number,
): Promise<KubeObject> {
  const { workload, keepers } = await withKeepers(client, kind, place);
  const { namespace, name } = place;
  const what = { group: 'apps', resource: kind, name };
  if (workload.spec?.paused)
    throw conflict(what, 'you cannot rollback a paused deployment; resume it first and try again');
  const keeper = keeperOf(workload, keepers, revision);
  if (!keeper) throw missing(kind, name, revision);
  const template = templateOf(keeper);
  if (sameTemplate(template, workload.spec?.template ?? {})) return workload;
  // Only over the template that was looked at; what its controller writes meanwhile is no matter.
  const patch = [
    { op: 'test', path: '/spec/template', value: workload.spec?.template },
    { op: 'replace', path: '/spec/template', value: template },
  ];
  return client.patch(resources[kind], name, 'json', patch, { namespace });
}

/** As `kubectl rollout restart`: a template that says when. */
export async function restart(
  client: Client,
  clock: Clock,
  kind: WorkloadKind,
  { namespace, name }: Place,
): Promise<KubeObject> {
  const workload = await client.get<Workload>(resources[kind], name, { namespace });
  if (workload.spec?.paused)
    throw conflict({ group: 'apps', resource: kind, name }, "can't restart paused deployment; resume it first");
  const annotations = { 'kubectl.kubernetes.io/restartedAt': formatTime(clock.now()) };
  const patch = { spec: { template: { metadata: { annotations } } } };
  return client.patch(resources[kind], name, 'merge', patch, { namespace });
}

export async function scale(
  client: Client,
  kind: 'deployments' | 'statefulsets' | 'replicasets',
  { namespace, name }: Place,
  replicas: number,
): Promise<KubeObject> {
  const patch = { spec: { replicas } };
  return client.patch(resources[kind], name, 'merge', patch, { namespace, subresource: 'scale' });
}

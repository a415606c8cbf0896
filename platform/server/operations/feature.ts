/** Operations on workloads, Jobs and nodes. The permission of each was asked; what it does it does as the user. */
import { resources } from '@orrery/client/resources';
import { operations as routes } from '@orrery/platform-contract/features';
import { systemNamespace } from '@orrery/platform-kinds';
import { handlersFor, liveFor, type Feature } from '../feature.ts';
import type { Caller } from '../identity/caller.ts';
import { createDrains, cordon } from './drain.ts';
import { drainLabel } from './drain-record.ts';
import { keepRuns } from './job-revisions.ts';
import { rerun, runNow, suspend } from './jobs.ts';
import type { WorkloadKind } from './revisions.ts';
import * as workloads from './workloads.ts';

const manifest = {
  name: 'operations',
  summary: 'Revisions, roll back, restart, scale, rerun, pause, cordon and drain',
  routes,
  kinds: [],
  menus: [],
  needs: [],
} as const;

interface Asked {
  readonly caller: Caller;
  readonly path: workloads.Place;
}

export const operations: Feature = {
  manifest,
  start(context) {
    const { clock, random } = context;
    const drains = createDrains(context);
    const as = (caller: Caller) => context.clientOf(caller);
    const revisions = (kind: WorkloadKind) => async (call: Asked) => {
      const items = await workloads.listRevisions(as(call.caller), kind, call.path);
      return { items, totalItems: items.length };
    };
    const revision = (kind: WorkloadKind) => (call: Asked & { path: { revision: string } }) =>
      workloads.getRevision(as(call.caller), kind, call.path, workloads.readRevision(call.path.revision));
    const diff = (kind: WorkloadKind) => (call: Asked & { path: { revision: string }; query: { to?: number } }) =>
      workloads.diffRevisions(as(call.caller), kind, call.path, {
        from: workloads.readRevision(call.path.revision),
        ...call.query,
      });
    const rollBack = (kind: WorkloadKind) => (call: Asked & { body: { revision?: number } }) =>
      workloads.rollBack(as(call.caller), kind, call.path, call.body.revision ?? 0);
    const restart = (kind: WorkloadKind) => (call: Asked) => workloads.restart(as(call.caller), clock, kind, call.path);
    const scale = (kind: Parameters<typeof workloads.scale>[1]) => (call: Asked & { body: { replicas: number } }) =>
      workloads.scale(as(call.caller), kind, call.path, call.body.replicas);
    const drainRecords = {
      resource: resources.secrets,
      filter: { namespace: systemNamespace, labelSelector: `${drainLabel}=true` },
    };
    return {
      handlers: handlersFor(routes, {
        deploymentRevisions: revisions('deployments'),
        statefulSetRevisions: revisions('statefulsets'),
        daemonSetRevisions: revisions('daemonsets'),
        deploymentRevision: revision('deployments'),
        statefulSetRevision: revision('statefulsets'),
        daemonSetRevision: revision('daemonsets'),
        deploymentDiff: diff('deployments'),
        statefulSetDiff: diff('statefulsets'),
        daemonSetDiff: diff('daemonsets'),
        rollBackDeployment: rollBack('deployments'),
        rollBackStatefulSet: rollBack('statefulsets'),
        rollBackDaemonSet: rollBack('daemonsets'),
        restartDeployment: restart('deployments'),
        restartStatefulSet: restart('statefulsets'),
        restartDaemonSet: restart('daemonsets'),
        scaleDeployment: scale('deployments'),
        scaleStatefulSet: scale('statefulsets'),
        scaleReplicaSet: scale('replicasets'),
        rerunJob: async ({ caller, path, query }) => {
          await rerun(as(caller), { clock, random }, path, query);
          return { message: 'success' };
        },
        suspendCronJob: ({ caller, path, body }) => suspend(as(caller), path, body.suspend),
        runCronJob: ({ caller, path }) => runNow(as(caller), random, path),
        cordonNode: ({ caller, path, body }) => cordon(as(caller), path.node, body.cordoned),
        drainNode: ({ caller, path, body }) => drains.start(caller, path.node, body),
        drainProgress: ({ path }) => drains.progress(path.node),
        cancelDrain: ({ path }) => drains.cancel(path.node),
      }),
      live: liveFor(routes, {
        deploymentRevisions: ({ namespace, name }) => [
          { resource: resources.deployments, namespace, name },
          { resource: resources.replicasets, namespace },
        ],
        drainProgress: () => [drainRecords],
      }),
      controllers: [keepRuns(context)],
    };
  },
};

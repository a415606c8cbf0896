/** Clusters as they are kept, and as they are shown. The one that the platform runs on is always there. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason, orUndefined } from '@orrery/machinery/status';
import type { Cluster } from '@orrery/platform-contract/features';
import { labels, platformResources } from '@orrery/platform-kinds';
import { clusterVersion } from '../about/version.ts';
import { hostCluster } from '../chain/target.ts';
import type { PlatformContext } from '../context.ts';
import { nodeStatus } from '../resources/listings.ts';
import { hostOf } from './member/host.ts';

const resource = platformResources.clusters;

interface Kept extends KubeObject {
  readonly spec?: {
    readonly provider?: string;
    readonly connection?: { readonly type?: string; readonly kubernetesAPIEndpoint?: string };
  };
  readonly status?: Partial<Cluster['status']>;
}

/** Open to all workspaces from the start: who has one cluster need not know of any. An administrator closes it. */
export async function ensureHost(client: Client): Promise<void> {
  if (await orUndefined(client.get(resource, hostCluster))) return;
  const host = {
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    metadata: { name: hostCluster, labels: { [labels.hostCluster]: '', [labels.visibility]: 'public' } },
    spec: { connection: { type: 'direct' } },
  };
  try {
    await client.create(resource, host as KubeObject);
  } catch (error) {
    // Another replica was faster.
    if (!isReason(error, 'AlreadyExists')) throw error;
  }
}

/** All that are kept, the host among them also while its object is away. */
export async function keptClusters({ informers }: Pick<PlatformContext, 'informers'>): Promise<Kept[]> {
  const informer = informers.of<Kept>(resource);
  await informer.synced;
  const all = informer.list();
  return informer.get(hostCluster) ? all : [{ metadata: { name: hostCluster } }, ...all];
}

/** Without what it is reached by; of the host with how it is now. */
export async function shownCluster(context: PlatformContext, kept: Kept): Promise<Cluster> {
  const { metadata, spec, status } = kept;
  const type = spec?.connection?.type === 'proxy' ? 'proxy' : 'direct';
  const { kubernetesAPIEndpoint } = spec?.connection ?? {};
  const isHost = metadata.name === hostCluster;
  return {
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    metadata: { ...metadata, ...(isHost && { labels: { ...metadata.labels, [labels.hostCluster]: '' } }) },
    spec: {
      ...(spec?.provider && { provider: spec.provider }),
      connection: { type, ...(kubernetesAPIEndpoint && { kubernetesAPIEndpoint }) },
    },
    status: isHost ? await hostStatus(hostOf(context)) : memberStatus(context, metadata.name!, status),
  };
}

/** As it was written last, with its nodes as they are heard of here. */
function memberStatus({ members }: PlatformContext, name: string, status: Kept['status'] = {}): Cluster['status'] {
  const told = { kubeSphereVersion: '', nodeCount: 0, conditions: [], ...status };
  const nodes = members.find(name)?.context.informers.of(resources.nodes);
  if (!nodes?.hasSynced() || !told.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True'))
    return told;
  const all = nodes.list();
  return { ...told, nodeCount: all.length, conditions: [...told.conditions, readyNodes(all)] };
}

async function hostStatus(context: PlatformContext): Promise<Cluster['status']> {
  const nodes = context.informers.of(resources.nodes);
  await nodes.synced;
  const all = nodes.list();
  const version = (await clusterVersion(context)).kubernetes?.gitVersion;
  return {
    ...(version && { kubernetesVersion: version }),
    kubeSphereVersion: context.settings.version,
    nodeCount: all.length,
    conditions: [
      { type: 'Initialized', status: 'True' },
      version ? { type: 'Ready', status: 'True' } : { type: 'Ready', status: 'False', reason: 'NoAnswer' },
      readyNodes(all),
    ],
  };
}

/** The cluster's nodes in one word: all of them run, or some do not. */
function readyNodes(nodes: readonly KubeObject[]): Cluster['status']['conditions'][number] {
  const away = nodes.filter(node => nodeStatus(node) === 'warning').length;
  return away === 0
    ? { type: 'NodesReady', status: 'True' }
    : { type: 'NodesReady', status: 'False', reason: `${away} of ${nodes.length} nodes are not ready` };
}
